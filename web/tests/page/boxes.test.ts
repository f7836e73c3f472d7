import { expect, test } from "vitest";
import { around, boxAround, grown, inside, placeIn, scaled, sharedArea, within } from "../../src/page/boxes";

const level = { x: 10, y: 20, width: 8, height: 4, angle: 0 };
const upright = { ...level, angle: Math.PI / 2 };

test("a place is counted from the corner where reading begins", () => {
  expect(placeIn(level, 0, 0)).toEqual([6, 18]);
  const [x, y] = placeIn(upright, 0, 0);
  expect([x, y]).toEqual([expect.closeTo(12), expect.closeTo(16)]);
});

test("a box is scaled and grown about its middle", () => {
  expect(scaled(level, 2)).toEqual({ x: 20, y: 40, width: 16, height: 8, angle: 0 });
  expect(grown(level, 1, 3)).toEqual({ ...level, width: 14, height: 6 });
});

test("the level box around a part is in whole pixels, and never empty", () => {
  expect(inside(level, 1.5, 0.5, 2, 2)).toEqual([7, 18, 3, 3]);
  expect(inside(level, 2, 2, 0, 0)).toEqual([8, 20, 1, 1]);
});

test("the box around the corners of a box is that box", () => {
  for (const angle of [0, 0.4, -2]) {
    const box = { ...level, angle };
    const corners = [placeIn(box, 0, 0), placeIn(box, 8, 0), placeIn(box, 8, 4), placeIn(box, 0, 4)];
    const found = boxAround(corners, angle);
    for (const key of ["x", "y", "width", "height", "angle"] as const)
      expect(found[key]).toBeCloseTo(box[key]);
  }
});

test("the area that boxes share: all, a part, a corner cut off, nothing", () => {
  expect(sharedArea(level, level)).toBeCloseTo(32);
  expect(sharedArea(level, upright)).toBeCloseTo(16);
  expect(sharedArea(level, { ...level, x: 16, y: 22 })).toBeCloseTo(4);
  const diamond = { x: 10, y: 20, width: 2, height: 2, angle: Math.PI / 4 };
  expect(sharedArea({ ...level, x: 14 }, diamond)).toBeCloseTo(2);
  expect(sharedArea(level, { ...level, x: 30 })).toBe(0);
});

test("a box is brought into the picture, and keeps a pixel", () => {
  expect(within([-3, 2, 10, 10], 5, 8)).toEqual([0, 2, 5, 6]);
  expect(within([9, 9, 2, 2], 5, 8)).toEqual([4, 7, 1, 1]);
});

test("the box around boxes", () => {
  expect(
    around([
      [1, 2, 3, 4],
      [0, 5, 2, 9],
    ]),
  ).toEqual([0, 2, 4, 12]);
});
