/**
 * Bytes by their rank among many: median, percentile.
 *
 * In: bytes. Out: exactly what sorting them would give, by counting.
 */

/** The value that a share of the others lies below, 0 <= share <= 1; linear between two ranks. */
export function quantileOfBytes(values: Uint8Array, share: number): number {
  const counts = new Uint32Array(256);
  for (let i = 0; i < values.length; i++) counts[values[i]]++;
  const rank = share * (values.length - 1);
  const below = Math.floor(rank);
  const low = reached(counts, below);
  return low + (reached(counts, Math.min(below + 1, values.length - 1)) - low) * (rank - below);
}

/** The first level up to which more than `rank` are counted. */
function reached(counts: Uint32Array, rank: number): number {
  let before = 0;
  return counts.findIndex((count) => {
    before += count;
    return before > rank;
  });
}
