/**
 * How a window moves over an image: where it starts, and which pixels it covers.
 *
 * In: the length of each axis, and the options of a convolution or of a pool. Out: for each position of the window and
 * each of its taps, the pixel it falls on. Knows nothing of what is computed there.
 */

import { asList, asText, asWhole, type Fields, field, refuse, shown } from "./json";
import type { Shape } from "./weights";

/** One axis. `at[position * size + tap]` is the pixel, or -1 where the tap lies in the padding. */
interface Axis {
  readonly count: number;
  readonly size: number;
  readonly at: Int32Array;
}

export interface Windows {
  readonly rows: Axis;
  readonly columns: Axis;
}

export type Visit = (pixel: number, tap: number) => void;

const LARGEST_OPTION = 1000;

/** @param size Of the window, height and width. @param dilation Distance of its taps.
 * @throws BadModel An option is none that we know, or the window is larger than the image. */
export function windows(options: {
  config: Fields;
  where: string;
  input: Shape;
  size: readonly [number, number];
  strides: readonly [number, number];
  dilation?: readonly [number, number];
}): Windows {
  const { config, where, input, size, strides, dilation = [1, 1] } = options;
  const padding = asText(field(config, "padding") ?? "valid", `${where} padding`);
  if (padding !== "valid" && padding !== "same") {
    refuse(where, `expected the padding valid or same, got ${shown(padding)}`);
  }
  const [rows, columns] = [0, 1].map((i) =>
    axis(input[i], size[i], strides[i], dilation[i], padding === "same"),
  );
  if (rows.count < 1 || columns.count < 1) refuse(where, "its window is larger than the image");
  return { rows, columns };
}

/** Visit the pixels under the window at (y, x) that lie inside the image of `width` columns; a pixel is y * width + x. */
export function eachTap({ rows, columns }: Windows, y: number, x: number, width: number, visit: Visit): void {
  for (let a = 0; a < rows.size; a++) {
    const row = rows.at[y * rows.size + a];
    if (row < 0) continue;
    for (let b = 0; b < columns.size; b++) {
      const column = columns.at[x * columns.size + b];
      if (column >= 0) visit(row * width + column, a * columns.size + b);
    }
  }
}

/** Two whole numbers from 1 on; a single one stands for both. */
export function asPair(value: unknown, where: string): readonly [number, number] {
  if (typeof value === "number") {
    const side = asWhole(value, where, 1, LARGEST_OPTION);
    return [side, side];
  }
  const sides = asList(value, where, 2).map((side) => asWhole(side, where, 1, LARGEST_OPTION));
  if (sides.length !== 2) refuse(where, `expected two numbers, got ${sides.length}`);
  return [sides[0], sides[1]];
}

/** "same" gives ceil(length / stride) positions and puts the odd pixel of padding last, as Keras does. */
function axis(length: number, size: number, stride: number, dilation: number, same: boolean): Axis {
  const reach = (size - 1) * dilation + 1;
  const count = same ? Math.ceil(length / stride) : Math.floor((length - reach) / stride) + 1;
  const before = same ? Math.max((count - 1) * stride + reach - length, 0) >> 1 : 0;
  const at = new Int32Array(Math.max(count, 0) * size).map((_, i) => {
    const pixel = Math.floor(i / size) * stride - before + (i % size) * dilation;
    return pixel >= 0 && pixel < length ? pixel : -1;
  });
  return { count, size, at };
}
