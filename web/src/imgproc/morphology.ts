/**
 * Shapes grown and shrunk by a rectangle with odd sides; what is beyond the plane has no say.
 *
 * In: a mask. Out: a new one. Knows nothing of what is on it.
 */

import type { Bytes } from "./planes";

/** Mark every pixel that has a marked one in the rectangle around it. */
export function dilated(mask: Bytes, width: number, height: number): Bytes {
  return spread(spread(mask, width, 1), height, 1);
}

/** Keep the marks of the pixels whose rectangle is marked all over, and wipe out the rest. */
export function eroded(mask: Bytes, width: number, height: number): Bytes {
  return spread(spread(mask, width, 0), height, 0);
}

/** Give a value to the pixels beside those that have it, along the rows, and turn rows to columns: twice does both. */
function spread({ width, height, data }: Bytes, side: number, value: 0 | 1): Bytes {
  const made = new Uint8Array(data.length).fill(1 - value);
  const reach = side >> 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] !== value) continue;
      const last = Math.min(width - 1, x + reach);
      for (let to = Math.max(0, x - reach); to <= last; to++) made[to * height + y] = value;
    }
  }
  return { width: height, height: width, data: made };
}
