/** Each stage by itself gives what the package gives. */

import { expect, test } from "vitest";
import { wallsOf } from "../../src/page/cells";
import { charactersOf, logProbabilities, textProbability } from "../../src/page/decode";
import { boxed, normalisePage, numbersIn, scalesOf } from "../../src/page/detect";
import { linesOf } from "../../src/page/lines";
import { bestOf } from "../../src/page/looks";
import { partedAndJoined } from "../../src/page/parting";
import { cutStrip, darkOnLight, normaliseStrip, padded } from "../../src/page/strips";
import { largestDifference } from "../vectors";
import { boxOf, floatsOf, levelsOf, pages, stages } from "./golden";

test("numbers are found in maps", () => {
  const [rows, columns, channels] = stages.maps.shape;
  const found = numbersIn({ rows, columns, channels, data: floatsOf(stages.maps) }).map(({ box, score }) => {
    const { x, y, width, height, angle } = box;
    return [x, y, width, height, angle, score];
  });
  expect(found).toHaveLength(stages.detections.length);
  for (const [i, one] of found.entries())
    expect(largestDifference(one, stages.detections[i])).toBeLessThan(1e-3);
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
  const found = partedAndJoined(spots, walls)
    .map(({ box: { x, y, width, height, angle }, score }) => [x, y, width, height, angle, score])
    .sort((one, other) => one[0] - other[0]);
  expect(found).toHaveLength(stages.parted.length);
  for (const [i, one] of found.entries()) expect(largestDifference(one, stages.parted[i])).toBeLessThan(1e-3);
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

test("of several looks the text is chosen that is likeliest on the average", () => {
  const looks = stages.looks.map((look) => {
    const [columns, channels] = look.shape;
    const logP = logProbabilities({ rows: 1, columns, channels, data: floatsOf(look) }, 1.3);
    const characters = charactersOf(logP);
    const text = characters.map((one) => one.text).join("");
    return {
      box: boxOf(stages.boxes[0]),
      strip: { width: 1, height: 1, data: new Float32Array(1) },
      logP,
      characters,
      text,
    };
  });
  const { seen, probability } = bestOf(looks);
  expect(seen.text).toBe(stages.best.text);
  expect(probability / stages.best.probability).toBeCloseTo(1, 6);
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
