/** The threshold that parts dark from light best (Otsu 1979). In: how often each of 256 levels occurs. Out: a level. */
export function otsu(counts: Uint32Array): number {
  let [all, mean] = [0, 0];
  for (let level = 0; level < counts.length; level++) {
    all += counts[level];
    mean += level * counts[level];
  }
  mean /= all;
  let [share, sum, best, largest] = [0, 0, 0, 0];
  for (let level = 0; level < counts.length; level++) {
    share += counts[level] / all;
    sum += (level * counts[level]) / all;
    if (Math.min(share, 1 - share) < 1e-7) continue;
    const between = share * (1 - share) * (sum / share - (mean - sum) / (1 - share)) ** 2;
    if (between > largest) [largest, best] = [between, level];
  }
  return best;
}
