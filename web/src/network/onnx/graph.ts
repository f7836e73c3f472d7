/**
 * An ONNX file as a graph: nodes in their order, constants by name, the properties that it was given.
 *
 * In: the bytes of a file from anywhere. Out: a `Graph`, or `BadModel`. Knows nothing of what a node computes.
 *
 * The numbers of fields and types are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto
 */

import { refuse, short } from "../json";
import { floatsOfHalves, sizeOf, type Weight } from "../weights";
import { bytesOf, type Message, messageOf, messagesOf, numbersOf, textsOf } from "./protobuf";

export interface Node {
  readonly kind: string;
  readonly inputs: readonly string[];
  readonly output: string;
  /** Attributes that are whole numbers or a text; all others are refused. */
  readonly attributes: ReadonlyMap<string, readonly number[] | string>;
}

export interface Graph {
  readonly name: string;
  readonly input: string;
  readonly output: string;
  readonly nodes: readonly Node[];
  readonly constants: ReadonlyMap<string, Weight>;
  readonly properties: ReadonlyMap<string, string>;
}

/** Bytes of a file; the reading networks have some 2 MB. */
export const LARGEST_FILE = 2 ** 25;

const FLOAT = 1;
const HALF = 10;

/** @throws BadModel It is no ONNX file, or holds something that no reading network has. */
export function readGraph(file: ArrayBuffer): Graph {
  if (file.byteLength > LARGEST_FILE)
    refuse("model", `has ${file.byteLength} bytes; the limit is ${LARGEST_FILE}`);
  const model = messageOf(new Uint8Array(file), "model");
  const [graph, ...others] = messagesOf(model, 7, "graph");
  if (!graph || others.length) return refuse("model", "expected one graph");
  const pairs = messagesOf(model, 14, "metadata").map((one) => [text(one, 1), text(one, 2)] as const);
  const constants = messagesOf(graph, 5, "constant").map((one) => [text(one, 8), weightOf(one)] as const);
  return {
    name: text(graph, 2),
    input: text(only(messagesOf(graph, 11, "input")), 1),
    output: text(only(messagesOf(graph, 12, "output")), 1),
    nodes: messagesOf(graph, 1, "node").map(nodeOf),
    constants: new Map(constants),
    properties: new Map(pairs),
  };
}

function nodeOf(message: Message): Node {
  const kind = text(message, 4);
  const outputs = textsOf(message, 2, "node");
  if (outputs.length !== 1) refuse(`node ${short(kind)}`, "expected one output");
  const attributes = messagesOf(message, 5, "attribute").map((one) => {
    const name = text(one, 1);
    const numbers = [...numbersOf(one, 3, name), ...numbersOf(one, 8, name)];
    return [name, one.has(4) ? text(one, 4) : numbers] as const;
  });
  return { kind, inputs: textsOf(message, 1, "node"), output: outputs[0], attributes: new Map(attributes) };
}

/** A tensor of floats or halves, its numbers as raw bytes. */
function weightOf(message: Message): Weight {
  const where = `constant ${short(text(message, 8))}`;
  const shape = numbersOf(message, 1, where);
  const [type] = numbersOf(message, 2, where);
  const [raw] = bytesOf(message, 9, where);
  if (!raw || (type !== FLOAT && type !== HALF))
    return refuse(where, "expected floats or halves as raw bytes");
  if (raw.length !== sizeOf(shape) * (type === HALF ? 2 : 4))
    refuse(where, `has ${raw.length} bytes; its shape is (${shape.join(", ")})`);
  const bytes = raw.slice().buffer;
  const data = type === HALF ? floatsOfHalves(bytes) : new Float32Array(bytes);
  // A sum is finite only if all it is made of are.
  if (!Number.isFinite(data.reduce((sum, one) => sum + one, 0)))
    refuse(where, "holds numbers that are not finite");
  return { shape, data };
}

function text(message: Message, field: number): string {
  return textsOf(message, field, "model")[0] ?? "";
}

function only(messages: readonly Message[]): Message {
  return messages.length === 1 ? messages[0] : refuse("graph", "expected one input and one output");
}
