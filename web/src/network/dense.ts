/** Dense layers: each unit weighs every input. In and out: the last axis; further axes are rows of their own. */

import { asFlag, asWhole, field } from "./json";
import type { Build, Given } from "./layer";
import { addRows, dotRow, Sparse } from "./sparse";
import { sizeOf } from "./weights";

export const MOST_UNITS = 2 ** 16;

/** Keras' Dense: sums = input · kernel + bias; kernel (inputs, units). */
export const dense: Build = (given) => {
  const { input, config, where } = given;
  const units = asWhole(field(config, "units"), `${where} units`, 1, MOST_UNITS);
  const inputs = input[input.length - 1];
  const rows = sizeOf(input) / inputs;
  const kernel = given.weight("kernel", [inputs, units]);
  const bias = biasOf(given, units);
  const taken = new Sparse(inputs);
  const upstream = new Sparse(units);
  const sums = new Float64Array(units);
  return {
    outputShape: [...input.slice(0, -1), units],
    cost: rows * inputs * units,
    weigh: (x) => {
      const output = new Float32Array(rows * units);
      for (let row = 0; row < rows; row++) {
        taken.clear();
        taken.gather(x, row * inputs, (row + 1) * inputs, 0);
        sums.set(bias);
        addRows(sums, taken, kernel, units);
        output.set(sums, row * units);
      }
      return output;
    },
    back: (gradient) => {
      const before = new Float32Array(rows * inputs);
      for (let row = 0; row < rows; row++) {
        upstream.clear();
        upstream.gather(gradient, row * units, (row + 1) * units, 0);
        for (let i = 0; i < inputs; i++) before[row * inputs + i] = dotRow(upstream, kernel, i * units);
      }
      return before;
    },
  };
};

/** The bias, or zeros where `use_bias` is false. */
export function biasOf({ config, where, weight }: Given, units: number): Float32Array {
  const used = asFlag(field(config, "use_bias") ?? true, `${where} use_bias`);
  return used ? weight("bias", [units]) : new Float32Array(units);
}
