import { expect, test } from "vitest";
import { SIDE } from "../../src/frame";
import type { Bytes } from "../../src/imgproc/planes";
import { boundsOfFrame, digitsOf, framedAlready, frameOf } from "../../src/page/glyphs";
import { singleDigit } from "../../src/page/numbers";
import { pageOfOne } from "../../src/page/reading";
import { largestDifference } from "../vectors";

/** An L, 60 pixels high, in a box of a page. */
function page(paper: number, ink: number): Bytes {
  const data = new Uint8Array(120 * 120).fill(paper);
  for (let y = 30; y < 90; y++) data.fill(ink, y * 120 + 40, y * 120 + (y < 80 ? 48 : 76));
  return { width: 120, height: 120, data };
}

const massOf = (frame: Float32Array, inside: (x: number, y: number) => boolean): number =>
  frame.reduce((sum, ink, i) => sum + (inside(i % SIDE, Math.floor(i / SIDE)) ? ink : 0), 0);

test("a digit is framed alike on white and on black", () => {
  const [dark, light] = [frameOf(page(250, 20), [40, 30, 36, 60]), frameOf(page(10, 240), [40, 30, 36, 60])];
  expect(largestDifference(dark, light)).toBeLessThan(0.02);
  expect(massOf(dark, (_, y) => y > 18)).toBeGreaterThan(massOf(dark, (_, y) => y < 9)); // its foot is below
});

test("a digit of a page that lies on its side is framed upright", () => {
  const upright = page(250, 20);
  const data = new Uint8Array(upright.data.length);
  // Turned by a quarter anticlockwise: to be read it is turned clockwise by 90 degrees.
  for (let y = 0; y < 120; y++)
    for (let x = 0; x < 120; x++) data[(119 - x) * 120 + y] = upright.data[y * 120 + x];
  const frame = frameOf({ width: 120, height: 120, data }, [30, 119 - 75, 60, 36], 90);
  expect(largestDifference(frame, frameOf(upright, [40, 30, 36, 60]))).toBeLessThan(0.25);
});

test("a slim digit keeps its proportions", () => {
  const data = new Uint8Array(120 * 120).fill(255);
  for (let y = 20; y < 100; y++) data.fill(0, y * 120 + 50, y * 120 + 58);
  const frame = frameOf({ width: 120, height: 120, data }, [50, 20, 8, 80]);
  const [, , width, height] = boundsOfFrame(frame);
  expect(height).toBe(20);
  expect(width).toBeLessThan(6);
});

test("what is framed already is left as it is, light or dark", () => {
  const frame = frameOf(page(250, 20), [40, 30, 36, 60]);
  const levels = Uint8Array.from(frame, (ink) => Math.round(255 * ink));
  const given = { width: SIDE, height: SIDE, data: levels };
  for (const data of [levels, levels.map((level) => 255 - level)]) {
    const found = framedAlready({ ...given, data });
    if (found) expect(largestDifference(found, frame)).toBeLessThan(0.01);
  }
  expect(framedAlready({ ...given, data: new Uint8Array(784) })).toBeNull();
  expect(framedAlready(page(250, 20))).toBeNull();
});

test("the digits of a page are those of its characters that are no signs", () => {
  const number = singleDigit(
    { digit: 7, confidence: 0.9, unsure: false, probabilities: new Float32Array(10) },
    [0, 0, 1, 1],
  );
  const sign = { ...number.characters[0], text: "," };
  const read = pageOfOne({ ...number, characters: [sign, ...number.characters, sign] });
  expect(digitsOf(read).map(({ character }) => character.text)).toEqual(["7"]);
});
