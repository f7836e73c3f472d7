/** Rectangles of planes. In: planes. Out: planes. Knows nothing of what is on them. */

import type { Plane } from "../types";

/** Whole numbers from 0 to 255, row by row: grey levels, or marks (any but 0 is one). */
export interface Bytes {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

export function emptyPlane(width: number, height: number): Plane {
  return { width, height, data: new Float32Array(width * height) };
}

/** A copy of a rectangle of a plane; the plane itself where that is all of it. */
export function part(plane: Plane, x: number, y: number, width: number, height: number): Plane {
  if (width === plane.width && height === plane.height) return plane;
  const made = emptyPlane(width, height);
  for (let row = 0; row < height; row++) {
    const start = (y + row) * plane.width + x;
    made.data.set(plane.data.subarray(start, start + width), row * width);
  }
  return made;
}

/** Turn a plane clockwise by 0, 90, 180 or 270 degrees; by 0 it comes back as it is. */
export function turned(plane: Plane, degrees: number): Plane {
  if (degrees === 0) return plane;
  const { width, height, data } = plane;
  const sideways = degrees !== 180;
  const made = sideways ? emptyPlane(height, width) : emptyPlane(width, height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      let to = (height - 1 - y) * width + width - 1 - x;
      if (degrees === 90) to = x * height + height - 1 - y;
      if (degrees === 270) to = (width - 1 - x) * height + y;
      made.data[to] = data[y * width + x];
    }
  }
  return made;
}
