import { describe, expect, it } from "vitest";
import type { Network } from "../../src/network/network";
import { dependsOnInk, saliencyOf } from "../../src/network/saliency";
import { frames, largestDifference, open } from "./fixtures";

const layerCalled = ({ layers }: Network, name: string): number =>
  layers.findIndex((one) => one.name === name);
const kernelOf = ({ layers }: Network, name: string): Float32Array =>
  layers[layerCalled({ layers } as Network, name)].weights.get("kernel")!.data;

describe("in the perceptron", () => {
  const network = open("mlp");
  const run = network.run(frames[4]);

  it("a neuron of the first layer looks with its column of the kernel", () => {
    const kernel = kernelOf(network, "hidden_1");
    const column = Float32Array.from({ length: 784 }, (_, i) => kernel[i * 384 + 17]);
    expect(saliencyOf(network, layerCalled(network, "hidden_1"), 17)).toEqual(column);
    expect(saliencyOf(network, layerCalled(network, "hidden_1"), 17, run)).toEqual(column);
  });

  it("one of the second looks through the neurons that are awake", () => {
    const [first, second] = [kernelOf(network, "hidden_1"), kernelOf(network, "hidden_2")];
    const awake = run.activations[layerCalled(network, "hidden_1")];
    const expected = Float64Array.from({ length: 784 }, (_, i) => {
      let sum = 0;
      awake.forEach((value, j) => {
        if (value > 0) sum += first[i * 384 + j] * second[j * 128 + 5];
      });
      return sum;
    });
    const looked = saliencyOf(network, layerCalled(network, "hidden_2"), 5, run);
    expect(largestDifference(looked ?? [], expected)).toBeLessThan(1e-6);
  });

  it("nobody can say what that one looks with before something is drawn", () => {
    expect(saliencyOf(network, layerCalled(network, "hidden_2"), 5)).toBeNull();
    expect(dependsOnInk(network, layerCalled(network, "hidden_1"))).toBe(false);
    expect(dependsOnInk(network, layerCalled(network, "hidden_2"))).toBe(true);
  });

  it.each([-1, 384, 0.5, Number.NaN])("has no neuron %d", (unit) => {
    expect(() => saliencyOf(network, layerCalled(network, "hidden_1"), unit)).toThrow(RangeError);
  });

  it("has no layer 99", () => {
    expect(() => saliencyOf(network, 99, 0)).toThrow(RangeError);
  });
});

describe("in the convolutional network", () => {
  const network = open("cnn");
  const run = network.run(frames[4]);
  const layer = layerCalled(network, "conv_1");

  it("a filter of the first layer looks with its kernel, where it is most active", () => {
    const kernel = kernelOf(network, "conv_1");
    const looked = saliencyOf(network, layer, 3, run)!;
    const activations = run.activations[layer];
    const places = Array.from({ length: 26 * 26 }, (_, i) => activations[i * 32 + 3]);
    const place = places.indexOf(Math.max(...places));
    const [top, left] = [Math.floor(place / 26), place % 26];
    looked.forEach((weight, i) => {
      const [y, x] = [Math.floor(i / 28) - top, (i % 28) - left];
      const inside = y >= 0 && y < 3 && x >= 0 && x < 3;
      expect(weight).toBe(inside ? kernel[(y * 3 + x) * 32 + 3] : 0);
    });
  });

  it("looks at the middle of blank paper", () => {
    const looked = saliencyOf(network, layer, 3, network.run(new Float32Array(784)))!;
    const seen = [...looked.keys()].filter((i) => looked[i] !== 0);
    expect(seen).toContain(14 * 28 + 14);
  });

  it("sees the further the deeper it lies", () => {
    const width = (name: string): number => {
      const looked = saliencyOf(network, layerCalled(network, name), 0, run)!;
      const columns = [...looked.keys()].filter((i) => looked[i] !== 0).map((i) => i % 28);
      return Math.max(...columns) - Math.min(...columns) + 1;
    };
    expect(width("conv_1")).toBeLessThanOrEqual(3);
    expect(width("conv_2")).toBeLessThanOrEqual(8);
    expect(width("conv_2")).toBeGreaterThan(3);
    expect(width("hidden_1")).toBeGreaterThan(12);
  });

  it.each([-1, 32, 5000])("has no filter %d", (unit) => {
    expect(() => saliencyOf(network, layer, unit, run)).toThrow(RangeError);
  });
});
