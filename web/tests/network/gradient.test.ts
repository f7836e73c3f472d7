import { describe, expect, it } from "vitest";
import { gradientOf } from "../../src/network/gradient";
import { answeringLayer, type Network, PIXELS } from "../../src/network/network";
import type { Frame } from "../../src/types";
import { expectedSlopes, frames, largestDifference, networks, open, randomSource } from "./fixtures";

const lastFrames = (n: number): readonly Frame[] => frames.slice(-n);

describe.each(networks)("$name", (fixture) => {
  const network = open(fixture.name);
  const weights = network.card.classes.split("").map((_, k) => Math.cos(k));

  it("has JAX's slopes", () => {
    const expected = expectedSlopes(fixture);
    lastFrames(expected.length).forEach((frame, i) => {
      const size = expected[i].reduce((most, slope) => Math.max(most, Math.abs(slope)), 0);
      const slopes = gradientOf(network, network.run(frame), weights);
      expect(largestDifference(slopes, expected[i]) / size).toBeLessThanOrEqual(1e-4);
    });
  });

  it("does not move the sum of all probabilities", () => {
    const run = network.run(frames.at(-1)!);
    const slopes = gradientOf(network, run, run.probabilities); // Σ p_k d(log p_k) = d(Σ p_k) = 0
    expect(Math.hypot(...slopes)).toBeLessThan(
      1e-5 * Math.max(1, Math.hypot(...gradientOf(network, run, weights))),
    );
  });
});

describe.each(["vector", "dilated"])("%s, which has no kinks", (name) => {
  it("has the slope that small changes show", () => {
    const network = open(name);
    const random = randomSource(3);
    const weights = network.card.classes.split("").map((_, k) => Number(k === 9) - Number(k === 4));
    const slopes = gradientOf(network, network.run(frames[2]), weights);
    for (let trial = 0; trial < 10; trial++) {
      const direction = Float32Array.from({ length: PIXELS }, () => (random(2001) - 1000) / 1000);
      const along = (step: number): number =>
        value(
          network,
          frames[2].map((ink, i) => ink + step * direction[i]),
          weights,
        );
      const measured = (along(STEP) - along(-STEP)) / (2 * STEP);
      const said = slopes.reduce((sum, slope, i) => sum + slope * direction[i], 0);
      expect(Math.abs(measured - said) / Math.hypot(...slopes)).toBeLessThan(1e-3);
    }
  });
});

const STEP = 2 ** -9;

/** Σ w_k log p_k, from what goes into the softmax, as weights that add up to 0 allow. */
function value(network: Network, frame: Frame, weights: readonly number[]): number {
  const sums = network.run(frame).sums[answeringLayer(network.layers)];
  return weights.reduce((total, weight, k) => total + weight * sums[k], 0);
}
