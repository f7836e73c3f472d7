/**
 * Every kind of layer that a model.json of ours may hold, by Keras' name; what is not listed is refused.
 *
 * In: the description of a layer. Out: what it computes. The larger kinds have files of their own.
 */

import { ACTIVATIONS, type Activation, cappedRelu, leakyRelu, relu, softmax } from "./activations";
import { conv2d, depthwiseConv2d } from "./convolution";
import { dense } from "./dense";
import { asFlag, asList, asNumber, asText, asWhole, field, refuse, shown } from "./json";
import type { Build, Given, Transform } from "./layer";
import { averagePool, globalAveragePool, maxPool } from "./pooling";
import { type Shape, sizeOf } from "./weights";

const MOST_AXES = 8;
const LARGEST_SIDE = 2 ** 20;

/** Nothing is computed: the input itself comes back, perhaps in another shape. */
function same(outputShape: Shape, activation?: Activation): Transform {
  const transform = { outputShape, cost: 0, weigh: identity, back: identity };
  return activation ? { ...transform, activation } : transform;
}

const identity = (numbers: Float32Array): Float32Array => numbers;

const flatten: Build = ({ input }) => same([sizeOf(input)]);

const reshape: Build = ({ config, input, where }) => {
  const sides = asList(field(config, "target_shape"), `${where} target_shape`, MOST_AXES).map((side) =>
    asWhole(side, `${where} target_shape`, -1, LARGEST_SIDE),
  );
  const known = sizeOf(sides.filter((side) => side !== -1));
  const target = sides.map((side) => (side === -1 ? sizeOf(input) / known : side));
  if (
    sides.length === 0 ||
    sizeOf(target) !== sizeOf(input) ||
    target.some((side) => !Number.isInteger(side) || side < 1)
  ) {
    refuse(where, `${sizeOf(input)} numbers do not fit the shape (${sides.join(", ")})`);
  }
  return same(target);
};

/** One factor and one offset for each channel. */
function scaled(input: Shape, factors: Float64Array, offsets: Float64Array): Transform {
  const channels = factors.length;
  return {
    outputShape: input,
    cost: sizeOf(input),
    weigh: (x) => x.map((value, i) => value * factors[i % channels] + offsets[i % channels]),
    back: (gradient) => gradient.map((slope, i) => slope * factors[i % channels]),
  };
}

const rescaling: Build = ({ config, input, where }) => {
  const channels = input[input.length - 1];
  const perChannel = (name: string, otherwise: number): Float64Array => {
    const value = field(config, name) ?? otherwise;
    const list = Array.isArray(value)
      ? asList(value, `${where} ${name}`, channels)
      : new Array(channels).fill(value);
    if (list.length !== channels)
      refuse(where, `expected ${channels} numbers as ${name}, got ${list.length}`);
    return Float64Array.from(list, (one) => asNumber(one, `${where} ${name}`));
  };
  return scaled(input, perChannel("scale", 1), perChannel("offset", 0));
};

/** With the mean and variance seen in training, as Keras does when it does not train. */
const batchNormalization: Build = ({ config, input, where, weight }) => {
  const channels = input[input.length - 1];
  const axis = field(config, "axis") ?? -1;
  const last = Array.isArray(axis) && axis.length === 1 ? axis[0] : axis;
  if (last !== -1 && last !== input.length) refuse(where, `axis ${shown(axis)} is not the last one`);
  const epsilon = asNumber(field(config, "epsilon") ?? 1e-3, `${where} epsilon`, 0);
  const has = (name: string): boolean => asFlag(field(config, name) ?? true, `${where} ${name}`);
  const gamma = has("scale") ? weight("gamma", [channels]) : new Float32Array(channels).fill(1);
  const beta = has("center") ? weight("beta", [channels]) : new Float32Array(channels);
  const mean = weight("moving_mean", [channels]);
  const variance = weight("moving_variance", [channels]);
  const factors = Float64Array.from(gamma, (one, i) => one / Math.sqrt(variance[i] + epsilon));
  if (!factors.every(Number.isFinite)) refuse(where, "its variance is not above 0");
  return scaled(
    input,
    factors,
    Float64Array.from(beta, (one, i) => one - mean[i] * factors[i]),
  );
};

const reluLayer: Build = ({ config, input, where }) => {
  for (const name of ["negative_slope", "threshold"]) {
    const value = field(config, name) ?? 0;
    if (value !== 0) refuse(where, `${name} ${shown(value)} is not supported`);
  }
  const most = field(config, "max_value") ?? null;
  return same(input, most === null ? relu : cappedRelu(asNumber(most, `${where} max_value`, 0)));
};

/** TensorFlow.js calls the slope "alpha", Keras 3 "negative_slope". */
const leakyReluLayer: Build = ({ config, input, where }) => {
  const slope = field(config, "alpha") ?? field(config, "negative_slope") ?? 0.3;
  return same(input, leakyRelu(asNumber(slope, `${where} alpha`)));
};

const softmaxLayer: Build = ({ config, input, where }) => {
  const axis = field(config, "axis") ?? -1;
  if (axis !== -1 && axis !== input.length) refuse(where, `axis ${shown(axis)} is not the last one`);
  return same(input, softmax);
};

/** The activation that a layer names, or none. @throws BadModel It is none that we know. */
export function activationOf({ config, where }: Pick<Given, "config" | "where">): Activation {
  const name = asText(field(config, "activation") ?? "linear", `${where} activation`);
  return ACTIVATIONS.get(name) ?? refuse(where, `activation ${shown(name)} is not supported`);
}

/** Another layer, with the activation that its description names. */
const activated =
  (build: Build): Build =>
  (given) => ({ ...build(given), activation: activationOf(given) });

const unchanged: Build = ({ input }) => same(input);

export const KINDS: ReadonlyMap<string, Build> = new Map<string, Build>([
  ["InputLayer", unchanged],
  ["Dropout", unchanged],
  ["Flatten", flatten],
  ["Reshape", reshape],
  ["Dense", activated(dense)],
  ["Conv2D", activated(conv2d)],
  ["DepthwiseConv2D", activated(depthwiseConv2d)],
  ["MaxPooling2D", maxPool],
  ["AveragePooling2D", averagePool],
  ["GlobalAveragePooling2D", globalAveragePool],
  ["BatchNormalization", batchNormalization],
  ["Rescaling", rescaling],
  ["Activation", activated(unchanged)],
  ["ReLU", reluLayer],
  ["LeakyReLU", leakyReluLayer],
  ["Softmax", softmaxLayer],
]);
