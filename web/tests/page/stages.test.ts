/** Each stage by itself gives what the package gives. */

import { expect, test } from "vitest";
import { architectures, thresholds } from "../../src/constants";
import { wallsOf } from "../../src/page/cells";
import { charactersOf, logProbabilities, textProbability } from "../../src/page/decode";
import {
  boxed,
  type Detected,
  type Detection,
  detectNumbers,
  normalisePage,
  numbersIn,
  scalesOf,
} from "../../src/page/detect";
import { linesOf } from "../../src/page/lines";
import { bestOf, type Seen } from "../../src/page/looks";
import { numbersOf } from "../../src/page/numbers";
import { partedAndJoined } from "../../src/page/parting";
import { cutStrip, darkOnLight, normaliseStrip, padded } from "../../src/page/strips";
import type { Maps, Plane } from "../../src/types";
import { largestDifference } from "../vectors";
import { boxOf, type Floats, floatsOf, levelsOf, pages, stages } from "./golden";

const { STEP } = architectures;
const [mapRows, mapColumns, channels] = stages.maps.shape;
const maps = { rows: mapRows, columns: mapColumns, channels, data: floatsOf(stages.maps) };

function rowOf({ box: { x, y, width, height, angle }, score }: Detection): number[] {
  return [x, y, width, height, angle, score];
}

const inOrder = (rows: number[][]): number[][] => rows.sort((one, other) => one[0] - other[0]);

function areAlike(found: readonly (readonly number[])[], expected: readonly (readonly number[])[]): void {
  expect(found).toHaveLength(expected.length);
  for (const [i, one] of found.entries()) expect(largestDifference(one, expected[i])).toBeLessThan(1e-3);
}

test("numbers are found in maps", () => {
  areAlike(numbersIn(maps).map(rowOf), stages.detections);
});

/** What is found where the detector sees `maps`, and in smaller copies nothing. */
function seenIn(maps: Maps): Detected {
  const detect = ({ width, height }: Plane): Maps => {
    const [columns, rows] = [width / STEP, height / STEP];
    if (columns === maps.columns && rows === maps.rows) return maps;
    return { rows, columns, channels, data: new Float32Array(rows * columns * channels).fill(-9) };
  };
  const [width, height] = [STEP * maps.columns, STEP * maps.rows];
  return detectNumbers({ width, height, data: new Uint8Array(width * height).fill(255) }, detect);
}

test("numbers that agree on no direction are level, but a long one lies in its own", () => {
  areAlike(inOrder(seenIn(maps).numbers.map(rowOf)), stages.turned);
});

test("a page lies in the direction on which its numbers agree", () => {
  const [rows, columns] = [16, 32];
  const data = new Float32Array(rows * columns * channels);
  for (let y = 0; y < rows; y++) {
    const start = y * maps.columns * channels;
    data.set(maps.data.subarray(start, start + columns * channels), y * columns * channels);
  }
  expect(Math.abs(seenIn({ rows, columns, channels, data }).angle - stages.direction)).toBeLessThan(1e-3);
});

const [rows, columns] = stages.walls.shape;
const walls = wallsOf(
  { width: columns, height: rows, data: floatsOf(stages.walls) },
  { scale: 4, angle: 0.02 },
);

test("grids are found, and cells counted", () => {
  expect(walls.grids.map((grid) => [grid.rows, grid.columns])).toEqual(stages.grids);
  expect(stages.boxes.map(([x, y]) => walls.cell([x, y]))).toEqual(stages.cells);
  const none = wallsOf({ width: 9, height: 9, data: new Float32Array(81) }, { scale: 4, angle: 0 });
  expect([none.grids, none.cell([3, 3])]).toEqual([[], null]);
});

test("numbers are parted at the walls of tables, and joined across those of boxes and over small gaps", () => {
  const spots = stages.spots.map(({ places, angle }) => {
    const outline = places.flatMap((x, i) => (i % 2 ? [] : [[x, places[i + 1]] as const]));
    return boxed({ outline, pixel: 2, angle, isExact: true, score: 0.9 });
  });
  areAlike(inOrder(partedAndJoined(spots, walls).map(rowOf)), stages.parted);
});

test("numbers are put into lines", () => {
  expect(linesOf(stages.boxes.map(boxOf), 0.05)).toEqual(stages.lines);
  expect(linesOf([], 0)).toEqual([]);
});

test("a line is decoded", () => {
  const [columns, channels] = stages.logits.shape;
  const logP = logProbabilities({ rows: 1, columns, channels, data: floatsOf(stages.logits) }, 1.3);
  const characters = charactersOf(logP);
  expect(characters.map(({ text, first, last }) => [text, first, last])).toEqual(
    stages.characters.map((one) => one.slice(0, 3)),
  );
  const probabilities = characters.map(({ probability }) => probability);
  expect(
    largestDifference(
      probabilities,
      stages.characters.map((one) => one[3]),
    ),
  ).toBeLessThan(1e-5);
  const text = characters.map((one) => one.text).join("");
  expect(textProbability(logP, text) / stages.probability).toBeCloseTo(1, 6);
});

/** A look at a line, of which only the text counts. */
function seenOf(logits: Floats): Seen {
  const [columns, channels] = logits.shape;
  const logP = logProbabilities({ rows: 1, columns, channels, data: floatsOf(logits) }, 1.3);
  const characters = charactersOf(logP);
  const text = characters.map((one) => one.text).join("");
  const strip = { width: 96, height: 40, data: new Float32Array(96 * 40) };
  return { box: boxOf(stages.boxes[0]), strip, logP, characters, text };
}

test("of several looks the text is chosen that is likeliest on the average", () => {
  const { seen, probability } = bestOf(stages.looks.map(seenOf));
  expect(seen.text).toBe(stages.best.text);
  expect(probability / stages.best.probability).toBeCloseTo(1, 6);
});

test("each number of a line is as sure as its own part of it", () => {
  const picture = { width: 300, height: 200, data: new Uint8Array() };
  const read = { seen: seenOf(stages.logits), probability: 1 };
  const found = numbersOf(read, stages.score, thresholds, picture);
  expect(found.map(({ text }) => text)).toEqual(stages.numbers.map(([text]) => text));
  const sure = found.map(({ confidence }) => confidence);
  expect(
    largestDifference(
      sure,
      stages.numbers.map((one) => one[1]),
    ),
  ).toBeLessThan(1e-5);
});

test("a number alone on its line is as sure as all looks at it", () => {
  const picture = { width: 300, height: 200, data: new Uint8Array() };
  const seen = seenOf(stages.logits);
  const gap = seen.characters.findIndex(({ text }) => text === architectures.GAP);
  const read = { seen: { ...seen, characters: seen.characters.slice(0, gap) }, probability: 0.75 };
  expect(numbersOf(read, 1, thresholds, picture).map(({ confidence }) => confidence)).toEqual([0.75]);
});

test("the probabilities of all texts add up to 1", () => {
  const data = Float32Array.from({ length: 3 * 18 }, (_, i) =>
    i % 18 < 2 || i % 18 === 17 ? Math.sin(i) : -99,
  );
  const logP = logProbabilities({ rows: 1, columns: 3, channels: 18, data }, 1);
  const texts = [""];
  for (let length = 1; length <= 3; length++) {
    for (let i = 0; i < 2 ** length; i++) texts.push(i.toString(2).padStart(length, "0"));
  }
  expect(texts.reduce((sum, text) => sum + textProbability(logP, text), 0)).toBeCloseTo(1, 9);
});

test("strips are cut out, within a level or two", () => {
  const page = levelsOf(pages[0].picture);
  for (const [i, cut] of stages.cuts.entries()) {
    const strip = cutStrip(page, boxOf(cut));
    const expected = levelsOf(stages.strips[i]);
    expect([strip.width, strip.height]).toEqual([expected.width, expected.height]);
    const sum = strip.data.reduce((total, level, at) => total + Math.abs(level - expected.data[at]), 0);
    expect(sum / strip.data.length).toBeLessThan(0.5);
  }
});

test("light ink becomes dark, and paper 0", () => {
  const data = new Uint8Array(40 * 20).fill(30);
  data.fill(220, 200, 260);
  const strip = darkOnLight({ width: 20, height: 40, data });
  expect([strip.data[0], strip.data[210]]).toEqual([225, 35]);
  const normal = normaliseStrip(strip).data;
  expect([normal[0], normal[210]]).toEqual([0, 1]);
  expect(
    normaliseStrip({ width: 20, height: 40, data: new Uint8Array(800) }).data.every((one) => one === 0),
  ).toBe(true);
});

test("a strip is padded to a whole number of steps", () => {
  const strip = padded({ width: 5, height: 2, data: new Float32Array(10).fill(1) });
  expect([strip.width, [...strip.data]]).toEqual([8, [1, 1, 1, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1, 0, 0, 0]]);
});

test("a picture is looked at large first, and half as large each time", () => {
  expect(scalesOf({ width: 50, height: 40 })).toEqual([96 / 50]);
  expect(scalesOf({ width: 400, height: 300 })).toEqual([1, 0.5, 0.25]);
  expect(scalesOf({ width: 5120, height: 300 })).toEqual([0.25, 0.125, 0.0625, 0.03125]);
});

test("a page without contrast is no division by nothing", () => {
  expect([...normalisePage({ width: 2, height: 1, data: Uint8Array.of(9, 9) }).data]).toEqual([0, 0]);
});
