/**
 * A convolution as a matrix product of windows and kernels, in WebAssembly SIMD: AssemblyScript, built by `assembly.ts`.
 *
 * In and out: addresses in the memory of the module. Knows nothing of shapes; `src/network/onnx/engine.ts` says what is
 * where, and has the same in TypeScript.
 *
 * A tile is 4 positions by 8 filters: its 8 sums, the 2 quarters of a kernel's row and one splat input are the most that
 * the 16 registers of x86 hold. 43 GFLOP/s on one core of a Xeon at 2.7 GHz; 5 or 6 positions spill: 37 and 33.
 */

const TILE = 4;
/** Bytes of the 8 numbers of a panel. */
const PANEL = 32;
/** Positions whose windows stay in the cache while the kernel passes, panel by panel. */
const BLOCK = 64;

/**
 * Convolve.
 *
 * A window's numbers lie in a few runs of numbers side by side, the same ones at each position.
 *
 * @param input Channels last, padded.
 * @param positions For each output: where its window begins, in bytes from `input`.
 * @param runs For each run: where it begins in the window, in bytes; how many numbers it has.
 * @param kernel In panels of 8 filters: for each number of the window 8 weights.
 * @param bias One number for each filter.
 * @param output `count` rows of all filters.
 * @param panels Filters by 8.
 * @param floor Smaller sums become this: 0, or minus infinity.
 */
export function convolve(
  input: usize,
  positions: usize,
  count: usize,
  runs: usize,
  runCount: usize,
  kernel: usize,
  bias: usize,
  output: usize,
  panels: usize,
  floor: f32,
): void {
  const least = f32x4.splat(floor);
  const ends = runs + (runCount << 3);
  let numbers: usize = 0;
  for (let run = runs; run < ends; run += 8) numbers += load<u32>(run, 4);
  for (let block: usize = 0; block < count; block += BLOCK) {
    const stop = min(block + BLOCK, count);
    for (let panel: usize = 0; panel < panels; panel++) {
      for (let at = block; at < stop; at += TILE) {
        // The last tile may be short: it computes its last position more than once.
        const last = stop - 1;
        const i1 = min(at + 1, last);
        const i2 = min(at + 2, last);
        const i3 = min(at + 3, last);
        const x0 = input + load<u32>(positions + (at << 2));
        const x1 = input + load<u32>(positions + (i1 << 2));
        const x2 = input + load<u32>(positions + (i2 << 2));
        const x3 = input + load<u32>(positions + (i3 << 2));
        let s0 = v128.load(bias + panel * PANEL);
        let t0 = v128.load(bias + panel * PANEL, 16);
        let s1 = s0;
        let t1 = t0;
        let s2 = s0;
        let t2 = t0;
        let s3 = s0;
        let t3 = t0;
        let k = kernel + panel * numbers * PANEL;
        for (let run = runs; run < ends; run += 8) {
          let x: usize = load<u32>(run);
          const end = x + ((<usize>load<u32>(run, 4)) << 2);
          while (x < end) {
            const left = v128.load(k);
            const right = v128.load(k, 16);
            const a0 = v128.load32_splat(x0 + x);
            s0 = f32x4.add(f32x4.mul(a0, left), s0);
            t0 = f32x4.add(f32x4.mul(a0, right), t0);
            const a1 = v128.load32_splat(x1 + x);
            s1 = f32x4.add(f32x4.mul(a1, left), s1);
            t1 = f32x4.add(f32x4.mul(a1, right), t1);
            const a2 = v128.load32_splat(x2 + x);
            s2 = f32x4.add(f32x4.mul(a2, left), s2);
            t2 = f32x4.add(f32x4.mul(a2, right), t2);
            const a3 = v128.load32_splat(x3 + x);
            s3 = f32x4.add(f32x4.mul(a3, left), s3);
            t3 = f32x4.add(f32x4.mul(a3, right), t3);
            x += 4;
            k += PANEL;
          }
        }
        const row = panels * PANEL;
        const out = output + panel * PANEL;
        v128.store(out + at * row, f32x4.max(s0, least));
        v128.store(out + at * row, f32x4.max(t0, least), 16);
        v128.store(out + i1 * row, f32x4.max(s1, least));
        v128.store(out + i1 * row, f32x4.max(t1, least), 16);
        v128.store(out + i2 * row, f32x4.max(s2, least));
        v128.store(out + i2 * row, f32x4.max(t2, least), 16);
        v128.store(out + i3 * row, f32x4.max(s3, least));
        v128.store(out + i3 * row, f32x4.max(t3, least), 16);
      }
    }
  }
}
