/**
 * Values by their rank among many: median, percentile.
 *
 * In: numbers that are not negative, not NaN. Out: exactly what sorting them would give, in two looks at each instead.
 *
 * The bits of such floats, read as whole numbers, have the same order as the floats: the upper half of the bits says
 * roughly where a rank lies, the lower half exactly.
 */

const HALF = 1 << 16;

/** The value that a share of the others lies below, 0 <= share <= 1; linear between two ranks. */
export function quantile(values: Float32Array, share: number): number {
  const rank = share * (values.length - 1);
  const below = Math.floor(rank);
  const [low, next] = ranked(values, below);
  return rank === below ? low : low + (next - low) * (rank - below);
}

/** The values of a rank, counted from 0, and of the next, or of the last one twice. */
export function ranked(values: Float32Array, rank: number): [value: number, next: number] {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const upper = new Uint32Array(HALF);
  for (let i = 0; i < bits.length; i++) upper[bits[i] >>> 16]++;
  const [high, before] = reached(upper, rank);
  const lower = new Uint32Array(HALF);
  const end = (high + 1) * HALF;
  let beyond = 0xffffffff;
  for (let i = 0; i < bits.length; i++) {
    const value = bits[i];
    if (value >>> 16 === high) lower[value & (HALF - 1)]++;
    else if (value >= end && value < beyond) beyond = value;
  }
  const low = high * HALF + reached(lower, rank - before)[0];
  let next = low;
  if (rank + 1 < values.length) {
    next = rank + 1 - before < upper[high] ? high * HALF + reached(lower, rank + 1 - before)[0] : beyond;
  }
  const found = new Float32Array(Uint32Array.of(low, next).buffer);
  return [found[0], found[1]];
}

/** The first place up to which more than `rank` are counted, and how many are counted before it. */
function reached(counts: Uint32Array, rank: number): [place: number, before: number] {
  let before = 0;
  for (let place = 0; place < counts.length; place++) {
    if (before + counts[place] > rank) return [place, before];
    before += counts[place];
  }
  return [counts.length - 1, before];
}

/** The same for bytes. */
export function quantileOfBytes(values: Uint8Array, share: number): number {
  const counts = new Uint32Array(256);
  for (let i = 0; i < values.length; i++) counts[values[i]]++;
  const rank = share * (values.length - 1);
  const below = Math.floor(rank);
  const low = reached(counts, below)[0];
  return low + (reached(counts, Math.min(below + 1, values.length - 1))[0] - low) * (rank - below);
}
