/**
 * The ways to read a line: every run of neighbouring parts may be a digit, every part may be none.
 *
 * In: the parts of a line, and what a recognizer says of each run of them. Out: the likeliest reading, and how likely
 * each digit of it is among all readings (forward-backward). Knows nothing of pictures or models. The twin of
 * `page/lattice.py`; the method is LeCun et al. 1998, sections V to VII.
 */

import { lattice } from "../constants";
import { largestAt, logAdd } from "../imgproc/numeric";
import type { Prediction } from "../types";
import { joined, type Piece } from "./components";
import type { Part } from "./cuts";
import type { Loop } from "./loops";
import { noDigit, shapeOf, touching } from "./priors";

const { LONGEST, APART, UNLIKELY, WEIGHT, MOSTLY_NONE, SUREST, SAME } = lattice;

/** The parts of a line from `start` to before `end`, taken as one glyph. */
export interface Run {
  readonly start: number;
  readonly end: number;
  readonly glyph: Piece;
}

/** A run that is read as a digit, the probability that this is right, and what the recognizer said of its glyph. */
export interface Choice {
  readonly run: Run;
  readonly digit: number;
  readonly confidence: number;
  readonly prediction: Prediction;
}

/** A lattice: the runs that end after each part, their log-odds, and the log-probability that a part is none. */
interface Lattice {
  readonly runs: readonly Run[];
  readonly byEnd: readonly (readonly number[])[];
  readonly drops: Float64Array;
}

/** Every run of neighbouring parts that may be one digit, by where it starts. */
export function runsOf(parts: readonly Part[], height: number): Run[] {
  const runs: Run[] = [];
  for (let start = 0; start < parts.length; start++) {
    for (let end = start + 1; end <= Math.min(start + LONGEST, parts.length); end++) {
      const group = parts.slice(start, end).map((part) => part.piece);
      if (group.length > 1 && gapBefore(group) > APART * height) break;
      if (likeliest(group, height) > UNLIKELY)
        runs.push({ start, end, glyph: glyphOf(parts.slice(start, end)) });
    }
  }
  return runs;
}

/** The ink of some parts, and the walls of the loops of which they have at least half: a cut may have taken them. */
function glyphOf(parts: readonly Part[]): Piece {
  const inside = new Map<Loop, number>();
  for (const { loops } of parts) {
    for (const [loop, pixels] of loops ?? []) inside.set(loop, (inside.get(loop) ?? 0) + pixels);
  }
  const closed = [...inside].filter(([loop, pixels]) => 2 * pixels >= loop.hole.length);
  return joined([...parts.map((part) => part.piece), ...closed.map(([loop]) => loop.wall)]);
}

/** Log-probability of the digit that has this size most often. */
function likeliest(pieces: readonly Piece[], height: number): number {
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
  for (const piece of pieces) {
    left = Math.min(left, piece.x);
    top = Math.min(top, piece.y);
    right = Math.max(right, piece.right);
    bottom = Math.max(bottom, piece.bottom);
  }
  const shape = shapeOf(bottom - top, right - left, height);
  return Math.max(shape.one, shape.others);
}

/** Paper between the last piece and those before it, pixels. */
function gapBefore(pieces: readonly Piece[]): number {
  const before = Math.max(...pieces.slice(0, -1).map((piece) => piece.right));
  return pieces[pieces.length - 1].x - before;
}

/**
 * Find the likeliest way to read a line, from left to right.
 *
 * `runs` is what `runsOf` gave for the parts, `predictions` what a recognizer says of the glyph of each.
 */
export function solve(
  parts: readonly Part[],
  runs: readonly Run[],
  predictions: readonly Prediction[],
  height: number,
): Choice[] {
  if (!runs.length) return [];
  const lattice = latticeOf(parts, runs, height);
  const scores = runs.map((run, i) =>
    scoresOf(run, predictions[i], height, touching(parts[run.start].price)),
  );
  const chosen = bestPath(
    lattice,
    Float64Array.from(scores, (row) => row[largestAt(row)]),
  );
  const together = Float64Array.from(scores, (row) => row.reduce(logAdd));
  const posterior = posteriorOf(lattice, together);
  return chosen.map((index) => {
    const digit = largestAt(scores[index]);
    let sum = 0;
    for (const other of sameDigit(runs, index))
      sum += posterior[other] * Math.exp(scores[other][digit] - together[other]);
    return {
      run: runs[index],

      digit,
      confidence: Math.min(Math.max(sum, 0), 1),
      prediction: predictions[index],
    };
  });
}

function latticeOf(parts: readonly Part[], runs: readonly Run[], height: number): Lattice {
  const byEnd: number[][] = Array.from({ length: parts.length + 1 }, () => []);
  for (const [index, run] of runs.entries()) byEnd[run.end].push(index);
  const drops = Float64Array.from(
    parts,
    ({ piece, price }) => touching(price) + noDigit(piece.height, piece.width, height),
  );
  return { runs, byEnd, drops };
}

/** The runs that are the same digit at the same place as one of them; no path holds two of these. */
function sameDigit(runs: readonly Run[], index: number): number[] {
  const here = runs[index];
  const same: number[] = [];
  for (const [other, run] of runs.entries()) {
    const common = Math.min(run.end, here.end) - Math.max(run.start, here.start);
    const all = Math.max(run.end, here.end) - Math.min(run.start, here.start);
    if (common > SAME * all || other === index) same.push(other);
  }
  return same;
}

/**
 * Log-odds of a run as each digit, against its being none.
 *
 * Every run of the lattice is seen, those that are no digit as well. The likelihood of a path is the product of P(digit)
 * over its runs and of P(no digit) over all others, hence up to a constant the product of their ratio over its own: so a
 * path with more digits is not worse for having more factors.
 */
function scoresOf({ glyph }: Run, { probabilities }: Prediction, height: number, cut: number): Float64Array {
  const shape = shapeOf(glyph.height, glyph.width, height);
  let sum = 0;
  for (const value of probabilities) sum += value;
  const nothing = Math.log(Math.max(1 - sum, SUREST));
  return Float64Array.from(probabilities, (value, digit) => {
    const odds = Math.log(Math.max(value, 1e-6)) - nothing;
    return WEIGHT * odds - MOSTLY_NONE + Math.max(digit === 1 ? shape.one : shape.others, -100) + cut;
  });
}

/** The runs of the best path (Viterbi). */
function bestPath({ runs, byEnd, drops }: Lattice, scores: Float64Array): number[] {
  const total = new Float64Array(byEnd.length);
  const came = new Int32Array(byEnd.length).fill(-1);
  for (let end = 1; end < byEnd.length; end++) {
    total[end] = total[end - 1] + drops[end - 1];
    for (const index of byEnd[end]) {
      const score = total[runs[index].start] + scores[index];
      if (score > total[end]) {
        total[end] = score;
        came[end] = index;
      }
    }
  }
  const chosen: number[] = [];
  let end = byEnd.length - 1;
  while (end > 0) {
    const last = came[end];
    if (last >= 0) chosen.push(last);
    end = last >= 0 ? runs[last].start : end - 1;
  }
  return chosen.reverse();
}

/** The probability of each run among all paths (forward-backward). */
function posteriorOf({ runs, byEnd, drops }: Lattice, scores: Float64Array): Float64Array {
  const nodes = byEnd.length;
  const forward = new Float64Array(nodes).fill(Number.NEGATIVE_INFINITY);
  const backward = forward.slice();
  forward[0] = 0;
  backward[nodes - 1] = 0;
  for (let end = 1; end < nodes; end++) {
    forward[end] = forward[end - 1] + drops[end - 1];
    for (const i of byEnd[end]) forward[end] = logAdd(forward[end], forward[runs[i].start] + scores[i]);
  }
  for (let end = nodes - 1; end > 0; end--) {
    backward[end - 1] = logAdd(backward[end - 1], backward[end] + drops[end - 1]);
    for (const i of byEnd[end]) {
      const start = runs[i].start;
      backward[start] = logAdd(backward[start], backward[end] + scores[i]);
    }
  }
  return Float64Array.from(runs, (run, i) => {
    return Math.exp(forward[run.start] + scores[i] + backward[run.end] - forward[nodes - 1]);
  });
}
