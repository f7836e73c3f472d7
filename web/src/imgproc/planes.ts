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
