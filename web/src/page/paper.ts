/**
 * The ink of a whole page: the paper is estimated and divided out, what is darker than it is ink.
 *
 * In: a decoded picture and the size to work at. Out: ink of that size, 0 paper to 1 ink, with soft edges. Paper may be
 * coloured, patterned, shaded, and the picture may be white on black. Knows nothing of lines or digits. The twin of
 * `page/paper.py`; `light.ts` finds the paper.
 */

import { paper } from "../constants";
import { boxBlurred } from "../imgproc/blur";
import { coloursOf, greenOf } from "../imgproc/colours";
import { dilated, inverted } from "../imgproc/morphology";
import { otsu } from "../imgproc/otsu";
import { quantile, quantileOfBytes } from "../imgproc/select";
import type { Pixels, Plane } from "../types";
import { coarseSize, lightOf } from "./light";

const { LOW, FAINTEST, NOISE, PEN, AROUND } = paper;

/**
 * Say whether the ink may be lighter than the paper: no; or where most of the picture is dark: yes, and no.
 *
 * A dark picture may be white writing on black, or a sheet on a dark table: that is for the recognizer to say.
 */
export function polarities(pixels: Pixels): readonly boolean[] {
  const { data } = greenOf(pixels, ...coarseSize(pixels.width, pixels.height));
  const [darkest, middle, lightest] = [0.02, 0.5, 0.98].map((share) => quantileOfBytes(data, share));
  return middle - darkest < (lightest - darkest) / 2 ? [true, false] : [false];
}

/** Find the ink of a page, `isInverted` where it is lighter than the paper; nothing but zeros for a blank page. */
export function paperInk(pixels: Pixels, scale: number, isInverted: boolean): Plane {
  const planes = coloursOf(pixels, scale).map((plane) => (isInverted ? inverted(plane) : plane));
  const lights = planes.map(lightOf);
  const { width, height } = planes[0];
  const darkness = new Float32Array(width * height);
  for (const [index, { paper }] of lights.entries()) darken(darkness, planes[index].data, paper.data);
  const beyond = lights[planes.length >> 1].beyond();
  if (beyond) for (let i = 0; i < darkness.length; i++) if (beyond.data[i]) darkness[i] = 0;
  return stretched({ width, height, data: darkness });
}

/** Ink may be dark in one colour only: the largest share of the light that is missing counts. */
function darken(darkness: Float32Array, levels: Uint8Array, paper: Float32Array): void {
  for (let i = 0; i < darkness.length; i++) {
    const missing = 1 - Math.fround(Math.max(levels[i], 1) / paper[i]); // black on black is no ink either
    if (missing > darkness[i]) darkness[i] = missing;
  }
}

/** Set the paper to 0 and the pen to 1, with the threshold between them at one half. */
function stretched(darkness: Plane): Plane {
  const { width, height, data } = darkness;
  const made = { width, height, data: new Float32Array(data.length) };
  const smooth = boxBlurred(darkness);
  const pen = quantile(smooth.data, PEN);
  if (pen < Math.max(FAINTEST, 3 * noiseOf(data))) return made;
  const found = levelsOf(besideThePen(data, smooth, pen / 2));
  if (!found) return made;
  const [paper, threshold, ink] = found;
  const low = paper + LOW * (threshold - paper);
  const high = threshold + Math.max(threshold - low, 0.5 * (ink - threshold));
  for (let i = 0; i < data.length; i++)
    made.data[i] = Math.min(Math.max((data[i] - low) / (high - low), 0), 1);
  return made;
}

/** From the median of what deviates from the median: strokes have no say. */
function noiseOf(darkness: Float32Array): number {
  const middle = quantile(darkness, 0.5);
  const deviations = new Float32Array(darkness.length);
  for (let i = 0; i < deviations.length; i++) deviations[i] = Math.abs(darkness[i] - middle);
  return NOISE * quantile(deviations, 0.5);
}

/** The darkness of the pixels around what is darker than `least`. */
function besideThePen(
  darkness: Float32Array,
  { width, height, data: smooth }: Plane,
  least: number,
): Float32Array {
  const dark = new Uint8Array(smooth.length);
  for (let i = 0; i < dark.length; i++) dark[i] = smooth[i] > least ? 1 : 0;
  const near = dilated({ width, height, data: dark }, AROUND, AROUND).data;
  const found = new Float32Array(darkness.length);
  let count = 0;
  for (let i = 0; i < near.length; i++) if (near[i]) found[count++] = darkness[i];
  return found.subarray(0, count);
}

/** The usual darkness of paper, the threshold, and the usual darkness of ink; null where there is only one of them. */
function levelsOf(values: Float32Array): [paper: number, threshold: number, ink: number] | null {
  const counts = new Uint32Array(256);
  for (let i = 0; i < values.length; i++) counts[Math.min(255, Math.floor(Math.fround(values[i] * 255)))]++;
  const threshold = otsu(counts) / 255;
  const bound = Math.fround(threshold);
  const ink = values.filter((value) => value > bound);
  const paper = values.filter((value) => value <= bound);
  if (!ink.length || !paper.length) return null;
  return [quantile(paper, 0.5), threshold, quantile(ink, 0.5)];
}
