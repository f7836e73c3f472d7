import { describe, expect, it } from "vitest";
import { emptyPlane } from "../../src/imgproc/planes";
import { readInk } from "../../src/page/drawing";
import type { Page, Plane } from "../../src/types";
import { classify, digitsOf, inkOf, reading } from "./reading";

const named = (name: string): Plane => inkOf(reading.planes.find((plane) => plane.name === name)!);
const textOf = (page: Page): string[] => page.lines.map((line) => line.text);

/** Each pixel as a square of `factor` x `factor`. */
function enlarged({ width, height, data }: Plane, factor: number): Plane {
  const made = emptyPlane(factor * width, factor * height);
  for (let i = 0; i < made.data.length; i++) {
    const [x, y] = [i % made.width, Math.floor(i / made.width)];
    made.data[i] = data[Math.floor(y / factor) * width + Math.floor(x / factor)];
  }
  return made;
}

/** What lies in some columns and rows; the rest, also beyond the plane, is paper. */
function within(plane: Plane, left: number, top: number, right: number, bottom: number): Plane {
  const made = emptyPlane(right - left, bottom - top);
  for (let y = Math.max(0, top); y < Math.min(bottom, plane.height); y++) {
    for (let x = Math.max(0, left); x < Math.min(right, plane.width); x++) {
      made.data[(y - top) * made.width + x - left] = plane.data[y * plane.width + x];
    }
  }
  return made;
}

describe("a drawing", () => {
  const plain = reading.planes.filter(({ name }) => !/dust|cross|scribble|paper/.test(name));

  it.each(plain)("is read as the package reads its ink: $name", (plane) => {
    const page = readInk(inkOf(plane), classify);
    expect(textOf(page)).toEqual(plane.lines.map((line) => line.text));
    expect(page).toMatchObject({ rotation: 0, note: null });
  });

  it.each(["4 digits, gap 0.2", "three lines", "a 5 with a loose bar"])(
    "may be four times as large: %s",
    (name) => {
      const ink = named(name);
      const small = readInk(ink, classify);
      const large = readInk(enlarged(ink, 4), classify);
      expect(textOf(large)).toEqual(textOf(small));
      for (const [i, digit] of digitsOf(large).entries()) {
        expect(digit.frame).toEqual(digitsOf(small)[i].frame);
        expect(digit.box).toEqual(digitsOf(small)[i].box.map((side) => 4 * side));
      }
    },
  );

  it("keeps the frames of what was drawn before, to the last bit", () => {
    for (const factor of [1, 3, 4]) {
      const ink = enlarged(named("8 digits, gap 0.2"), factor);
      const [, , , fourth, fifth] = digitsOf(readInk(ink, classify));
      const before = within(
        ink,
        0,
        0,
        Math.floor((fourth.box[0] + fourth.box[2] + fifth.box[0]) / 2),
        ink.height,
      );
      const first = digitsOf(readInk({ ...ink, ...within(before, 0, 0, ink.width, ink.height) }, classify));
      expect(first).toHaveLength(4);
      const after = digitsOf(readInk(ink, classify));
      for (const [i, digit] of first.entries()) expect(digit.frame).toEqual(after[i].frame);
    }
  });

  it("has no edge that cuts digits off", () => {
    const ink = named("4 digits, gap 0.2");
    const boxes = digitsOf(readInk(ink, classify)).map((digit) => digit.box);
    const left = Math.min(...boxes.map((box) => box[0])) + 1;
    const top = Math.min(...boxes.map((box) => box[1])) + 1;
    const right = Math.max(...boxes.map((box) => box[0] + box[2])) - 1;
    const bottom = Math.max(...boxes.map((box) => box[1] + box[3])) - 1;
    expect(textOf(readInk(within(ink, left, top, right, bottom), classify))).toEqual(["9284"]);
  });

  it("says what the network saw and thought of each digit", () => {
    for (const digit of digitsOf(readInk(named("5 digits, gap 0.2"), classify))) {
      const [answer] = classify([digit.frame]);
      expect(digit.probabilities).toEqual(answer.probabilities);
      expect(digit.digit).toBe(answer.digit);
    }
  });

  it("that is no digit is one glyph in doubt, not nothing", () => {
    const cross = reading.planes.find(({ name }) => name === "a cross")!;
    expect(cross.note).toBe("no digits");
    const digits = digitsOf(readInk(inkOf(cross), classify));
    expect(digits).toHaveLength(1);
    expect(digits[0].unsure).toBe(true);
    expect(digits[0].box[2]).toBeGreaterThan(100);
  });

  it.each([
    [0, 0],
    [1, 1],
    [400, 300],
  ])("without ink is blank: %i x %i", (width, height) => {
    expect(readInk(emptyPlane(width, height), classify)).toEqual({ lines: [], rotation: 0, note: "blank" });
  });

  it("of one dot is read without complaint", () => {
    const dot = emptyPlane(100, 80);
    for (let y = 40; y < 43; y++) dot.data.fill(1, y * 100 + 50, y * 100 + 53);
    expect(readInk(dot, classify).lines.length).toBeLessThanOrEqual(1);
  });

  it("as faint as ink may be is read without complaint", () => {
    const faint = named("3 digits, gap 0.2");
    const page = readInk({ ...faint, data: faint.data.map((value) => 0.45 * value) }, classify);
    expect(digitsOf(page).every((digit) => digit.confidence >= 0 && digit.confidence <= 1)).toBe(true);
  });
});
