/**
 * The colours of a picture as planes of grey levels, at the size asked for.
 *
 * In: decoded pixels. Out: a plane for each colour, one if the picture has none. Knows nothing of paper and ink.
 */

import { paper } from "../constants";
import type { Pixels } from "../types";
import type { Bytes } from "./planes";
import { areaWeights, type Weights } from "./resize";
import { roundToEven } from "./rounding";

const { GREY, STEP } = paper;

const [GREEN, OPAQUE] = [1, 255];

/** Lay what is transparent on white paper; an opaque picture comes back as it is. */
export function onWhite(pixels: Pixels): Pixels {
  const { width, height, data } = pixels;
  if (isOpaque(data)) return pixels;
  const made = new Uint8ClampedArray(data.length);
  for (let at = 0; at < data.length; at += 4) {
    const share = data[at + 3] / OPAQUE;
    for (let i = at; i < at + 3; i++) made[i] = 255 + (data[i] - 255) * share;
    made[at + 3] = OPAQUE;
  }
  return { width, height, data: made };
}

function isOpaque(data: Uint8ClampedArray): boolean {
  for (let at = 3; at < data.length; at += 4) if (data[at] !== OPAQUE) return false;
  return true;
}

/** Red, green and blue, or green alone where they are the same; shrunk to `scale`, at most 1, by area averages. */
export function coloursOf(pixels: Pixels, scale: number): Bytes[] {
  const width = scale < 1 ? Math.max(1, roundToEven(pixels.width * scale)) : pixels.width;
  const height = scale < 1 ? Math.max(1, roundToEven(pixels.height * scale)) : pixels.height;
  const [red, green, blue] = [0, 1, 2].map((colour) => shrunkColour(pixels, colour, width, height));
  return isSame(red, green) && isSame(blue, green) ? [green] : [red, green, blue];
}

/** Green, which is nearest to what the eye sees of all three, shrunk to a width and height. */
export function greenOf(pixels: Pixels, width: number, height: number): Bytes {
  return shrunkColour(pixels, GREEN, width, height);
}

/** Grey levels made fewer by area averages. */
export function shrunkBytes(plane: Bytes, width: number, height: number): Bytes {
  if (width === plane.width && height === plane.height) return plane;
  return averagedBytes(
    plane.data,
    plane.width,
    1,
    0,
    areaWeights(plane.width, width),
    areaWeights(plane.height, height),
  );
}

function shrunkColour(pixels: Pixels, colour: number, width: number, height: number): Bytes {
  if (width < pixels.width || height < pixels.height) {
    const [across, down] = [areaWeights(pixels.width, width), areaWeights(pixels.height, height)];
    return averagedBytes(pixels.data, pixels.width, 4, colour, across, down);
  }
  const data = new Uint8Array(width * height);
  for (let i = 0, at = colour; i < data.length; i++, at += 4) data[i] = pixels.data[at];
  return { width, height, data };
}

function isSame(one: Bytes, other: Bytes): boolean {
  for (let y = 0; y < one.height; y += STEP) {
    for (let x = 0, at = y * one.width; x < one.width; x += STEP, at += STEP) {
      if (Math.abs(one.data[at] - other.data[at]) > GREY) return false;
    }
  }
  return true;
}

/** Area averages of every `stride`-th byte from `offset` on. */
function averagedBytes(
  data: Uint8Array | Uint8ClampedArray,
  columns: number,
  stride: number,
  offset: number,
  across: Weights,
  down: Weights,
): Bytes {
  const width = across.starts.length - 1;
  const height = down.starts.length - 1;
  const made = new Uint8Array(width * height);
  const sums = new Float64Array(width);
  const row = new Float64Array(width);
  let last = -1;
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let k = down.starts[y]; k < down.starts[y + 1]; k++) {
      if (down.index[k] !== last) {
        last = down.index[k];
        narrow(data, last * columns * stride + offset, stride, across, row);
      }
      const share = down.weight[k];
      for (let x = 0; x < width; x++) sums[x] += share * row[x];
    }
    for (let x = 0; x < width; x++) made[y * width + x] = sums[x] + 0.5;
  }
  return { width, height, data: made };
}

function narrow(
  data: Uint8Array | Uint8ClampedArray,
  start: number,
  stride: number,
  { starts, index, weight }: Weights,
  row: Float64Array,
): void {
  for (let x = 0; x < row.length; x++) {
    let sum = 0;
    for (let k = starts[x]; k < starts[x + 1]; k++) sum += weight[k] * data[start + stride * index[k]];
    row[x] = sum;
  }
}
