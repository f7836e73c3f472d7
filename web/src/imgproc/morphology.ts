/**
 * Shapes grown and shrunk by a rectangle, as OpenCV's `dilate` and `erode` do it; what is beyond the plane has no say.
 *
 * In: a mask. Out: a new one. Knows nothing of what is on it. For a side of even length the anchor is the pixel
 * after the middle, as OpenCV's is.
 */

import type { Bytes } from "./planes";

/** Mark every pixel that has a marked one in the rectangle around it. */
export function dilated(mask: Bytes, width: number, height: number): Bytes {
  return counted(mask, width, height, (count) => count > 0);
}

/** Keep the marks of the pixels whose rectangle is marked all over, and wipe out the rest. */
export function eroded(mask: Bytes, width: number, height: number): Bytes {
  return counted(mask, width, height, (count, all) => count === all);
}

type Rule = (count: number, all: number) => boolean;

function counted(mask: Bytes, width: number, height: number, rule: Rule): Bytes {
  const across = width === 1 ? mask : countedAcross(mask, width, rule);
  return height === 1 ? across : countedDown(across, height, rule);
}

function countedAcross({ width, height, data }: Bytes, side: number, rule: Rule): Bytes {
  const made = new Uint8Array(data.length);
  const before = side >> 1;
  const after = side - 1 - before;
  const table = decisions(side, rule);
  for (let row = 0; row < data.length; row += width) {
    let count = 0;
    for (let x = 0; x < Math.min(after, width); x++) count += data[row + x];
    for (let x = 0; x < width; x++) {
      if (x + after < width) count += data[row + x + after];
      const all = Math.min(x + after, width - 1) - Math.max(x - before, 0) + 1;
      made[row + x] = table[all * (side + 1) + count];
      if (x >= before) count -= data[row + x - before];
    }
  }
  return { width, height, data: made };
}

function countedDown({ width, height, data }: Bytes, side: number, rule: Rule): Bytes {
  const made = new Uint8Array(data.length);
  const before = side >> 1;
  const after = side - 1 - before;
  const table = decisions(side, rule);
  const counts = new Int32Array(width);
  const add = (y: number, sign: number): void => {
    for (let x = 0, at = y * width; x < width; x++, at++) counts[x] += sign * data[at];
  };
  for (let y = 0; y < Math.min(after, height); y++) add(y, 1);
  for (let y = 0; y < height; y++) {
    if (y + after < height) add(y + after, 1);
    const all = Math.min(y + after, height - 1) - Math.max(y - before, 0) + 1;
    for (let x = 0, at = y * width; x < width; x++, at++) made[at] = table[all * (side + 1) + counts[x]];
    if (y >= before) add(y - before, -1);
  }
  return { width, height, data: made };
}

/** The answer of a rule for `count` marks of `all`, at `all * (side + 1) + count`. */
function decisions(side: number, rule: Rule): Uint8Array {
  const table = new Uint8Array((side + 1) ** 2);
  for (let all = 1; all <= side; all++) {
    for (let count = 0; count <= all; count++) table[all * (side + 1) + count] = rule(count, all) ? 1 : 0;
  }
  return table;
}
