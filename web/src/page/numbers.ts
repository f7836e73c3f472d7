/**
 * What was read in a box -> numbers, each of characters with their boxes, and what of them is in doubt.
 *
 * In: a box as the looks at it saw it, and how sure the detector is. Out: the numbers in it, parted by gaps and by marks
 * that are neither digit nor sign. Knows nothing of lines or pages. The twin of `page/numbers.py`.
 */

import { architectures, numbers } from "../constants";
import type { Bytes } from "../imgproc/planes";
import type { Box, Character, NumberRead, Plane, Prediction } from "../types";
import { around, inside, within } from "./boxes";
import { type Decoded, textProbability } from "./decode";
import type { ReadNumber, Seen, Thresholds } from "./looks";

const { GAP, MARK, STEP } = architectures;
const { EDGE, INK, REACH } = numbers;

/** The numbers of a box; none where it holds no digit. */
export function numbersOf(
  { seen, probability }: ReadNumber,
  score: number,
  thresholds: Thresholds,
  picture: Bytes,
): NumberRead[] {
  const isMarked = seen.characters.some(({ text }) => text === MARK);
  const sure = Math.min(1, score / thresholds.detected) * (isMarked ? thresholds.marked : 1);
  const parts = partsOf(seen.characters);
  const chance = (part: readonly Decoded[]): number =>
    parts.length === 1 ? probability : probabilityOf(seen, part);
  return parts
    .filter((part) => part.some(({ text }) => /\d/.test(text)) && isInside(seen, part))
    .map((part) => numberOf(seen, part, sure * chance(part), thresholds, picture));
}

/** What stands between gaps and marks. */
function partsOf(characters: readonly Decoded[]): Decoded[][] {
  const parts: Decoded[][] = [[]];
  for (const one of characters) {
    if (one.text === GAP || one.text === MARK) parts.push([]);
    else parts.at(-1)!.push(one);
  }
  return parts.filter((part) => part.length);
}

/** Whether a part is the number's own: what lies beyond its ends is of a neighbour, which is read by itself. */
function isInside({ box, strip }: Seen, part: readonly Decoded[]): boolean {
  const edge = (EDGE * box.height * strip.width) / box.width;
  const middles = part.map(({ first, last }) => ((first + last + 1) / 2) * STEP);
  return middles.some((middle) => edge <= middle && middle <= strip.width - edge);
}

/** How probable one of several numbers of a strip is, whatever the others are: from half way to its neighbours on. */
function probabilityOf({ characters, logP }: Seen, part: readonly Decoded[]): number {
  const [start, end] = [part[0].first, part.at(-1)!.last];
  const before = characters.findLast(({ last }) => last < start);
  const behind = characters.find(({ first }) => first > end);
  const first = before ? (before.last + start + 1) >> 1 : 0;
  const last = behind ? (end + behind.first) >> 1 : logP.length - 1;
  return textProbability(logP.slice(first, last + 1), part.map(({ text }) => text).join(""));
}

function numberOf(
  seen: Seen,
  part: readonly Decoded[],
  confidence: number,
  thresholds: Thresholds,
  picture: Bytes,
): NumberRead {
  const characters = part.map((one): Character => {
    const { text, probability } = one;
    const box = characterBox(seen, one, picture);
    return { text, confidence: probability, unsure: probability < thresholds.character, box };
  });
  const unsure = confidence < thresholds.number || characters.some((one) => one.unsure);
  const text = part.map((one) => one.text).join("");
  return { text, confidence, unsure, box: around(characters.map(({ box }) => box)), cell: null, characters };
}

/** A number of one digit, of which a network that knows single digits was asked; `doubts` are others'. */
export function singleDigit({ digit, confidence, unsure }: Prediction, box: Box, doubts = false): NumberRead {
  const character = { text: String(digit), confidence, unsure: unsure || doubts, box };
  return { ...character, cell: null, characters: [character] };
}

/** Where a character stands in the picture: the ink about its place, up to where least is beside it. */
function characterBox({ box, strip, characters }: Seen, character: Decoded, picture: Bytes): Box {
  const { width, height } = strip;
  const middleOf = ({ first, last }: Decoded): number => ((first + last + 1) / 2) * STEP;
  const middle = middleOf(character);
  const middles = characters.map(middleOf);
  const before = middles.filter((one) => one < middle).map((one) => emptiest(strip, one, middle));
  const behind = middles.filter((one) => one > middle).map((one) => emptiest(strip, middle, one));
  const left = Math.max(...before, middle - REACH * height, 0);
  const right = Math.min(...behind, middle + REACH * height, width);
  const first = Math.min(Math.trunc(left), width - 1);
  const [x, y, wide, high] = inkBox(strip, first, Math.max(Math.ceil(right), first + 1));
  // A strip may be stretched: its columns and its rows are each as large as they are in the picture.
  const [across, down] = [box.width / width, box.height / height];
  return within(inside(box, x * across, y * down, wide * across, high * down), picture.width, picture.height);
}

/** The column with least ink between two places; of several the one nearest to the middle. */
function emptiest({ width, height, data }: Plane, start: number, end: number): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  const middle = (start + end) / 2;
  const first = Math.min(Math.trunc(start), width - 1);
  for (let column = first; column < Math.max(first + 1, Math.min(Math.trunc(end), width)); column++) {
    let ink = 0;
    for (let row = 0; row < height; row++) if (data[row * width + column] > INK) ink++;
    if (ink < least || (ink === least && Math.abs(column - middle) < Math.abs(best - middle)))
      [best, least] = [column, ink];
  }
  return best;
}

/** The box of the ink between two columns of a strip, or of the columns where there is none. */
function inkBox({ width, height, data }: Plane, first: number, last: number): Box {
  let [left, right, top, bottom] = [last, first, height, 0];
  for (let y = 0; y < height; y++) {
    for (let x = first; x < Math.min(last, width); x++) {
      if (!(data[y * width + x] > INK)) continue;
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), y];
    }
  }
  return left === last ? [first, 0, last - first, height] : [left, top, right - left + 1, bottom - top + 1];
}
