/**
 * Activation functions and their slopes.
 *
 * In: the weighted sums of a layer. Out: its values; and backwards, the gradient before the function from the one
 * after it. The formulas are those of Keras 3 and of TensorFlow.js, which agree (gelu: both take the form with erf).
 */

export interface Activation {
  readonly name: string;
  /** Values from sums. `last` is the length of the last axis, which only softmax looks at. Where the function changes
   * nothing, the same array comes back. */
  readonly apply: (sums: Float32Array, last: number) => Float32Array;
  /** Gradient with respect to the sums, from that with respect to the values. */
  readonly back: (
    gradient: Float32Array,
    sums: Float32Array,
    values: Float32Array,
    last: number,
  ) => Float32Array;
}

export const linear: Activation = { name: "linear", apply: (sums) => sums, back: (gradient) => gradient };

/** Its own loop, not `elementwise`: of the shipped networks' values nearly all go through it. */
export const relu: Activation = {
  name: "relu",
  apply: (sums) => {
    const values = new Float32Array(sums.length);
    for (let i = 0; i < sums.length; i++) values[i] = Math.max(sums[i], 0);
    return values;
  },
  back: (gradient, sums) => gradient.map((slope, i) => (sums[i] > 0 ? slope : 0)),
};

/** Softmax over the last axis. */
export const softmax: Activation = {
  name: "softmax",
  apply: (sums, last) => {
    const values = new Float32Array(sums.length);
    for (let start = 0; start < sums.length; start += last) softmaxRow(sums, values, start, start + last);
    return values;
  },
  back: (gradient, _, values, last) => {
    const before = new Float32Array(gradient.length);
    for (let start = 0; start < gradient.length; start += last) {
      let mean = 0;
      for (let i = start; i < start + last; i++) mean += gradient[i] * values[i];
      for (let i = start; i < start + last; i++) before[i] = values[i] * (gradient[i] - mean);
    }
    return before;
  },
};

/** max(x, 0), but at most `most`. */
export function cappedRelu(most: number): Activation {
  return elementwise(
    "relu",
    (x) => Math.min(Math.max(x, 0), most),
    (x) => (x > 0 && x < most ? 1 : 0),
  );
}

export function leakyRelu(slope: number): Activation {
  return elementwise(
    "leaky_relu",
    (x) => (x > 0 ? x : slope * x),
    (x) => (x > 0 ? 1 : slope),
  );
}

const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
const SQRT_HALF = Math.SQRT1_2;
const gaussian = (x: number): number => Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
const SELU_SCALE = 1.0507009873554805;
const SELU_ALPHA = 1.6732632423543772;

/** By the names that a model.json uses; "swish" is what TensorFlow.js calls Keras' "silu". */
export const ACTIVATIONS: ReadonlyMap<string, Activation> = new Map(
  [
    linear,
    relu,
    softmax,
    { ...cappedRelu(6), name: "relu6" },
    elementwise("tanh", Math.tanh, (_, y) => 1 - y * y),
    elementwise("sigmoid", sigmoid, (_, y) => y * (1 - y)),
    elementwise(
      "elu",
      (x) => (x > 0 ? x : Math.expm1(x)),
      (x, y) => (x > 0 ? 1 : y + 1),
    ),
    elementwise(
      "selu",
      (x) => SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x)),
      (x, y) => (x > 0 ? SELU_SCALE : y + SELU_SCALE * SELU_ALPHA),
    ),
    elementwise(
      "gelu",
      (x) => 0.5 * x * (1 + erf(x * SQRT_HALF)),
      (x) => 0.5 * (1 + erf(x * SQRT_HALF)) + x * gaussian(x),
    ),
    ...["swish", "silu"].map((name) =>
      elementwise(
        name,
        (x) => x * sigmoid(x),
        (x, y) => y + sigmoid(x) * (1 - y),
      ),
    ),
    elementwise("softplus", softplus, sigmoid),
    elementwise(
      "mish",
      (x) => x * Math.tanh(softplus(x)),
      (x) => Math.tanh(softplus(x)) + x * sigmoid(x) * (1 - Math.tanh(softplus(x)) ** 2),
    ),
    elementwise(
      "softsign",
      (x) => x / (1 + Math.abs(x)),
      (_, y) => (1 - Math.abs(y)) ** 2,
    ),
  ].map((activation) => [activation.name, activation]),
);

/** The error function, to 1.2e-7 of its complement.
 * Source: Press et al., "Numerical Recipes in C", 2nd edition, section 6.2, erfcc. */
export function erf(x: number): number {
  const size = Math.abs(x);
  const t = 1 / (1 + 0.5 * size);
  const series = ERFC.reduce((sum, coefficient) => sum * t + coefficient, 0);
  const complement = t * Math.exp(-size * size + series);
  return x >= 0 ? 1 - complement : complement - 1;
}

const ERFC = [
  0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418, 0.37409196,
  1.00002368, -1.26551223,
];

/** A function of each number by itself; `slope` is given the sum and the value. */
function elementwise(
  name: string,
  value: (x: number) => number,
  slope: (x: number, y: number) => number,
): Activation {
  return {
    name,
    apply: (sums) => sums.map(value),
    back: (gradient, sums, values) => gradient.map((one, i) => one * slope(sums[i], values[i])),
  };
}

function softmaxRow(sums: Float32Array, values: Float32Array, start: number, end: number): void {
  let greatest = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i++) greatest = Math.max(greatest, sums[i]);
  let total = 0;
  for (let i = start; i < end; i++) total += Math.exp(sums[i] - greatest);
  for (let i = start; i < end; i++) values[i] = Math.exp(sums[i] - greatest) / total;
}
