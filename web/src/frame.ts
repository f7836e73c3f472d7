/**
 * The one framing of the project, version 1: a glyph of any size placed in 28x28 the way MNIST does.
 *
 * In: the ink of one glyph. Out: the frame a network sees. Does not know where the ink came from, nor whether it is
 * a digit. The twin of `images/frame.py`, which says step by step what version 1 is; `tests/vectors/framing.json`
 * holds both to it.
 */

import { part } from "./imgproc/planes";
import { averaged, interpolated } from "./imgproc/resize";
import type { Box, Frame, Plane } from "./types";

export const SIDE = 28;
const BOX = 20;

/** Less ink than half a grey level is paper. */
const PAPER = Math.fround(0.5 / 255);

/** A little below 13.5: a symmetric glyph lies on that bound, and the last bit must not decide where it goes. */
const LOWEST_CENTRE = 13.5 - 1e-4;

/** Place one glyph the way MNIST does; 784 values from 0 to 1. Paper only in, paper only out. */
export function centreGlyph(ink: Plane): Frame {
  const frame = new Float32Array(SIDE * SIDE);
  const bounds = boundsOf(ink);
  if (!bounds) return frame;
  const { width, height, data } = scaled(part(ink, ...bounds));
  const [left, top] = corner(data, width, height);
  for (let y = 0; y < height; y++) {
    const start = (top + y) * SIDE + left;
    for (let x = 0; x < width; x++) frame[start + x] = Math.min(1, Math.max(0, data[y * width + x]));
  }
  return frame;
}

/** The smallest rectangle that holds all ink, as x, y, width, height; null where there is only paper. */
export function boundsOf({ width, height, data }: Plane): Box | null {
  let [left, right, top, bottom] = [width, -1, -1, -1];
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let first = 0;
    while (first < width && data[row + first] < PAPER) first++;
    if (first === width) continue;
    let last = width - 1;
    while (data[row + last] < PAPER) last--;
    left = Math.min(left, first);
    right = Math.max(right, last);
    if (top < 0) top = y;
    bottom = y;
  }
  return top < 0 ? null : [left, top, right + 1 - left, bottom + 1 - top];
}

/** Make the longer side 20 pixels. */
function scaled(glyph: Plane): Plane {
  const longer = Math.max(glyph.width, glyph.height);
  if (longer === BOX) return glyph;
  const [width, height] = [glyph.width, glyph.height].map((side) =>
    Math.max(1, Math.floor((2 * BOX * side + longer) / (2 * longer))),
  );
  return longer > BOX ? averaged(glyph, width, height) : interpolated(glyph, width, height);
}

/** Column and row of the top left corner that bring the centre of mass to the middle. */
function corner(data: Float32Array, width: number, height: number): [number, number] {
  let [mass, along, down] = [0, 0, 0];
  for (let y = 0; y < height; y++) {
    let inRow = 0;
    for (let x = 0; x < width; x++) {
      const value = data[y * width + x];
      inRow += value;
      along += x * value;
    }
    mass += inRow;
    down += y * inRow;
  }
  return [inside(LOWEST_CENTRE - along / mass, width), inside(LOWEST_CENTRE - down / mass, height)];
}

/** The first whole place at or after `start` at which `length` pixels stay within the frame. */
function inside(start: number, length: number): number {
  return Math.min(Math.max(Math.ceil(start), 0), SIDE - length);
}
