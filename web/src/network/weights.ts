/**
 * The weights of a TensorFlow.js layers model: what the manifest lists, cut from the bytes of its shards.
 *
 * In: `weightsManifest` of model.json and the concatenated shards. Out: float32 arrays by name, each one checked for
 * size and finite. Knows nothing of layers.
 *
 * The format: little-endian, C order, no padding, in the order of the manifest. A quantized weight is q * scale + min
 * (uint8, uint16) or a half-precision number (float16). Every browser runs on little-endian machines, so the bytes are
 * taken as they are. https://github.com/tensorflow/tfjs/blob/master/tfjs-core/src/io/types.ts
 */

import {
  asFields,
  asList,
  asNumber,
  asText,
  asWhole,
  type Fields,
  field,
  refuse,
  short,
  shown,
} from "./json";

export type Shape = readonly number[];

/** A weight; `data` in C order. */
export interface Weight {
  readonly shape: Shape;
  readonly data: Float32Array;
}

const MOST_WEIGHTS = 1000;
const MOST_AXES = 8;
const LARGEST_SIDE = 2 ** 24;
/** Bytes of all shards together; the shipped networks have less than 1.5 MB. */
export const LARGEST_BYTES = 2 ** 26;

/** The files with the weights, relative to model.json, in order.
 * @throws BadModel A path is no plain file name beside model.json. */
export function weightPaths(model: Fields): string[] {
  return groups(model).flatMap((group) =>
    asList(field(group, "paths"), "weightsManifest paths", MOST_WEIGHTS).map((path) => {
      const name = asText(path, "weightsManifest path");
      if (!/^\w[\w.-]*$/.test(name)) refuse("weightsManifest path", `${shown(name)} is no plain file name`);
      return name;
    }),
  );
}

/** Cut the bytes into weights, by name.
 * @throws BadModel The bytes are more or fewer than the manifest lists, or a weight is none that we read. */
export function readWeights(model: Fields, bytes: ArrayBuffer): Map<string, Weight> {
  const weights = new Map<string, Weight>();
  let start = 0;
  for (const entry of groups(model).flatMap((group) =>
    asList(field(group, "weights"), "weightsManifest weights", MOST_WEIGHTS),
  )) {
    const { name, shape, size, stored } = described(entry);
    if (weights.has(name)) refuse(`weight ${short(name)}`, "is listed twice");
    const length = size * stored.bytes;
    if (start + length > bytes.byteLength) {
      refuse(`weight ${short(name)}`, `ends at byte ${start + length}; the file has ${bytes.byteLength}`);
    }
    const data = stored.decode(bytes.slice(start, start + length));
    if (!data.every(Number.isFinite)) refuse(`weight ${short(name)}`, "holds numbers that are not finite");
    weights.set(name, { shape, data });
    start += length;
  }
  if (start !== bytes.byteLength) {
    refuse("weights", `the manifest lists ${start} bytes; the file has ${bytes.byteLength}`);
  }
  return weights;
}

export function sizeOf(shape: Shape): number {
  return shape.reduce((product, side) => product * side, 1);
}

function groups(model: Fields): Fields[] {
  const where = "weightsManifest";
  return asList(field(model, where), where, MOST_WEIGHTS).map((group) => asFields(group, where));
}

interface Stored {
  readonly bytes: number;
  readonly decode: (bytes: ArrayBuffer) => Float32Array;
}

function described(entry: unknown): { name: string; shape: Shape; size: number; stored: Stored } {
  const fields = asFields(entry, "weightsManifest weight");
  const name = asText(field(fields, "name"), "weightsManifest name");
  const where = `weight ${short(name)}`;
  const shape = asList(field(fields, "shape"), `${where} shape`, MOST_AXES).map((side) =>
    asWhole(side, `${where} shape`, 1, LARGEST_SIDE),
  );
  const dtype = field(fields, "dtype");
  if (dtype !== "float32") refuse(where, `expected the dtype float32, got ${shown(dtype)}`);
  return { name, shape, size: sizeOf(shape), stored: storage(field(fields, "quantization"), where) };
}

function storage(quantization: unknown, where: string): Stored {
  if (quantization === undefined) return { bytes: 4, decode: (bytes) => new Float32Array(bytes) };
  const fields = asFields(quantization, `${where} quantization`);
  const dtype = field(fields, "dtype");
  if (dtype === "float16") return { bytes: 2, decode: floatsOfHalves };
  if (dtype !== "uint8" && dtype !== "uint16") {
    refuse(where, `expected a quantization of uint8, uint16 or float16, got ${shown(dtype)}`);
  }
  const scale = asNumber(field(fields, "scale"), `${where} scale`);
  const least = asNumber(field(fields, "min"), `${where} min`);
  const steps = dtype === "uint8" ? Uint8Array : Uint16Array;
  return {
    bytes: steps.BYTES_PER_ELEMENT,
    decode: (bytes) => Float32Array.from(new steps(bytes), (step) => step * scale + least),
  };
}

/** IEEE 754 half precision: a sign, 5 bits of exponent, 10 of fraction. */
export function floatsOfHalves(bytes: ArrayBuffer): Float32Array {
  const halves = new Uint16Array(bytes);
  const floats = new Float32Array(halves.length);
  const bits = new Uint32Array(floats.buffer);
  for (let i = 0; i < halves.length; i++) {
    const half = halves[i];
    // The bits where a float has them, but for the exponent, which is 112 too small.
    bits[i] = ((half & 0x8000) << 16) | ((half & 0x7fff) << 13);
    if ((half & 0x7c00) === 0x7c00) bits[i] |= 0x7f800000;
    else floats[i] *= 2 ** 112;
  }
  return floats;
}
