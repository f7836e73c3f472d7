import { expect, test } from "vitest";
import { BadModel } from "../../../src/network/json";
import { readGraph } from "../../../src/network/onnx/graph";
import { fileOf, message, networks } from "./fixtures";

const file = new Uint8Array(fileOf(networks[0]));

test("a golden file has the nodes and constants that were written", () => {
  const graph = readGraph(file.buffer);
  expect(graph.name).toBe("small-strip");
  expect([graph.input, graph.output]).toEqual(["picture", "logits"]);
  expect(graph.nodes.filter(({ kind }) => kind === "Conv")).toHaveLength(5);
  expect(graph.constants.get("stem/kernel/half")!.shape).toEqual([12, 1, 5, 5]);
  expect(graph.properties.get("inkdigit-reading")).toBe('{"name": "small-strip"}');
});

test("a file that ends early is refused, wherever it ends", () => {
  for (let length = 0; length < file.length - 1; length += 97)
    expect(() => readGraph(file.slice(0, length).buffer)).toThrow(BadModel);
});

test("a file with a wrong byte gives a graph or one clear error, never another one", () => {
  for (let at = 0; at < file.length; at += 41) {
    const spoilt = file.slice();
    spoilt[at] ^= 0xff;
    try {
      readGraph(spoilt.buffer);
    } catch (error) {
      expect(error).toBeInstanceOf(BadModel);
    }
  }
});

test("a constant whose bytes do not fit its shape is refused", () => {
  const constant = message([1, 3], [2, 1], [8, "k"], [9, new Uint8Array(8)]);
  const model = message([7, message([5, constant])]);
  expect(() => readGraph(model.buffer as ArrayBuffer)).toThrow("has 8 bytes; its shape is (3)");
});

test("a constant that is not finite, or of another type, is refused", () => {
  const nan = new Uint8Array(Float32Array.of(Number.NaN).buffer);
  for (const constant of [message([1, 1], [2, 1], [9, nan]), message([1, 1], [2, 7], [9, nan])])
    expect(() => readGraph(message([7, message([5, constant])]).buffer as ArrayBuffer)).toThrow(BadModel);
});
