import { describe, expect, test } from "vitest";
import { pressed } from "../../src/drawing/keys";

const sheet = { shift: false, held: new Set<string>(), width: 560, height: 280 };
const nib = { x: 100, y: 100, down: false };

describe("the keyboard's pen", () => {
  test("is set down and lifted by the space bar", () => {
    expect(pressed(nib, " ", sheet)).toEqual({ ...nib, down: true });
    expect(pressed({ ...nib, down: true }, "Enter", sheet)).toEqual(nib);
  });

  test("moves by a 28th of the shorter side, less with Shift, diagonally with two arrows", () => {
    expect(pressed(nib, "ArrowRight", sheet)).toEqual({ ...nib, x: 110 });
    expect(pressed(nib, "ArrowUp", { ...sheet, shift: true })!.y).toBeCloseTo(97.2);
    expect(pressed(nib, "ArrowDown", { ...sheet, held: new Set(["ArrowLeft"]) })).toMatchObject({
      x: 90,
      y: 110,
    });
  });

  test("stays on the sheet, and leaves other keys to the browser", () => {
    expect(pressed({ ...nib, x: 555 }, "ArrowRight", sheet)!.x).toBe(560);
    expect(pressed({ ...nib, y: 3 }, "ArrowUp", sheet)!.y).toBe(0);
    expect(pressed(nib, "Tab", sheet)).toBeNull();
    expect(pressed(nib, "a", sheet)).toBeNull();
  });
});
