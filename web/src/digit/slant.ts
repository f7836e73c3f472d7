/**
 * A lean far from MNIST's brought near it.
 *
 * In: the ink of one glyph. Out: the same, sheared until it leans no more than half of MNIST's. Knows nothing of what
 * is written. The twin of `images/slant.py`, which has the measurements.
 */

import type { Plane } from "../types";

/** The lean that is left: columns to the side for each row. */
export const STEEPEST = 0.2;

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
