import { describe, expect, it } from "vitest";
import { darkened, lean, STEEPEST, steepened, viewOf } from "../src/frame";
import { inflated, largestDifference, planeOf, vectors } from "./vectors";

interface Glyph {
  height: number;
  width: number;
  ink: string;
  frame: string;
}

const { glyphs } = vectors<{ glyphs: Glyph[] }>("views.json");
const planes = glyphs.map(({ ink, width, height }) => planeOf(inflated(ink), width, height));

/** Measured: 0.9e-5 at most, of which 0.8e-5 is half a step of the 16 bits that the file has. */
const TOLERANCE = 1e-4;

describe("the view of a glyph", () => {
  it.each(glyphs.map((glyph, index) => ({ index, frame: glyph.frame })))(
    "is the package's: glyph $index",
    ({ index, frame }) => {
      const levels = new Uint16Array(inflated(frame).buffer);
      const expected = Float32Array.from(levels, (level) => level / 65535);
      expect(largestDifference(viewOf(planes[index]), expected)).toBeLessThan(TOLERANCE);
    },
  );

  it("covers upright and leaning glyphs, dark and pale pens", () => {
    const leaning = planes.filter((plane) => Math.abs(lean(plane)) > STEEPEST);
    expect(leaning.length).toBeGreaterThan(15);
    expect(leaning.length).toBeLessThan(40);
  });

  it("leans no more than the steepest lean allowed", () => {
    for (const plane of planes) expect(Math.abs(lean(steepened(plane)))).toBeLessThan(STEEPEST + 0.03);
  });

  it("makes the strokes of a thin pen dark, and leaves a usual frame alone", () => {
    const pale = new Float32Array(784);
    for (let i = 0; i < 784; i += 29) pale[i] = 0.5;
    expect(Math.max(...darkened(pale))).toBeCloseTo(0.98, 6);
    const usual = darkened(pale);
    expect(darkened(usual)).toBe(usual);
  });
});
