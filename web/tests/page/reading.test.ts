import { expect, test } from "vitest";
import { thresholds } from "../../src/constants";
import { readPage } from "../../src/page/reading";
import type { Box } from "../../src/types";
import { largestDifference } from "../vectors";
import { levelsOf, pages } from "./golden";
import { stubDetector, stubLine } from "./stub";

/** Pixels by which a box may lie elsewhere, and confidences may differ: OpenCV rounds when it turns a strip, and the stubs are steep. */
const [NEAR, ALIKE] = [2, 0.1];

const isNear = (one: Box, other: Box): boolean => largestDifference(one, other) <= NEAR;

for (const { name, angle, picture, page } of pages) {
  test(`the package's answer: ${name}`, () => {
    const networks = { detect: stubDetector(angle), read: stubLine };
    const read = readPage(levelsOf(picture), networks, { ...thresholds, again: 0 });
    expect([read.rotation, read.note]).toEqual([page.rotation, page.note]);
    expect(read.lines.map(({ numbers }) => numbers.map(({ text, cell }) => [text, cell]))).toEqual(
      page.lines.map((line) => line.map(({ text, cell }) => [text, cell])),
    );
    read.lines.forEach(({ numbers }, i) => {
      numbers.forEach((number, j) => {
        const expected = page.lines[i][j];
        expect(isNear(number.box, expected.box)).toBe(true);
        expect(Math.abs(number.confidence - expected.confidence)).toBeLessThan(ALIKE);
        number.characters.forEach((one, k) => {
          expect(one.text).toBe(expected.characters[k].text);
          expect(isNear(one.box, expected.characters[k].box)).toBe(true);
        });
      });
    });
  });
}

test("a number is unsure where its characters are, and less sure beside another mark", () => {
  const detect = stubDetector(0);
  const grey = levelsOf(pages[0].picture);
  const strict = readPage(grey, { detect, read: stubLine }, { ...thresholds, character: 1.1 });
  expect(strict.lines.every(({ numbers }) => numbers.every(({ unsure }) => unsure))).toBe(true);
});

test("what holds no number is no number: all is read as other marks", () => {
  const data = Float32Array.from({ length: 54 }, (_, i) => (i % 18 === 16 ? 9 : 0));
  const read = () => ({ rows: 1, columns: 3, channels: 18, data });
  const page = readPage(levelsOf(pages[0].picture), { detect: stubDetector(0), read }, thresholds);
  expect([page.lines, page.note]).toEqual([[], "no digits"]);
});
