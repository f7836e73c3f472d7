import { expect, test } from "vitest";
import { BadModel } from "../../../src/network/json";
import { readGraph } from "../../../src/network/onnx/graph";
import { readLayers } from "../../../src/network/onnx/layers";
import { fileOf, modelOf, networks } from "./fixtures";

const CONV = { kernel_shape: [1, 1], strides: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] };
const CONSTANTS = {
  k: [
    [2, 1, 1, 1],
    [1, 2],
  ],
  b: [[2], [0, 0]],
  scales: [[4], [1, 1, 2, 2]],
} as const;
const conv = { kind: "Conv", inputs: ["x", "k", "b"], output: "y", numbers: CONV };

type Nodes = Parameters<typeof modelOf>[0];

const layersOf = (...nodes: Nodes) => readLayers(readGraph(modelOf(nodes, CONSTANTS)));

test("the golden networks are read: a rectifier is part of its convolution", () => {
  const [strip, pyramid] = networks.map((golden) => readLayers(readGraph(fileOf(golden))));
  expect(strip.map(({ name }) => name)).toEqual([
    "stem",
    "features",
    "pool",
    "rows",
    "context",
    "sum",
    "logits",
  ]);
  expect(strip[0].convolution!.isRectified).toBe(true);
  expect(strip.at(-1)!.convolution!.isRectified).toBe(false);
  expect(pyramid.map(({ channels }) => channels)).toEqual([7, 16, 20, 7, 7, 7, 9, 5]);
  expect(pyramid[5].inputs).toEqual([5, 1]);
});

test("a kernel is stored in panels of eight filters", () => {
  expect([...layersOf(conv)[0].convolution!.kernel]).toEqual([1, 2, 0, 0, 0, 0, 0, 0]);
});

const REFUSED: Readonly<Record<string, Nodes>> = {
  "no node at all": [],
  "an unknown node": [{ kind: "Gelu", inputs: ["x"], output: "y" }],
  "an input that nothing gives": [{ ...conv, inputs: ["z", "k", "b"] }],
  "a kernel that is no constant": [{ ...conv, inputs: ["x", "z", "b"] }],
  "a bias of another size": [{ ...conv, inputs: ["x", "k", "scales"] }],
  "a kernel that is no kernel": [{ ...conv, inputs: ["x", "b", "b"] }],
  "a kernel of other channels": [conv, { ...conv, inputs: ["y", "k", "b"], output: "z" }],
  "an output given twice": [conv, conv],
  groups: [{ ...conv, numbers: { ...CONV, group: [2] } }],
  "uneven padding": [{ ...conv, numbers: { ...CONV, pads: [0, 0, 1, 1] } }],
  "a stride of 0": [{ ...conv, numbers: { ...CONV, strides: [0, 1] } }],
  "no strides": [{ ...conv, numbers: { kernel_shape: [1, 1], dilations: [1, 1], pads: [0, 0, 0, 0] } }],
  "another pool": [
    conv,
    { kind: "MaxPool", inputs: ["y"], output: "z", numbers: { kernel_shape: [2, 2], strides: [2, 2] } },
  ],
  "a resize without its mode": [conv, { kind: "Resize", inputs: ["y", "", "scales"], output: "z" }],
  "a rectified picture": [{ kind: "Relu", inputs: ["x"], output: "y" }],
  "a sum with the picture": [conv, { kind: "Add", inputs: ["y", "x"], output: "z" }],
  "a sum of one": [conv, { kind: "Add", inputs: ["y"], output: "z" }],
  "what is rectified asked for once more": [
    conv,
    { kind: "Relu", inputs: ["y"], output: "z" },
    { kind: "Add", inputs: ["y", "z"], output: "sum" },
  ],
  "a cast of nothing": [{ kind: "Cast", inputs: ["z"], output: "y" }, conv],
};

for (const [what, nodes] of Object.entries(REFUSED)) {
  test(`${what} is refused`, () => {
    expect(() => layersOf(...nodes)).toThrow(BadModel);
  });
}
