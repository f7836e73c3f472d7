/**
 * Frames in, honest predictions out: a network, the calibration of its card, and a memory of what was asked before.
 *
 * In: frames. Out: predictions, the same as `classify` of a model of the package gives. Knows nothing of pictures
 * or pages.
 */

import type { Classify, Frame, Prediction } from "../types";
import { type Card, DIGITS } from "./card";
import type { Network } from "./network";

export interface Recognizer {
  readonly network: Network;
  readonly classify: Classify;
}

/** Predictions kept; each takes about 3 kB. */
const REMEMBERED = 256;

/** Make a network answer. Of frames that it saw lately it remembers the answer: where a digit is drawn beside others,
 * only the one that changed is computed again. */
export function recognizer(network: Network): Recognizer {
  const remembered = new Map<string, Prediction>(); // oldest first
  const classifyOne = (frame: Frame): Prediction => {
    const key = contentOf(frame);
    const known = remembered.get(key);
    const prediction = known ?? predictionOf(network.card, network.run(frame).probabilities);
    remembered.delete(key);
    remembered.set(key, prediction);
    if (remembered.size > REMEMBERED) remembered.delete(remembered.keys().next().value as string);
    return prediction;
  };
  return { network, classify: (frames) => frames.map(classifyOne) };
}

/** What the outputs of a network mean. Unsure is also what is likelier no digit than any one digit. */
export function predictionOf(card: Card, outputs: Float32Array): Prediction {
  const classes = calibrated(outputs, card.temperature);
  const probabilities = classes.slice(0, DIGITS);
  const confidence = Math.max(...probabilities);
  const unsure = confidence < Math.fround(card.threshold) || Math.max(...classes) > confidence;
  return { digit: probabilities.indexOf(confidence), confidence, unsure, probabilities };
}

/** Divide the log-probabilities by a temperature, over all classes.
 * Method: Guo et al., "On Calibration of Modern Neural Networks", 2017, section 4.2. */
export function calibrated(outputs: Float32Array, temperature: number): Float32Array {
  const logits = Array.from(outputs, (one) => Math.fround(Math.log(Math.max(one, LEAST_FLOAT32))));
  const greatest = Math.max(...logits);
  const powers = logits.map((one) => Math.exp((one - greatest) / temperature));
  const total = powers.reduce((sum, one) => sum + one, 0);
  return Float32Array.from(powers, (one) => one / total);
}

/** Stands for 0, whose logarithm is not finite. */
const LEAST_FLOAT32 = 2 ** -126;

/** The bytes of a frame as text: a key that two frames share only if they are the same. */
function contentOf(frame: Frame): string {
  return String.fromCharCode(...new Uint16Array(frame.buffer, frame.byteOffset, 2 * frame.length));
}
