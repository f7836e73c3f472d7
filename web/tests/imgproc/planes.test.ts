/** What planes are made of and turned into, each against a slow way of saying the same. */

import { describe, expect, it } from "vitest";
import { isBlank, medianBlurred } from "../../src/imgproc/blank";
import { greyOf, resized } from "../../src/imgproc/grey";
import { componentsIn } from "../../src/imgproc/labels";
import { dilated, eroded } from "../../src/imgproc/morphology";
import type { Bytes } from "../../src/imgproc/planes";
import { averaged, interpolated } from "../../src/imgproc/resize";
import { roundToEven } from "../../src/imgproc/rounding";
import { quantileOfBytes } from "../../src/imgproc/select";
import type { Plane } from "../../src/types";

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
      const rank = share * (length - 1);
      const bytes = Uint8Array.from(values, (value) => 255 * value);
      const sortedBytes = bytes.slice().sort();
      const [below, above] = [sortedBytes[Math.floor(rank)], sortedBytes[Math.ceil(rank)]];
      expect(quantileOfBytes(bytes, share)).toBeCloseTo(below + (above - below) * (rank % 1), 6);
    }
  });

  it("are rounded to the even number of two", () => {
    expect([0.5, 1.5, 2.5, -1.5, 2.4999, 2.51].map(roundToEven)).toEqual([0, 2, 2, -2, 2, 3]);
  });
});

describe("shapes", () => {
  it.each([
    [1, 1],
    [3, 3],
    [7, 1],
    [1, 5],
    [9, 9],
  ])("grow and shrink as the largest and smallest around each pixel do: %i x %i", (wide, tall) => {
    for (const share of [0.05, 0.5, 0.97]) {
      const mask = speckled(31, 17, share);
      const grown = mask.data.map((_, at) => Math.max(...around(mask, at, wide, tall)));
      const shrunk = mask.data.map((_, at) => Math.min(...around(mask, at, wide, tall)));
      expect(dilated(mask, wide, tall).data).toEqual(grown);
      expect(eroded(mask, wide, tall).data).toEqual(shrunk);
    }
  });
});

describe("components", () => {
  it.each([
    [0.1, true],
    [0.3, true],
    [0.45, true],
    [0.6, true],
    [0.9, true],
    [0.3, false],
    [0.6, false],
  ])("are what flooding finds: %f, corners %s", (share, corners) => {
    const mask = speckled(40, 30, share, 3);
    const labels = flooded(mask, corners);
    const found = componentsIn(mask, corners);
    expect(found).toHaveLength(Math.max(0, ...labels));
    for (const { pixels, left, top, right, bottom } of found) {
      const own = [...labels.keys()].filter((at) => labels[at] === labels[pixels[0]]);
      expect([...pixels]).toEqual(own);
      const columns = own.map((at) => at % 40);
      expect([left, right - 1]).toEqual([Math.min(...columns), Math.max(...columns)]);
      expect([top, bottom - 1]).toEqual([Math.floor(own[0] / 40), Math.floor(own[own.length - 1] / 40)]);
    }
  });
});

/** Components by filling them one after the other. */
function flooded({ width, height, data }: Bytes, corners: boolean): Int32Array {
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
          if (!corners && x && y) continue;
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
});

describe("grey levels", () => {
  it("are what the eye sees of three colours, on white where nothing is", () => {
    const data = Uint8ClampedArray.of(
      255,
      0,
      0,
      255,
      0,
      255,
      0,
      255,
      0,
      0,
      255,
      255,
      9,
      9,
      9,
      0,
      80,
      80,
      80,
      255,
    );
    expect([...greyOf({ width: 5, height: 1, data }).data]).toEqual([76, 150, 29, 255, 80]);
  });

  it("shrink to the mean of each block", () => {
    const grey = { width: 4, height: 2, data: Uint8Array.of(0, 10, 20, 30, 10, 21, 30, 42) };
    expect([...resized(grey, 2, 1).data]).toEqual([10, 30]);
    expect(resized(grey, 4, 2)).toBe(grey);
    expect([...resized(grey, 4, 4).data.subarray(0, 5)]).toEqual([0, 10, 20, 30, 2]);
  });
});

describe("a blank page", () => {
  it.each([3, 5, 31])("is told by the median around each pixel: %i", (side) => {
    const { data } = noise(40, 35, 7);
    const bytes = { width: 40, height: 35, data: Uint8Array.from(data, (value) => 256 * value) };
    const reach = side >> 1;
    const expected = bytes.data.map((_, at) => {
      const levels: number[] = [];
      for (let y = -reach; y <= reach; y++) {
        for (let x = -reach; x <= reach; x++) {
          const row = Math.min(34, Math.max(0, Math.floor(at / 40) + y));
          levels.push(bytes.data[row * 40 + Math.min(39, Math.max(0, (at % 40) + x))]);
        }
      }
      return levels.sort((one, other) => one - other)[levels.length >> 1];
    });
    expect(medianBlurred(bytes, side).data).toEqual(expected);
  });

  it("has shadows at most", () => {
    const shade = {
      width: 90,
      height: 80,
      data: Uint8Array.from({ length: 7200 }, (_, i) => 100 + (i % 90)),
    };
    expect(isBlank(shade)).toBe(true);
    for (let y = 40; y < 46; y++) shade.data.fill(20, y * 90 + 40, y * 90 + 46);
    expect(isBlank(shade)).toBe(false);
  });
});
