/**
 * The closed loops of a piece of ink, each with the stroke that goes around it.
 *
 * In: a piece of ink that is to be cut. Out: its loops. Two zeros that touch share a wall, which a cut gives to one of
 * them; but a wall belongs to the loop that it closes. Knows nothing of cuts, runs or digits. The twin of
 * `page/loops.py`.
 */

import { loops } from "../constants";
import { dilated } from "../imgproc/morphology";
import { emptyPlane, part } from "../imgproc/planes";
import { roundToEven } from "../imgproc/rounding";
import { INK, Piece } from "./components";

const { SMALLEST, MOST } = loops;

/** The pixels of the paper in a loop, by their places in the piece, and the ink around it, about as broad as the pen. */
export interface Loop {
  readonly hole: Int32Array;
  readonly wall: Piece;
}

/** The loops of a piece in a line whose digits are so tall. */
export function loopsOf(piece: Piece, height: number): Loop[] {
  const solid = Uint8Array.from(piece.ink.data, (value) => (value >= INK ? 1 : 0));
  const holes = holesIn(solid, piece.width).filter((hole) => hole.length >= (SMALLEST * height) ** 2);
  if (holes.length > (MOST * piece.width) / height) return [];
  const reach = roundToEven(penWidth(solid, piece.width)) + 1;
  return holes.map((hole) => ({ hole, wall: wallOf(piece, hole, reach) }));
}

/** How broad the strokes are: twice the ink over the ink that has paper above, below or beside it. */
export function penWidth(solid: Uint8Array, width: number): number {
  let [ink, edge] = [0, 0];
  for (let at = 0; at < solid.length; at++) {
    if (!solid[at]) continue;
    ink++;
    const x = at % width;
    const inner =
      x > 0 && x < width - 1 && solid[at - 1] && solid[at + 1] && solid[at - width] && solid[at + width];
    if (!inner) edge++;
  }
  return (2 * ink) / Math.max(edge, 1);
}

/** The paper that ink encloses, hole by hole: what no way over paper leads out of, corners not counted. */
function holesIn(solid: Uint8Array, width: number): Int32Array[] {
  const seen = Uint8Array.from(solid);
  const height = solid.length / width;
  for (let x = 0; x < width; x++) {
    flooded(seen, width, x);
    flooded(seen, width, (height - 1) * width + x);
  }
  for (let y = 0; y < height; y++) {
    flooded(seen, width, y * width);
    flooded(seen, width, y * width + width - 1);
  }
  const holes: Int32Array[] = [];
  for (let at = 0; at < seen.length; at++) {
    if (!seen[at]) holes.push(flooded(seen, width, at));
  }
  return holes;
}

/** Mark the paper that hangs together with one pixel as seen, and say where it is. */
function flooded(seen: Uint8Array, width: number, start: number): Int32Array {
  if (seen[start]) return new Int32Array(0);
  const found = [start];
  seen[start] = 1;
  const visit = (at: number): void => {
    if (at < 0 || at >= seen.length || seen[at]) return;
    seen[at] = 1;
    found.push(at);
  };
  for (let next = 0; next < found.length; next++) {
    const at = found[next];
    const x = at % width;
    if (x > 0) visit(at - 1);
    if (x < width - 1) visit(at + 1);
    visit(at - width);
    visit(at + width);
  }
  return Int32Array.from(found);
}

/** The ink within so many pixels of a hole. */
function wallOf(piece: Piece, hole: Int32Array, reach: number): Piece {
  const { width, height } = piece.ink;
  const box = boxOf(hole, width);
  const [left, top] = [Math.max(box.x0 - reach, 0), Math.max(box.y0 - reach, 0)];
  const wide = Math.min(box.x1 + reach, width) - left;
  const tall = Math.min(box.y1 + reach, height) - top;
  const mask = new Uint8Array(wide * tall);
  for (const at of hole) mask[(Math.floor(at / width) - top) * wide + (at % width) - left] = 1;
  const near = dilated({ width: wide, height: tall, data: mask }, 2 * reach + 1, 2 * reach + 1).data;
  const { data } = part(piece.ink, left, top, wide, tall);
  const inked = Int32Array.from(data.keys()).filter((at) => near[at] && data[at] > 0);
  const wall = emptyPlane(wide, tall);
  for (const at of inked) wall.data[at] = data[at];
  const { x0, y0, x1, y1 } = boxOf(inked, wide);
  return new Piece(part(wall, x0, y0, x1 - x0, y1 - y0), piece.x + left + x0, piece.y + top + y0);
}

/** First column and row of some places in a plane so wide, and the column and row after the last. */
function boxOf(
  places: Int32Array,
  width: number,
): { readonly x0: number; readonly y0: number; readonly x1: number; readonly y1: number } {
  let [x0, y0, x1, y1] = [width, Number.POSITIVE_INFINITY, 0, 0];
  for (const at of places) {
    const y = Math.floor(at / width);
    const x = at - y * width;
    [x0, y0, x1, y1] = [Math.min(x0, x), Math.min(y0, y), Math.max(x1, x + 1), Math.max(y1, y + 1)];
  }
  return { x0, y0, x1, y1 };
}
