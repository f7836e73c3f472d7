/** The page in English. */

import type { Catalogue } from "./catalogue";
import { formatsOf } from "./formats";

const { percent, share, decimal, count, megabytes, plural } = formatsOf("en");

const NAMES = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"];
const DIGITS = { one: "digit", other: "digits" };

const digit = (value: number): string => `${value === 8 ? "an" : "a"} ${NAMES[value]}`;
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const number = (value: number): string => NAMES[value] ?? count(value);

export const en: Catalogue = {
  name: "English",
  title: "inkdigit: write a number, see how a small network reads it",
  description: "Write a digit and watch a small neural network read it, on this device, as you write.",

  paper: "The sheet",
  sheet: "Sheet to write on",
  instructions:
    "Write digits with a mouse, a finger or a pen. With the keyboard: the arrow keys move the pen, with Shift in small " +
    "steps; the space bar sets it down and lifts it; Escape clears the sheet; Control Z undoes, Control Y does it again.",
  invitation: "Write a number here.",
  actions: "Sheet",
  undo: "undo",
  redo: "redo",
  clear: "clear",
  picture: "a picture…",
  pictureHint: "A photo or scan of digits; or paste one, or drop it here",
  pictureFile: "A picture of digits",

  margin: "What the network reads",
  answer: "Answer",
  probabilities: "How likely each digit is",
  readers: "Read by",
  none: "none",
  nothingToRead: "nothing to read",
  loading: "Loading the networks…",
  readingPicture: "Reading the picture…",
  noDigits: "I see no digits here.",
  digit,
  percent,
  sure: (value) => `${capital(digit(value))}.`,
  likely: (value) => `${capital(digit(value))}, most likely.`,
  perhaps: (value) => `Unsure: perhaps ${digit(value)}.`,
  perhapsEither: (value, other) => `Unsure: perhaps ${digit(value)}, perhaps ${digit(other)}.`,
  perhapsNone: "Unsure: perhaps no digit at all.",
  several: (all, unsure) => {
    const read = capital(`${number(all)} ${plural(all, DIGITS)}`);
    if (unsure === 0) return `${read}, sure of each.`;
    return `${read}, unsure of ${unsure === all ? "all" : number(unsure)}.`;
  },
  unsure: (read) => `${read} unsure`,
  spoken: (lines, sentence) => `${lines.join("; ")}. ${sentence}`,

  networks: { cnn: "convolutional network", mlp: "perceptron" },
  facts: (weights, accuracy) => {
    const its = `${count(weights)} weights`;
    return accuracy === null ? its : `${its}; reads ${share(accuracy)} of MNIST's test digits right`;
  },
  digits: (all) => `${count(all)} ${plural(all, DIGITS)}`,

  correction: "It is another digit",
  correctionQuestion: "Wrong? It is really",
  isReally: (value) => `It is really ${value}`,
  stored: (all) => `${count(all)} ${plural(all, { one: "drawing", other: "drawings" })} kept here:`,
  storedAs: (value) => `Kept as ${value}.`,
  download: "download",
  forget: "forget",
  forgotten: "Forgotten.",
  notStored: "This browser keeps nothing: its storage is full or switched off.",

  network: "The network at work",
  sees: "what it sees",
  seesAt: "What the network sees, 28 by 28",
  output: "the digits",
  neurons: (all) => `${count(all)} ${plural(all, { one: "neuron", other: "neurons" })}`,
  filters: (all, width, height) =>
    `${count(all)} ${plural(all, { one: "filter", other: "filters" })}, ${width} × ${height}`,
  pooled: (all, width, height) => `${count(all)} pooled, ${width} × ${height}`,
  layer: (name, description) => `${name}: ${description}`,
  noNeuron: "no neuron picked",
  activation: (unit, value) => `neuron ${unit}, activation ${decimal(value)}`,

  lens: "A closer look",
  lensAtRest: "Nothing to explain",
  andNot: "and not",
  andNotThis: "and not this digit",
  backToWhy: "back to why",
  why: (value) => `Why ${digit(value)}`,
  noDigit: "No digit",
  whyNoDigit: "It finds this likelier to be no digit than to be any of the ten.",
  evidence: (value, rival) =>
    `Squares of ink speak for ${digit(value)}, squares of paper for ${digit(rival)}.`,
  turning: ({ adds, becomes, probability, unsure }) => {
    const change = adds ? "A stroke where the line is dashed" : "Less ink where the line is dashed";
    return `${change} would make it ${unsure ? "perhaps " : ""}${digit(becomes)}, ${percent(probability)}.`;
  },
  unit: (kind, value, layer) => `${kind} ${value} of ${layer}`,
  looksFor: (_, activation) =>
    `Now at ${decimal(activation)}. Squares of ink: it looks for ink there; squares of paper: for paper.`,
  titled: (title, text) => `${title}. ${text}`,

  privacy: "What you write stays on this device.",
  offline: "This page also opens without a network.",
  newer: "A newer version of this page is here: reload to take it.",
  languages: "Language",

  unreachable: "The networks could not be loaded: the connection failed. Reload the page to try again.",
  badModel:
    "A network could not be opened: its files are missing, damaged or of another version. Write the page anew; the " +
    "browser's console says what is wrong with which.",
  fault:
    "This could not be read, and the page is to blame. Write it once more; the browser's console says why.",
  fileTooLarge: (bytes, most) => `That file is too large: ${megabytes(bytes)}, at most ${megabytes(most)}.`,
  noPicture: "That file is no picture that this browser can open.",
};
