/**
 * Which marked pixels hang together, at a corner at least or at a side.
 *
 * In: a mask. Out: its components. Knows nothing of ink.
 */

import type { Bytes } from "./planes";

/** A component: its box, and where its pixels lie in the mask, row by row. */
export interface Component {
  readonly left: number;
  readonly top: number;
  /** The column after the last. */
  readonly right: number;
  /** The row after the last. */
  readonly bottom: number;
  readonly pixels: Int32Array;
}

/** The components in the order of their first pixels, row by row; `corners` says whether a corner joins. */
export function componentsIn({ width, height, data }: Bytes, corners = true): Component[] {
  // With an empty column behind each row and a row above and below, no neighbour of a pixel is out of bounds.
  const wide = width + 1;
  const left = new Uint8Array(wide * (height + 2) + 1);
  for (let y = 0; y < height; y++) left.set(data.subarray(y * width, (y + 1) * width), (y + 1) * wide);
  const steps = [-1, 1, -wide, wide, ...(corners ? [-wide - 1, -wide + 1, wide - 1, wide + 1] : [])];
  const found: Component[] = [];
  for (let start = wide; start < left.length; start++) {
    if (!left[start]) continue;
    const pixels = [start];
    left[start] = 0;
    for (let i = 0; i < pixels.length; i++) {
      for (const step of steps) {
        if (!left[pixels[i] + step]) continue;
        left[pixels[i] + step] = 0;
        pixels.push(pixels[i] + step);
      }
    }
    const own = Int32Array.from(pixels, (at) => at - wide - (Math.floor(at / wide) - 1)).sort();
    found.push(measured(own, width));
  }
  return found;
}

function measured(pixels: Int32Array, width: number): Component {
  let [left, right] = [width, 0];
  for (const at of pixels) {
    left = Math.min(left, at % width);
    right = Math.max(right, (at % width) + 1);
  }
  const [top, last] = [pixels[0], pixels[pixels.length - 1]].map((at) => Math.floor(at / width));
  return { left, top, right, bottom: last + 1, pixels };
}
