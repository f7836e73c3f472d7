/**
 * How bright the paper is at each pixel of a picture, as if nothing were written on it, and where the paper ends.
 *
 * In: one colour of a picture, dark ink on light paper. Out: brightness, or marks. Knows nothing of how much ink there
 * is. The twin of the middle of `page/paper.py`.
 */

import { paper } from "../constants";
import { bellBlurred } from "../imgproc/blur";
import { shrunkBytes } from "../imgproc/colours";
import { type Component, componentsIn } from "../imgproc/labels";
import { closed, dilated, eroded } from "../imgproc/morphology";
import type { Bytes } from "../imgproc/planes";
import { interpolated } from "../imgproc/resize";
import { roundToEven } from "../imgproc/rounding";
import { quantile } from "../imgproc/select";
import type { Plane } from "../types";

const { COARSE, STROKE, WIDE, MARGIN, DARKEST_PAPER, DARK, LITTLE } = paper;
const LIGHT = Math.fround(paper.LIGHT);
const INKED = Math.fround(paper.INKED);

/** A small copy of a plane and the paper found on it where strokes may be as broad as they ever are. */
interface Coarse {
  readonly small: Bytes;
  readonly paper: Plane;
}

/** The paper of a colour, and the marks of what is not paper at all: the table, the scanner's lid. */
interface Lit {
  /** Brightness of the paper at each pixel, at least 1. */
  readonly paper: Plane;
  /** What is no part of the sheet, at the size of the plane; null where all of it is. */
  readonly beyond: () => Bytes | null;
}

/** The sides of a copy small enough for wide windows to be cheap. */
export function coarseSize(width: number, height: number): [width: number, height: number] {
  const factor = Math.min(1, COARSE / Math.max(width, height));
  return [Math.max(1, roundToEven(width * factor)), Math.max(1, roundToEven(height * factor))];
}

/** Find the paper of a plane. */
export function lightOf(plane: Bytes): Lit {
  const small = shrunkBytes(plane, ...coarseSize(plane.width, plane.height));
  const coarse = { small, paper: withoutInk(small, STROKE * Math.min(small.width, small.height)) };
  return { paper: paperOf(plane, coarse), beyond: () => beyondTheSheet(plane, coarse) };
}

/**
 * Brightness of the paper at each pixel.
 *
 * Found twice: the first time strokes may be as broad as they ever are, the second time only a little broader than the
 * ink found then, so that the paper follows a shadow.
 */
function paperOf(plane: Bytes, { small, paper: first }: Coarse): Plane {
  const broadest = STROKE * Math.min(small.width, small.height);
  const inked = marks(small, (level, at) => level < Math.fround(INKED * first.data[at]));
  const stroke = MARGIN * usualStroke(inked);
  const found = stroke > 0 && stroke < broadest ? withoutInk(small, Math.max(stroke, 5)) : first;
  const floor = Math.max(1, DARKEST_PAPER * quantile(first.data, 0.8));
  const paper = interpolated(found, plane.width, plane.height);
  for (let i = 0; i < paper.data.length; i++) if (paper.data[i] < floor) paper.data[i] = floor;
  return paper;
}

/** Fill what is darker than the lightest paper in reach with the mean of the paper around. */
function withoutInk(small: Bytes, stroke: number): Plane {
  const side = Math.max(3, roundToEven(stroke) | 1);
  const { width, height, data: lightest } = closed(small, side);
  const weights = new Float32Array(lightest.length);
  const levels = new Float32Array(lightest.length);
  for (let i = 0; i < weights.length; i++) {
    if (small.data[i] < Math.fround(LIGHT * lightest[i])) continue;
    weights[i] = 1;
    levels[i] = small.data[i];
  }
  const spread = Math.max(1, side / 2);
  const sum = bellBlurred({ width, height, data: levels }, spread).data;
  const share = bellBlurred({ width, height, data: weights }, spread).data;
  const data = sum.map((value, i) => (value + LITTLE * lightest[i]) / (share[i] + LITTLE));
  return { width, height, data };
}

function marks({ width, height, data }: Bytes, rule: (level: number, at: number) => boolean): Bytes {
  return { width, height, data: data.map((level, at) => (rule(level, at) ? 1 : 0)) };
}

/**
 * Width of the strokes: of most components, twice the area over the outline; 0 without ink.
 *
 * What reaches the edge of the picture may be the table around the sheet: it counts where there is nothing else.
 */
function usualStroke(ink: Bytes): number {
  const inner = eroded(ink, 3, 3);
  const strokes = componentsIn(ink).map((component) => {
    const outline = component.area - areaWithin(component, inner);
    return {
      isInside: isInside(component, ink),
      outline,
      width: (2 * component.area) / Math.max(outline, 1),
    };
  });
  const inside = strokes.filter((stroke) => stroke.isInside);
  const counted = (inside.length ? inside : strokes).sort((one, other) => one.width - other.width);
  const half = counted.reduce((sum, stroke) => sum + stroke.outline, 0) / 2;
  let reached = 0;
  for (const { outline, width } of counted) {
    reached += outline;
    if (reached >= half) return width;
  }
  return 0;
}

function isInside({ left, top, right, bottom }: Component, plane: Bytes): boolean {
  return left > 0 && top > 0 && right < plane.width && bottom < plane.height;
}

/** Pixels of a component that are marked. */
function areaWithin({ stretches }: Component, mask: Bytes): number {
  let area = 0;
  for (let i = 0; i < stretches.length; i += 3) {
    const row = stretches[i] * mask.width;
    for (let at = row + stretches[i + 1]; at < row + stretches[i + 2]; at++) area += mask.data[at];
  }
  return area;
}

/**
 * What is dark from the picture's edge inwards, wider than a stroke.
 *
 * All beyond the picture counts as dark, so that a narrow strip along the edge is wide as well.
 */
function beyondTheSheet(plane: Bytes, { small, paper }: Coarse): Bytes | null {
  const side = Math.max(3, roundToEven(WIDE * Math.min(small.width, small.height)));
  const ink = marks(small, (level, at) => level < DARK * paper.data[at]);
  const wide = inside(dilated(eroded(framed(ink, side), side, side), side, side), side);
  if (!wide.data.includes(1)) return null;
  const reach = 2 * Math.max(1, roundToEven(Math.max(plane.width, plane.height) / COARSE)) + 1;
  return dilated(enlarged(wide, plane.width, plane.height), reach, reach);
}

/** Marks with a marked margin around. */
function framed({ width, height, data }: Bytes, margin: number): Bytes {
  const wide = width + 2 * margin;
  const made = new Uint8Array(wide * (height + 2 * margin)).fill(1);
  for (let y = 0; y < height; y++) {
    made.set(data.subarray(y * width, (y + 1) * width), (y + margin) * wide + margin);
  }
  return { width: wide, height: height + 2 * margin, data: made };
}

/** Marks without a margin. */
function inside(plane: Bytes, margin: number): Bytes {
  const width = plane.width - 2 * margin;
  const height = plane.height - 2 * margin;
  const made = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const start = (y + margin) * plane.width + margin;
    made.set(plane.data.subarray(start, start + width), y * width);
  }
  return { width, height, data: made };
}

/** Marks at a larger size: each pixel as the one that it lies in. */
function enlarged(mask: Bytes, width: number, height: number): Bytes {
  const data = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = Math.floor((y * mask.height) / height) * mask.width;
    for (let x = 0; x < width; x++)
      data[y * width + x] = mask.data[row + Math.floor((x * mask.width) / width)];
  }
  return { width, height, data };
}
