/**
 * A model.json and its weights, as `inkdigit export --format tfjs` writes them, turned into a network that runs.
 *
 * In: parsed JSON and the bytes of the weights; both may come from anywhere and are trusted in nothing. Out: a
 * `Network`, or `BadModel` with one line that says why not. Nothing in the files can run.
 *
 * The format: the layers model of TensorFlow.js with a Sequential topology, and the card under
 * `userDefinedMetadata.inkdigit`.
 */

import { linear } from "./activations";
import { type Card, readCard } from "./card";
import { fetched } from "./fetched";
import {
  asFields,
  asList,
  asNumber,
  asText,
  asWhole,
  BadModel,
  type Fields,
  field,
  refuse,
  short,
  shown,
} from "./json";
import { KINDS } from "./kinds";
import type { Given, Layer } from "./layer";
import { answeringLayer, type Network, PIXELS, runLayers } from "./network";
import { readWeights, type Shape, sizeOf, type Weight, weightPaths } from "./weights";

export { BadModel };

const MOST_LAYERS = 200;
const MOST_AXES = 8;
/** Numbers that one layer gives out; the shipped networks have at most 21,632. */
const LARGEST_OUTPUT = 2 ** 22;
/** Multiplications for one frame; the shipped convolutional network has 7.1 million. */
const MOST_WORK = 1e9;

/**
 * Read a model that is at hand.
 *
 * @param json What `JSON.parse` made of model.json.
 * @param bytes The weight files, one after the other in the order of the manifest.
 * @throws BadModel Anything in it is missing, unknown or does not fit.
 */
export function readModel(json: unknown, bytes: ArrayBuffer): Network {
  const model = asFields(json, "model.json");
  const metadata = asFields(field(model, "userDefinedMetadata"), "userDefinedMetadata");
  const card = readCard(field(metadata, "inkdigit"));
  const input = asFields(field(metadata, "input") ?? {}, "userDefinedMetadata input");
  const inkScale = asNumber(field(input, "scale") ?? 1, "input scale", 1e-6, 1e6);
  const sequential = sequentialOf(model);
  const { inputShape, layers } = chain(sequential, readWeights(model, bytes));
  checkOutput(layers, card);
  const name = asText(field(sequential, "name") ?? card.name, "modelTopology name");
  const network: Network = {
    name,
    card,
    inputShape,
    inkScale,
    layers,
    run: (frame) => runLayers(layers, frame, inkScale),
  };
  checkFinite(network);
  return network;
}

/**
 * Fetch a model and read it.
 *
 * @param url Of model.json; its weight files lie beside it.
 * @throws BadModel A file is missing, too large, no JSON, or refused by `readModel`.
 * @throws TypeError The network is down (from `fetch`).
 */
export async function fetchModel(url: string): Promise<Network> {
  const json = parsed(await fetched(url));
  const base = new URL(url, globalThis.location?.href);
  const files = await Promise.all(
    weightPaths(asFields(json, "model.json")).map((path) => {
      const file = new URL(path, base);
      file.search = base.search;
      return fetched(file.href);
    }),
  );
  return readModel(json, joined(files));
}

function parsed(bytes: ArrayBuffer): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return refuse("model.json", "is no JSON");
  }
}

function joined(files: readonly ArrayBuffer[]): ArrayBuffer {
  if (files.length === 1) return files[0];
  const whole = new Uint8Array(files.reduce((total, file) => total + file.byteLength, 0));
  let start = 0;
  for (const file of files) {
    whole.set(new Uint8Array(file), start);
    start += file.byteLength;
  }
  return whole.buffer;
}

/** The configuration of the Sequential model, which some writers wrap in `model_config`. */
function sequentialOf(model: Fields): Fields {
  const topology = asFields(field(model, "modelTopology"), "modelTopology");
  const wrapped = field(topology, "model_config");
  const described = wrapped === undefined ? topology : asFields(wrapped, "model_config");
  const kind = field(described, "class_name");
  if (kind !== "Sequential") refuse("modelTopology", `expected a Sequential model, got ${shown(kind)}`);
  return asFields(field(described, "config"), "modelTopology config");
}

/** Make the layers one after the other, each from the shape that the one before gives out. */
function chain(config: Fields, weights: Map<string, Weight>): { inputShape: Shape; layers: Layer[] } {
  const described = asList(field(config, "layers"), "layers", MOST_LAYERS).map((layer) =>
    asFields(layer, "layer"),
  );
  if (described.length === 0) refuse("layers", "there is none");
  const inputShape = inputShapeOf(asFields(field(described[0], "config"), "layer config"));
  const unused = new Map(weights);
  const layers: Layer[] = [];
  let work = 0;
  for (const one of described) {
    const layer = makeLayer(one, layers.at(-1)?.outputShape ?? inputShape, unused);
    if (layers.some(({ name }) => name === layer.name))
      refuse(`layer "${short(layer.name)}"`, "is there twice");
    work += layer.transform.cost;
    if (work > MOST_WORK) refuse("layers", `would take more than ${MOST_WORK} multiplications`);
    layers.push(layer);
  }
  for (const name of unused.keys()) refuse(`weight ${short(name)}`, "belongs to no layer");
  return { inputShape, layers };
}

function inputShapeOf(config: Fields): Shape {
  const where = "batch_input_shape";
  const batched = field(config, where) ?? field(config, "batch_shape");
  const [batch, ...sides] = asList(batched, where, MOST_AXES);
  if (batch !== null) refuse(where, `expected null as the size of the batch, got ${shown(batch)}`);
  const shape = sides.map((side) => asWhole(side, where, 1, PIXELS));
  if (!INPUT_SHAPES.includes(shape.join()))
    refuse(where, `expected one of 28,28 or 28,28,1 or 784, got ${shape}`);
  return shape;
}

const INPUT_SHAPES = ["28,28", "28,28,1", "784"];

/** Make one layer; the weights that it takes leave `unused`. */
function makeLayer(described: Fields, input: Shape, unused: Map<string, Weight>): Layer {
  const kind = asText(field(described, "class_name"), "layer class_name");
  const config = asFields(field(described, "config"), "layer config");
  const name = asText(field(config, "name"), "layer name");
  const where = `layer "${short(name)}"`;
  const build = KINDS.get(kind) ?? refuse(where, `${shown(kind)} is not supported`);
  const format = field(config, "data_format") ?? "channels_last";
  if (format !== "channels_last") refuse(where, `data_format ${shown(format)} is not supported`);
  const taken = new Map<string, Weight>();
  const weight: Given["weight"] = (part, shape) => {
    const found = unused.get(`${name}/${part}`) ?? refuse(where, `has no weight ${part}`);
    if (found.shape.join() !== shape.join()) {
      refuse(where, `expected the ${part} (${shape.join(", ")}), got (${found.shape.join(", ")})`);
    }
    unused.delete(`${name}/${part}`);
    taken.set(part, found);
    return found.data;
  };
  const transform = build({ where, config, input, weight });
  const { outputShape, activation = linear } = transform;
  if (sizeOf(outputShape) > LARGEST_OUTPUT) refuse(where, `gives out more than ${LARGEST_OUTPUT} numbers`);
  return { name, kind, inputShape: input, outputShape, weights: taken, activation, transform };
}

/** Only a softmax over the classes of the card gives what a recognizer reads. */
function checkOutput(layers: readonly Layer[], card: Card): void {
  const last = layers[answeringLayer(layers)] ?? layers[layers.length - 1];
  if (last.activation.name !== "softmax" || last.outputShape.join() !== String(card.classes.length)) {
    refuse(
      `layer "${short(last.name)}"`,
      `does not end the network with a softmax over ${card.classes.length} classes`,
    );
  }
}

/** Weights that are finite one by one may still overflow together; a frame of ink shows it. */
function checkFinite(network: Network): void {
  for (const ink of [0, 0.5]) {
    const { probabilities } = network.run(new Float32Array(PIXELS).fill(ink));
    if (!probabilities.every(Number.isFinite)) refuse("weights", "are too large: the answer is no number");
  }
}
