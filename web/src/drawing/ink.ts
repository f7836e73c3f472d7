/**
 * Ink to look at: strokes on a canvas, wet at their edges, a little uneven like a nib's.
 *
 * In: dots and a colour. Out: pixels on a canvas. What is read is `raster`, never this.
 */

import type { Dot, Stroke } from "../types";

/** Ink creeps this far into the paper, as a part of the line's radius, and is this pale there. */
const CREEP = 0.16;
const PALE = 0.05;

/** How far a nib's line swells and thins, as a part of its radius; and dots from one swelling to the next. */
const UNEVEN = 0.045;
const WAVE = 23;

export class InkCanvas {
  readonly #context: CanvasRenderingContext2D;
  #colour = "#000";
  #ratio = 1;

  constructor(canvas: HTMLCanvasElement) {
    this.#context = canvas.getContext("2d", { alpha: true, desynchronized: true })!;
  }

  set colour(colour: string) {
    this.#colour = colour;
  }

  /** Empties the canvas and makes it that large, in CSS pixels; `ratio` is device pixels for each of them. */
  resize(width: number, height: number, ratio: number): void {
    const { canvas } = this.#context;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    this.#ratio = ratio;
    this.zoom(1);
  }

  /** Shows everything that is drawn from now on at a scale. */
  zoom(scale: number): void {
    this.#context.setTransform(this.#ratio * scale, 0, 0, this.#ratio * scale, 0, 0);
  }

  /** Lays a picture under the ink. */
  picture(image: CanvasImageSource, x: number, y: number, width: number, height: number): void {
    this.#context.imageSmoothingQuality = "high";
    this.#context.drawImage(image, x, y, width, height);
  }

  /** Draws dots of a stroke; `from` is the number of the first one in its stroke. */
  draw(dots: Stroke, from = 0): void {
    const context = this.#context;
    context.fillStyle = this.#colour;
    for (const [breadth, alpha] of [
      [1 + CREEP, PALE],
      [1, 1],
    ] as const) {
      context.globalAlpha = alpha;
      for (let i = 0; i < dots.length; i++) this.#dot(dots[i]!, breadth * swell(from + i));
    }
    context.globalAlpha = 1;
  }

  #dot(dot: Dot, breadth: number): void {
    this.#context.beginPath();
    this.#context.arc(dot.x, dot.y, dot.radius * breadth, 0, 2 * Math.PI);
    this.#context.fill();
  }
}

function swell(number: number): number {
  return (
    1 +
    UNEVEN *
      (Math.sin((2 * Math.PI * number) / WAVE) + 0.6 * Math.sin((2 * Math.PI * number) / (WAVE * 0.37)))
  );
}
