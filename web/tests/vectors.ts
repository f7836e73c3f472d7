/** The golden files that the package's tests and these read: `tests/vectors` of the repository. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { inflateSync } from "node:zlib";
import type { Plane } from "../src/types";

export const REPOSITORY = join(import.meta.dirname, "../..");

export function vectors<T>(name: string): T {
  const file = join(REPOSITORY, "tests/vectors", name);
  return JSON.parse(readFileSync(file, "utf-8")) as T;
}

/** Bytes, 0 paper to 255 ink, as a plane. */
export function planeOf(bytes: Uint8Array, width: number, height: number): Plane {
  if (bytes.length !== width * height) throw new Error(`${bytes.length} bytes for ${width} x ${height}`);
  return { width, height, data: Float32Array.from(bytes, (value) => Math.fround(value / 255)) };
}

/** Bytes written as base64. */
export function bytesOf(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}

/** Bytes written as base64 of a zlib stream. */
export function inflated(text: string): Uint8Array {
  return new Uint8Array(inflateSync(Buffer.from(text, "base64")));
}

export function largestDifference(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let largest = one.length === other.length ? 0 : Number.POSITIVE_INFINITY;
  for (let index = 0; index < one.length; index++) {
    largest = Math.max(largest, Math.abs(one[index] - other[index]));
  }
  return largest;
}
