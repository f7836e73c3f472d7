/**
 * What a prediction means to a reader: none of the digits, in doubt, and which comes second.
 *
 * In: predictions. Out: numbers, and a digit as it is set large. Knows no language.
 */

import type { Prediction, ReadDigit } from "../types";

/** More than this share of probability on none of the ten digits: likelier no digit at all. */
const NO_DIGIT = 0.5;

/** The digit that comes second. */
export function rivalOf({ digit, probabilities }: Prediction): number {
  let rival = digit === 0 ? 1 : 0;
  for (let i = 0; i < 10; i++) if (i !== digit && probabilities[i]! > probabilities[rival]!) rival = i;
  return rival;
}

/** The share of probability on "no digit at all". */
export function noDigit({ probabilities }: Prediction): number {
  return Math.max(0, 1 - probabilities.reduce((sum, p) => sum + p, 0));
}

/** Whether it is likelier no digit than all ten together. */
export function isNoDigit(prediction: Prediction): boolean {
  return noDigit(prediction) > NO_DIGIT;
}

/** A digit of a page as it is set large: likewise, but a digit that is not in doubt is never called none. */
export function asSeen({ character, unsure, prediction }: ReadDigit): string {
  if (unsure && isNoDigit(prediction)) return "?";
  return `${character.text}${unsure ? "?" : ""}`;
}

/** A digit as it is set large: "4", "4?" in doubt, "?" where it is likelier none. */
export function asRead(prediction: Prediction): string {
  if (isNoDigit(prediction)) return "?";
  return `${prediction.digit}${prediction.unsure ? "?" : ""}`;
}
