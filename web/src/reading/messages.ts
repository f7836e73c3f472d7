/** What the page and its worker say to each other: for each question its payload and its answer. */

import type { Why } from "../network/why";
import type { Frame, Page, Pixels, Prediction, ReadDigit, Written } from "../types";

/** A layer of a network, as it is drawn; `shape` is [units] or [height, width, channels]. */
export interface LayerInfo {
  readonly name: string;
  readonly kind: string;
  readonly shape: readonly number[];
}

/** A network that is ready to answer. */
export interface ModelInfo {
  readonly name: string;
  readonly layers: readonly LayerInfo[];
  readonly parameters: number;
  /** Fraction of MNIST's test digits that it reads right, where it was measured. */
  readonly testAccuracy: number | null;
  /** Below this confidence an answer is called unsure. */
  readonly threshold: number;
}

/** The network at work on one frame: what every layer makes of it. */
export interface Look {
  readonly prediction: Prediction;
  readonly activations: readonly Float32Array[];
}

/** What was read; `others` holds what every network says of the digits' frames, in their order. */
export interface Reading {
  readonly page: Page;
  readonly digits: readonly ReadDigit[];
  readonly others: Readonly<Record<string, readonly Prediction[]>>;
  /** The number of the digit that `look` is of: the one the pen is at, or the first. */
  readonly chosen: number;
  readonly look: Look | null;
}

/** The answer to `why` is null where something else was asked before it was found. */
export interface Questions {
  open: { ask: { name: string; url: string }; answer: ModelInfo };
  /** Opens the two networks that read pages; drawings and pictures wait for them. */
  pages: { ask: { line: string; detector: string }; answer: null };
  ink: {
    ask: {
      strokes: readonly Written[];
      model: string;
      at: { x: number; y: number } | null;
      writing: boolean;
    };
    answer: Reading;
  };
  picture: { ask: { pixels: Pixels; model: string }; answer: Reading };
  look: { ask: { frame: Frame; model: string }; answer: Look };
  why: { ask: { frame: Frame; model: string; from: number; to: number }; answer: Why | null };
  neuron: { ask: { frame: Frame; model: string; layer: number; unit: number }; answer: Float32Array | null };
}

export type Question = keyof Questions;

export interface Asked<Q extends Question = Question> {
  readonly id: number;
  readonly question: Q;
  readonly ask: Questions[Q]["ask"];
}

/** Why there is no answer: for the page a kind to be put in words, for the console what exactly happened. */
export interface Failure {
  readonly kind: "unreachable" | "bad-model" | "fault";
  readonly message: string;
}

export interface Answered {
  readonly id: number;
  readonly answer?: unknown;
  readonly error?: Failure;
}
