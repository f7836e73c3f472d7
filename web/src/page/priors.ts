/**
 * How likely ink is one digit by its size, its proportions and the cuts around it, before anybody looks at its shape.
 *
 * In: sizes in digit heights of the line. Out: log-probabilities, up to a constant. Knows nothing of pixels or models.
 * The twin of `page/priors.py`, which says where the numbers come from.
 */

import { priors } from "../constants";

const {
  WIDEST,
  TALLEST,
  LARGER,
  SMALLER,
  USUAL,
  USUAL_ONE,
  WIDER,
  NARROWER,
  DROPPED,
  STEEP,
  DOT,
  WHOLE,
  FLAT,
  TOUCHING,
  STICKING,
} = priors;

/** Log-probability of the size and the proportions of each digit; only a 1 differs from the others. */
export interface Shape {
  readonly one: number;
  readonly others: number;
}

const IMPOSSIBLE: Shape = { one: Number.NEGATIVE_INFINITY, others: Number.NEGATIVE_INFINITY };

/** How likely a digit has so many rows and columns of ink in a line whose digits are `height` tall. */
export function shapeOf(tall: number, wide: number, height: number): Shape {
  if (wide > WIDEST * height || tall > TALLEST * height) return IMPOSSIBLE;
  const larger = Math.log(tall / height);
  const size = 0.5 * (larger / (larger > 0 ? LARGER : SMALLER)) ** 2;
  const aspect = Math.log(wide / (USUAL * tall));
  const aspectOfOne = Math.max(Math.log(wide / (USUAL_ONE * tall)), 0);
  return {
    one: -0.5 * (aspectOfOne / WIDER) ** 2 - size,
    others: -0.5 * (aspect / (aspect > 0 ? WIDER : NARROWER)) ** 2 - size,
  };
}

/** Log-probability that a part belongs to no digit: a dot or a dash likely, a tall stroke hardly. */
export function noDigit(tall: number, wide: number, height: number): number {
  const size = Math.max(tall, FLAT * wide) / height;
  return DROPPED - STEEP * Math.min(Math.max(size - DOT, 0), WHOLE - DOT);
}

/** Log-probability that two digits touch at a cut of this price; where nothing was cut (0), no news. */
export function touching(price: number): number {
  return price > 0 ? TOUCHING - STICKING * price : 0;
}
