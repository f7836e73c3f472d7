/**
 * A decoded picture as grey levels, at the size asked for.
 *
 * In: decoded pixels. Out: bytes, 0 black to 255 white. Knows nothing of paper and ink.
 */

import type { Pixels } from "../types";
import type { Bytes } from "./planes";
import { averaged, interpolated } from "./resize";
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

/** Grey levels made fewer by area averages, or more by interpolation. */
export function resized(grey: Bytes, width: number, height: number): Bytes {
  if (width === grey.width && height === grey.height) return grey;
  const isSmaller = width < grey.width || height < grey.height;
  const { data } = isSmaller ? averaged(grey, width, height) : interpolated(grey, width, height);
  return { width, height, data: Uint8Array.from(data, roundToEven) };
}
