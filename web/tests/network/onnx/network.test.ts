import { expect, test } from "vitest";
import { BadModel } from "../../../src/network/json";
import { plainEngine, simdEngine } from "../../../src/network/onnx/engine";
import { readReadingNetwork } from "../../../src/network/onnx/network";
import { largestDifference } from "../../vectors";
import { fileOf, floatsOf, modelOf, networks } from "./fixtures";

const ENGINES = [
  ["WebAssembly", simdEngine()!],
  ["TypeScript", plainEngine()],
] as const;

/** (channels, rows, columns) as the runtime has it: channels last. */
function channelsLast(values: Float32Array, [channels]: readonly number[]): Float32Array {
  const places = values.length / channels;
  return Float32Array.from(values, (_, i) => values[(i % channels) * places + Math.floor(i / channels)]);
}

for (const [kind, engine] of ENGINES) {
  for (const golden of networks) {
    test(`${kind}: ${golden.name} gives what ONNX Runtime gives`, () => {
      const network = readReadingNetwork(fileOf(golden), engine);
      for (const { height, width, picture, logits, shape } of golden.examples) {
        const maps = network.run({ width, height, data: floatsOf(picture) });
        expect([maps.channels, maps.rows, maps.columns]).toEqual(shape);
        expect(largestDifference(maps.data, channelsLast(floatsOf(logits), shape))).toBeLessThan(1e-5);
      }
      expect(network.card).toEqual({ name: golden.name });
    });
  }

  test(`${kind}: a second run, and another size in between, give the same`, () => {
    const network = readReadingNetwork(fileOf(networks[1]), engine);
    const picture = {
      width: 36,
      height: 24,
      data: Float32Array.from({ length: 864 }, (_, i) => Math.sin(i)),
    };
    const first = network.run(picture).data;
    network.run({ width: 96, height: 128, data: new Float32Array(96 * 128).fill(3) });
    expect(network.run(picture).data).toEqual(first);
  });
}

test("each convolution alone is a sum over its window", () => {
  const kernel = [...Array(9).keys()];
  const file = modelOf([{ kind: "Conv", inputs: ["x", "k", "b"], output: "y", numbers: CONV }], {
    k: [[1, 1, 3, 3], kernel],
    b: [[1], [0.5]],
  });
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  const at = (y: number, x: number): number => (y < 0 || y > 1 || x < 0 || x > 2 ? 0 : data[3 * y + x]);
  const expected = [...Array(6).keys()].map((i) =>
    kernel.reduce(
      (sum, k) => sum + k * at(Math.floor(i / 3) + Math.floor(k / 3) - 1, (i % 3) + (k % 3) - 1),
      0.5,
    ),
  );
  for (const [, engine] of ENGINES) {
    const maps = readReadingNetwork(file, engine).run({ width: 3, height: 2, data });
    expect([...maps.data]).toEqual(expected);
  }
});

const CONV = { kernel_shape: [3, 3], strides: [1, 1], dilations: [1, 1], pads: [1, 1, 1, 1] };

test("a picture whose sides do not fit is refused", () => {
  const pyramid = readReadingNetwork(fileOf(networks[1]), plainEngine());
  expect(() => pyramid.run({ width: 6, height: 4, data: new Float32Array(24) })).toThrow(RangeError);
  const strip = readReadingNetwork(fileOf(networks[0]), plainEngine());
  expect(() => strip.run({ width: 20, height: 8, data: new Float32Array(160) })).toThrow("are too few");
  expect(() => strip.run({ width: 2 ** 20, height: 20, data: new Float32Array(0) })).toThrow("are too many");
});

test("a file without a card, or with one that is no JSON object, is refused", () => {
  const conv = [{ kind: "Conv", inputs: ["x", "k", "b"], output: "y", numbers: CONV }];
  const constants = { k: [[1, 1, 3, 3], Array(9).fill(1)], b: [[1], [0]] } as const;
  for (const card of [null, "{", "[]"])
    expect(() => readReadingNetwork(modelOf(conv, constants, card), plainEngine())).toThrow(BadModel);
});
