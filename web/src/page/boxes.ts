/**
 * Rotated boxes: where a number lies on a picture, and in which direction it is read. The twin of `page/boxes.py`.
 *
 * In: places (x, y) in pixels, y downwards. Out: boxes, what two of them share, what contains them. Knows nothing of
 * pictures.
 */

import { clamped } from "../imgproc/numeric";
import type { Box } from "../types";

export type Point = readonly [x: number, y: number];

/** A box whose sides need not be level. */
export interface RotatedBox {
  /** Of its middle. */
  readonly x: number;
  readonly y: number;
  /** Along the direction of reading. */
  readonly width: number;
  /** Across it. */
  readonly height: number;
  /** Of the direction of reading, radians clockwise: 0 to the right, pi / 2 downwards. */
  readonly angle: number;
}

/** The same box in a picture `factor` times as large. */
export function scaled(box: RotatedBox, factor: number): RotatedBox {
  const { x, y, width, height, angle } = box;
  return { x: x * factor, y: y * factor, width: width * factor, height: height * factor, angle };
}

/** The box with so much more above and below, and so much more at both ends, in pixels. */
export function grown(box: RotatedBox, sides: number, ends: number): RotatedBox {
  return { ...box, width: box.width + 2 * ends, height: box.height + 2 * sides };
}

/** Where a place within the box lies: `across` along the direction of reading and `down`, from its corner. */
export function placeIn(box: RotatedBox, across: number, down: number): Point {
  const [cosine, sine] = [Math.cos(box.angle), Math.sin(box.angle)];
  const [u, v] = [across - box.width / 2, down - box.height / 2];
  return [box.x + u * cosine - v * sine, box.y + u * sine + v * cosine];
}

/** The level box around a part of a box, given from its corner, in whole pixels. */
export function inside(box: RotatedBox, left: number, top: number, width: number, height: number): Box {
  const corners = [left, left + width].flatMap((u) => [top, top + height].map((v) => placeIn(box, u, v)));
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [x, y] = [Math.floor(Math.min(...xs)), Math.floor(Math.min(...ys))];
  return [x, y, Math.max(1, Math.ceil(Math.max(...xs)) - x), Math.max(1, Math.ceil(Math.max(...ys)) - y)];
}

/** The smallest box at an angle that contains points. */
export function boxAround(points: readonly Point[], angle: number): RotatedBox {
  const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of points) {
    const [u, v] = [x * cosine + y * sine, y * cosine - x * sine];
    [left, right] = [Math.min(left, u), Math.max(right, u)];
    [top, bottom] = [Math.min(top, v), Math.max(bottom, v)];
  }
  const [u, v] = [(left + right) / 2, (top + bottom) / 2];
  const [x, y] = [u * cosine - v * sine, u * sine + v * cosine];
  return { x, y, width: right - left, height: bottom - top, angle };
}

/** The area that two boxes share: one is cut off at each side of the other. */
export function sharedArea(one: RotatedBox, other: RotatedBox): number {
  const [cosine, sine] = [Math.cos(other.angle), Math.sin(other.angle)];
  // From the middle of the other one, along its sides.
  let shape = [placeIn(one, 0, 0), placeIn(one, one.width, 0), placeIn(one, one.width, one.height)]
    .concat([placeIn(one, 0, one.height)])
    .map(([x, y]): Point => [x - other.x, y - other.y])
    .map(([x, y]): Point => [x * cosine + y * sine, y * cosine - x * sine]);
  for (const [axis, half] of [other.width / 2, other.height / 2].entries()) {
    for (const sign of [1, -1]) shape = cutOff(shape, (point) => half - sign * point[axis]);
  }
  let area = 0;
  shape.forEach(([x, y], i) => {
    const [nextX, nextY] = shape[(i + 1) % shape.length];
    area += x * nextY - nextX * y;
  });
  return Math.abs(area) / 2;
}

/** The part of a convex shape where something is not negative (Sutherland & Hodgman, 1974). */
function cutOff(shape: readonly Point[], within: (point: Point) => number): Point[] {
  return shape.flatMap((point, i) => {
    const next = shape[(i + 1) % shape.length];
    const [here, there] = [within(point), within(next)];
    const part = here / (here - there);
    const crossing: Point = [point[0] + part * (next[0] - point[0]), point[1] + part * (next[1] - point[1])];
    return [...(here >= 0 ? [point] : []), ...(here >= 0 !== there >= 0 ? [crossing] : [])];
  });
}

/** The part of a box that lies within a picture, of one pixel at least. */
export function within([x, y, width, height]: Box, columns: number, rows: number): Box {
  const [left, top] = [clamped(x, 0, columns - 1), clamped(y, 0, rows - 1)];
  const [right, bottom] = [Math.min(x + width, columns), Math.min(y + height, rows)];
  return [left, top, Math.max(1, right - left), Math.max(1, bottom - top)];
}

/** The box around boxes. */
export function around(boxes: readonly Box[]): Box {
  const [x, y] = [Math.min(...boxes.map((box) => box[0])), Math.min(...boxes.map((box) => box[1]))];
  const right = Math.max(...boxes.map((box) => box[0] + box[2]));
  return [x, y, right - x, Math.max(...boxes.map((box) => box[1] + box[3])) - y];
}
