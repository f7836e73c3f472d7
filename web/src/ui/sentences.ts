/**
 * What the machine says in whole sentences: plain, short, and never surer than it is.
 *
 * In: predictions, and the words of a language. Out: text. Knows nothing of where it is shown.
 */

import type { Why } from "../network/why";
import type { Prediction, ReadDigit } from "../types";
import type { Catalogue } from "../words/catalogue";
import { isNoDigit, rivalOf } from "./prediction";

/** Below this confidence a digit is called likely, above it by its name alone. */
const CERTAIN = 0.97;

/** A digit that comes second with less is not spoken of. */
const WORTH_A_WORD = 0.05;

/** One sentence on one digit. */
export function sentence(prediction: Prediction, words: Catalogue): string {
  const { digit, confidence, unsure, probabilities } = prediction;
  if (!unsure) return confidence < CERTAIN ? words.likely(digit) : words.sure(digit);
  if (isNoDigit(prediction)) return words.perhapsNone;
  const rival = rivalOf(prediction);
  return probabilities[rival]! > WORTH_A_WORD ? words.perhapsEither(digit, rival) : words.perhaps(digit);
}

/** One sentence on all that was read, at least one digit. */
export function summary(digits: readonly ReadDigit[], words: Catalogue): string {
  const [{ prediction, unsure }] = digits;
  if (digits.length === 1) return sentence({ ...prediction, unsure }, words);
  return words.several(digits.length, digits.filter((one) => one.unsure).length);
}

/** Why it is this digit and not that one. */
export function because({ turning }: Why, digit: number, rival: number, words: Catalogue): string {
  const evidence = words.evidence(digit, rival);
  return turning ? `${evidence} ${words.turning(turning)}` : evidence;
}
