/**
 * The worker: holds the networks, and answers one question at a time, away from the page's own thread.
 *
 * In: `Asked`. Out: `Answered`. A function for each question; what they compose lies in `page` and `network`.
 */

import { thresholds } from "../constants";
import { greyOf } from "../imgproc/grey";
import { cached } from "../network/cached";
import { BadModel, fetchModel } from "../network/model";
import type { Network } from "../network/network";
import { makeEngine } from "../network/onnx/engine";
import { fetchReadingNetwork } from "../network/onnx/network";
import { predictionOf, type Recognizer, recognizer } from "../network/recognizer";
import { saliencyOf } from "../network/saliency";
import { inSlices } from "../network/slices";
import { explaining } from "../network/why";
import { drawingReader } from "../page/drawing";
import { digitsOf, type ReadPage } from "../page/glyphs";
import { readPicture } from "../page/picture";
import type { Networks } from "../page/reading";
import type { Frame, Prediction } from "../types";
import type { Answered, Asked, Failure, Look, ModelInfo, Question, Questions, Reading } from "./messages";

interface Opened {
  readonly network: Network;
  /** The same, for what is looked at more than once. */
  readonly remembered: Network;
  readonly recognizer: Recognizer;
}

type Answers = {
  [Q in Question]: (ask: Questions[Q]["ask"]) => Questions[Q]["answer"] | Promise<Questions[Q]["answer"]>;
};

const opened = new Map<string, Opened>();

/** The networks that read pages, once they are asked for. */
let pages: Promise<{ networks: Networks; readDrawing: ReturnType<typeof drawingReader> }> | undefined;

const answers: Answers = {
  open: async ({ name, url }) => {
    const network = await fetchModel(url);
    const remembered = cached(network);
    opened.set(name, { network, remembered, recognizer: recognizer(remembered) });
    return infoOf(name, network);
  },
  pages: async ({ line, detector }) => {
    pages = openPages(line, detector);
    await pages;
    return null;
  },
  ink: async ({ strokes, model, at, writing }) => {
    const { readDrawing } = await opening();
    return readingOf(readDrawing(strokes, find(model).recognizer.classify, writing), model, at);
  },
  picture: async ({ pixels, model }) => {
    const { networks } = await opening();
    const read = readPicture(greyOf(pixels), networks, thresholds, find(model).recognizer.classify);
    return readingOf(read, model, null);
  },
  look: ({ frame, model }) => lookAt(find(model).remembered, frame),
  why: ({ frame, model, from, to }) => {
    const before = asked;
    return inSlices(explaining(find(model).network, frame, from, to), () => asked !== before);
  },
  neuron: ({ frame, model, layer, unit }) => {
    const { remembered: network } = find(model);
    return saliencyOf(network, layer, unit, network.run(frame));
  },
};

/** Questions so far. */
let asked = 0;

addEventListener("message", async ({ data }: MessageEvent<Asked>) => {
  asked++;
  postMessage(await answered(data));
});

async function answered({ id, question, ask }: Asked): Promise<Answered> {
  try {
    return { id, answer: await (answers[question] as (ask: unknown) => unknown)(ask) };
  } catch (error) {
    return { id, error: failureOf(question, error) };
  }
}

/** `fetch` throws a TypeError where there is no connection; where nothing is fetched it is a fault like any other. */
function failureOf(question: Question, error: unknown): Failure {
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  if (error instanceof BadModel) return { kind: "bad-model", message };
  const isUnreachable = (question === "open" || question === "pages") && error instanceof TypeError;
  return { kind: isUnreachable ? "unreachable" : "fault", message };
}

function find(name: string): Opened {
  const one = opened.get(name);
  if (!one) throw new Error(`no network is called ${name}`);
  return one;
}

async function openPages(line: string, detector: string) {
  const [read, detect] = await Promise.all(
    [line, detector].map((url) => fetchReadingNetwork(url, makeEngine())),
  );
  const networks = { detect: detect.run, read: read.run };
  return { networks, readDrawing: drawingReader(networks, thresholds) };
}

function opening(): NonNullable<typeof pages> {
  if (!pages) throw new Error("the networks that read pages were not asked for");
  return pages;
}

/** Asks all networks about the digits of a page. */
function readingOf({ page, frames }: ReadPage, model: string, at: { x: number; y: number } | null): Reading {
  const others: Record<string, Prediction[]> = {};
  for (const [name, other] of opened) others[name] = other.recognizer.classify(frames);
  const digits = digitsOf(page).map(({ character, number }, i) => {
    const unsure = number.unsure || character.unsure;
    return { character, unsure, frame: frames[i], prediction: others[model][i] };
  });
  const boxes = digits.map(({ character }) => character.box);
  const chosen = at ? nearest(boxes, at) : 0;
  const look = frames.length ? lookAt(find(model).remembered, frames[chosen]) : null;
  return { page, digits, others, chosen, look };
}

function lookAt(network: Network, frame: Frame): Look {
  const run = network.run(frame);
  return { prediction: predictionOf(network.card, run.probabilities), activations: run.activations };
}

/** The number of the box whose middle is nearest. */
function nearest(
  boxes: readonly (readonly [number, number, number, number])[],
  { x, y }: { x: number; y: number },
): number {
  const distances = boxes.map(([left, top, width, height]) => {
    const beyond = (value: number, start: number, length: number) =>
      Math.max(start - value, value - start - length, 0);
    return (
      Math.hypot(beyond(x, left, width), beyond(y, top, height)) +
      1e-3 * Math.hypot(x - left - width / 2, y - top - height / 2)
    );
  });
  return Math.max(0, distances.indexOf(Math.min(...distances)));
}

function infoOf(name: string, { card, layers }: Network): ModelInfo {
  return {
    name,
    layers: layers.map(({ name, kind, outputShape }) => ({ name, kind, shape: [...outputShape] })),
    parameters: card.parameters,
    testAccuracy: card.testAccuracy,
    threshold: card.threshold,
  };
}
