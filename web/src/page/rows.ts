/**
 * The lines of a page in, its digits out: cut, shown to a recognizer, and the likeliest reading chosen.
 *
 * In: the ink of a page that stands upright, and a recognizer as a function. Out: the digits of each line. Knows nothing
 * of pictures and paper, nor how the answer is shown. The twin of the second half of
 * `page/segment.py`.
 */

import { segment } from "../constants";
import { viewOf } from "../frame";
import type { Classify, Frame, Prediction } from "../types";
import { digitHeight, type Piece } from "./components";
import { type Part, partsOf } from "./cuts";
import { runsOf, solve } from "./lattice";
import { type Row, rowsOf } from "./lines";
import type { ReadRow } from "./numbers";
import { type Edges, writingAmong } from "./strays";

const { SETTLED, LEAST_CONFIDENCE, MOST_DOUBTS, MOST_CUT } = segment;

/** The glyphs of a page as a recognizer sees them; each is framed once. */
class Views {
  private readonly frames = new Map<Piece, Frame>();

  of(piece: Piece): Frame {
    let frame = this.frames.get(piece);
    if (!frame) {
      frame = viewOf(piece.ink);
      this.frames.set(piece, frame);
    }
    return frame;
  }
}

/** The lines of a page that stands upright, of its pieces; `edges` are null for a drawing. */
export function writtenRows(pieces: readonly Piece[], edges: Edges | null): Row[] {
  return rowsOf(writingAmong(pieces, digitHeight(pieces), edges));
}

/** Read lines, all glyphs that they may hold in two calls of the recognizer; lines without digits are left out. */
export function readRows(rows: readonly Row[], classify: Classify): ReadRow[] {
  const views = new Views();
  const lattices = cutRows(rows, classify, views).map((parts, i) => ({
    parts,
    height: rows[i].height,
    runs: runsOf(parts, rows[i].height),
  }));
  const glyphs = lattices.flatMap(({ runs }) => runs.map((run) => run.glyph));
  if (!glyphs.length) return [];
  const answers = classify(glyphs.map((glyph) => views.of(glyph)));
  let start = 0;
  return lattices
    .map(({ parts, runs, height }) => {
      const own: Prediction[] = answers.slice(start, start + runs.length);
      start += runs.length;
      const choices = solve(parts, runs, own, height);
      return { height, choices: choices.map((choice) => ({ ...choice, frame: views.of(choice.run.glyph) })) };
    })
    .filter(({ choices }) => choices.length);
}

/** Cut the pieces of each line, except those that are surely a digit as they are. */
function cutRows(rows: readonly Row[], classify: Classify, views: Views): Part[][] {
  const pieces = rows.flatMap((row) => row.pieces);
  if (!pieces.length) return [];
  const answers = classify(pieces.map((piece) => views.of(piece)));
  const settled = new Set(pieces.filter((_, i) => answers[i].confidence >= SETTLED));
  const isTexture = pieces.length - settled.size > MOST_CUT;
  return rows.map((row) =>
    row.pieces.flatMap((piece) => {
      const isWhole = isTexture || (settled.has(piece) && piece.width <= row.height);
      return isWhole ? [{ piece, price: 0 }] : partsOf(piece, row.height);
    }),
  );
}

/**
 * Leave out what is no writing of digits.
 *
 * That is every line of a page whose digits are as doubtful as those of a texture; and, where most digits of a page are
 * sure, each line without a sure digit: stains, drawings, shadows.
 */
export function withoutStains(rows: readonly ReadRow[]): readonly ReadRow[] {
  const choices = rows.flatMap((row) => row.choices);
  const doubts = choices.filter((choice) => choice.prediction.unsure).length;
  const confidence = choices.reduce((sum, choice) => sum + choice.confidence, 0);
  if (doubts >= MOST_DOUBTS * choices.length && confidence <= LEAST_CONFIDENCE * choices.length) return [];
  if (doubts > choices.length / 2) return rows;
  return rows.filter((row) => !row.choices.every((choice) => choice.prediction.unsure));
}
