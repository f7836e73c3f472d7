/** The small recognizer of `tests/vectors/reading.json`, as `tests/vectors/stub.py` computes it. */

import type { Classify, Frame, Prediction } from "../../src/types";
import { inflated } from "../vectors";

export interface StubRecord {
  threshold: number;
  hidden: number;
  layers: { step: number; kernel: string; bias: number[] }[];
}

const NO_DIGIT = 10;

export function openStub({ layers, threshold }: StubRecord): Classify {
  const [first, last] = layers.map(({ step, kernel, bias }) => ({
    kernel: Float64Array.from(new Int8Array(inflated(kernel).buffer), (level) => step * level),
    bias,
  }));
  const answer = (frame: Frame): Prediction => {
    const hidden = dense(frame, first).map((value) => Math.max(value, 0));
    const powers = dense(hidden, last).map(Math.exp);
    const sum = powers.reduce((total, value) => total + value, 0);
    const classes = Float32Array.from(powers, (value) => value / sum);
    const probabilities = classes.slice(0, NO_DIGIT);
    const confidence = Math.max(...probabilities);
    const unsure = confidence < threshold || classes[NO_DIGIT] > confidence;
    return { digit: probabilities.indexOf(confidence), confidence, unsure, probabilities };
  };
  return (frames) => frames.map(answer);
}

function dense(
  inputs: ArrayLike<number>,
  { kernel, bias }: { kernel: Float64Array; bias: number[] },
): number[] {
  const sums = [...bias];
  for (let i = 0; i < inputs.length; i++) {
    if (inputs[i] === 0) continue;
    for (let j = 0; j < sums.length; j++) sums[j] += inputs[i] * kernel[i * sums.length + j];
  }
  return sums;
}
