/** The golden networks of tests/vectors/networks.json, and files made by hand. */

import { bytesOf, vectors } from "../../vectors";

export interface Example {
  readonly height: number;
  readonly width: number;
  readonly picture: string;
  readonly logits: string;
  /** Channels, rows, columns. */
  readonly shape: readonly [number, number, number];
}

export interface Golden {
  readonly name: string;
  readonly file: string;
  readonly examples: readonly Example[];
}

export const { networks } = vectors<{ networks: readonly Golden[] }>("networks.json");

export function fileOf({ file }: Golden): ArrayBuffer {
  return bytesOf(file).buffer as ArrayBuffer;
}

export function floatsOf(text: string): Float32Array {
  return new Float32Array(bytesOf(text).buffer);
}

/** Bytes of a message: a field that is a number becomes a varint, anything else is put in as bytes. */
export function message(...fields: readonly (readonly [number, number | string | Uint8Array])[]): Uint8Array {
  return Uint8Array.from(
    fields.flatMap(([number, value]) => {
      if (typeof value === "number") return [...varint(number * 8), ...varint(value)];
      const bytes = typeof value === "string" ? new TextEncoder().encode(value) : value;
      return [...varint(number * 8 + 2), ...varint(bytes.length), ...bytes];
    }),
  );
}

export function varint(value: number): number[] {
  return value < 128 ? [value] : [(value % 128) + 128, ...varint(Math.floor(value / 128))];
}

/** A model of these nodes; names of inputs are all that they need, "x" is the picture and the last output is its own. */
export function modelOf(
  nodes: readonly { kind: string; inputs: string[]; output: string; numbers?: Record<string, number[]> }[],
  constants: Readonly<Record<string, readonly [shape: readonly number[], numbers: readonly number[]]>> = {},
  card: string | null = "{}",
): ArrayBuffer {
  const graph = message(
    [2, "made"],
    [11, message([1, "x"])],
    [12, message([1, nodes.at(-1)?.output ?? "x"])],
    ...nodes.map(({ kind, inputs, output, numbers = {} }) => {
      const attributes = Object.entries(numbers).map(
        ([name, ints]) => [5, message([1, name], ...ints.map((one) => [8, one] as const))] as const,
      );
      const names = inputs.map((name) => [1, name] as const);
      return [1, message([4, kind], [2, output], ...names, ...attributes)] as const;
    }),
    ...Object.entries(constants).map(([name, [shape, numbers]]) => {
      const raw = new Uint8Array(Float32Array.from(numbers).buffer);
      return [5, message(...shape.map((side) => [1, side] as const), [2, 1], [8, name], [9, raw])] as const;
    }),
  );
  const metadata = card === null ? [] : [[14, message([1, "inkdigit-reading"], [2, card])] as const];
  return message([7, graph], ...metadata).buffer as ArrayBuffer;
}
