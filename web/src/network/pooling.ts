/** Pools: each window of an image becomes one number a channel. In and out: images (height, width, channels). */

import { asImage, eachPosition } from "./convolution";
import { field, refuse } from "./json";
import type { Build, Given } from "./layer";
import { sizeOf } from "./weights";
import { asPair, eachTap, windows } from "./windows";

/** Keras' MaxPooling2D. The gradient goes to the largest pixel of the window; of equals, to the first. */
export const maxPool: Build = (given) => {
  const { height, width, channels, over, outputShape } = geometry(given);
  /** For each output number, the input number that it is. */
  const largest = (x: Float32Array): Int32Array => {
    const from = new Int32Array(sizeOf(outputShape)).fill(-1);
    eachPosition(over, (row, column, position) =>
      eachTap(over, row, column, width, (pixel) => {
        for (let c = 0; c < channels; c++) {
          const at = position * channels + c;
          if (from[at] < 0 || x[pixel * channels + c] > x[from[at]]) from[at] = pixel * channels + c;
        }
      }),
    );
    return from;
  };
  return {
    outputShape,
    cost: sizeOf(outputShape) * over.rows.size * over.columns.size,
    weigh: (x) => Float32Array.from(largest(x), (from) => x[from]),
    back: (gradient, x) => {
      const before = new Float32Array(height * width * channels);
      largest(x).forEach((from, i) => {
        before[from] += gradient[i];
      });
      return before;
    },
  };
};

/** Keras' AveragePooling2D: the mean over the pixels that lie inside the image. */
export const averagePool: Build = (given) => {
  const { height, width, channels, over, outputShape } = geometry(given);
  const inside = (row: number, column: number): number => {
    let count = 0;
    eachTap(over, row, column, width, () => {
      count++;
    });
    return count;
  };
  return {
    outputShape,
    cost: sizeOf(outputShape) * over.rows.size * over.columns.size,
    weigh: (x) => {
      const output = new Float32Array(sizeOf(outputShape));
      eachPosition(over, (row, column, position) => {
        const share = 1 / inside(row, column);
        eachTap(over, row, column, width, (pixel) => {
          for (let c = 0; c < channels; c++)
            output[position * channels + c] += share * x[pixel * channels + c];
        });
      });
      return output;
    },
    back: (gradient) => {
      const before = new Float32Array(height * width * channels);
      eachPosition(over, (row, column, position) => {
        const share = 1 / inside(row, column);
        eachTap(over, row, column, width, (pixel) => {
          for (let c = 0; c < channels; c++)
            before[pixel * channels + c] += share * gradient[position * channels + c];
        });
      });
      return before;
    },
  };
};

/** Keras' GlobalAveragePooling2D: the mean of each channel. */
export const globalAveragePool: Build = ({ config, where, input }) => {
  const [height, width, channels] = asImage(input, where);
  if (field(config, "keepdims")) refuse(where, "keepdims is not supported");
  const pixels = height * width;
  return {
    outputShape: [channels],
    cost: pixels * channels,
    weigh: (x) => {
      const sums = new Float64Array(channels);
      for (let i = 0; i < x.length; i++) sums[i % channels] += x[i];
      return Float32Array.from(sums, (sum) => sum / pixels);
    },
    back: (gradient) => new Float32Array(pixels * channels).map((_, i) => gradient[i % channels] / pixels),
  };
};

function geometry({ config, where, input }: Given) {
  const [height, width, channels] = asImage(input, where);
  const size = asPair(field(config, "pool_size") ?? 2, `${where} pool_size`);
  const strides = asPair(field(config, "strides") ?? size, `${where} strides`);
  const over = windows({ config, where, input, size, strides });
  return { height, width, channels, over, outputShape: [over.rows.count, over.columns.count, channels] };
}
