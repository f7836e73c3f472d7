import { expect, it } from "vitest";
import { inSlices } from "../../src/network/slices";

/** Counts to `n`, a millisecond at each step. */
function* slow(n: number, done: () => void): Generator<void, number> {
  for (let i = 0; i < n; i++) {
    const end = performance.now() + 1;
    while (performance.now() < end);
    done();
    yield;
  }
  return n;
}

it("gives what the work gives", async () => {
  let steps = 0;
  expect(await inSlices(slow(30, () => steps++))).toBe(30);
  expect(steps).toBe(30);
});

it("lets others have their turn", async () => {
  let steps = 0;
  let seen = -1;
  setTimeout(() => {
    seen = steps;
  });
  await inSlices(slow(60, () => steps++));
  expect(seen).toBeGreaterThan(0);
  expect(seen).toBeLessThan(60);
});

it("ends when nobody waits for it any more", async () => {
  let steps = 0;
  expect(
    await inSlices(
      slow(1000, () => steps++),
      () => steps > 5,
    ),
  ).toBeNull();
  expect(steps).toBeLessThan(100);
});

it("hands on what goes wrong", async () => {
  const broken = (function* (): Generator<void, number> {
    yield;
    throw new RangeError("no");
  })();
  await expect(inSlices(broken)).rejects.toThrow(RangeError);
});
