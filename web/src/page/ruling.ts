/**
 * The printed rules of a page taken out of its ink: writing lines, boxes, squared paper.
 *
 * In: the ink of a page and the height of its digits. Out: the ink without what is straight, thin and much longer than
 * any stroke; strokes that cross it stay. Knows nothing of lines of writing or digits. The twin of `page/ruling.py`.
 *
 * Where that looks at every pixel for every rise of a rule, this counts upright stretches of pixels by where they begin
 * and end: the same numbers for a fraction of the work.
 */

import { ruling } from "../constants";
import { dilated, eroded } from "../imgproc/morphology";
import type { Bytes } from "../imgproc/planes";
import { roundToEven } from "../imgproc/rounding";
import type { Plane } from "../types";

const { LONG, COVERED, SHORTEST, WHOLLY, THIN, STEEPEST } = ruling;
const INK = Math.fround(ruling.INK);
const LONE = Math.fround(ruling.LONE);
const EDGE = Math.fround(ruling.EDGE);

/** The upright stretches of marks in some columns of a mask: three numbers each, column, first row, row after the last. */
interface Tile {
  readonly width: number;
  readonly height: number;
  readonly stretches: Int32Array;
  readonly area: number;
}

/** Take out level and upright rules of a page whose digits are `height` pixels tall. */
export function withoutRuling(ink: Plane, height: number): Plane {
  const mask = { ...ink, data: new Uint8Array(ink.data.length) };
  for (let i = 0; i < mask.data.length; i++) mask.data[i] = ink.data[i] > INK ? 1 : 0;
  const level = levelRules(mask, height);
  const upright = levelRules(transposed(mask), height);
  if (!level && !upright) return ink;
  const data = ink.data.slice();
  if (level) clear(data, level);
  if (upright) clear(data, transposed(upright));
  return { width: ink.width, height: ink.height, data };
}

function clear(data: Float32Array, marked: Bytes): void {
  for (let i = 0; i < data.length; i++) if (marked.data[i]) data[i] = 0;
}

function transposed({ width, height, data }: Bytes): Bytes {
  const made = new Uint8Array(data.length);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) made[x * height + y] = data[y * width + x];
  return { width: height, height: width, data: made };
}

/** The pixels of level rules that belong to nothing else; null where there are none. */
function levelRules(mask: Bytes, height: number): Bytes | null {
  const { width } = mask;
  if (width < SHORTEST * height) return null;
  const length = Math.max(8, roundToEven(LONG * height));
  const tiles = Math.max(1, Math.floor(width / length));
  const thick = Math.max(1, roundToEven(THIN * height));
  const covered = Math.fround(width >= length ? COVERED : WHOLLY);
  const rules = { ...mask, data: new Uint8Array(mask.data.length) };
  let isRuled = false;
  for (let i = 0; i < tiles; i++) {
    const start = Math.floor((i * width) / tiles);
    const end = Math.floor(((i + 1) * width) / tiles);
    if (markRules(tileOf(mask, start, end), start, thick, covered, rules)) isRuled = true;
  }
  if (!isRuled) return null;
  const strokes = dilated(eroded(mask, 1, thick + 2), 1, thick + 2);
  for (let i = 0; i < rules.data.length; i++) if (strokes.data[i]) rules.data[i] = 0;
  return rules;
}

function tileOf({ width, height, data }: Bytes, left: number, right: number): Tile {
  const found: number[] = [];
  const since = new Int32Array(right - left).fill(-1);
  let area = 0;
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x < since.length; x++) {
      const isMarked = y < height && data[y * width + left + x] !== 0;
      if (isMarked === since[x] >= 0) continue;
      if (since[x] >= 0) {
        found.push(x, since[x], y);
        area += y - since[x];
      }
      since[x] = isMarked ? y : -1;
    }
  }
  return { width: right - left, height, stretches: Int32Array.from(found), area };
}

/** Mark the bands of rows, level or rising steadily, that are inked nearly everywhere while those beside are not. */
function markRules(tile: Tile, left: number, thick: number, covered: number, rules: Bytes): boolean {
  const { width, height } = tile;
  if (tile.area < covered * width) return false;
  const steepest = roundToEven(STEEPEST * width);
  const steps = Array.from({ length: 2 * steepest + 1 }, (_, i) => i - steepest);
  const covers = steps.map((step) => coverOf(tile, step));
  let isMarked = false;
  for (let row = 0; row < height; row++) {
    let best = 0;
    for (let i = 1; i < covers.length; i++) if (covers[i][row] > covers[best][row]) best = i;
    const cover = covers[best];
    const most = cover[row];
    if (most < covered) continue;
    if (Math.max(beyond(cover, row - thick - 1), beyond(cover, row + thick + 1)) >= Math.fround(LONE * most))
      continue;
    const first = row - edge(cover, row, -1, thick) + 1;
    const last = row + edge(cover, row, 1, thick);
    markBand(tile, left, steps[best], first, last, rules);
    isMarked = true;
  }
  return isMarked;
}

/** How many rows above or below a rule it ends. */
function edge(cover: Float32Array, row: number, direction: number, thick: number): number {
  const least = Math.fround(EDGE * cover[row]);
  for (let far = 0; far < thick + 2; far++) if (beyond(cover, row + direction * far) < least) return far;
  return thick + 1;
}

/** What is inked of a row; nothing beyond the picture. */
function beyond(cover: Float32Array, row: number): number {
  return row >= 0 && row < cover.length ? cover[row] : 0;
}

/** By how many rows a rule that rises by `step` over the tile lies off its middle in a column. */
function riseAt(column: number, step: number, width: number): number {
  return roundToEven(((column - width / 2) * step) / Math.max(1, width));
}

/** Part of the columns that have ink in each row, or in the next, once the tile is sheared by a step. */
function coverOf({ width, height, stretches }: Tile, step: number): Float32Array {
  const changes = new Int32Array(height + 1);
  const rises = Int32Array.from({ length: width }, (_, column) => riseAt(column, step, width));
  for (let i = 0; i < stretches.length; i += 3) {
    const rise = rises[stretches[i]];
    const first = Math.max(stretches[i + 1] + rise, 0);
    const end = Math.min(stretches[i + 2] + rise, height);
    if (first >= end) continue;
    changes[Math.max(first - 1, 0)]++;
    changes[end]--;
  }
  const cover = new Float32Array(height);
  let count = 0;
  for (let row = 0; row < height; row++) {
    count += changes[row];
    cover[row] = count / width;
  }
  return cover;
}

/** Mark what lies in the rows from `first` to `last` of the sheared tile. */
function markBand(tile: Tile, left: number, step: number, first: number, last: number, rules: Bytes): void {
  const { width, stretches } = tile;
  for (let i = 0; i < stretches.length; i += 3) {
    const column = stretches[i];
    const rise = riseAt(column, step, width);
    const end = Math.min(stretches[i + 2], last - rise + 1);
    for (let y = Math.max(stretches[i + 1], first - rise); y < end; y++)
      rules.data[y * rules.width + left + column] = 1;
  }
}
