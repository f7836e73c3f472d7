/** `tests/vectors/reading.json`: drawn pages, pictures, and what the package reads on them. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page, Pixels, Plane, ReadDigit } from "../../src/types";
import { inflated, planeOf, REPOSITORY, vectors } from "../vectors";
import { decodePng } from "./png";
import { openStub, type StubRecord } from "./stub";

type DigitRecord = [
  digit: number,
  confidence: number,
  unsure: boolean,
  x: number,
  y: number,
  w: number,
  h: number,
];

export interface Answer {
  rotation: number;
  note: string | null;
  lines: { text: string; digits: DigitRecord[] }[];
}

interface Levels extends Answer {
  name: string;
  width: number;
  height: number;
  levels: string;
}

interface Reading {
  stub: StubRecord;
  planes: Levels[];
  pictures: Levels[];
  examples: (Answer & { file: string })[];
}

export const reading = vectors<Reading>("reading.json");
export const classify = openStub(reading.stub);

export function inkOf({ levels, width, height }: Levels): Plane {
  return planeOf(inflated(levels), width, height);
}

/** Grey levels as a canvas gives them. */
export function greyOf({ levels, width, height }: Levels): Pixels {
  const data = new Uint8ClampedArray(4 * width * height).fill(255);
  for (const [i, level] of inflated(levels).entries()) data.fill(level, 4 * i, 4 * i + 3);
  return { width, height, data };
}

export function exampleOf({ file }: { file: string }): Pixels {
  return decodePng(readFileSync(join(REPOSITORY, "examples", file)));
}

export function digitsOf(page: Page): ReadDigit[] {
  return page.lines.flatMap((line) => line.numbers.flatMap((number) => number.digits));
}
