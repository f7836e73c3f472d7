import { describe, expect, test } from "vitest";
import { Raster } from "../../src/imgproc/raster";
import type { Dot } from "../../src/types";

const inkOf = (dots: Dot[], scale = 1, size = 60) => {
  const raster = new Raster(size, size, scale);
  raster.add(dots);
  return raster.plane;
};
const sum = (data: Float32Array) => data.reduce((total, value) => total + value, 0);

describe("a raster", () => {
  test("gives a dot the ink of its area, wherever it lies between the pixels", () => {
    for (const [x, y] of [
      [30, 30],
      [30.5, 30.25],
      [29.9, 30.7],
    ] as const) {
      const area = sum(inkOf([{ x, y, radius: 6 }]).data);
      expect(area / (Math.PI * 36)).toBeCloseTo(1, 1);
    }
  });

  test("keeps ink between paper and full, however often a place is drawn over", () => {
    const dot = { x: 20, y: 20, radius: 4.3 };
    const [once, often] = [inkOf([dot]), inkOf(Array<Dot>(50).fill(dot))];
    expect(often.data).toEqual(once.data);
    expect(Math.max(...often.data)).toBe(1);
    expect(Math.min(...often.data)).toBe(0);
  });

  test("has the size of the sheet at its scale, and the ink in the same place", () => {
    const plane = inkOf([{ x: 40, y: 10, radius: 5 }], 0.5);
    expect([plane.width, plane.height]).toEqual([30, 30]);
    expect(plane.data[5 * 30 + 20]).toBe(1);
    expect(sum(plane.data) / (Math.PI * 6.25)).toBeCloseTo(1, 0);
  });

  test("may be of a part of the sheet", () => {
    const raster = new Raster(20, 20, 2, 30, 5);
    raster.add([{ x: 40, y: 10, radius: 3 }]);
    expect(raster.plane.data[10 * 40 + 20]).toBe(1);
    expect(sum(raster.plane.data) / (Math.PI * 36)).toBeCloseTo(1, 1);
  });

  test("takes what lies over its edge for what is on it", () => {
    const plane = inkOf([
      { x: -2, y: 30, radius: 5 },
      { x: 900, y: 900, radius: 5 },
    ]);
    expect(plane.data[30 * 60]).toBe(1);
    expect(plane.data.every((ink) => ink >= 0 && ink <= 1)).toBe(true);
  });
});
