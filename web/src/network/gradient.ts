/**
 * Backpropagation: how the ink of each pixel moves what a network says.
 *
 * In: a run of a network, and what is asked about. Out: 784 slopes, one a pixel, per unit of ink. A slope tells of
 * a small change only: what a whole stroke would do has to be tried (`why`).
 */

import { answeringLayer, type Network, type Run } from "./network";

/**
 * Slope of Σ w_k log p_k, in nats per unit of ink, p being the probabilities as the network gives them.
 *
 * @param outputWeights w, one for each class: 1 for a 9 and -1 for a 4 gives the log-odds of the two.
 * @returns Frame of 784 slopes.
 */
export function gradientOf(network: Network, run: Run, outputWeights: ArrayLike<number>): Float32Array {
  // Of the logarithm of a softmax the slope needs no division by p, which may be 0 in float32.
  const total = Array.from(outputWeights).reduce((sum, one) => sum + one, 0);
  const slopes = run.probabilities.map((p, k) => outputWeights[k] - p * total);
  return gradientAt(network, run, answeringLayer(network.layers), slopes);
}

/**
 * Slope with respect to the frame, from the slope with respect to the weighted sums of one layer.
 *
 * @param layer Index into `network.layers`.
 * @param slopes One for each sum of that layer.
 */
export function gradientAt(network: Network, run: Run, layer: number, slopes: Float32Array): Float32Array {
  let gradient = slopes;
  for (let i = layer; i >= 0; i--) {
    gradient = network.layers[i].transform.back(gradient, inputOf(network, run, i));
    if (i === 0) break;
    const { activation, outputShape } = network.layers[i - 1];
    const last = outputShape[outputShape.length - 1];
    gradient = activation.back(gradient, run.sums[i - 1], run.activations[i - 1], last);
  }
  return gradient.map((slope) => slope * network.inkScale);
}

function inputOf({ inkScale }: Network, run: Run, layer: number): Float32Array {
  return layer > 0 ? run.activations[layer - 1] : run.frame.map((ink) => ink * inkScale);
}
