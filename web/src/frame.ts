/**
 * The one framing of the project, version 1: a glyph of any size placed in 28x28 the way MNIST does.
 *
 * In: the ink of one glyph. Out: the frame a network sees: `viewOf` brings lean and pen near MNIST's, `centreGlyph` size
 * and place. Does not know where the ink came from, nor whether it is a digit. The twin of `frame.py`, which says step
 * by step what version 1 is and has the measurements; `tests/vectors` holds both to one another.
 */

import { frame } from "./constants";
import { part } from "./imgproc/planes";
import { averaged, interpolated } from "./imgproc/resize";
import type { Box, Frame, Plane } from "./types";

const { BOX, LOWEST_CENTRE, USUAL } = frame;
const PAPER = Math.fround(frame.PAPER);
const INKED = Math.fround(frame.INKED);
const PALE = Math.fround(frame.PALE);
export const SIDE = frame.SIDE;
export const STEEPEST = frame.STEEPEST;

/** Bring lean, size, place and darkness of one glyph near those of MNIST's. */
export function viewOf(ink: Plane): Frame {
  return darkened(centreGlyph(steepened(ink)));
}

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

/** Columns by which the ink moves to the right for each row down: its covariance over its vertical variance. */
export function lean({ width, height, data }: Plane): number {
  let [m00, m10, m01, m11, m02] = [0, 0, 0, 0, 0];
  for (let y = 0; y < height; y++) {
    let [inRow, along] = [0, 0];
    for (let x = 0; x < width; x++) {
      const value = data[y * width + x];
      inRow += value;
      along += x * value;
    }
    m00 += inRow;
    m10 += along;
    m01 += y * inRow;
    m11 += y * along;
    m02 += y * y * inRow;
  }
  if (m00 === 0) return 0;
  const middle = m01 / m00;
  const down = m02 - middle * m01;
  return down > 0 ? (m11 - middle * m10) / down : 0;
}

/**
 * Shear a glyph that leans more than `STEEPEST` until it leans as much; others come back as they are.
 *
 * Linear between two pixels, as OpenCV 5 does it; OpenCV 4 rounds to 1/32 of a pixel, which moves a pixel of a glyph by
 * up to 0.015.
 */
export function steepened(ink: Plane): Plane {
  const leaning = lean(ink);
  if (Math.abs(leaning) <= STEEPEST) return ink;
  const shear = leaning - Math.sign(leaning) * STEEPEST;
  const { width, height, data } = ink;
  const margin = Math.ceil((Math.abs(shear) * height) / 2) + 1;
  const wide = width + 2 * margin;
  const sheared = new Float32Array(wide * height);
  for (let y = 0; y < height; y++) {
    const shift = shear * (y - (height - 1) / 2) - margin;
    const whole = Math.floor(shift);
    const rest = shift - whole;
    const row = y * width;
    for (let x = Math.max(0, -whole - 1); x < Math.min(wide, width - whole); x++) {
      const from = x + whole;
      const left = from >= 0 ? data[row + from] : 0;
      const right = from + 1 < width ? data[row + from + 1] : 0;
      sheared[y * wide + x] = left * (1 - rest) + right * rest;
    }
  }
  return { width: wide, height, data: sheared };
}

/** Make the strokes of a thin pen as dark as MNIST's; a usual frame comes back as it is. */
export function darkened(frame: Frame): Frame {
  let [inked, dark] = [0, 0];
  for (let i = 0; i < frame.length; i++) {
    if (frame[i] > INKED) inked++;
    if (frame[i] >= PALE) dark++;
  }
  const tenth = Math.floor(inked / 10);
  if (!inked || dark > tenth) return frame; // the darkest tenth is dark: nearly always, and known without sorting
  const darkest = frame.slice().sort()[frame.length - 1 - tenth];
  const factor = Math.fround(USUAL / darkest);
  return frame.map((value) => Math.min(value * factor, 1));
}
