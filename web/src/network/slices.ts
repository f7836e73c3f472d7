/**
 * Long work in slices, so that a worker can answer what is asked in between.
 *
 * In: a generator that yields now and then. Out: a promise of what it returns.
 */

/** Milliseconds at a stretch: an answer that waits for one slice is no later than the eye can tell. */
const SLICE = 8;

/**
 * Do the work, giving way after each slice.
 *
 * @param isStale Asked before each slice; once it says so, the work ends and the promise gives null.
 */
export async function inSlices<T>(
  work: Generator<void, T>,
  isStale: () => boolean = never,
): Promise<T | null> {
  while (!isStale()) {
    const end = performance.now() + SLICE;
    do {
      const step = work.next();
      if (step.done) return step.value;
    } while (performance.now() < end);
    await new Promise((resolve) => setTimeout(resolve));
  }
  return null;
}

function never(): boolean {
  return false;
}
