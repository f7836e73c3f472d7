/**
 * A picture of numbers in, a page of them out: the composition of this room. The twin of `page/reading.py`.
 *
 * In: a grey picture, and the two networks as functions. Out: lines, numbers and characters with boxes in the picture.
 * Knows nothing of files, models, or how the answer is shown.
 */

import { reading } from "../constants";
import { isBlank } from "../imgproc/blank";
import type { Bytes } from "../imgproc/planes";
import type { Line, NumberRead, Page } from "../types";
import { around, type RotatedBox } from "./boxes";
import { wallsOf } from "./cells";
import { type Detect, detectNumbers } from "./detect";
import { linesOf } from "./lines";
import { type Read, readBox, type Thresholds } from "./looks";
import { numbersOf } from "./numbers";
import { partedAndJoined } from "./parting";
import { readInAnyTurn } from "./turning";

const { BLANK, NO_DIGITS } = reading;

/** The two networks that read a page. */
export interface Networks {
  readonly detect: Detect;
  readonly read: Read;
}

/**
 * Read the numbers of a picture.
 *
 * The page has no lines, and the note "blank", where nothing is written, or "no digits" where what there is are none: a
 * drawing, a texture, a photograph of anything else.
 */
export function readPage(grey: Bytes, networks: Networks, thresholds: Thresholds): Page {
  const page = readInAnyTurn(grey, (turned) => {
    const { numbers, boxes, angle } = readNumbers(turned, networks, thresholds);
    return pageOf(numbers, boxes, angle);
  });
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
  const walls = wallsOf(detected.walls, detected);
  const found = partedAndJoined(detected.numbers, walls);
  const boxes = found.map(({ box }) =>
    isUpright && Math.cos(box.angle) < 0 ? { ...box, angle: box.angle + Math.PI } : box,
  );
  const numbers = found.map(({ score }, i) => {
    const read = readBox(grey, boxes[i], networks.read, thresholds);
    const cell = walls.cell([boxes[i].x, boxes[i].y]);
    return numbersOf(read, score, thresholds, grey).map((number) => ({ ...number, cell }));
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

/** A page that is nothing but a number. */
export function pageOfOne(number: NumberRead, rotation = 0): Page {
  return { lines: [{ text: number.text, box: number.box, numbers: [number] }], rotation, note: null };
}

/** By how many degrees, 0, 90, 180 or 270, to turn the picture clockwise so that it is read to the right. */
function rotationOf(angle: number): number {
  return ((Math.round(-angle / (Math.PI / 2)) + 4) % 4) * 90;
}
