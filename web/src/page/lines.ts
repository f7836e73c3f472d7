/**
 * Numbers put into written lines, and the lines into reading order. The twin of `page/lines.py`.
 *
 * In: boxes of a page that is read in some direction. Out: their indices, line by line. Numbers stand in one line where
 * their middles are about equally high, however far apart. Knows nothing of what they say.
 */

import { lines as constants } from "../constants";
import type { RotatedBox } from "./boxes";

const { SAME } = constants;

/** Sort boxes into lines from top to bottom, and each line from its beginning to its end. */
export function linesOf(boxes: readonly RotatedBox[], angle: number): number[][] {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  const along = boxes.map(({ x, y }) => x * cosine + y * sine);
  const down = boxes.map(({ x, y }) => y * cosine - x * sine);
  const lines: number[][] = [];
  for (const i of sortedBy([...boxes.keys()], (one) => down[one])) {
    const distance = (other: number): number => Math.abs(along[other] - along[i]);
    // The line whose number beside this one is nearest tells its height best: lines of hand are not straight.
    const fitting = lines
      .map((line) => ({ line, mate: leastBy(line, distance) }))
      .filter(
        ({ mate }) => Math.abs(down[mate] - down[i]) <= SAME * Math.min(boxes[i].height, boxes[mate].height),
      );
    if (fitting.length) leastBy(fitting, ({ mate }) => distance(mate)).line.push(i);
    else lines.push([i]);
  }
  const height = (line: readonly number[]): number => line.reduce((sum, i) => sum + down[i], 0) / line.length;
  return sortedBy(lines, height).map((line) => sortedBy(line, (i) => along[i]));
}

function sortedBy<T>(values: readonly T[], key: (value: T) => number): T[] {
  return [...values].sort((one, other) => key(one) - key(other));
}

/** The first of the values whose key is least. */
function leastBy<T>(values: readonly T[], key: (value: T) => number): T {
  return values.reduce((best, value) => (key(value) < key(best) ? value : best));
}
