import { describe, expect, it } from "vitest";
import { centreGlyph } from "../src/frame";
import { bytesOf, largestDifference, planeOf, vectors } from "./vectors";

interface Glyph {
  name: string;
  height: number;
  width: number;
  ink: string;
  frame: string;
}

const { framing, glyphs } = vectors<{ framing: number; glyphs: Glyph[] }>("framing.json");

describe("framing", () => {
  it("is version 1", () => {
    expect(framing).toBe(1);
    expect(glyphs.length).toBeGreaterThan(40);
  });

  it.each(glyphs)("is within one grey level of the reference: $name", ({ width, height, ink, frame }) => {
    const expected = planeOf(bytesOf(frame), 28, 28).data;
    const framed = centreGlyph(planeOf(bytesOf(ink), width, height));
    expect(largestDifference(framed, expected)).toBeLessThanOrEqual(1 / 255);
  });

  it.each([
    [0, 0],
    [5, 0],
    [1, 1],
    [28, 28],
    [2, 300],
  ])("leaves paper blank: %i x %i", (width, height) => {
    const faint = new Float32Array(width * height).fill(0.4 / 255);
    expect(centreGlyph({ width, height, data: faint })).toEqual(new Float32Array(784));
  });

  it("lets no glyph depend on the paper around it", () => {
    const { width, height, ink } = glyphs[11];
    const plane = planeOf(bytesOf(ink), width, height);
    const wider = {
      width: width + 9,
      height: height + 7,
      data: new Float32Array((width + 9) * (height + 7)),
    };
    for (let y = 0; y < height; y++) {
      wider.data.set(plane.data.subarray(y * width, (y + 1) * width), (y + 4) * wider.width + 5);
    }
    expect(centreGlyph(wider)).toEqual(centreGlyph(plane));
  });
});
