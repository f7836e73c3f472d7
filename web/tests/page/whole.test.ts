import { describe, expect, it } from "vitest";
import { readPicture } from "../../src/page/segment";
import { framedAlready } from "../../src/page/whole";
import type { Pixels } from "../../src/types";
import { bytesOf, vectors } from "../vectors";
import { classify, digitsOf } from "./reading";

const { glyphs } = vectors<{ glyphs: { name: string; frame: string }[] }>("framing.json");
const digits = glyphs.filter(({ name }) => name.startsWith("digit"));

function picture(levels: Uint8Array, width = 28): Pixels {
  const data = new Uint8ClampedArray(4 * levels.length).fill(255);
  for (const [i, level] of levels.entries()) data.fill(level, 4 * i, 4 * i + 3);
  return { width, height: levels.length / width, data };
}

describe("a picture framed as MNIST's are", () => {
  it.each(digits)(
    "is shown to the network as it is, white on black and black on white: $name",
    ({ frame }) => {
      const levels = bytesOf(frame);
      const expected = Float32Array.from(levels, (level) => level / 255);
      for (const pixels of [picture(levels), picture(levels.map((level) => 255 - level))]) {
        const page = readPicture(pixels, classify);
        const [digit] = digitsOf(page);
        expect(digitsOf(page)).toHaveLength(1);
        expect(digit.frame).toEqual(expected);
        expect(digit).toMatchObject(classify([expected])[0]);
        expect(Math.max(digit.box[2], digit.box[3])).toBe(20);
      }
    },
  );

  it("is not any picture of that size", () => {
    expect(framedAlready(picture(new Uint8Array(784)))).toBeNull();
    expect(framedAlready(picture(new Uint8Array(784).fill(255)))).toBeNull();
    const corner = new Uint8Array(784);
    for (let y = 2; y < 8; y++) corner.fill(255, 28 * y + 3, 28 * y + 9);
    expect(framedAlready(picture(corner))).toBeNull();
    expect(framedAlready(picture(new Uint8Array(28 * 30)))).toBeNull();
  });
});

describe("a picture of nothing", () => {
  it.each([1, 2, 28, 100])("is blank: %i pixels wide", (side) => {
    for (const level of [0, 128, 255]) {
      const page = readPicture(picture(new Uint8Array(side * side).fill(level), side), classify);
      expect(page).toEqual({ lines: [], rotation: 0, note: "blank" });
    }
  });

  it("is blank where it is transparent, whatever its colour", () => {
    const page = readPicture({ width: 40, height: 40, data: new Uint8ClampedArray(6400) }, classify);
    expect(page.note).toBe("blank");
  });
});
