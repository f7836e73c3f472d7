/**
 * Strokes as ink: what the networks read.
 *
 * In: dots in units of the sheet. Out: a plane, 0 paper to 1 ink. Knows nothing of the canvas, its colours
 * or its theme: what is read depends on the strokes alone.
 */

import type { Dot, Plane, Stroke } from "../types";

/** Ink on a grid of its own, to which dots are added as they are drawn. */
export class Raster {
  readonly plane: Plane;
  readonly #scale: number;
  readonly #left: number;
  readonly #top: number;

  /**
   * @param width Of the part of the sheet, in its units; likewise `height`.
   * @param scale Pixels of the plane for each unit.
   * @param left Of the part's corner on the sheet; likewise `top`.
   */
  constructor(width: number, height: number, scale: number, left = 0, top = 0) {
    const [columns, rows] = [Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale))];
    this.plane = { width: columns, height: rows, data: new Float32Array(columns * rows) };
    this.#scale = scale;
    this.#left = left;
    this.#top = top;
  }

  clear(): void {
    this.plane.data.fill(0);
  }

  add(dots: Stroke): void {
    for (const dot of dots) this.#stamp(dot);
  }

  /** One disc; a pixel that its edge crosses is inked in part, as the distance of its centre says. */
  #stamp(dot: Dot): void {
    const { width, height, data } = this.plane;
    const radius = dot.radius * this.#scale;
    const [x, y] = [(dot.x - this.#left) * this.#scale - 0.5, (dot.y - this.#top) * this.#scale - 0.5];
    const [left, right] = [Math.max(0, Math.floor(x - radius)), Math.min(width - 1, Math.ceil(x + radius))];
    const [top, bottom] = [Math.max(0, Math.floor(y - radius)), Math.min(height - 1, Math.ceil(y + radius))];
    for (let row = top; row <= bottom; row++) {
      for (let column = left; column <= right; column++) {
        const ink = radius + 0.5 - Math.hypot(column - x, row - y);
        const at = row * width + column;
        if (ink > data[at]!) data[at] = Math.min(1, ink);
      }
    }
  }
}
