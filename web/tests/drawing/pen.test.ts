import { describe, expect, test } from "vitest";
import { Pen } from "../../src/drawing/pen";

const along = (pen: Pen, steps: number, milliseconds: number, pressure: number | null = null) => {
  for (let i = 0; i <= steps; i++) pen.move({ x: 10 * i, y: 0, time: milliseconds * i, pressure });
  pen.lift();
  return pen.stroke;
};

describe("a pen", () => {
  test("leaves one dot where it was only set down", () => {
    const pen = new Pen(6);
    pen.move({ x: 3, y: 4, time: 0, pressure: null });
    expect(pen.lift()).toEqual([]);
    expect(pen.stroke).toEqual([{ x: 3, y: 4, radius: 6 }]);
  });

  test("leaves no gaps, however fast it moves, and ends where it was lifted", () => {
    const stroke = along(new Pen(5), 30, 1);
    for (let i = 1; i < stroke.length; i++) {
      const gap = Math.hypot(stroke[i]!.x - stroke[i - 1]!.x, stroke[i]!.y - stroke[i - 1]!.y);
      expect(gap).toBeLessThan(0.5 * stroke[i]!.radius);
    }
    expect(stroke.at(-1)).toMatchObject({ x: 300, y: 0 });
  });

  test("draws a thinner line when it is fast, a broader one when it is pressed", () => {
    const [slow, fast] = [along(new Pen(5), 30, 40), along(new Pen(5), 30, 2)];
    expect(fast.at(-1)!.radius).toBeLessThan(0.8 * slow.at(-1)!.radius);
    const [light, hard] = [along(new Pen(5), 30, 8, 0.1), along(new Pen(5), 30, 8, 0.9)];
    expect(hard.at(-1)!.radius).toBeGreaterThan(1.8 * light.at(-1)!.radius);
  });
});
