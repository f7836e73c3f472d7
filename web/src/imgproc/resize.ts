/**
 * A plane made smaller or larger, with the coefficients of OpenCV's `resize`: INTER_AREA and INTER_LINEAR.
 *
 * In: a plane and the new sides. Out: a new plane. Knows nothing of what is on it.
 *
 * Sums are rounded to single precision at each step, in OpenCV's order: where two ways to cut a piece cost the same, the
 * last bit decides, and it is to decide as it does in the package.
 */

import type { Plane } from "../types";
import type { Bytes } from "./planes";

/** For each new pixel the old ones it is made of: `index` and `weight` from `starts[i]` to `starts[i + 1]`. */
interface Weights {
  readonly starts: Int32Array;
  readonly index: Int32Array;
  readonly weight: Float32Array;
}

/** OpenCV's: a sliver thinner than this part of a pixel does not count. */
const SLIVER = 1e-3;

/** Average over the area that each new pixel covers; for sides that are no longer than the old ones. */
export function averaged(plane: Plane | Bytes, width: number, height: number): Plane {
  return weighted(plane, areaWeights(plane.width, width), areaWeights(plane.height, height));
}

/** Interpolate between pixel centres; beyond the outermost ones their value holds. */
export function interpolated(plane: Plane | Bytes, width: number, height: number): Plane {
  return weighted(plane, linearWeights(plane.width, width), linearWeights(plane.height, height));
}

/** Which old pixels each new one covers and with what share, as OpenCV's `computeResizeAreaTab` counts them. */
function areaWeights(from: number, to: number): Weights {
  const scale = from / to;
  const starts = new Int32Array(to + 1);
  const index = new Int32Array(from + 2 * to);
  const weight = new Float32Array(from + 2 * to);
  let count = 0;
  const add = (at: number, share: number): void => {
    index[count] = at;
    weight[count++] = share;
  };
  for (let pixel = 0; pixel < to; pixel++) {
    const begin = pixel * scale;
    const end = begin + scale;
    const cell = Math.min(scale, from - begin);
    const last = Math.min(Math.floor(end), from - 1);
    const first = Math.min(Math.ceil(begin), last);
    if (first - begin > SLIVER) add(first - 1, (first - begin) / cell);
    for (let at = first; at < last; at++) add(at, 1 / cell);
    if (end - last > SLIVER) add(last, Math.min(end - last, 1, cell) / cell);
    starts[pixel + 1] = count;
  }
  return { starts, index, weight };
}

function linearWeights(from: number, to: number): Weights {
  const starts = new Int32Array(to + 1);
  const index = new Int32Array(2 * to);
  const weight = new Float32Array(2 * to);
  for (let pixel = 0; pixel < to; pixel++) {
    const at = Math.min(Math.max(((pixel + 0.5) * from) / to - 0.5, 0), from - 1);
    const below = Math.floor(at);
    index[2 * pixel] = below;
    index[2 * pixel + 1] = Math.min(below + 1, from - 1);
    weight[2 * pixel + 1] = at - below;
    weight[2 * pixel] = 1 - (at - below);
    starts[pixel + 1] = 2 * pixel + 2;
  }
  return { starts, index, weight };
}

function weighted(plane: Plane | Bytes, across: Weights, down: Weights): Plane {
  const width = across.starts.length - 1;
  const height = down.starts.length - 1;
  const data = new Float32Array(width * height);
  const row = new Float32Array(width);
  const sums = new Float32Array(width);
  let made = -1;
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let k = down.starts[y]; k < down.starts[y + 1]; k++) {
      if (down.index[k] !== made) {
        made = down.index[k];
        narrow(plane.data, made * plane.width, across, row);
      }
      const share = down.weight[k];
      for (let x = 0; x < width; x++) sums[x] += Math.fround(share * row[x]);
    }
    data.set(sums, y * width);
  }
  return { width, height, data };
}

/** One row of the old plane at the new width. */
function narrow(data: Float32Array | Uint8Array, offset: number, across: Weights, row: Float32Array): void {
  const { starts, index, weight } = across;
  for (let x = 0; x < row.length; x++) {
    let sum = 0;
    for (let k = starts[x]; k < starts[x + 1]; k++)
      sum = Math.fround(sum + Math.fround(weight[k] * data[offset + index[k]]));
    row[x] = sum;
  }
}
