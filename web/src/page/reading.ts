/**
 * A picture of numbers in, a page of them out: the composition of this room. The twin of `page/reading.py`.
 *
 * In: a grey picture, and the two networks as functions. Out: lines, numbers and characters with boxes in the picture.
 * Knows nothing of files, models, or how the answer is shown.
 */

import { architectures, reading } from "../constants";
import { isBlank } from "../imgproc/blank";
import type { Bytes } from "../imgproc/planes";
import type { Box, Character, Line, Maps, NumberRead, Page, Plane, Prediction } from "../types";
import { around, inside, type RotatedBox, within } from "./boxes";
import { cellsOf } from "./cells";
import {
  charactersOf,
  type Decoded,
  type LogProbabilities,
  logProbabilities,
  textProbability,
} from "./decode";
import { type Detect, detectNumbers } from "./detect";
import { linesOf } from "./lines";
import { cutStrip, normaliseStrip, padded, stripBox } from "./strips";

const { GAP, MARK, STEP } = architectures;
const { BLANK, NO_DIGITS } = reading;

/** The two networks that read a page. */
export interface Networks {
  readonly detect: Detect;
  /** A strip, 40 pixels high, to the logits of each place along it. */
  readonly read: (strip: Plane) => Maps;
}

/** When an answer is unsure, and the temperature behind every confidence. */
export interface Thresholds {
  /** A number whose confidence is below is unsure. */
  readonly number: number;
  /** A character whose confidence is below is unsure. */
  readonly character: number;
  /** A number beside which another mark stands has its confidence times this. */
  readonly marked: number;
  /** By which the line recognizer's logits are divided. */
  readonly temperature: number;
}

/** What a strip says. */
interface ReadStrip {
  /** The part of the picture that it shows. */
  readonly box: RotatedBox;
  /** How sure the detector is of it. */
  readonly score: number;
  readonly strip: Plane;
  readonly logP: LogProbabilities;
  readonly characters: readonly Decoded[];
}

/**
 * Read the numbers of a picture.
 *
 * The page has no lines, and the note "blank", where nothing is written, or "no digits" where what there is are none: a
 * drawing, a texture, a photograph of anything else.
 */
export function readPage(grey: Bytes, networks: Networks, thresholds: Thresholds): Page {
  const { numbers, boxes, angle } = readNumbers(grey, networks, thresholds);
  const page = pageOf(numbers, boxes, angle);
  return page.lines.length ? page : { ...page, note: isBlank(grey) ? BLANK : NO_DIGITS };
}

/** Of each place where the detector saw a number: its box, and the numbers that were read there, perhaps none. */
export interface Found {
  readonly boxes: readonly RotatedBox[];
  readonly numbers: readonly (readonly NumberRead[])[];
  readonly angle: number;
}

/** @param isUpright Whether nothing stands on its head. */
export function readNumbers(
  grey: Bytes,
  networks: Networks,
  thresholds: Thresholds,
  isUpright = false,
): Found {
  const detected = detectNumbers(grey, networks.detect);
  const boxes = detected.numbers.map(({ box }) =>
    isUpright && Math.cos(box.angle) < 0 ? { ...box, angle: box.angle + Math.PI } : box,
  );
  const cells = cellsOf(boxes, detected.walls, detected);
  const numbers = detected.numbers.map(({ score }, i) => {
    const strip = readStrip(grey, stripBox(boxes[i]), score, networks, thresholds);
    return numbersOf(strip, thresholds, grey).map((number) => ({ ...number, cell: cells[i] }));
  });
  return { boxes, numbers, angle: detected.angle };
}

/** What was found of a page, in reading order. */
export function pageOf(
  found: readonly (readonly NumberRead[])[],
  boxes: readonly RotatedBox[],
  angle: number,
): Page {
  const lines = linesOf(boxes, angle)
    .map((line) => line.flatMap((i) => found[i]))
    .filter((numbers) => numbers.length)
    .map((numbers): Line => {
      const text = numbers.map((number) => number.text).join(" ");
      return { text, box: around(numbers.map((number) => number.box)), numbers };
    });
  return { lines, rotation: rotationOf(angle), note: lines.length ? null : BLANK };
}

/** A number of one digit, of which a network that knows single digits was asked; `doubts` are others'. */
export function singleDigit({ digit, confidence, unsure }: Prediction, box: Box, doubts = false): NumberRead {
  const character = { text: String(digit), confidence, unsure: unsure || doubts, box };
  return { ...character, cell: null, characters: [character] };
}

/** A page that is nothing but a number. */
export function pageOfOne(number: NumberRead, rotation = 0): Page {
  return { lines: [{ text: number.text, box: number.box, numbers: [number] }], rotation, note: null };
}

/** By how many degrees, 0, 90, 180 or 270, to turn the picture clockwise so that it is read to the right. */
function rotationOf(angle: number): number {
  return ((Math.round(-angle / (Math.PI / 2)) + 4) % 4) * 90;
}

function readStrip(
  grey: Bytes,
  box: RotatedBox,
  score: number,
  networks: Networks,
  thresholds: Thresholds,
): ReadStrip {
  const strip = normaliseStrip(cutStrip(grey, box));
  const logP = logProbabilities(networks.read(padded(strip)), thresholds.temperature);
  return { box, score, strip, logP, characters: charactersOf(logP) };
}

/** The numbers of a strip, parted by gaps and by marks that are neither digit nor sign. */
function numbersOf(strip: ReadStrip, thresholds: Thresholds, picture: Bytes): NumberRead[] {
  const { characters, logP, score } = strip;
  const isMarked = characters.some(({ text }) => text === MARK);
  const whole = textProbability(logP, characters.map(({ text }) => text).join(""));
  const confidence = whole * score * (isMarked ? thresholds.marked : 1);
  const parts: Decoded[][] = [[]];
  for (const one of characters) {
    if (one.text === GAP || one.text === MARK) parts.push([]);
    else parts.at(-1)!.push(one);
  }
  return parts
    .filter((part) => part.some(({ text }) => /\d/.test(text)))
    .map((part) => numberOf(strip, part, confidence, thresholds, picture));
}

function numberOf(
  strip: ReadStrip,
  part: readonly Decoded[],
  confidence: number,
  thresholds: Thresholds,
  picture: Bytes,
): NumberRead {
  const boxes = characterBoxes(strip, part, picture);
  const characters = part.map(({ text, probability }, i): Character => {
    return { text, confidence: probability, unsure: probability < thresholds.character, box: boxes[i] };
  });
  const unsure = confidence < thresholds.number || characters.some((one) => one.unsure);
  const text = part.map((one) => one.text).join("");
  return { text, confidence, unsure, box: around(boxes), cell: null, characters };
}

/** Where the characters stand in the picture: the ink about their places, half way to their neighbours at most. */
function characterBoxes(
  { box, strip, characters }: ReadStrip,
  part: readonly Decoded[],
  picture: Bytes,
): Box[] {
  const middleOf = ({ first, last }: Decoded): number => ((first + last + 1) / 2) * STEP;
  const all = characters.map(middleOf);
  const { width, height } = strip;
  return part.map((one) => {
    const middle = middleOf(one);
    const before = all.filter((other) => other < middle);
    const behind = all.filter((other) => other > middle);
    const left = before.length ? Math.max(...before) : middle - 0.8 * height;
    const right = behind.length ? Math.min(...behind) : middle + 0.8 * height;
    const first = Math.trunc(Math.max(0, (left + middle) / 2, middle - 0.6 * height));
    const end = Math.ceil(Math.min((right + middle) / 2, middle + 0.6 * height));
    const last = Math.max(Math.min(width, Math.max(first + 1, end)), first + 1);
    const scale = box.height / height;
    const [x, y, wide, high] = inkBox(strip, first, last);
    return within(
      inside(box, x * scale, y * scale, wide * scale, high * scale),
      picture.width,
      picture.height,
    );
  });
}

/** The box of the ink between two columns of a strip, or of the columns where there is none. */
function inkBox({ width, height, data }: Plane, first: number, last: number): Box {
  let [left, right, top, bottom] = [last, first, height, 0];
  for (let y = 0; y < height; y++) {
    for (let x = first; x < Math.min(last, width); x++) {
      if (!(data[y * width + x] > 0.4)) continue;
      [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), y];
    }
  }
  return left === last ? [first, 0, last - first, height] : [left, top, right - left + 1, bottom - top + 1];
}
