/**
 * Short strokes of a pen, and of an eraser, on a frame: what is tried when a frame is asked why it is what it is.
 *
 * In: where a stroke lies. Out: which pixels it covers, how it changes a frame, and a few thousand strokes to choose
 * from. Knows nothing of networks.
 */

import type { Frame } from "../types";

export interface Stroke {
  /** Both ends, in pixels of the frame: (0, 0) is the middle of the top left one. The same for a dot. */
  readonly ends: readonly [x0: number, y0: number, x1: number, y1: number];
  /** Whether it puts ink on the paper, or takes it away. */
  readonly adds: boolean;
}

/** A stroke and what it covers: `cover` from 0 to 1 of each of `pixels`. */
export interface Mark {
  readonly stroke: Stroke;
  readonly pixels: Uint16Array;
  readonly cover: Float32Array;
}

const SIDE = 28;

/** Half the width of a stroke: MNIST's pens are two to three pixels wide, and an eraser has to be wider. */
const PEN = 1;
const ERASER = 1.5;

/** Distance of the dots on the grid, and where it begins and ends: ink of a framed glyph seldom lies further out. */
const DOT_STEP = 3;
const STEP = 2;
const FIRST = 5;
const LAST = 23;

/** Half the lengths of the strokes, and the number of their directions. */
const REACHES = [2, 4];
const DIRECTIONS = 8;

/** The pixels that a stroke covers: all within its radius, and half a pixel more, which it covers in part. */
export function markOf(stroke: Stroke): Mark {
  const [x0, y0, x1, y1] = stroke.ends;
  const reach = radiusOf(stroke) + 0.5;
  const pixels: number[] = [];
  const cover: number[] = [];
  const from = (one: number, other: number): number => Math.max(0, Math.ceil(Math.min(one, other) - reach));
  const to = (one: number, other: number): number =>
    Math.min(SIDE - 1, Math.floor(Math.max(one, other) + reach));
  for (let y = from(y0, y1); y <= to(y0, y1); y++) {
    for (let x = from(x0, x1); x <= to(x0, x1); x++) {
      const part = Math.min(1, reach - distance(x, y, stroke.ends));
      if (part <= 0) continue;
      pixels.push(y * SIDE + x);
      cover.push(part);
    }
  }
  return { stroke, pixels: Uint16Array.from(pixels), cover: Float32Array.from(cover) };
}

/** The frame after the stroke; the frame itself is left as it is. */
export function marked(frame: Frame, mark: Mark): Frame {
  const after = frame.slice();
  mark.pixels.forEach((pixel, i) => {
    after[pixel] = changed(frame[pixel], mark, i);
  });
  return after;
}

/** How much ink a stroke moves, weighed pixel by pixel: Σ |change| * weights, or Σ |change| without weights. */
export function movedInk(frame: Frame, mark: Mark, weights?: Float32Array): number {
  let total = 0;
  for (let i = 0; i < mark.pixels.length; i++) {
    const pixel = mark.pixels[i];
    total += Math.abs(changed(frame[pixel], mark, i) - frame[pixel]) * (weights ? weights[pixel] : 1);
  }
  return total;
}

export function radiusOf({ adds }: Stroke): number {
  return adds ? PEN : ERASER;
}

/** How far apart two strokes lie, pixels: the distances of their ends, which have an order. */
export function apart({ ends: a }: Stroke, { ends: b }: Stroke): number {
  return Math.hypot(a[0] - b[0], a[1] - b[1]) + Math.hypot(a[2] - b[2], a[3] - b[3]);
}

/** Dots all over the middle of the frame, of the pen and of the eraser; 98 of them. */
export const dots = once(() => [...grid(DOT_STEP)].flatMap(([x, y]) => both([x, y, x, y])));

/** Strokes of 4 and 8 pixels in eight directions; 3,200 of them. */
export const lines = once(() =>
  [...grid(STEP)].flatMap(([x, y]) =>
    REACHES.flatMap((reach) =>
      Array.from({ length: DIRECTIONS }, (_, k) => {
        const [dx, dy] = [
          reach * Math.cos((Math.PI * k) / DIRECTIONS),
          reach * Math.sin((Math.PI * k) / DIRECTIONS),
        ];
        return both([x - dx, y - dy, x + dx, y + dy]);
      }).flat(),
    ),
  ),
);

function changed(ink: number, { stroke, cover }: Mark, i: number): number {
  return stroke.adds ? Math.max(ink, cover[i]) : ink * (1 - cover[i]);
}

function* grid(step: number): Generator<[number, number]> {
  for (let y = FIRST; y <= LAST; y += step) for (let x = FIRST; x <= LAST; x += step) yield [x, y];
}

function both(ends: Stroke["ends"]): Mark[] {
  return [true, false].map((adds) => markOf({ ends, adds }));
}

/** Distance of a point from a line with ends. */
function distance(x: number, y: number, [x0, y0, x1, y1]: Stroke["ends"]): number {
  const [dx, dy] = [x1 - x0, y1 - y0];
  const square = dx * dx + dy * dy;
  const along = square > 0 ? Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / square)) : 0;
  return Math.hypot(x - x0 - along * dx, y - y0 - along * dy);
}

/** Made when it is first asked for. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
