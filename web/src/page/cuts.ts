/**
 * Cut a piece of ink where two digits may touch.
 *
 * In: a piece and the digit height of its line. Out: its parts from left to right, more than there are digits: what
 * belongs together is for the recognizer to say (heuristic over-segmentation, LeCun et al. 1998, section V). The twin
 * of `page/cuts.py`; where the paths run is found in `paths.ts`.
 */

import { cuts } from "../constants";
import { emptyPlane, part } from "../imgproc/planes";
import { averaged } from "../imgproc/resize";
import { roundToEven } from "../imgproc/rounding";
import { Piece } from "./components";
import { type Loop, loopsOf } from "./loops";
import { type Path, pathsThrough } from "./paths";

const { WORKING_HEIGHT, NARROWEST, LOWEST } = cuts;

/**
 * Some ink between two cuts, and the price of the cut at its left in digit heights of ink; 0 where nothing was cut. Of
 * each loop of the whole piece, how many pixels of its hole lie between the two cuts, where some do.
 */
export interface Part {
  readonly piece: Piece;
  readonly price: number;
  readonly loops?: ReadonlyMap<Loop, number>;
}

/** Cut one piece wherever digits may touch; the parts together are the piece. */
export function partsOf(piece: Piece, height: number): Part[] {
  if (piece.width < NARROWEST * height || piece.height < LOWEST * height) return [{ piece, price: 0 }];
  const factor = Math.min(1, WORKING_HEIGHT / height);
  const width = Math.max(2, roundToEven(piece.width * factor));
  const small = averaged(piece.ink, width, Math.max(2, roundToEven(piece.height * factor)));
  const paths = pathsThrough(small, height * factor).map(({ columns, price }) => ({
    columns: enlarged(columns, piece.height, piece.width / width),
    price: price / (height * factor),
  }));
  return split(piece, paths, paths.length ? loopsOf(piece, height) : []);
}

/** A path at the size of the piece: between its rows it runs straight. */
function enlarged(path: Int32Array, rows: number, factor: number): Int32Array {
  const columns = new Int32Array(rows);
  for (let row = 0; row < rows; row++) {
    const at = Math.min(Math.max(((row + 0.5) * path.length) / rows - 0.5, 0), path.length - 1);
    const below = Math.floor(at);
    const above = Math.min(below + 1, path.length - 1);
    const column = path[below] + (path[above] - path[below]) * (at - below);
    columns[row] = roundToEven((column + 0.5) * factor);
  }
  return columns;
}

/** Share the pixels out among the parts between the paths. */
function split(piece: Piece, paths: readonly Path[], loops: readonly Loop[]): Part[] {
  const found: Part[] = [];
  let left = new Int32Array(piece.height);
  const end = { columns: new Int32Array(piece.height).fill(piece.width), price: 0 };
  let price = 0;
  for (const path of [...paths, end]) {
    const own = between(piece, left, path.columns);
    if (own) {
      const shares = sharesOf(loops, piece.width, left, path.columns);
      found.push({ piece: own, price: found.length ? price : 0, loops: shares });
    }
    left = path.columns as Int32Array<ArrayBuffer>;
    price = path.price;
  }
  return found;
}

/** How many pixels of each hole lie between two paths, where some do. */
function sharesOf(
  loops: readonly Loop[],
  width: number,
  left: Int32Array,
  right: Int32Array,
): Map<Loop, number> {
  const shares = new Map<Loop, number>();
  for (const loop of loops) {
    let pixels = 0;
    for (const at of loop.hole) {
      const y = Math.floor(at / width);
      const x = at - y * width;
      if (x >= left[y] && x < right[y]) pixels++;
    }
    if (pixels) shares.set(loop, pixels);
  }
  return shares;
}

/** The ink of a piece between two paths, null where there is none. */
function between(piece: Piece, left: Int32Array, right: Int32Array): Piece | null {
  const { width, height, data } = piece.ink;
  const own = emptyPlane(width, height);
  let [x0, x1, y0, y1] = [width, -1, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = Math.max(0, left[y]); x < Math.min(width, right[y]); x++) {
      const value = data[y * width + x];
      if (value <= 0) continue;
      own.data[y * width + x] = value;
      if (x < x0) x0 = x;
      if (x > x1) x1 = x;
      if (y0 < 0) y0 = y;
      y1 = y;
    }
  }
  if (x1 < 0) return null;
  return new Piece(part(own, x0, y0, x1 + 1 - x0, y1 + 1 - y0), piece.x + x0, piece.y + y0);
}
