/**
 * A reading network that runs: a picture of any size in, what the last layer gives out.
 *
 * In: the bytes of an ONNX file as `inkdigit.formats.reading_onnx` writes it, then pictures. Out: logits. Knows nothing
 * of what they mean.
 */

import type { Maps, Plane } from "../../types";
import { fetched } from "../fetched";
import { asFields, BadModel, type Fields, refuse } from "../json";
import type { Engine } from "./engine";
import { readGraph } from "./graph";
import { type Convolution, type Layer, PANEL, readLayers } from "./layers";
import { type Plan, paddedLength, planOf, type Value } from "./plan";

export interface ReadingNetwork {
  readonly name: string;
  /** What the file says about itself. */
  readonly card: Fields;
  /** Channels of what it gives. */
  readonly channels: number;
  /** @throws RangeError The picture is too small or too large, or its sides are no multiple of what they must be. */
  readonly run: (picture: Plane) => Maps;
}

const CARD_KEY = "inkdigit-reading";
/** Numbers in memory: half a gigabyte. */
const MOST_NUMBERS = 2 ** 27;

/** @throws BadModel The file is none of ours. */
export function readReadingNetwork(file: ArrayBuffer, engine: Engine): ReadingNetwork {
  const graph = readGraph(file);
  const layers = readLayers(graph);
  const weights = placeWeights(layers, engine);
  const { channels } = layers.at(-1)!;
  return {
    name: graph.name,
    card: cardOf(graph.properties.get(CARD_KEY)),
    channels,
    run: ({ width, height, data }) => {
      const plan = planOf(layers, height, width, weights.end);
      if (plan.length > MOST_NUMBERS) throw new RangeError(`${width} x ${height} pixels are too many`);
      const memory = engine.memory(plan.length);
      const numbers = new Float32Array(memory);
      numbers.set(data, plan.values[0].place);
      layers.forEach((layer, i) => {
        const [input, other] = layer.inputs.map((value) => plan.values[value]);
        const output = plan.values[i + 1];
        if (layer.convolution)
          convolve(layer.convolution, weights.places[i], input, output, plan, engine, memory);
        else OTHERS[layer.kind as keyof typeof OTHERS](numbers, input, output, other);
      });
      return unpadded(numbers, plan.values.at(-1)!, channels);
    },
  };
}

/**
 * Fetch a file and read it.
 *
 * @throws BadModel It is missing, too large, or refused by `readReadingNetwork`.
 * @throws TypeError The network is down (from `fetch`).
 */
export async function fetchReadingNetwork(url: string, engine: Engine): Promise<ReadingNetwork> {
  return readReadingNetwork(await fetched(url), engine);
}

function cardOf(text: string | undefined): Fields {
  if (text === undefined) return refuse("model", `has no card ${CARD_KEY}`);
  try {
    return asFields(JSON.parse(text), CARD_KEY);
  } catch (error) {
    if (error instanceof BadModel) throw error;
    return refuse(CARD_KEY, "is no JSON");
  }
}

interface Weights {
  /** Of each layer's kernel; its bias lies behind it. */
  readonly places: readonly number[];
  readonly end: number;
}

/** Kernels and biases lie at the beginning of the memory for good. */
function placeWeights(layers: readonly Layer[], engine: Engine): Weights {
  const places = [0];
  for (const { convolution } of layers)
    places.push(places.at(-1)! + (convolution ? convolution.kernel.length + convolution.bias.length : 0));
  const end = places.at(-1)!;
  const numbers = new Float32Array(engine.memory(end));
  layers.forEach(({ convolution }, i) => {
    if (!convolution) return;
    numbers.set(convolution.kernel, places[i]);
    numbers.set(convolution.bias, places[i] + convolution.kernel.length);
  });
  return { places, end };
}

/** Pads the input, says where each window begins and which of its numbers lie side by side, and convolves. */
function convolve(
  layer: Convolution,
  weights: number,
  input: Value,
  output: Value,
  plan: Plan,
  engine: Engine,
  memory: ArrayBuffer,
): void {
  const { size, stride, dilation, padding, kernel } = layer;
  const offsets = new Uint32Array(memory);
  const padded = pad(new Float32Array(memory), input, padding, plan.scratch);
  const positions = plan.scratch + paddedLength(input, padding);
  const row = 4 * padded.columns * input.channels;
  const pixel = 4 * input.channels;
  for (let y = 0, at = positions; y < output.rows; y++) {
    for (let x = 0; x < output.columns; x++) offsets[at++] = y * stride[0] * row + x * stride[1] * pixel;
  }
  const count = output.rows * output.columns;
  const runs = positions + count;
  const isDense = dilation[1] === 1 || size[1] === 1;
  let at = runs;
  for (let y = 0; y < size[0]; y++) {
    for (let x = 0; x < (isDense ? 1 : size[1]); x++) {
      offsets[at++] = y * dilation[0] * row + x * dilation[1] * pixel;
      offsets[at++] = (isDense ? size[1] : 1) * input.channels;
    }
  }
  engine.convolve({
    input: padded.place,
    positions,
    count,
    runs,
    runCount: (at - runs) / 2,
    kernel: weights,
    bias: weights + kernel.length,
    output: output.place,
    panels: output.channels / PANEL,
    floor: layer.isRectified ? 0 : Number.NEGATIVE_INFINITY,
  });
}

/** The input with zeros around it, at a place; as it is where there are none. */
function pad(
  numbers: Float32Array,
  input: Value,
  [above, left]: readonly [number, number],
  place: number,
): Value {
  if (!above && !left) return input;
  const { rows, columns, channels } = input;
  const wide = columns + 2 * left;
  numbers.fill(0, place, place + paddedLength(input, [above, left]));
  for (let y = 0; y < rows; y++) {
    const from = input.place + y * columns * channels;
    numbers.copyWithin(place + ((y + above) * wide + left) * channels, from, from + columns * channels);
  }
  return { rows: rows + 2 * above, columns: wide, channels, place };
}

const OTHERS = {
  pool: (numbers: Float32Array, input: Value, output: Value): void => {
    const row = input.columns * input.channels;
    for (let y = 0; y < output.rows; y++) {
      for (let i = 0; i < row; i++) {
        const at = input.place + 2 * y * row + i;
        numbers[output.place + y * row + i] = Math.max(numbers[at], numbers[at + row]);
      }
    }
  },
  upsample: (numbers: Float32Array, input: Value, output: Value): void => {
    const { rows, columns, channels } = input;
    for (let y = 0; y < rows; y++) {
      const begin = output.place + 4 * y * columns * channels;
      for (let x = 0; x < columns; x++) {
        const from = input.place + (y * columns + x) * channels;
        numbers.copyWithin(begin + 2 * x * channels, from, from + channels);
        numbers.copyWithin(begin + (2 * x + 1) * channels, from, from + channels);
      }
      numbers.copyWithin(begin + 2 * columns * channels, begin, begin + 2 * columns * channels);
    }
  },
  add: (numbers: Float32Array, input: Value, output: Value, other: Value): void => {
    const length = output.rows * output.columns * output.channels;
    for (let i = 0; i < length; i++)
      numbers[output.place + i] = numbers[input.place + i] + numbers[other.place + i];
  },
};

/** A copy of a value without the channels that are only stored. */
function unpadded(numbers: Float32Array, value: Value, channels: number): Maps {
  const { rows, columns, channels: stored, place } = value;
  const data = new Float32Array(rows * columns * channels);
  for (let i = 0; i < rows * columns; i++)
    data.set(numbers.subarray(place + i * stored, place + i * stored + channels), i * channels);
  return { rows, columns, channels, data };
}
