/**
 * The cells of ruled tables and of rows of boxes: which row and column a number stands in. The twin of `page/cells.py`.
 *
 * In: where the detector sees walls. Out: grids of straight lines in the page's direction, and the cell of each place.
 * Knows nothing of digits.
 */

import { cells } from "../constants";
import { componentsIn } from "../imgproc/labels";
import { dilated, eroded } from "../imgproc/morphology";
import type { Bytes } from "../imgproc/planes";
import type { Cell, Plane } from "../types";
import type { Point } from "./boxes";

const { LIKELY, LONG, NARROW, BROAD, LEAST_SIDE } = cells;

/** A ruled table or a row of boxes: where its walls across and its walls down lie, in places of the upright map. */
export interface Grid {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** The grids of a picture, from top to bottom. */
export interface Walls {
  readonly grids: readonly Grid[];
  /** Where a place of the picture lies in the upright map. */
  readonly place: (place: Point) => Point;
  /** The row and column of a place of the picture; rows of a second grid are below those of the first. */
  readonly cell: (place: Point) => Cell | null;
}

/** Whether it is a box, or boxes side by side, each for one digit. */
export function isRow({ rows, columns }: Grid): boolean {
  // The narrowest: where ink hides a wall, two boxes are seen as one.
  const width = Math.min(...columns.slice(1).map((column, i) => column - columns[i]));
  return rows.length === 2 && width <= NARROW * (rows[1] - rows[0]);
}

/**
 * Find the grids of a picture.
 *
 * @param probability Of a wall, at each place of the detector's map; each is `scale` pixels of the picture.
 * @param angle In which direction the page is read, radians clockwise.
 */
export function wallsOf(probability: Plane, { scale, angle }: { scale: number; angle: number }): Walls {
  const mask = { ...probability, data: Uint8Array.from(probability.data, (one) => Number(one > LIKELY)) };
  const { map, turn } = upright(mask, angle);
  const grids = gridsIn(map);
  const place = ([x, y]: Point): Point => turn(x / scale, y / scale);
  return { grids, place, cell: (at) => cellIn(grids, ...place(at)) };
}

function cellIn(grids: readonly Grid[], x: number, y: number): Cell | null {
  let before = 0;
  for (const { rows, columns } of grids) {
    const [row, column] = [stretchOf(rows, y), stretchOf(columns, x)];
    if (row >= 0 && column >= 0) return [row + before, column];
    before += rows.length - 1;
  }
  return null;
}

/** Between which two walls a place lies; -1 where between none. */
function stretchOf(walls: readonly number[], place: number): number {
  const next = walls.findIndex((wall) => wall >= place);
  return next < 0 ? -1 : next - 1;
}

/** Turn the map so that it is read from left to right; and say where a place of it lies then. */
function upright(mask: Bytes, angle: number): { map: Bytes; turn: (x: number, y: number) => Point } {
  const { width: columns, height: rows } = mask;
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const width = Math.ceil(Math.abs(columns * cosine) + Math.abs(rows * sine)) + 1;
  const height = Math.ceil(Math.abs(columns * sine) + Math.abs(rows * cosine)) + 1;
  // Whole places: half of one at no angle would leave it to rounding which place is taken twice.
  const [middleX, middleY, newX, newY] = [columns >> 1, rows >> 1, width >> 1, height >> 1];
  const turn = (x: number, y: number): Point => {
    const [u, v] = [x - middleX, y - middleY];
    return [newX + u * cosine + v * sine, newY + v * cosine - u * sine];
  };
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [u, v] = [x - newX, y - newY];
      const column = Math.round(middleX + u * cosine - v * sine);
      const row = Math.round(middleY + u * sine + v * cosine);
      if (column >= 0 && column < columns && row >= 0 && row < rows)
        data[y * width + x] = mask.data[row * columns + column];
    }
  }
  return { map: { width, height, data }, turn };
}

/** Find the grids of an upright map, from top to bottom. */
export function gridsIn(walls: Bytes): Grid[] {
  const grids: Grid[] = [];
  // Walls that nearly meet do: a map has gaps where ink crosses it.
  for (const { left, right, top, bottom, pixels } of componentsIn(dilated(walls, 3, 3))) {
    const [width, height] = [right - left, bottom - top];
    if (Math.min(width, height) < LEAST_SIDE) continue;
    // With room around: beyond an edge a wall would count as going on.
    const [x, y, wide, high] = [left - BROAD, top - BROAD, width + 2 * BROAD, height + 2 * BROAD];
    const part = { width: wide, height: high, data: new Uint8Array(wide * high) };
    for (const at of pixels) {
      const [column, row] = [at % walls.width, Math.floor(at / walls.width)];
      part.data[(row - y) * wide + column - x] = walls.data[at];
    }
    // Walls down must not count as parts of walls across: in a row of boxes they fill most of each row.
    const thick = dilated(part, 3, 3);
    const across = dilated(eroded(thick, BROAD, 1), BROAD, 1).data;
    const down = dilated(eroded(thick, 1, BROAD), 1, BROAD).data;
    const rows = linesIn(
      Array.from({ length: high }, (_, row) => sumOf(across, row * wide, wide, 1) / width),
    );
    const columns = linesIn(Array.from({ length: wide }, (_, i) => sumOf(down, i, high, wide) / height));
    if (rows.length >= 2 && columns.length >= 2)
      grids.push({ rows: rows.map((row) => y + row), columns: columns.map((column) => x + column) });
  }
  return grids.sort((one, other) => one.rows[0] - other.rows[0] || one.columns[0] - other.columns[0]);
}

/** How many of `count` places are marked, `step` apart. */
function sumOf(data: Uint8Array, start: number, count: number, step: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += data[start + i * step];
  return sum;
}

/** Where a row or column of the map is filled enough to be a wall: the middle of each run of such places. */
function linesIn(shares: readonly number[]): number[] {
  const middles: number[] = [];
  for (let start = 0; start < shares.length; start++) {
    if (!(shares[start] > LONG)) continue;
    let end = start;
    while (shares[end] > LONG) end++;
    middles.push((start + end - 1) / 2);
    start = end;
  }
  // A wall that is two places thick with a gap between is one.
  return middles.filter((middle, i) => (middles[i + 1] ?? Number.POSITIVE_INFINITY) - middle > 2);
}
