/** The two networks of tests/vectors/stub.py, computed once more. */

import { architectures } from "../../src/constants";
import type { Maps, Plane } from "../../src/types";

const { BLANK, STEP } = architectures;

/** Says that everything is written at one angle, radians clockwise; what is dark is a number, what is faint a wall. */
export function stubDetector(angle: number): (picture: Plane) => Maps {
  return ({ width, height, data }) => {
    const [rows, columns] = [height / STEP, width / STEP];
    const maps = new Float32Array(rows * columns * 5);
    for (let i = 0; i < rows * columns; i++) {
      const [x, y] = [STEP * (i % columns), STEP * Math.floor(i / columns)];
      const dark = -meanOf(data, width, x, y, STEP);
      const answer = [3 * dark - 1, -5, 6 - 12 * Math.abs(dark - 0.5), Math.cos(angle), Math.sin(angle)];
      maps.set(answer, 5 * i);
    }
    return { rows, columns, channels: 5, data: maps };
  };
}

/** Makes characters of how much ink each place has. */
export function stubLine({ width, height, data }: Plane): Maps {
  const columns = width / STEP;
  const channels = BLANK + 1;
  const logits = Float32Array.from({ length: columns * channels }, (_, i) => {
    const ink = meanOf(data, width, STEP * Math.floor(i / channels), 0, height);
    return 400 * Math.cos(((i % channels) - 9 * ink) * ((2 * Math.PI) / channels));
  });
  return { rows: 1, columns, channels, data: logits };
}

/** The mean of `STEP` columns and some rows from a corner on. */
function meanOf(data: Float32Array, width: number, x: number, y: number, rows: number): number {
  let sum = 0;
  for (let row = y; row < y + rows; row++)
    for (let column = x; column < x + STEP; column++) sum += data[row * width + column];
  return sum / (rows * STEP);
}
