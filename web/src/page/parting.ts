/**
 * Numbers parted where a wall of a table runs through them, and joined across the walls of boxes and over small gaps.
 *
 * In: the numbers that the detector found, and the walls. Out: numbers again. The twin of `page/parting.py`, which says
 * why. Knows nothing of what they say.
 */

import { parting } from "../constants";
import { type Grid, isRow, type Walls } from "./cells";
import { boxed, type Detection } from "./detect";

const { NEAR, LEVEL, ALIKE, END, APART, EVEN } = parting;

/** Part numbers at the walls of tables, and join what stands in one row of boxes, or close together. */
export function partedAndJoined(numbers: readonly Detection[], walls: Walls): Detection[] {
  const tables = walls.grids.filter((grid) => grid.rows.length > 2);
  let parts = numbers.flatMap((number) => parted(number, tables, walls));
  for (const row of rowsOfBoxes(walls.grids)) {
    const inside = parts.filter((number) => isWithin(number, row, walls));
    if (inside.length > 1) parts = [...parts.filter((number) => !inside.includes(number)), joined(inside)];
  }
  return closed(parts, walls);
}

/** The parts of a number on either side of each wall that runs through it. */
function parted(number: Detection, tables: readonly Grid[], walls: Walls): Detection[] {
  const places = number.outline.map(walls.place);
  const [xs, ys] = [places.map(([x]) => x), places.map(([, y]) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const height = Math.max(bottom - top, 1e-6);
  for (const { rows, columns } of tables) {
    if (!(rows[0] < (top + bottom) / 2 && (top + bottom) / 2 < rows.at(-1)!)) continue;
    const isInner = (x: number): boolean => left + END * height < x && x < right - END * height;
    const inner = columns.slice(1, -1).filter(isInner);
    if (!inner.length) continue;
    const sides = xs.map((x) => inner.filter((wall) => wall < x).length);
    const used = [...new Set(sides)].sort((one, other) => one - other);
    return used.map((side) =>
      boxed({ ...number, outline: number.outline.filter((_, i) => sides[i] === side) }),
    );
  }
  return [number];
}

/** Rows of boxes for one digit each: side by side as they are, or boxes a little apart put together. */
function rowsOfBoxes(grids: readonly Grid[]): Grid[] {
  const rows: Grid[] = [];
  for (const box of grids.filter(isRow).sort((one, other) => one.columns[0] - other.columns[0])) {
    const height = box.rows[1] - box.rows[0];
    const place = rows.findIndex((row) => {
      const gap = box.columns[0] - row.columns.at(-1)!;
      const isEven = row.rows.every((wall, i) => Math.abs(wall - box.rows[i]) <= EVEN * height);
      return gap >= 0 && gap <= APART * height && isEven;
    });
    if (place < 0) rows.push(box);
    else rows[place] = { rows: rows[place].rows, columns: [...rows[place].columns, ...box.columns] };
  }
  return rows.filter((row) => row.columns.length > 2);
}

function isWithin({ box }: Detection, { rows, columns }: Grid, walls: Walls): boolean {
  const [x, y] = walls.place([box.x, box.y]);
  return columns[0] < x && x < columns.at(-1)! && rows[0] < y && y < rows[1];
}

/** Several numbers as one, as sure as the least sure of them, in the direction of the longest. */
function joined(numbers: readonly Detection[]): Detection {
  const longest = numbers.reduce((most, one) => (one.box.width > most.box.width ? one : most));
  const outline = numbers.flatMap((number) => number.outline);
  return boxed({ ...longest, outline, score: Math.min(...numbers.map(({ score }) => score)) });
}

/** Join numbers between which there is hardly a gap; those in two cells of a table stay apart. */
function closed(numbers: readonly Detection[], walls: Walls): Detection[] {
  const along = ({ box, angle }: Detection): number => box.x * Math.cos(angle) + box.y * Math.sin(angle);
  const order = [...numbers].sort((one, other) => along(one) - along(other));
  const cell = ({ box }: Detection): string => String(walls.cell([box.x, box.y]));
  for (const [i, other] of order.slice(1).entries()) {
    const one = order[i];
    if (!isOne(one, other) || cell(one) !== cell(other)) continue;
    const rest = numbers.filter((number) => number !== one && number !== other);
    return closed([...rest, joined([one, other])], walls);
  }
  return [...numbers];
}

/** Whether the second number follows the first so closely that both are one. */
function isOne({ box: first, angle }: Detection, { box: second, angle: otherAngle }: Detection): boolean {
  const [smaller, larger] = [Math.min(first.height, second.height), Math.max(first.height, second.height)];
  const [cosine, sine] = [Math.cos(first.angle), Math.sin(first.angle)];
  const [across, down] = [second.x - first.x, second.y - first.y];
  const gap = across * cosine + down * sine - (first.width + second.width) / 2;
  const step = Math.abs(down * cosine - across * sine);
  const turns = (angle - otherAngle) / (2 * Math.PI);
  const isAlike = smaller >= ALIKE * larger && 2 * Math.PI * Math.abs(turns - Math.round(turns)) < 0.3;
  return isAlike && -smaller < gap && gap <= NEAR * smaller && step <= LEVEL * smaller;
}
