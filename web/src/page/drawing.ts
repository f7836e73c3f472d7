/**
 * A drawing in, its numbers out.
 *
 * In: ink that is known exactly, and a recognizer as a function. Out: lines, numbers and digits with boxes in the
 * drawing. A drawing has no paper to find, no rules to take out, no edge that cuts digits off, and stands upright. Knows
 * nothing of pens, or how the answer is shown.
 *
 * Unlike a picture, a drawing is never called empty for being doubtful: whoever drew it shall see what the network
 * thinks of it. What is no digit at all comes back as one unsure glyph.
 */

import { segment } from "../constants";
import { viewOf } from "../frame";
import { depthOf } from "../imgproc/distance";
import type { Classify, Page, Plane } from "../types";
import { digitHeight, joined, type Piece, piecesOf } from "./components";
import type { Row } from "./lines";
import { pageOf, type ReadRow } from "./numbers";
import { readRows, writtenRows } from "./rows";
import { lineOfOne } from "./whole";

const { TALL, BLANK } = segment;

/** Pixels of a stroke's width that a smaller copy keeps: a thinner one would fall apart. */
const STROKE = 2;

/** Read the numbers of a drawing. */
export function readInk(ink: Plane, classify: Classify): Page {
  const pieces = piecesOf(ink);
  const factor = shrinking(pieces);
  const rows = writtenRows(factor === 1 ? pieces : piecesOf(shrunk(ink, factor)), null);
  const read = readRows(rows, classify);
  const given = { width: ink.width, height: ink.height, turn: 0, scale: 1 / factor };
  return pageOf(read.length ? read : asOneGlyph(rows, classify), given, BLANK);
}

/**
 * By how much to shrink a drawing: a power of two.
 *
 * Only crossing a power of two changes it, so while more is drawn, what was there before keeps its frames to the last
 * bit, and a recognizer that remembers them need not answer again.
 */
function shrinking(pieces: readonly Piece[]): number {
  const height = digitHeight(pieces);
  if (height <= TALL) return 1;
  const stroke = 2 * depthOf(pieces[0].ink);
  const most = 2 ** Math.ceil(Math.log2(height / TALL));
  return Math.max(1, Math.min(most, 2 ** Math.floor(Math.log2(stroke / STROKE))));
}

/** Average over blocks of `factor` x `factor` pixels; beyond the plane is paper. */
function shrunk(plane: Plane, factor: number): Plane {
  const width = Math.ceil(plane.width / factor);
  const height = Math.ceil(plane.height / factor);
  const data = new Float32Array(width * height);
  const sums = new Float64Array(width);
  for (let y = 0; y < height; y++) {
    sums.fill(0);
    for (let row = y * factor; row < Math.min((y + 1) * factor, plane.height); row++) {
      for (let x = 0, at = row * plane.width; x < plane.width; x++, at++)
        sums[(x / factor) | 0] += plane.data[at];
    }
    for (let x = 0; x < width; x++) data[y * width + x] = sums[x] / (factor * factor);
  }
  return { width, height, data };
}

/** All that was drawn, as one glyph that is in doubt. */
function asOneGlyph(rows: readonly Row[], classify: Classify): ReadRow[] {
  const pieces = rows.flatMap((row) => row.pieces);
  if (!pieces.length) return [];
  const glyph = joined(pieces);
  const frame = viewOf(glyph.ink);
  return [lineOfOne(glyph, frame, { ...classify([frame])[0], unsure: true })];
}
