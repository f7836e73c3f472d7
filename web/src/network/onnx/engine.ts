/**
 * Convolutions over one memory, in WebAssembly SIMD or, where a browser has none, in TypeScript.
 *
 * In: numbers in a memory, and where they lie. Out: numbers in the same memory. Knows nothing of layers.
 */

import wasm from "virtual:convolve";
import { PANEL } from "./layers";

/** What is convolved with what; all places are in numbers of four bytes from the beginning of the memory. */
export interface Product {
  /** Channels last, padded. */
  readonly input: number;
  /** For each output, where its window begins: bytes from `input`. */
  readonly positions: number;
  readonly count: number;
  /** The numbers of a window that lie side by side: bytes from its beginning, how many. */
  readonly runs: number;
  readonly runCount: number;
  readonly kernel: number;
  readonly bias: number;
  readonly output: number;
  /** Of `PANEL` filters each. */
  readonly panels: number;
  /** Smaller sums become this. */
  readonly floor: number;
}

export interface Engine {
  /** The memory, grown to at least so many numbers; views of it that were given before are no longer valid. */
  readonly memory: (length: number) => ArrayBuffer;
  readonly convolve: (product: Product) => void;
}

export function makeEngine(): Engine {
  return simdEngine() ?? plainEngine();
}

/** In WebAssembly; null where it has no SIMD, or may not run. */
export function simdEngine(): Engine | null {
  try {
    const memory = new WebAssembly.Memory({ initial: 0 });
    const bytes = Uint8Array.from(atob(wasm), (character) => character.charCodeAt(0));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
    const convolve = exports.convolve as (...numbers: number[]) => void;
    return {
      memory: (length) => {
        const missing = 4 * length - memory.buffer.byteLength;
        if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
        return memory.buffer;
      },
      convolve: ({ input, positions, count, runs, runCount, kernel, bias, output, panels, floor }) =>
        convolve(
          4 * input,
          4 * positions,
          count,
          4 * runs,
          runCount,
          4 * kernel,
          4 * bias,
          4 * output,
          panels,
          floor,
        ),
    };
  } catch {
    return null;
  }
}

/** Bytes of a page of WebAssembly's memory. */
const PAGE = 2 ** 16;

/** In TypeScript: 20 times slower. */
export function plainEngine(): Engine {
  let buffer = new ArrayBuffer(0);
  return {
    memory: (length) => {
      if (buffer.byteLength < 4 * length) {
        const larger = new ArrayBuffer(4 * length);
        new Uint8Array(larger).set(new Uint8Array(buffer));
        buffer = larger;
      }
      return buffer;
    },
    convolve: (product) => convolvePlainly(new Float32Array(buffer), new Uint32Array(buffer), product),
  };
}

/** The same as `assembly/convolve.ts`, half a panel of one position at a time. */
function convolvePlainly(numbers: Float32Array, offsets: Uint32Array, product: Product): void {
  const { input, positions, count, runs, runCount, kernel, bias, output, panels, floor } = product;
  let size = 0;
  for (let run = 0; run < runCount; run++) size += offsets[runs + 2 * run + 1];
  for (let position = 0; position < count; position++) {
    const window = input + (offsets[positions + position] >> 2);
    for (let half = 0; half < 2 * panels; half++) {
      let k = kernel + (half >> 1) * size * PANEL + (half & 1) * 4;
      const filter = 4 * half;
      let a = numbers[bias + filter];
      let b = numbers[bias + filter + 1];
      let c = numbers[bias + filter + 2];
      let d = numbers[bias + filter + 3];
      for (let run = 0; run < runCount; run++) {
        const from = window + (offsets[runs + 2 * run] >> 2);
        const end = from + offsets[runs + 2 * run + 1];
        for (let x = from; x < end; x++, k += PANEL) {
          const value = numbers[x];
          a += value * numbers[k];
          b += value * numbers[k + 1];
          c += value * numbers[k + 2];
          d += value * numbers[k + 3];
        }
      }
      const out = output + position * panels * PANEL + filter;
      numbers[out] = Math.max(a, floor);
      numbers[out + 1] = Math.max(b, floor);
      numbers[out + 2] = Math.max(c, floor);
      numbers[out + 3] = Math.max(d, floor);
    }
  }
}
