/**
 * Which marked pixels hang together, at a corner at least or at a side.
 *
 * In: a mask. Out: its components, each as the level stretches of pixels it is made of. Knows nothing of ink.
 *
 * Stretches of one row are joined to those of the row above that touch them by union and find, so a page costs one
 * look at each pixel and hardly more for its ink.
 */

import type { Bytes } from "./planes";

/** A component: its box, how many pixels it has, and its stretches, from `first` to `last` in `Labels`. */
export interface Component {
  readonly left: number;
  readonly top: number;
  /** The column after the last. */
  readonly right: number;
  /** The row after the last. */
  readonly bottom: number;
  readonly area: number;
  /** Of each stretch its row, its first column and the column after its last, from top to bottom. */
  readonly stretches: Int32Array;
}

/** The components in the order of their first pixels, row by row; `corners` says whether a corner joins. */
export function componentsIn(mask: Bytes, corners = true): Component[] {
  const stretches = stretchesOf(mask);
  const roots = joinedUp(stretches, corners ? 1 : 0);
  return gathered(stretches, roots);
}

/** Row, first column and the column after the last of every stretch of marked pixels. */
function stretchesOf({ width, height, data }: Bytes): Int32Array {
  let found = new Int32Array(1536);
  let count = 0;
  for (let y = 0; y < height; y++) {
    const end = (y + 1) * width;
    let at = y * width;
    for (;;) {
      while (at < end && data[at] === 0) at++;
      if (at === end) break;
      const start = at;
      while (at < end && data[at] !== 0) at++;
      if (count + 3 > found.length) found = grown(found);
      found[count++] = y;
      found[count++] = start - y * width;
      found[count++] = at - y * width;
    }
  }
  return found.subarray(0, count);
}

function grown(values: Int32Array): Int32Array<ArrayBuffer> {
  const more = new Int32Array(2 * values.length);
  more.set(values);
  return more;
}

/** For each stretch the first one of its component; `reach` is by how much one may lie beside another. */
function joinedUp(stretches: Int32Array, reach: number): Int32Array {
  const count = stretches.length / 3;
  const parents = new Int32Array(count);
  let above = 0;
  for (let here = 0; here < count; here++) {
    parents[here] = here;
    const [row, start, end] = [stretches[3 * here], stretches[3 * here + 1], stretches[3 * here + 2]];
    // Stretches are in reading order: what lies wholly before this one touches none of those to come.
    while (above < here && (stretches[3 * above] < row - 1 || isBefore(stretches, above, row, start - reach)))
      above++;
    for (let i = above; i < here && stretches[3 * i] === row - 1 && stretches[3 * i + 1] < end + reach; i++) {
      join(parents, i, here);
    }
  }
  for (let here = 0; here < count; here++) parents[here] = rootOf(parents, here);
  return parents;
}

/** Whether a stretch of the row above ends at a column or before. */
function isBefore(stretches: Int32Array, index: number, row: number, start: number): boolean {
  return stretches[3 * index] === row - 1 && stretches[3 * index + 2] <= start;
}

function join(parents: Int32Array, one: number, other: number): void {
  const [a, b] = [rootOf(parents, one), rootOf(parents, other)];
  if (a < b) parents[b] = a;
  else parents[a] = b;
}

function rootOf(parents: Int32Array, index: number): number {
  let at = index;
  while (parents[at] !== at) {
    parents[at] = parents[parents[at]];
    at = parents[at];
  }
  return at;
}

/** Put the stretches of each component together. */
function gathered(stretches: Int32Array, roots: Int32Array): Component[] {
  const count = roots.length;
  const sizes = new Int32Array(count);
  for (let i = 0; i < count; i++) sizes[roots[i]]++;
  const numbers = new Int32Array(count);
  const own: Int32Array[] = [];
  for (let i = 0; i < count; i++) {
    if (roots[i] !== i) continue;
    numbers[i] = own.length;
    own.push(new Int32Array(3 * sizes[i]));
  }
  const filled = new Int32Array(own.length);
  for (let i = 0; i < count; i++) {
    const number = numbers[roots[i]];
    own[number].set(stretches.subarray(3 * i, 3 * i + 3), filled[number]);
    filled[number] += 3;
  }
  return own.map(measured);
}

function measured(stretches: Int32Array): Component {
  let [left, right, area] = [stretches[1], stretches[2], 0];
  for (let i = 0; i < stretches.length; i += 3) {
    left = Math.min(left, stretches[i + 1]);
    right = Math.max(right, stretches[i + 2]);
    area += stretches[i + 2] - stretches[i + 1];
  }
  const bottom = stretches[stretches.length - 3] + 1;
  return { left, top: stretches[0], right, bottom, area, stretches };
}
