/**
 * Planes smoothed as OpenCV's `blur` and `GaussianBlur` do it, mirrored at the edges without repeating them.
 *
 * In: a plane. Out: a new one. Knows nothing of what is on it.
 */

import type { Plane } from "../types";
import { roundToEven } from "./rounding";

/** The mean of each pixel and its eight neighbours. */
export function boxBlurred(plane: Plane): Plane {
  const { width, height, data } = plane;
  const across = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let x = 0; x < width; x++) {
      across[row + x] =
        data[row + mirrored(x - 1, width)] + data[row + x] + data[row + mirrored(x + 1, width)];
    }
  }
  const made = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    const above = mirrored(y - 1, height) * width;
    const below = mirrored(y + 1, height) * width;
    const row = y * width;
    for (let x = 0; x < width; x++)
      made[row + x] = (across[above + x] + across[row + x] + across[below + x]) / 9;
  }
  return { width, height, data: made };
}

/** Weighted by a bell curve of this standard deviation in pixels, cut off at four of them. */
export function bellBlurred(plane: Plane, spread: number): Plane {
  const bell = bellOf(spread);
  return smoothedAcross(smoothedAcross(plane, bell), bell);
}

/** The weights from the middle outwards; both sides together make 1. */
function bellOf(spread: number): Float64Array {
  const reach = (roundToEven(8 * spread + 1) | 1) >> 1;
  const bell = Float64Array.from({ length: reach + 1 }, (_, i) => Math.exp((-i * i) / (2 * spread * spread)));
  const sum = 2 * bell.reduce((total, value) => total + value, 0) - bell[0];
  return bell.map((value) => value / sum);
}

/** Smooth along the rows and turn these to columns: twice smooths both ways. */
function smoothedAcross({ width, height, data }: Plane, bell: Float64Array): Plane {
  const made = new Float32Array(data.length);
  const reach = bell.length - 1;
  const padded = new Float64Array(width + 2 * reach);
  const sources = Int32Array.from(padded, (_, i) => mirrored(i - reach, width));
  for (let y = 0; y < height; y++) {
    const row = y * width;
    for (let i = 0; i < padded.length; i++) padded[i] = data[row + sources[i]];
    for (let x = 0; x < width; x++) {
      const middle = x + reach;
      let sum = bell[0] * padded[middle];
      for (let i = 1; i <= reach; i++) sum += bell[i] * (padded[middle - i] + padded[middle + i]);
      made[x * height + y] = sum;
    }
  }
  return { width: height, height: width, data: made };
}

/** The place within 0 .. length - 1 that a place beyond it mirrors; the last pixel is the mirror. */
function mirrored(place: number, length: number): number {
  if (length === 1) return 0;
  let at = place;
  while (at < 0 || at >= length) at = at < 0 ? -at : 2 * (length - 1) - at;
  return at;
}
