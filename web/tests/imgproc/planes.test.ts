/** What planes are made of and turned into, each against a slow way of saying the same. */

import { describe, expect, it } from "vitest";
import { bellBlurred, boxBlurred } from "../../src/imgproc/blur";
import { componentsIn } from "../../src/imgproc/labels";
import { closed, dilated, eroded } from "../../src/imgproc/morphology";
import { otsu } from "../../src/imgproc/otsu";
import type { Bytes } from "../../src/imgproc/planes";
import { turned } from "../../src/imgproc/planes";
import { averaged, interpolated } from "../../src/imgproc/resize";
import { roundToEven } from "../../src/imgproc/rounding";
import { quantile, quantileOfBytes, ranked } from "../../src/imgproc/select";
import type { Plane } from "../../src/types";
import { largestDifference } from "../vectors";

/** Numbers from 0 to 1 that are the same each time (a linear congruential generator). */
function* chance(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

function noise(width: number, height: number, seed = 1): Plane {
  const random = chance(seed);
  return { width, height, data: Float32Array.from({ length: width * height }, () => random.next().value) };
}

function speckled(width: number, height: number, share: number, seed = 2): Bytes {
  const { data } = noise(width, height, seed);
  return { width, height, data: Uint8Array.from(data, (value) => (value < share ? 1 : 0)) };
}

/** The values of the pixels around one, from `-before` to `+after`, those within the plane. */
function around({ width, height, data }: Bytes, at: number, wide: number, tall: number): number[] {
  const [column, row] = [at % width, Math.floor(at / width)];
  const found: number[] = [];
  for (let y = row - (tall >> 1); y < row - (tall >> 1) + tall; y++) {
    for (let x = column - (wide >> 1); x < column - (wide >> 1) + wide; x++) {
      if (x >= 0 && y >= 0 && x < width && y < height) found.push(data[y * width + x]);
    }
  }
  return found;
}

describe("values by rank", () => {
  it.each([0, 0.25, 0.5, 0.8, 0.998, 1])("are those of sorting: %f", (share) => {
    for (const length of [1, 2, 7, 1000]) {
      const values = noise(length, 1, length).data.map((value) => Math.round(8 * value) / 8);
      const sorted = [...values].sort((one, other) => one - other);
      const rank = share * (length - 1);
      const [low, high] = [sorted[Math.floor(rank)], sorted[Math.ceil(rank)]];
      expect(quantile(values, share)).toBeCloseTo(low + (high - low) * (rank % 1), 6);
      const bytes = Uint8Array.from(values, (value) => 255 * value);
      const sortedBytes = bytes.slice().sort();
      const [below, above] = [sortedBytes[Math.floor(rank)], sortedBytes[Math.ceil(rank)]];
      expect(quantileOfBytes(bytes, share)).toBeCloseTo(below + (above - below) * (rank % 1), 6);
    }
  });

  it("come with the next one, also where that lies far away", () => {
    expect(ranked(Float32Array.of(0, 1e-30, 0.5, 1, 1), 1)).toEqual([Math.fround(1e-30), 0.5]);
    expect(ranked(Float32Array.of(0.25), 0)).toEqual([0.25, 0.25]);
  });

  it("are rounded to the even number of two", () => {
    expect([0.5, 1.5, 2.5, -1.5, 2.4999, 2.51].map(roundToEven)).toEqual([0, 2, 2, -2, 2, 3]);
  });
});

describe("shapes", () => {
  it.each([
    [1, 1],
    [3, 3],
    [4, 1],
    [1, 5],
    [9, 9],
    [40, 6],
  ])("grow and shrink as the largest and smallest around each pixel do: %i x %i", (wide, tall) => {
    for (const share of [0.05, 0.5, 0.97]) {
      const mask = speckled(31, 17, share);
      const grown = mask.data.map((_, at) => Math.max(...around(mask, at, wide, tall)));
      const shrunk = mask.data.map((_, at) => Math.min(...around(mask, at, wide, tall)));
      expect(dilated(mask, wide, tall).data).toEqual(grown);
      expect(eroded(mask, wide, tall).data).toEqual(shrunk);
    }
  });

  it.each([3, 5, 13, 41])("are closed as by the largest, then the smallest: %i", (side) => {
    const plane = { ...noise(23, 19), data: noise(23, 19).data.map((value) => Math.floor(256 * value)) };
    const bytes = { width: 23, height: 19, data: Uint8Array.from(plane.data) };
    const grown = { ...bytes, data: bytes.data.map((_, at) => Math.max(...around(bytes, at, side, side))) };
    expect(closed(bytes, side).data).toEqual(
      grown.data.map((_, at) => Math.min(...around(grown, at, side, side))),
    );
  });
});

describe("components", () => {
  it.each([0.1, 0.3, 0.45, 0.6, 0.9])("are what flooding finds: %f", (share) => {
    const mask = speckled(40, 30, share, 3);
    const labels = flooded(mask);
    const found = componentsIn(mask);
    expect(found).toHaveLength(Math.max(0, ...labels));
    for (const { stretches, area, left, top, right, bottom } of found) {
      const label = labels[stretches[0] * 40 + stretches[1]];
      const own = [...labels.keys()].filter((at) => labels[at] === label);
      expect(area).toBe(own.length);
      expect([left, right - 1]).toEqual([
        Math.min(...own.map((at) => at % 40)),
        Math.max(...own.map((at) => at % 40)),
      ]);
      expect([top, bottom - 1]).toEqual([Math.floor(own[0] / 40), Math.floor(own[own.length - 1] / 40)]);
      for (let i = 0; i < stretches.length; i += 3) {
        for (let x = stretches[i + 1]; x < stretches[i + 2]; x++)
          expect(labels[stretches[i] * 40 + x]).toBe(label);
      }
    }
  });
});

/** Components by filling them one after the other. */
function flooded({ width, height, data }: Bytes): Int32Array {
  const labels = new Int32Array(data.length);
  let count = 0;
  for (const start of data.keys()) {
    if (!data[start] || labels[start]) continue;
    const open = [start];
    labels[start] = ++count;
    while (open.length) {
      const at = open.pop()!;
      for (const y of [-1, 0, 1]) {
        for (const x of [-1, 0, 1]) {
          const [column, row] = [(at % width) + x, Math.floor(at / width) + y];
          const there = row * width + column;
          if (column < 0 || row < 0 || column >= width || row >= height) continue;
          if (!data[there] || labels[there]) continue;
          labels[there] = count;
          open.push(there);
        }
      }
    }
  }
  return labels;
}

describe("sizes", () => {
  it("keep the mean when they shrink, and what is even stays so", () => {
    const plane = noise(37, 53);
    const small = averaged(plane, 11, 20);
    const mean = ({ data }: Plane): number => data.reduce((sum, value) => sum + value, 0) / data.length;
    expect(mean(small)).toBeCloseTo(mean(plane), 4);
    expect(averaged(plane, 37, 53).data).toEqual(plane.data);
    for (const value of interpolated({ width: 2, height: 2, data: new Float32Array(4).fill(0.7) }, 9, 5)
      .data) {
      expect(value).toBeCloseTo(0.7, 6);
    }
  });

  it("are blocks where the sides divide", () => {
    const plane = noise(12, 9);
    const small = averaged(plane, 4, 3);
    const block = [0, 1, 2].flatMap((y) => [0, 1, 2].map((x) => plane.data[(3 + y) * 12 + 6 + x]));
    expect(small.data[4 + 2]).toBeCloseTo(block.reduce((sum, value) => sum + value, 0) / 9, 6);
  });

  it("turn round in four quarters", () => {
    const plane = noise(5, 3);
    const quarter = turned(plane, 90);
    expect([quarter.width, quarter.height, quarter.data[2]]).toEqual([3, 5, plane.data[0]]);
    expect(turned(turned(plane, 90), 270)).toEqual(plane);
    expect(turned(turned(plane, 90), 90)).toEqual(turned(plane, 180));
  });
});

describe("blurs", () => {
  it("leave what is even as it is, also at the edges", () => {
    for (const [width, height] of [
      [1, 1],
      [2, 9],
      [30, 20],
    ]) {
      const even = { width, height, data: new Float32Array(width * height).fill(0.3) };
      expect(largestDifference(boxBlurred(even).data, even.data)).toBeLessThan(1e-6);
      expect(largestDifference(bellBlurred(even, 6).data, even.data)).toBeLessThan(1e-6);
    }
  });

  it("spread a point as a bell", () => {
    const point = { width: 41, height: 41, data: new Float32Array(41 * 41) };
    point.data[20 * 41 + 20] = 1;
    const { data } = bellBlurred(point, 2);
    expect(data[20 * 41 + 22] / data[20 * 41 + 20]).toBeCloseTo(Math.exp(-0.5), 5);
    expect(data[18 * 41 + 20]).toBeCloseTo(data[20 * 41 + 22], 7);
  });
});

describe("Otsu's threshold", () => {
  it("lies between two heaps", () => {
    const counts = new Uint32Array(256);
    counts.fill(10, 20, 40);
    counts.fill(4, 180, 200);
    expect(otsu(counts)).toBe(39);
  });
});
