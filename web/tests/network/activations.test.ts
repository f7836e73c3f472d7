import { describe, expect, it } from "vitest";
import { ACTIVATIONS, cappedRelu, erf, leakyRelu } from "../../src/network/activations";

const POINTS = [-30, -4.1, -1.3, -0.2, 0.1, 0.7, 1.9, 5.9, 6.1, 30];
const all = [...ACTIVATIONS.values(), cappedRelu(1.5), leakyRelu(0.1)];

describe.each(all.map((activation) => [activation.name, activation] as const))("%s", (_, activation) => {
  it("has the slope that its values have", () => {
    // Through weights of the outputs, so that softmax, whose values hang together, is tested as a whole.
    const weights = Float32Array.from(POINTS, (__, i) => Math.cos(i));
    const total = (points: number[]): number =>
      activation
        .apply(Float32Array.from(points), points.length)
        .reduce((sum, value, i) => sum + value * weights[i], 0);
    const sums = Float32Array.from(POINTS);
    const slopes = activation.back(weights, sums, activation.apply(sums, sums.length), sums.length);
    const step = 2 ** -7; // exact in float32
    POINTS.forEach((point, i) => {
      const measured =
        (total(POINTS.with(i, point + step)) - total(POINTS.with(i, point - step))) / (2 * step);
      expect(slopes[i]).toBeCloseTo(measured, 3);
    });
  });

  it("is finite for any sum", () => {
    const extremes = Float32Array.of(-1e30, -200, -0, 0, 200, 1e30);
    expect([...activation.apply(extremes, 6)].every(Number.isFinite)).toBe(true);
  });
});

// Abramowitz and Stegun, "Handbook of Mathematical Functions", table 7.1.
it.each([
  [0, 0],
  [0.1, 0.112462916],
  [0.5, 0.5204998778],
  [1, 0.8427007929],
  [2, 0.995322265],
  [-1, -0.8427007929],
  [10, 1],
])("erf(%f) is %f", (x, value) => {
  expect(Math.abs(erf(x) - value)).toBeLessThan(1.3e-7);
});
