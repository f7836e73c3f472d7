/**
 * The written lines of a page, from the places of its pieces.
 *
 * In: the pieces of ink of a page that stands upright. Out: for each line its pieces from left to right, lines from top
 * to bottom. Lines may slope, each in its own way. Knows nothing of pixels or digits. The twin of `page/lines.py`.
 */

import { lines } from "../constants";
import { clamped, median } from "../imgproc/numeric";
import { digitHeight, type Piece } from "./components";

const { TALL, REACH, OVERLAP, MISFIT, NEAR, STEEPEST } = lines;

/** The pieces of a line from left to right, and the digit height in it, pixels. */
export interface Row {
  readonly pieces: readonly Piece[];
  readonly height: number;
}

/** Where a piece lies; lines are found from that alone. */
type Place = Pick<Piece, "x" | "y" | "right" | "bottom">;

/** A straight line through the middles of some pieces, y = level + slope * x, from `left` to `right`. */
interface Course {
  readonly level: number;
  readonly slope: number;
  readonly left: number;
  readonly right: number;
}

/** Group the pieces of an upright page to lines in reading order. */
export function rowsOf(pieces: readonly Piece[]): Row[] {
  const height = digitHeight(pieces);
  const tall = pieces.filter((piece) => piece.height >= TALL * height);
  const lines = merged(chains(tall, height), height);
  adopt(
    lines,
    pieces.filter((piece) => piece.height < TALL * height),
    height,
  );
  return lines
    .map((line) => ({ line, middle: median(line.map((piece) => piece.y + piece.height / 2)) }))
    .sort((one, other) => one.middle - other.middle)
    .map(({ line }) => ({ pieces: fromTheLeft(line), height: digitHeight(line) }));
}

/** By the middles; the order of equals does not change. */
function fromTheLeft(pieces: readonly Piece[]): Piece[] {
  return [...pieces].sort((one, other) => one.x + one.right - other.x - other.right);
}

/** Link every piece to the nearest at its right that has it as the nearest at its left. */
function chains(pieces: readonly Piece[], height: number): Piece[][] {
  const ordered = fromTheLeft(pieces);
  const last = ordered.length - 1;
  const right = neighbours(ordered, height);
  const mirrored = ordered.map(({ x, y, right, bottom }) => ({ x: -right, y, right: -x, bottom })).reverse();
  const left = neighbours(mirrored, height)
    .map((index) => (index >= 0 ? last - index : -1))
    .reverse();
  const next = right.map((to, from) => (to >= 0 && left[to] === from ? to : -1));
  const continued = new Set(next);
  const found: Piece[][] = [];
  for (let start = 0; start <= last; start++) {
    if (continued.has(start)) continue;
    const chain: Piece[] = [];
    for (let at = start; at >= 0; at = next[at]) chain.push(ordered[at]);
    found.push(chain);
  }
  return found;
}

/** For each place the nearest of those after it that is level with it, or -1. */
function neighbours(places: readonly Place[], height: number): number[] {
  return places.map((here, index) => {
    let [nearest, gap] = [-1, REACH * height];
    for (let other = index + 1; other < places.length; other++) {
      const there = places[other];
      const level = Math.min(there.bottom, here.bottom) - Math.max(there.y, here.y);
      const lower = Math.min(there.bottom - there.y, here.bottom - here.y);
      if (level > OVERLAP * lower && there.x - here.right < gap)
        [nearest, gap] = [other, there.x - here.right];
    }
    return nearest;
  });
}

/** Fit a straight line; a short chain is level. */
function courseOf(pieces: readonly Piece[]): Course {
  const x = pieces.map((piece) => (piece.x + piece.right) / 2);
  const y = pieces.map((piece) => (piece.y + piece.bottom) / 2);
  const slope = pieces.length >= 4 ? clamped(slopeOf(x, y), -STEEPEST, STEEPEST) : 0;
  return {
    level: median(y.map((value, i) => value - slope * x[i])),
    slope,
    left: Math.min(...pieces.map((piece) => piece.x)),
    right: Math.max(...pieces.map((piece) => piece.right)),
  };
}

/** Rise over run of the line that fits best by least squares; 0 where all lies in one column. */
function slopeOf(x: readonly number[], y: readonly number[]): number {
  const [meanX, meanY] = [x, y].map(
    (values) => values.reduce((sum, value) => sum + value, 0) / values.length,
  );
  let [together, alone] = [0, 0];
  for (let i = 0; i < x.length; i++) {
    together += (x[i] - meanX) * (y[i] - meanY);
    alone += (x[i] - meanX) ** 2;
  }
  return alone > 0 ? together / alone : 0;
}

/** Join the chains that continue one another, the longest first. */
function merged(chains: readonly Piece[][], height: number): Piece[][] {
  const lines: Piece[][] = [];
  const courses: Course[] = [];
  for (const chain of [...chains].sort((one, other) => other.length - one.length)) {
    const course = courseOf(chain);
    let [best, least] = [-1, Number.POSITIVE_INFINITY];
    for (const [index, other] of courses.entries()) {
      const missed = misfit(course, other);
      if (missed < least) [best, least] = [index, missed];
    }
    if (best < 0 || least > MISFIT * height) best = lines.push([]) - 1;
    lines[best].push(...chain);
    courses[best] = courseOf(lines[best]);
  }
  return lines;
}

/** How far apart lines are where they meet, pixels: in the middle of the gap, or of what both cover. */
function misfit(one: Course, other: Course): number {
  const x = (Math.max(one.left, other.left) + Math.min(one.right, other.right)) / 2;
  return Math.abs(one.level + one.slope * x - other.level - other.slope * x);
}

/** Give each small piece to the line that passes nearest, if it lies within it. */
function adopt(lines: Piece[][], small: readonly Piece[], height: number): void {
  const courses = lines.map(courseOf);
  for (const piece of small) {
    let [nearest, least] = [-1, NEAR * height];
    for (const [index, { level, slope }] of courses.entries()) {
      const far = Math.abs(level + slope * (piece.x + piece.width / 2) - piece.y - piece.height / 2);
      if (far < least) [nearest, least] = [index, far];
    }
    if (nearest >= 0) lines[nearest].push(piece);
  }
}
