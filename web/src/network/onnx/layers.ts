/**
 * The graph of a reading network as layers that run: convolutions with their bias and rectifier, pools, joined scales.
 *
 * In: a `Graph` from anywhere. Out: `Layer`s in the order of the file, each of known inputs, or `BadModel`: what
 * `inkdigit.formats.reading_onnx` never writes is refused. Knows nothing of pictures and their sizes.
 */

import { refuse, short } from "../json";
import type { Weight } from "../weights";
import type { Graph, Node } from "./graph";

type Pair = readonly [rows: number, columns: number];

export interface Convolution {
  readonly size: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** Zeros above and below, left and right. */
  readonly padding: Pair;
  /** In panels of `PANEL` filters: for each number of a window, row by row, as many weights. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
  /** Whether sums below 0 become 0. */
  readonly isRectified: boolean;
}

/** What a network knows at a time: the picture is value 0, layer i gives value i + 1. */
export interface Layer {
  /** Of what it gives. */
  readonly name: string;
  /** `pool` is the larger of two rows; `upsample` each pixel twice in both directions. */
  readonly kind: "convolution" | "pool" | "upsample" | "add";
  readonly inputs: readonly number[];
  readonly channels: number;
  readonly convolution: Convolution | null;
}

/** Filters that are computed together. */
export const PANEL = 8;

const MOST_LAYERS = 100;
const MOST_CHANNELS = 4096;
const LARGEST_STEP = 16;

/** Channels of a value as it is stored: a multiple of a panel, those beyond its own 0; but the picture has one. */
export function storedChannels(layers: readonly Layer[], value: number): number {
  return value === 0 ? 1 : PANEL * Math.ceil(layers[value - 1].channels / PANEL);
}

/** @throws BadModel A node is unknown, or does not fit the ones before it. */
export function readLayers(graph: Graph): Layer[] {
  const constants = new Map(graph.constants);
  const values = new Map([[graph.input, 0]]);
  const layers: Layer[] = [];
  for (const node of graph.nodes) {
    const where = `node ${short(node.output)}`;
    if (values.has(node.output)) refuse(where, "is there twice");
    if (node.kind === "Cast") {
      constants.set(node.output, constants.get(node.inputs[0]) ?? refuse(where, "casts no constant"));
      continue;
    }
    const inputs = node.inputs
      .slice(0, node.kind === "Add" ? 2 : 1)
      .map((name) => values.get(name) ?? refuse(where, `nothing gives ${short(name)}`));
    if (node.kind === "Relu") {
      const before = inputs[0] === layers.length ? layers.pop() : undefined;
      if (!before?.convolution) return refuse(where, "rectifies no convolution right before it");
      values.delete(node.inputs[0]); // computed together, so nobody else may ask for it
      layers.push({
        ...before,
        name: node.output,
        convolution: { ...before.convolution, isRectified: true },
      });
    } else {
      layers.push(layerOf(node, inputs, layers, constants));
    }
    values.set(node.output, layers.length);
    if (layers.length > MOST_LAYERS) refuse("graph", `has more than ${MOST_LAYERS} layers`);
  }
  if (!layers.length || values.get(graph.output) !== layers.length)
    refuse("graph", "its output is not what its last node gives");
  return layers;
}

function layerOf(
  node: Node,
  inputs: readonly number[],
  layers: readonly Layer[],
  constants: ReadonlyMap<string, Weight>,
): Layer {
  const where = `node ${short(node.output)}`;
  const [channels, ...others] = inputs.map((value) => (value === 0 ? 1 : layers[value - 1].channels));
  const layer = { name: node.output, inputs, channels, convolution: null };
  const constant = (index: number): Weight =>
    constants.get(node.inputs[index]) ?? refuse(where, `has no constant for input ${index}`);
  if (node.kind === "Conv") {
    const convolution = convolutionOf(node, channels, storedChannels(layers, inputs[0]), constant, where);
    return { ...layer, kind: "convolution", channels: constant(1).shape[0], convolution };
  }
  if (inputs.includes(0)) refuse(where, `${short(node.kind)} of the picture is not supported`);
  if (node.kind === "Add") {
    if (others[0] !== channels) refuse(where, `adds ${others[0] ?? 0} channels to ${channels}`);
    return { ...layer, kind: "add" };
  }
  if (node.kind === "MaxPool") {
    same(node, { kernel_shape: [2, 1], strides: [2, 1] }, where);
    return { ...layer, kind: "pool" };
  }
  if (node.kind !== "Resize") return refuse(where, `${short(node.kind)} is not supported`);
  same(node, UPSAMPLE, where);
  if (constant(2).data.join() !== "1,1,2,2") refuse(where, "expected the scales 1, 1, 2, 2");
  return { ...layer, kind: "upsample" };
}

const UPSAMPLE = {
  mode: "nearest",
  nearest_mode: "floor",
  coordinate_transformation_mode: "asymmetric",
} as const;

/** Holds the attributes of a node to the only ones that are written. */
function same(node: Node, expected: Readonly<Record<string, readonly number[] | string>>, where: string) {
  for (const name of new Set([...node.attributes.keys(), ...Object.keys(expected)])) {
    const value = node.attributes.get(name);
    if (String(value) !== String(expected[name])) refuse(where, `${short(name)} ${value} is not supported`);
  }
}

function convolutionOf(
  node: Node,
  channels: number,
  stored: number,
  constant: (index: number) => Weight,
  where: string,
): Convolution {
  const [kernel, bias] = [constant(1), constant(2)];
  const [filters, depth, ...size] = kernel.shape;
  if (size.length !== 2 || depth !== channels || bias.shape.join() !== String(filters))
    refuse(where, `a kernel (${kernel.shape}) and a bias (${bias.shape}) do not fit ${channels} channels`);
  if (!(filters >= 1 && filters <= MOST_CHANNELS)) refuse(where, `has ${filters} filters`);
  const pads = pairOf(node, "pads", 0, where, 4);
  const convolution = {
    size: size as unknown as Pair,
    stride: pairOf(node, "strides", 1, where),
    dilation: pairOf(node, "dilations", 1, where),
    padding: pads,
    kernel: packed(kernel, stored),
    bias: new Float32Array(PANEL * Math.ceil(filters / PANEL)),
    isRectified: false,
  };
  same(
    node,
    {
      kernel_shape: size,
      strides: convolution.stride,
      dilations: convolution.dilation,
      pads: [...pads, ...pads],
    },
    where,
  );
  convolution.bias.set(bias.data);
  return convolution;
}

/** Two whole numbers, of rows and columns; an attribute of four must say the same twice. */
function pairOf(node: Node, name: string, least: number, where: string, length = 2): Pair {
  const value = node.attributes.get(name);
  if (!Array.isArray(value) || value.length !== length) return refuse(where, `expected ${length} ${name}`);
  if (!value.every((one) => one >= least && one <= LARGEST_STEP))
    refuse(where, `${name} ${value} are not supported`);
  return [value[0], value[1]];
}

/** A kernel (filters, channels, rows, columns) in panels, with 0 for stored channels and filters that are none. */
function packed({ shape, data }: Weight, stored: number): Float32Array {
  const [filters, channels, rows, columns] = shape;
  const places = rows * columns;
  const panels = Math.ceil(filters / PANEL);
  const kernel = new Float32Array(panels * places * stored * PANEL);
  for (let filter = 0; filter < filters; filter++) {
    const panel = Math.floor(filter / PANEL) * places * stored * PANEL + (filter % PANEL);
    for (let channel = 0; channel < channels; channel++) {
      for (let place = 0; place < places; place++) {
        kernel[panel + (place * stored + channel) * PANEL] =
          data[(filter * channels + channel) * places + place];
      }
    }
  }
  return kernel;
}
