/**
 * Whether there is nothing but paper on a picture.
 *
 * In: grey levels. Out: yes or no. Knows nothing of digits. The twin of `is_blank` in `page/reading.py`.
 */

import { resized } from "./grey";
import { clamped } from "./numeric";
import type { Bytes } from "./planes";
import { roundToEven } from "./rounding";

/** Levels by which a stroke stands out of the paper about it; grain and shadows do by less. */
const STANDS_OUT = 40;

export function isBlank(grey: Bytes): boolean {
  const { width, height } = grey;
  const isLarge = Math.min(width, height) > 64;
  const small = isLarge ? resized(grey, roundToEven(width / 2), roundToEven(height / 2)) : grey;
  const ground = medianBlurred(small, Math.min(small.width, small.height) > 31 ? 31 : 3);
  return small.data.every((level, i) => Math.abs(level - ground.data[i]) < STANDS_OUT);
}

/**
 * The median of the square around each pixel; beyond the edge its pixels hold.
 *
 * The histogram of the square moves along a row, and the median with it (Huang, Yang and Tang, 1979).
 */
export function medianBlurred({ width, height, data }: Bytes, side: number): Bytes {
  const reach = side >> 1;
  const half = (side * side) >> 1;
  const made = new Uint8Array(data.length);
  const counts = new Int32Array(256);
  for (let y = 0; y < height; y++) {
    counts.fill(0);
    let [median, below] = [0, 0]; // how many of the square are below the median
    const add = (column: number, sign: number): void => {
      const x = clamped(column, 0, width - 1);
      for (let row = y - reach; row <= y + reach; row++) {
        const level = data[clamped(row, 0, height - 1) * width + x];
        counts[level] += sign;
        if (level < median) below += sign;
      }
    };
    for (let column = -reach; column < reach; column++) add(column, 1);
    for (let x = 0; x < width; x++) {
      add(x + reach, 1);
      while (below > half) below -= counts[--median];
      while (below + counts[median] <= half) below += counts[median++];
      made[y * width + x] = median;
      add(x - reach, -1);
    }
  }
  return { width, height, data: made };
}
