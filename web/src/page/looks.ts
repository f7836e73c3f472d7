/**
 * Numbers read by the line recognizer, those in doubt more than once: larger, smaller, wider, narrower.
 *
 * In: a grey picture, the box of a number, and the network as a function. Out: its text, how probable it is, and where
 * its characters stand. Knows nothing of where numbers come from. The twin of `page/looks.py`, which says why.
 */

import { strips } from "../constants";
import type { Bytes } from "../imgproc/planes";
import type { Maps, Plane } from "../types";
import type { RotatedBox } from "./boxes";
import {
  charactersOf,
  type Decoded,
  type LogProbabilities,
  logProbabilities,
  textProbability,
} from "./decode";
import { cutStrip, type Look, normaliseStrip, padded, stripBox } from "./strips";

const LOOKS: readonly Look[] = strips.LOOKS;

/** A strip, 40 pixels high, to the logits of each place along it. */
export type Read = (strip: Plane) => Maps;

/** When an answer is unsure, and the temperature behind every confidence. */
export interface Thresholds {
  /** A number whose confidence is below is unsure. */
  readonly number: number;
  /** A character whose confidence is below is unsure. */
  readonly character: number;
  /** From this mean probability of a number on, the detector leaves no doubt. */
  readonly detected: number;
  /** A number beside which another mark stands has its confidence times this. */
  readonly marked: number;
  /** A number whose text is less probable at the first look is looked at again. */
  readonly again: number;
  /** By which the line recognizer's logits are divided. */
  readonly temperature: number;
}

/** What one look at a number saw. */
export interface Seen {
  /** The part of the picture that was shown. */
  readonly box: RotatedBox;
  readonly strip: Plane;
  readonly logP: LogProbabilities;
  /** Along the best path. */
  readonly characters: readonly Decoded[];
  /** The likeliest text. */
  readonly text: string;
}

/** What all looks at a number saw: the look that saw it best, and the mean probability of its text. */
export interface ReadNumber {
  readonly seen: Seen;
  readonly probability: number;
}

/** Read the number in a box; look again where its text is less probable than `thresholds.again`. */
export function readBox(grey: Bytes, box: RotatedBox, read: Read, thresholds: Thresholds): ReadNumber {
  const see = (look: Look): Seen => lookAt(grey, box, look, read, thresholds);
  const [first, ...others] = LOOKS;
  const number = bestOf([see(first)]);
  return number.probability < thresholds.again ? bestOf([number.seen, ...others.map(see)]) : number;
}

/** Choose, among what the looks took for the likeliest, the text that is so on the average. */
export function bestOf(looks: readonly Seen[]): ReadNumber {
  let best: ReadNumber | null = null;
  for (const text of new Set(looks.map((look) => look.text))) {
    const chances = looks.map(({ logP }) => textProbability(logP, text));
    const probability = chances.reduce((sum, chance) => sum + chance, 0) / looks.length;
    if (best && !(probability > best.probability)) continue;
    const own = looks.map((look, i) => ({ look, chance: look.text === text ? chances[i] : -1 }));
    const { look } = own.reduce((most, one) => (one.chance > most.chance ? one : most));
    best = { seen: look, probability };
  }
  return best!;
}

function lookAt(grey: Bytes, number: RotatedBox, look: Look, read: Read, { temperature }: Thresholds): Seen {
  const box = stripBox(number, look);
  const strip = normaliseStrip(cutStrip(grey, box, look[1]));
  const logP = logProbabilities(read(padded(strip)), temperature);
  const characters = charactersOf(logP);
  return { box, strip, logP, characters, text: characters.map((one) => one.text).join("") };
}
