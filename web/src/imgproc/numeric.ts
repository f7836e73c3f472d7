/** Small sums of statistics, as NumPy reckons them. In: a few numbers. Out: one. */

/** The middle value; of an even number of them, the mean of the two in the middle. */
export function median(values: readonly number[]): number {
  const ordered = [...values].sort((one, other) => one - other);
  const middle = ordered.length >> 1;
  return ordered.length % 2 === 1 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
}

/** The logarithm of a sum of two numbers, given as logarithms. */
export function logAdd(one: number, other: number): number {
  const larger = Math.max(one, other);
  if (larger === Number.NEGATIVE_INFINITY) return larger;
  return larger + Math.log1p(Math.exp(Math.min(one, other) - larger));
}

/** The place of the largest value; of several, the first. */
export function largestAt(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i;
  return best;
}

/** A value brought within bounds. */
export function clamped(value: number, low: number, high: number): number {
  return Math.min(Math.max(value, low), high);
}
