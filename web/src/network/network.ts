/**
 * A network: a chain of layers from one frame to the probabilities of its classes.
 *
 * In: a frame of ink. Out: a `Run` with what every layer made of it. Knows nothing of files, and nothing of how sure
 * an answer is: that is the recognizer's.
 */

import type { Frame } from "../types";
import type { Card } from "./card";
import type { Layer } from "./layer";
import type { Shape } from "./weights";

export const PIXELS = 784;

export interface Network {
  readonly name: string;
  readonly card: Card;
  /** (28, 28), (28, 28, 1) or (784,). */
  readonly inputShape: Shape;
  /** What ink of 0 to 1 is multiplied by before the first layer: 1, or 255 where the network wants grey levels. */
  readonly inkScale: number;
  readonly layers: readonly Layer[];
  /** Compute every layer. @throws RangeError The frame has not 784 values. */
  readonly run: (frame: Frame) => Run;
}

/** What a network made of one frame. Arrays may be shared between layers and are not to be written to. */
export interface Run {
  readonly frame: Frame;
  /** One for each class of the card, adding up to 1; as the network gives them, not calibrated. */
  readonly probabilities: Float32Array;
  /** The values of each layer, channels last: `activations[i][(y * width + x) * channels + channel]`. */
  readonly activations: readonly Float32Array[];
  /** The weighted sums of each layer, before its activation function. */
  readonly sums: readonly Float32Array[];
}

/** Run layer after layer. */
export function runLayers(layers: readonly Layer[], ink: Frame, inkScale: number): Run {
  if (ink.length !== PIXELS) throw new RangeError(`a frame has ${PIXELS} values, not ${ink.length}`);
  const frame = ink.slice(); // so that a run stays true when the frame is drawn on
  const sums: Float32Array[] = [];
  const activations: Float32Array[] = [];
  let values: Float32Array = inkScale === 1 ? frame : frame.map((one) => one * inkScale);
  for (const { transform, activation, outputShape } of layers) {
    const weighed = transform.weigh(values);
    values = activation.apply(weighed, outputShape[outputShape.length - 1]);
    sums.push(weighed);
    activations.push(values);
  }
  return { frame, probabilities: values, activations, sums };
}

/** The layer whose softmax gives the probabilities: the last one that computes anything. */
export function answeringLayer(layers: readonly Layer[]): number {
  return layers.findLastIndex(({ kind }) => kind !== "Dropout" && kind !== "Flatten");
}
