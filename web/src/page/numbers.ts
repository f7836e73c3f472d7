/**
 * Digits of lines put together to numbers and a page, with boxes in the plane or picture as it was given.
 *
 * In: the digits chosen in each line of a turned and shrunk page. Out: the page. Knows nothing of pixels. The twin of
 * `page/numbers.py`.
 */

import { numbers } from "../constants";
import { median } from "../imgproc/numeric";
import { roundToEven } from "../imgproc/rounding";
import type { Box, Frame, Line, Note, NumberRead, Page, ReadDigit } from "../types";
import type { Choice } from "./lattice";

const { UNSURE, GAP, WIDE, ROOM } = numbers;

/** A digit of a line, and what the recognizer was shown of it. */
interface Seen extends Choice {
  readonly frame: Frame;
}

/** The digits of a line, and how tall they are. */
export interface ReadRow {
  readonly height: number;
  readonly choices: readonly Seen[];
}

/** How the page that was read came from the picture as given. */
export interface Given {
  readonly width: number;
  readonly height: number;
  /** Degrees by which it was turned clockwise. */
  readonly turn: number;
  /** Pixels of the shrunk picture per pixel of the one given. */
  readonly scale: number;
}

/** Put a page together; `empty` is the note of one without lines. */
export function pageOf(rows: readonly ReadRow[], given: Given, empty: Note): Page {
  const lines = rows.map(({ choices, height }) => lineOf(choices, height, given));
  return { lines, rotation: given.turn, note: lines.length ? null : empty };
}

/** Part the digits of a line into numbers where the gap is wide. */
function lineOf(choices: readonly Seen[], height: number, given: Given): Line {
  const gaps = choices.slice(1).map((after, i) => after.run.glyph.x - choices[i].run.glyph.right);
  const wide = gaps.length ? Math.max(GAP * height, WIDE * median(gaps) + ROOM * height) : 0;
  const groups: Seen[][] = [[choices[0]]];
  for (const [i, gap] of gaps.entries()) {
    if (gap > wide) groups.push([]);
    groups[groups.length - 1].push(choices[i + 1]);
  }
  const numbers = groups.map((group) => numberOf(group, given));
  return {
    text: numbers.map((number) => number.text).join(" "),
    box: around(numbers.map((number) => number.box)),
    numbers,
  };
}

function numberOf(choices: readonly Seen[], given: Given): NumberRead {
  const digits = choices.map((choice) => digitOf(choice, given));
  return {
    text: digits.map((digit) => digit.digit).join(""),
    confidence: digits.reduce((product, digit) => product * digit.confidence, 1),
    box: around(digits.map((digit) => digit.box)),
    digits,
  };
}

function digitOf({ run, digit, confidence, prediction, frame }: Seen, given: Given): ReadDigit {
  return {
    digit,
    confidence,
    unsure: prediction.unsure || confidence < UNSURE,
    probabilities: prediction.probabilities,
    box: placed(run.glyph.box, given),
    frame,
  };
}

function around(boxes: readonly Box[]): Box {
  const x = Math.min(...boxes.map((box) => box[0]));
  const y = Math.min(...boxes.map((box) => box[1]));
  const right = Math.max(...boxes.map((box) => box[0] + box[2]));
  const bottom = Math.max(...boxes.map((box) => box[1] + box[3]));
  return [x, y, right - x, bottom - y];
}

/** Turn a box back and enlarge it; it stays within the picture and has at least one pixel. */
function placed(box: Box, given: Given): Box {
  const { scale } = given;
  const [x, y, width, height] = turnedBack(box, given);
  const left = Math.min(Math.floor(x / scale), given.width - 1);
  const top = Math.min(Math.floor(y / scale), given.height - 1);
  const right = Math.min(roundToEven((x + width) / scale), given.width);
  const bottom = Math.min(roundToEven((y + height) / scale), given.height);
  return [left, top, Math.max(1, right - left), Math.max(1, bottom - top)];
}

function turnedBack(box: Box, given: Given): Box {
  const rows = Math.max(1, roundToEven(given.height * given.scale));
  const columns = Math.max(1, roundToEven(given.width * given.scale));
  const [x, y, width, height] = box;
  if (given.turn === 90) return [y, rows - x - width, height, width];
  if (given.turn === 180) return [columns - x - width, rows - y - height, width, height];
  if (given.turn === 270) return [columns - y - height, x, height, width];
  return box;
}
