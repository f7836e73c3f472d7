/**
 * How far ink reaches from its edge: half the width of the broadest stroke.
 *
 * In: the ink of a piece. Out: pixels. Knows nothing of what is written.
 *
 * The chamfer distance of Borgefors 1986 with the 3 x 3 weights of OpenCV's `DIST_L2`.
 */

import { strays } from "../constants";
import type { Plane } from "../types";

const STRAIGHT = 0.955;
const DIAGONAL = 1.3693;
const { SOLID } = strays;

/** The largest distance of an inked pixel from the nearest that is not; around the plane is paper. */
export function depthOf({ width, height, data }: Plane): number {
  const wide = width + 2;
  const far = new Float32Array(wide * (height + 2));
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (data[y * width + x] < SOLID) continue;
      const at = (y + 1) * wide + x + 1;
      const above = Math.min(far[at - wide - 1], far[at - wide + 1]) + DIAGONAL;
      far[at] = Math.min(above, Math.min(far[at - wide], far[at - 1]) + STRAIGHT);
    }
  }
  let deepest = 0;
  for (let at = far.length - wide - 2; at > wide; at--) {
    if (far[at] === 0) continue;
    const below = Math.min(far[at + wide - 1], far[at + wide + 1]) + DIAGONAL;
    far[at] = Math.min(far[at], below, Math.min(far[at + wide], far[at + 1]) + STRAIGHT);
    if (far[at] > deepest) deepest = far[at];
  }
  return deepest;
}
