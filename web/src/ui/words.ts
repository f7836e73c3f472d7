/**
 * What the machine says, in words: plain, short, and never surer than it is.
 *
 * In: predictions. Out: text. Knows nothing of where it is shown.
 */

import type { Prediction, ReadDigit } from "../types";

const NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];

/** More than this share of probability on none of the ten digits: likelier no digit at all. */
const NO_DIGIT = 0.5;

/** Below this confidence a digit is called likely, above it by its name alone. */
const CERTAIN = 0.97;

/** "a four", "an eight". */
export function aDigit(digit: number): string {
  return `${digit === 8 ? "an" : "a"} ${NAMES[digit]}`;
}

/** "98.3 %", but never 100 % of what is not certain. */
export function percent(probability: number): string {
  if (probability >= 0.9995) return "> 99.9 %";
  if (probability > 0 && probability < 0.0005) return "< 0.1 %";
  return `${(100 * probability).toFixed(1)} %`;
}

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

/** A digit as it is set large: "4", "4?" in doubt, "?" where it is likelier none. */
export function asRead(prediction: Prediction): string {
  if (isNoDigit(prediction)) return "?";
  return `${prediction.digit}${prediction.unsure ? "?" : ""}`;
}

/** One sentence on one digit. */
export function sentence(prediction: Prediction): string {
  const { digit, confidence, unsure, probabilities } = prediction;
  if (!unsure) return `${capital(aDigit(digit))}${confidence < CERTAIN ? ", most likely" : ""}.`;
  if (isNoDigit(prediction)) return "Unsure: perhaps no digit at all.";
  const rival = rivalOf(prediction);
  const other = probabilities[rival]! > 0.05 ? `, perhaps ${aDigit(rival)}` : "";
  return `Unsure: perhaps ${aDigit(digit)}${other}.`;
}

/** One sentence on all that was read. */
export function summary(digits: readonly ReadDigit[]): string {
  if (digits.length === 1) return sentence(digits[0]!);
  const doubts = digits.filter((one) => one.unsure).length;
  const count = `${capital(NAMES[digits.length] ?? String(digits.length))} digits`;
  if (doubts === 0) return `${count}, sure of each.`;
  if (doubts === digits.length) return `${count}, unsure of all.`;
  return `${count}, unsure of ${doubts === 1 ? "one" : (NAMES[doubts] ?? doubts)}.`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
