/**
 * Convolutions: a window slides over an image and weighs what it sees, with the same weights everywhere.
 *
 * In and out: images (height, width, channels). Two-dimensional, channels last, one group.
 */

import { biasOf, MOST_UNITS } from "./dense";
import { asWhole, field, refuse, shown } from "./json";
import type { Build, Given } from "./layer";
import { addRows, dotRow, Sparse } from "./sparse";
import { sizeOf } from "./weights";
import { asPair, eachTap, type Windows, windows } from "./windows";

/** Keras' Conv2D; kernel (height, width, channels, filters). */
export const conv2d: Build = (given) => {
  const { config, where } = given;
  const { height, width, channels, over, size } = geometry(given);
  const filters = asWhole(field(config, "filters"), `${where} filters`, 1, MOST_UNITS);
  const groups = field(config, "groups") ?? 1;
  if (groups !== 1) refuse(where, `expected one group, got ${shown(groups)}`);
  const kernel = given.weight("kernel", [...size, channels, filters]);
  const bias = biasOf(given, filters);
  const seen = new Sparse(sizeOf(size) * channels);
  const upstream = new Sparse(filters);
  const sums = new Float64Array(filters);
  const outputShape = [over.rows.count, over.columns.count, filters];
  return {
    outputShape,
    cost: sizeOf(outputShape) * sizeOf(size) * channels,
    weigh: (x) => {
      const output = new Float32Array(sizeOf(outputShape));
      eachPosition(over, (row, column, position) => {
        seen.clear();
        eachTap(over, row, column, width, (pixel, tap) =>
          seen.gather(x, pixel * channels, (pixel + 1) * channels, tap * channels),
        );
        sums.set(bias);
        addRows(sums, seen, kernel, filters);
        output.set(sums, position * filters);
      });
      return output;
    },
    back: (gradient) => {
      const before = new Float32Array(height * width * channels);
      eachPosition(over, (row, column, position) => {
        upstream.clear();
        upstream.gather(gradient, position * filters, (position + 1) * filters, 0);
        if (upstream.length === 0) return;
        eachTap(over, row, column, width, (pixel, tap) => {
          for (let c = 0; c < channels; c++) {
            before[pixel * channels + c] += dotRow(upstream, kernel, (tap * channels + c) * filters);
          }
        });
      });
      return before;
    },
  };
};

/** Keras' DepthwiseConv2D: each channel by itself, with `depth_multiplier` filters; kernel (height, width, channels,
 * multiplier), output channel c * multiplier + m. */
export const depthwiseConv2d: Build = (given) => {
  const { config, where } = given;
  const { height, width, channels, over, size } = geometry(given);
  const multiplier = asWhole(
    field(config, "depth_multiplier") ?? 1,
    `${where} depth_multiplier`,
    1,
    MOST_UNITS,
  );
  const filters = channels * multiplier;
  const kernel = given.weight("depthwise_kernel", [...size, channels, multiplier]);
  const bias = biasOf(given, filters);
  const outputShape = [over.rows.count, over.columns.count, filters];
  return {
    outputShape,
    cost: sizeOf(outputShape) * sizeOf(size),
    weigh: (x) => {
      const output = new Float32Array(sizeOf(outputShape));
      const sums = new Float64Array(filters);
      eachPosition(over, (row, column, position) => {
        sums.set(bias);
        eachTap(over, row, column, width, (pixel, tap) => {
          for (let f = 0; f < filters; f++) {
            sums[f] += x[pixel * channels + Math.floor(f / multiplier)] * kernel[tap * filters + f];
          }
        });
        output.set(sums, position * filters);
      });
      return output;
    },
    back: (gradient) => {
      const before = new Float32Array(height * width * channels);
      eachPosition(over, (row, column, position) =>
        eachTap(over, row, column, width, (pixel, tap) => {
          for (let f = 0; f < filters; f++) {
            before[pixel * channels + Math.floor(f / multiplier)] +=
              gradient[position * filters + f] * kernel[tap * filters + f];
          }
        }),
      );
      return before;
    },
  };
};

/** Call for every position of the window, row by row. */
export function eachPosition(
  { rows, columns }: Windows,
  visit: (row: number, column: number, position: number) => void,
): void {
  for (let row = 0; row < rows.count; row++) {
    for (let column = 0; column < columns.count; column++) visit(row, column, row * columns.count + column);
  }
}

/** What both kinds of convolution share. */
function geometry({ config, where, input }: Given) {
  const [height, width, channels] = asImage(input, where);
  const size = asPair(field(config, "kernel_size"), `${where} kernel_size`);
  const strides = asPair(field(config, "strides") ?? 1, `${where} strides`);
  const dilation = asPair(field(config, "dilation_rate") ?? 1, `${where} dilation_rate`);
  return { height, width, channels, size, over: windows({ config, where, input, size, strides, dilation }) };
}

/** The three sides of an image; anything else is refused. */
export function asImage(input: readonly number[], where: string): readonly [number, number, number] {
  if (input.length !== 3)
    refuse(where, `expected an image (height, width, channels), got ${input.length} axes`);
  return [input[0], input[1], input[2]];
}
