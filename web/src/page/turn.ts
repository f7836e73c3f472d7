/**
 * Which way up a page stands: its glyphs are shown to a recognizer in all four turns.
 *
 * In: the ink of a page, and a recognizer as a function. Out: by how much to turn the page clockwise. Knows nothing of
 * numbers. A 0, 1 or 8 says little and a 6 is a turned 9, so the layout is heard too: digits stand in few lines. The twin
 * of `page/turn.py`.
 */

import { turn } from "../constants";
import { centreGlyph } from "../frame";
import { median } from "../imgproc/numeric";
import { turned } from "../imgproc/planes";
import type { Classify, Plane } from "../types";
import { componentsOf, digitHeight, Piece } from "./components";
import { rowsOf } from "./lines";
import { writingAmong } from "./strays";

const { SAMPLE, LEAST_SIZE, MOST_SIZE, SURE, LEAST, PRIOR, EACH, STRIP, LAYOUT } = turn;

/** Find by how many degrees, 0, 90, 180 or 270, the page must be turned clockwise to be read. */
export function turnOf(ink: Plane, classify: Classify): number {
  const components = componentsOf(ink);
  const pieces = writingAmong(components, digitHeight(components), ink);
  const glyphs = sampleOf(pieces);
  if (!glyphs.length) return 0;
  const upright = sureness(glyphs, 0, classify);
  if (upright.reduce((sum, one) => sum + one, 0) / upright.length >= SURE) return 0;
  const across = LAYOUT * disorder(pieces, false);
  const along = LAYOUT * disorder(pieces, true);
  let [best, most] = [0, evidence(upright) + PRIOR + EACH * glyphs.length - across];
  for (const turn of isOneLine(pieces) ? [180] : [90, 180, 270]) {
    const found = evidence(sureness(glyphs, turn, classify)) - (turn === 180 ? across : along);
    if (found > most) [best, most] = [turn, found];
  }
  return best;
}

function evidence(confidences: readonly number[]): number {
  return confidences.reduce((sum, confidence) => sum + Math.log(confidence + LEAST), 0);
}

/** Whether the writing is a strip hardly taller than its digits: a column is seldom cut out as one. */
function isOneLine(pieces: readonly Piece[]): boolean {
  const width = Math.max(...pieces.map((piece) => piece.right)) - Math.min(...pieces.map((piece) => piece.x));
  const height =
    Math.max(...pieces.map((piece) => piece.bottom)) - Math.min(...pieces.map((piece) => piece.y));
  return width > STRIP * height && height < STRIP * digitHeight(pieces);
}

/** Nats it takes to say which line each piece lies in: few, where the pieces form few lines. */
function disorder(pieces: readonly Piece[], isTurned: boolean): number {
  const placed = isTurned ? pieces.map(transposed) : pieces;
  return pieces.length * Math.log(Math.max(1, rowsOf(placed).length));
}

/** A piece with columns for rows; where its ink lies inside the box does not matter for lines. */
function transposed({ ink, x, y }: Piece): Piece {
  return new Piece({ width: ink.height, height: ink.width, data: ink.data }, y, x);
}

/** A sample of the pieces that may be single digits, whichever way up. */
function sampleOf(pieces: readonly Piece[]): Piece[] {
  if (!pieces.length) return [];
  const usual = median(pieces.map((piece) => Math.max(piece.width, piece.height)));
  const likely = pieces.filter((piece) => {
    const size = Math.max(piece.width, piece.height);
    return size >= LEAST_SIZE * usual && size <= MOST_SIZE * usual;
  });
  const step = Math.max(1, Math.floor(likely.length / SAMPLE));
  return likely.filter((_, i) => i % step === 0);
}

/** The confidence in each glyph after turning it clockwise. */
function sureness(glyphs: readonly Piece[], turn: number, classify: Classify): number[] {
  return classify(glyphs.map((glyph) => centreGlyph(turned(glyph.ink, turn)))).map(
    (answer) => answer.confidence,
  );
}
