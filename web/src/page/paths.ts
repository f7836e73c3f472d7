/**
 * The cheapest ways through ink from top to bottom: where two digits that touch may be cut apart.
 *
 * In: the ink of a piece at a small size. Out: ways with their prices, from left to right. Knows nothing of pieces or
 * of the size they were found at. The twin of the first half of `page/cuts.py`.
 *
 * A way may wind as a drop that falls does, which is dear, so that a slanted or bent gap is followed and a stroke is
 * not followed along.
 */

import { cuts } from "../constants";
import { roundToEven } from "../imgproc/rounding";
import type { Plane } from "../types";

const { SIDESTEP, DEAREST, CUTS, NEXT, LEVEL, MARGIN, SAME } = cuts;
const SEEN = Math.fround(cuts.SEEN);

/** The column that a cut takes in each row, and the ink it crosses. */
export interface Path {
  readonly columns: Int32Array;
  readonly price: number;
}

/** The cheapest paths through ink in which a digit is `height` rows tall. */
export function pathsThrough(ink: Plane, height: number): Path[] {
  const flipped = upsideDown(ink);
  const fromTop = cheapest(ink);
  const fromBottom = cheapest(flipped);
  const { width, height: rows } = ink;
  const through = new Float32Array(width);
  const found: Path[] = [];
  for (const row of new Set([Math.floor(rows / 4), Math.floor(rows / 2), Math.floor((3 * rows) / 4)])) {
    const mirrored = rows - 1 - row;
    for (let x = 0; x < width; x++) {
      const at = row * width + x;
      through[x] = fromTop.data[at] + fromBottom.data[mirrored * width + x] - ink.data[at];
    }
    for (const start of valleys(through, MARGIN * height)) {
      if (through[start] > DEAREST * height) continue;
      const columns = new Int32Array(rows);
      follow(fromTop, start, row, (at, column) => {
        columns[at] = column;
      });
      follow(fromBottom, start, mirrored, (at, column) => {
        columns[rows - 1 - at] = column;
      });
      found.push({ columns, price: through[start] });
    }
  }
  return different(ink, found, height);
}

function upsideDown({ width, height, data }: Plane): Plane {
  const flipped = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    flipped.set(data.subarray(y * width, (y + 1) * width), (height - 1 - y) * width);
  }
  return { width, height, data: flipped };
}

/** Ink crossed on the best way from the first row to each pixel. */
function cheapest({ width, height, data }: Plane): Plane {
  const price = data.slice();
  for (let at = width; at < price.length; at++) {
    const column = at % width;
    let best = price[at - width];
    if (column > 0) best = Math.min(best, Math.fround(price[at - width - 1] + SIDESTEP));
    if (column < width - 1) best = Math.min(best, Math.fround(price[at - width + 1] + SIDESTEP));
    price[at] += best;
  }
  return { width, height, data: price };
}

/** The middles of the lowest stretches, not at the sides. */
function valleys(prices: Float32Array, margin: number): number[] {
  const found: number[] = [];
  const last = prices.length - 1;
  let start = 0;
  for (let column = 1; column <= last + 1; column++) {
    if (column <= last && Math.abs(prices[column] - prices[start]) < SAME) continue;
    const lowerLeft = start === 0 || prices[start - 1] > prices[start];
    const lowerRight = column > last || prices[column] > prices[start];
    const middle = (start + column - 1) >> 1;
    if (lowerLeft && lowerRight && middle >= margin && middle <= last - margin) found.push(middle);
    start = column;
  }
  return found;
}

/** Go the cheapest way from a pixel of a row back to row 0, at most one column aside at each step. */
function follow(
  prices: Plane,
  start: number,
  row: number,
  visit: (row: number, column: number) => void,
): void {
  const { width, data } = prices;
  let column = start;
  visit(row, column);
  for (let here = row - 1; here >= 0; here--) {
    const at = here * width + column;
    const left = column > 0 ? data[at - 1] + SIDESTEP : Number.POSITIVE_INFINITY;
    const right = column < width - 1 ? data[at + 1] + SIDESTEP : Number.POSITIVE_INFINITY;
    if (left <= data[at] && left <= right) column--;
    else if (right < data[at]) column++;
    visit(here, column);
  }
}

/** The cheapest paths that keep a distance and do not cross, from left to right. */
function different(ink: Plane, found: readonly Path[], height: number): Path[] {
  const most = roundToEven((CUTS * ink.width) / height);
  const kept: Path[] = [];
  for (const path of [...found].sort((one, other) => one.price - other.price)) {
    if (kept.length === most) break;
    const isApart = kept.every((other) => keepDistance(path.columns, other.columns, NEXT * height));
    if (isApart && partsLevel(ink, path.columns)) kept.push(path);
  }
  return kept
    .map((path) => ({ path, sum: path.columns.reduce((sum, column) => sum + column, 0) }))
    .sort((one, other) => one.sum - other.sum)
    .map(({ path }) => path);
}

/** Whether two paths are further apart than that on the average, and one lies wholly at one side of the other. */
function keepDistance(one: Int32Array, other: Int32Array, least: number): boolean {
  let [sum, isRight, isLeft] = [0, true, true];
  for (let row = 0; row < one.length; row++) {
    const gap = one[row] - other[row];
    sum += Math.abs(gap);
    if (gap < 0) isRight = false;
    if (gap > 0) isLeft = false;
  }
  return (isRight || isLeft) && sum / one.length > least;
}

/** Whether what lies at both sides of a path is side by side, not one above the other as a 7 and its stem. */
function partsLevel(ink: Plane, columns: Int32Array): boolean {
  const { width, height, data } = ink;
  const left = { first: -1, last: -1 };
  const right = { first: -1, last: -1 };
  for (let row = 0; row < height; row++) {
    let [inLeft, inRight] = [false, false];
    for (let x = 0; x < width; x++) {
      if (data[row * width + x] <= SEEN) continue;
      if (x < columns[row]) inLeft = true;
      else inRight = true;
    }
    if (inLeft) extend(left, row);
    if (inRight) extend(right, row);
  }
  if (left.first < 0 || right.first < 0) return false;
  const level = Math.min(left.last, right.last) - Math.max(left.first, right.first) + 1;
  return level >= LEVEL * Math.min(left.last - left.first + 1, right.last - right.first + 1);
}

function extend(span: { first: number; last: number }, row: number): void {
  if (span.first < 0) span.first = row;
  span.last = row;
}
