/**
 * A pen: where it was pressed, and how broad its line is there.
 *
 * In: positions, times and pressure, as a pointer gives them. Out: the points of a stroke, smooth and evenly
 * spaced. Knows nothing of pointers, canvases or digits.
 */

import type { Dot, Stroke } from "../types";

/** Where a pointer was; `pressure` is 0 to 1, or null for what has none: a mouse, a finger. */
export interface Touch {
  readonly x: number;
  readonly y: number;
  /** Milliseconds. */
  readonly time: number;
  readonly pressure: number | null;
}

/** Dots lie at most this part of a radius apart, so that their circles make one line. */
const SPACING = 0.35;

/** How much of the way to a new position the pen goes: takes the tremor out of a mouse, adds 8 ms of lag at 120 Hz. */
const FOLLOWS = 0.72;

/** A pen pressed lightly, and hard: parts of its usual radius. */
const LIGHT = 0.55;
const HARD = 1.35;

/** Pixels a millisecond at which the line of a pen without pressure is thinnest: ink needs time to flow. */
const FAST = 3;

/** How quickly the breadth follows, so that it never jumps. */
const FLOW = 0.25;

/** Draws one stroke. */
export class Pen {
  readonly #usual: number;
  readonly #dots: Dot[] = [];
  #last: Touch | null = null;

  /** @param radius Of an ordinary line, CSS pixels. */
  constructor(radius: number) {
    this.#usual = radius;
  }

  /** All dots so far; the array grows as the pen moves. */
  get stroke(): Stroke {
    return this.#dots;
  }

  /** Moves to a position and returns the new dots. */
  move(touch: Touch): readonly Dot[] {
    const first = this.#dots.length;
    const last = this.#dots.at(-1);
    if (!last || !this.#last) {
      this.#dots.push({
        x: touch.x,
        y: touch.y,
        radius: this.#usual * (touch.pressure === null ? 1 : weight(touch.pressure)),
      });
    } else {
      this.#line(last, {
        x: last.x + FOLLOWS * (touch.x - last.x),
        y: last.y + FOLLOWS * (touch.y - last.y),
        radius: last.radius + FLOW * (this.#breadth(touch, this.#last) - last.radius),
      });
    }
    this.#last = touch;
    return this.#dots.slice(first);
  }

  /** Ends the stroke where the pointer left, and returns the last dots. */
  lift(): readonly Dot[] {
    const first = this.#dots.length;
    const last = this.#dots.at(-1);
    if (last && this.#last) this.#line(last, { x: this.#last.x, y: this.#last.y, radius: last.radius });
    return this.#dots.slice(first);
  }

  #breadth(touch: Touch, before: Touch): number {
    if (touch.pressure !== null) return this.#usual * weight(touch.pressure);
    const speed = Math.hypot(touch.x - before.x, touch.y - before.y) / Math.max(1, touch.time - before.time);
    return this.#usual * (1.12 - 0.34 * Math.min(1, speed / FAST));
  }

  #line(from: Dot, to: Dot): void {
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    const steps = Math.ceil(length / (SPACING * Math.min(from.radius, to.radius)));
    for (let step = 1; step <= steps; step++) {
      const part = step / steps;
      this.#dots.push({
        x: from.x + part * (to.x - from.x),
        y: from.y + part * (to.y - from.y),
        radius: from.radius + part * (to.radius - from.radius),
      });
    }
  }
}

function weight(pressure: number): number {
  return LIGHT + (HARD - LIGHT) * pressure;
}
