/**
 * What a unit of a network looks with: for each pixel, the weight with which its ink counts.
 *
 * In: a unit, and a run. Out: 784 weights that can be shown as a picture. For a neuron of the first hidden layer they
 * are its column of the kernel, whatever is drawn. Deeper in, they hold for the drawing of the run: they are the slope
 * of the neuron's weighted sum, for a ReLU network the product of the kernels through the neurons that are awake, and
 * exact until one of them wakes or falls asleep.
 */

import { gradientAt } from "./gradient";
import { type Network, PIXELS, type Run } from "./network";
import type { Shape } from "./weights";

/**
 * The weights that a unit looks with, before its activation function.
 *
 * @param layer Index into `network.layers`.
 * @param unit The neuron; in a layer of images the filter, which is looked at where in the run it is most active.
 * @param run Needed where the weights depend on the drawing; without it those units give null.
 * @returns 784 weights, positive where ink excites the unit, or null.
 * @throws RangeError There is no such unit.
 */
export function saliencyOf(network: Network, layer: number, unit: number, run?: Run): Float32Array | null {
  const shape = network.layers[layer]?.outputShape ?? [];
  const units = shape[shape.length - 1] ?? 0;
  if (!(Number.isInteger(unit) && unit >= 0 && unit < units))
    throw new RangeError(`layer ${layer} has ${units} units; there is no ${unit}`);
  const looked = run ?? (dependsOnInk(network, layer) ? null : network.run(new Float32Array(PIXELS)));
  if (looked === null) return null;
  const slopes = new Float32Array(looked.sums[layer].length);
  slopes[mostActive(looked.activations[layer], shape, unit)] = 1;
  return gradientAt(network, looked, layer, slopes);
}

/** Whether what the units of a layer look with changes from drawing to drawing: it does from the first activation
 * function or largest-of-a-window on. A filter looks elsewhere each time. */
export function dependsOnInk({ layers }: Network, layer: number): boolean {
  return (
    layers.slice(0, layer).some(({ activation }) => activation.name !== "linear") ||
    layers.slice(0, layer + 1).some(({ kind }) => kind === "MaxPooling2D") ||
    layers[layer].outputShape.length > 1
  );
}

/** Which of a layer's numbers is the unit's largest; of equals the one nearest the middle, as on blank paper. */
function mostActive(values: Float32Array, shape: Shape, unit: number): number {
  const units = shape[shape.length - 1];
  const [height, width] = shape.length === 3 ? shape : [1, values.length / units];
  const middle = Math.floor(height / 2) * width + Math.floor(width / 2);
  let most = middle * units + unit;
  for (let i = unit; i < values.length; i += units) if (values[i] > values[most]) most = i;
  return most;
}
