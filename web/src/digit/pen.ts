/**
 * A pen far from MNIST's brought near it.
 *
 * In: a framed glyph. Out: the frame as a pen of usual darkness would have left it. The twin of `images/pen.py`,
 * which says why.
 */

import type { Frame } from "../types";

/** Below this a pixel is the edge of a stroke. */
const INKED = Math.fround(0.1);
const PALE = Math.fround(0.85);
/** MNIST's median of the darkest tenth. */
const USUAL = 0.98;

/** Make the strokes of a thin pen as dark as MNIST's; a usual frame comes back as it is. */
export function darkened(frame: Frame): Frame {
  let [inked, dark] = [0, 0];
  for (let i = 0; i < frame.length; i++) {
    if (frame[i] > INKED) inked++;
    if (frame[i] >= PALE) dark++;
  }
  const tenth = Math.floor(inked / 10);
  if (!inked || dark > tenth) return frame; // the darkest tenth is dark: nearly always, and known without sorting
  const darkest = frame.slice().sort()[frame.length - 1 - tenth];
  const factor = Math.fround(USUAL / darkest);
  return frame.map((value) => Math.min(value * factor, 1));
}
