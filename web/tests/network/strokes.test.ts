import { describe, expect, it } from "vitest";
import { dots, lines, marked, markOf, movedInk } from "../../src/network/strokes";
import { frames } from "./fixtures";

const blank = new Float32Array(784);

describe("a stroke", () => {
  it("covers what lies within its width", () => {
    const after = marked(blank, markOf({ ends: [10, 14, 18, 14], adds: true }));
    expect(after[14 * 28 + 14]).toBe(1);
    expect(after[13 * 28 + 14]).toBe(0.5);
    expect(after[12 * 28 + 14]).toBe(0);
    expect(after[14 * 28 + 19]).toBe(0.5);
    expect(after[14 * 28 + 20]).toBe(0);
  });

  it("is the same from either end", () => {
    const one = marked(blank, markOf({ ends: [3, 5, 20, 11], adds: true }));
    const other = marked(blank, markOf({ ends: [20, 11, 3, 5], adds: true }));
    one.forEach((ink, i) => {
      expect(ink).toBeCloseTo(other[i], 6);
    });
  });

  it("may hang over the edge", () => {
    const { pixels } = markOf({ ends: [-3, 27, 40, 30], adds: true });
    expect(Math.max(...pixels)).toBeLessThan(784);
    expect(new Set(pixels).size).toBe(pixels.length);
  });
});

describe.each(["dots", "lines"])("all %s", (kind) => {
  const marks = kind === "dots" ? dots() : lines();

  it("are as many as said, half of them of the eraser", () => {
    expect(marks.length).toBe(kind === "dots" ? 98 : 3200);
    expect(marks.filter(({ stroke }) => stroke.adds).length).toBe(marks.length / 2);
  });

  it("add ink or take it away, and leave ink from 0 to 1", () => {
    const [frame] = frames;
    for (const mark of marks) {
      const after = marked(frame, mark);
      let [moved, wrong] = [0, 0];
      frame.forEach((ink, i) => {
        const change = after[i] - ink;
        if (mark.stroke.adds ? change < 0 || after[i] > 1 : change > 0 || after[i] < 0) wrong++;
        moved += Math.abs(change);
      });
      expect(wrong).toBe(0);
      expect(movedInk(frame, mark)).toBeCloseTo(moved, 4);
    }
  });
});
