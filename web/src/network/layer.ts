/** What a layer of a network is, and what is known when one is made from its description. */

import type { Activation } from "./activations";
import type { Fields } from "./json";
import type { Shape, Weight } from "./weights";

/** Numbers in, weighted sums out, and backwards. Arrays are in C order: an image's channels lie side by side. */
export interface Transform {
  readonly outputShape: Shape;
  /** Multiplications of one forward pass, all zeros counted. */
  readonly cost: number;
  /** The weighted sums; where nothing is computed, the same array comes back. */
  readonly weigh: (input: Float32Array) => Float32Array;
  /** Gradient with respect to the input, from that with respect to the sums. */
  readonly back: (gradient: Float32Array, input: Float32Array) => Float32Array;
  readonly activation?: Activation;
}

export interface Layer {
  readonly name: string;
  /** Keras' name of it: "Dense", "Conv2D". */
  readonly kind: string;
  readonly inputShape: Shape;
  /** Without the batch: (28, 28, 32) for an image of 32 channels. */
  readonly outputShape: Shape;
  /** Keras' names: "kernel", "bias"; for a Dense layer the kernel is (inputs, units). */
  readonly weights: ReadonlyMap<string, Weight>;
  readonly activation: Activation;
  readonly transform: Transform;
}

/** What a layer is made from. */
export interface Given {
  /** For messages: `layer "conv_1"`. */
  readonly where: string;
  readonly config: Fields;
  readonly input: Shape;
  /** Take a weight of this layer, by Keras' name.
   * @throws BadModel It is not there, or has another shape. */
  readonly weight: (name: string, shape: Shape) => Float32Array;
}

export type Build = (given: Given) => Transform;
