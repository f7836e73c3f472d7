/**
 * A decoded picture as grey levels, at the size asked for.
 *
 * In: decoded pixels. Out: bytes, 0 black to 255 white. Knows nothing of paper and ink.
 */

import type { Pixels } from "../types";
import type { Bytes } from "./planes";
import { areaWeights, type Weights } from "./resize";
import { roundToEven } from "./rounding";

/** Parts of 2 ** 15 that red, green and blue have in grey, as OpenCV has them. */
const [RED, GREEN, BLUE] = [9798, 19235, 3735];

/** The brightness of each pixel; what is transparent lies on white paper. */
export function greyOf({ width, height, data: colours }: Pixels): Bytes {
  const data = new Uint8Array(width * height);
  for (let i = 0, at = 0; i < data.length; i++, at += 4) {
    const grey = (RED * colours[at] + GREEN * colours[at + 1] + BLUE * colours[at + 2] + 2 ** 14) >> 15;
    data[i] = Math.round(255 + ((grey - 255) * colours[at + 3]) / 255);
  }
  return { width, height, data };
}

/** Grey levels made fewer by area averages. */
export function shrunkBytes(
  { width: columns, height: rows, data }: Bytes,
  width: number,
  height: number,
): Bytes {
  if (width === columns && height === rows) return { width, height, data };
  const [across, down] = [areaWeights(columns, width), areaWeights(rows, height)];
  const made = new Uint8Array(width * height);
  const sums = new Float64Array(width);
  const row = new Float64Array(width);
  let last = -1;
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let k = down.starts[y]; k < down.starts[y + 1]; k++) {
      if (down.index[k] !== last) {
        last = down.index[k];
        narrow(data, last * columns, across, row);
      }
      const share = down.weight[k];
      for (let x = 0; x < width; x++) sums[x] += share * row[x];
    }
    for (let x = 0; x < width; x++) made[y * width + x] = roundToEven(sums[x]);
  }
  return { width, height, data: made };
}

/** One row at the new width. */
function narrow(
  data: Uint8Array,
  start: number,
  { starts, index, weight }: Weights,
  row: Float64Array,
): void {
  for (let x = 0; x < row.length; x++) {
    let sum = 0;
    for (let k = starts[x]; k < starts[x + 1]; k++) sum += weight[k] * data[start + index[k]];
    row[x] = sum;
  }
}
