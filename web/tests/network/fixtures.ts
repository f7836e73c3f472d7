/** What `tests/fixtures.py` wrote: exported networks, digits, and what Keras makes of them. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { readModel } from "../../src/network/model";
import type { Network } from "../../src/network/network";
import type { Frame } from "../../src/types";

export interface Fixture {
  readonly name: string;
  readonly folder: string;
  readonly classes: number;
  /** The layers that Keras has, in order; the export may have more that compute nothing. */
  readonly layers: readonly { name: string; shape: readonly number[] }[];
  /** What the package's recognizer says; of the shipped networks only. */
  readonly predictions?: readonly {
    digit: number;
    confidence: number;
    unsure: boolean;
    probabilities: readonly number[];
  }[];
}

interface Index {
  /** "mnist", or "strokes" where the original digits are not at hand. */
  readonly data: string;
  /** 10 where the image is no digit. */
  readonly labels: readonly number[];
  /** Images of which every layer's values are kept. */
  readonly layersOf: number;
  /** Images, the last ones, whose slopes are kept. */
  readonly slopesOf: number;
  readonly networks: readonly Fixture[];
}

const FOLDER = join(import.meta.dirname, "../../fixtures");

if (!existsSync(join(FOLDER, "index.json"))) {
  throw new Error("there are no fixtures; make them with: .venv/bin/python web/tests/fixtures.py");
}

export const index = JSON.parse(readFileSync(join(FOLDER, "index.json"), "utf8")) as Index;
export const networks = index.networks;
export const shipped = networks.filter(({ predictions }) => predictions);

/** All images as frames: the digits first, and then what is no digit. */
export const frames: readonly Frame[] = index.labels.map((_, i) =>
  Float32Array.from(new Uint8Array(bytes("images.bin"), 784 * i, 784), (grey) => grey / 255),
);

export function fixture(name: string): Fixture {
  const found = networks.find((one) => one.name === name);
  if (!found) throw new Error(`no fixture is called ${name}`);
  return found;
}

export function modelJson({ folder }: Fixture): Record<string, unknown> {
  return JSON.parse(readFileSync(join(FOLDER, folder, "model.json"), "utf8"));
}

export function weightBytes({ folder }: Fixture): ArrayBuffer {
  return bytes(`${folder}/group1-shard1of1.bin`);
}

export function open(name: string): Network {
  return readModel(modelJson(fixture(name)), weightBytes(fixture(name)));
}

/** Keras' probabilities, a row for each image. */
export function expectedOutputs({ folder, classes }: Fixture): Float32Array[] {
  const all = new Float32Array(bytes(`${folder}/outputs.bin`));
  return frames.map((_, i) => all.subarray(i * classes, (i + 1) * classes));
}

/** Keras' values of each layer, by its name, for each of the first images. */
export function expectedLayers({ folder, layers }: Fixture): Map<string, Float32Array[]> {
  const all = new Float32Array(bytes(`${folder}/layers.bin`));
  let start = 0;
  return new Map(
    layers.map(({ name, shape }) => {
      const size = shape.reduce((product, side) => product * side, 1);
      const values = Array.from({ length: index.layersOf }, (_, i) =>
        all.subarray(start + i * size, start + (i + 1) * size),
      );
      start += index.layersOf * size;
      return [name, values];
    }),
  );
}

/** JAX's slopes of Σ cos(k) log p_k, a frame for each of the last images. */
export function expectedSlopes({ folder }: Fixture): Float32Array[] {
  const all = new Float32Array(bytes(`${folder}/slopes.bin`));
  return Array.from({ length: index.slopesOf }, (_, i) => all.subarray(784 * i, 784 * (i + 1)));
}

export function largestDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  if (one.length !== other.length) return Number.POSITIVE_INFINITY;
  return Array.from(one).reduce((most, value, i) => Math.max(most, Math.abs(value - other[i])), 0);
}

export function argmax(values: ArrayLike<number>): number {
  return Array.from(values).reduce((best, value, i) => (value > values[best] ? i : best), 0);
}

/** Whole numbers from 0 to below `n`, the same each time. Source: Lehmer's generator, as in C++'s minstd_rand. */
export function randomSource(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (state * 48271) % 2147483647;
    return state % n;
  };
}

function bytes(path: string): ArrayBuffer {
  const content = readFileSync(join(FOLDER, path));
  return content.buffer.slice(content.byteOffset, content.byteOffset + content.byteLength) as ArrayBuffer;
}
