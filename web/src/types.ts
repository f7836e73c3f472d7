/** What passes between the rooms of the page. */

import type { reading } from "./constants";

/** Ink on paper, row by row: 0 paper, 1 ink. */
export interface Plane {
  readonly width: number;
  readonly height: number;
  readonly data: Float32Array;
}

/** A decoded picture as a canvas gives it: four bytes a pixel, red, green, blue, alpha. */
export interface Pixels {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

/** A dot of ink; x, y and radius in the units of the sheet, which are CSS pixels. */
export interface Dot {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

export type Stroke = readonly Dot[];

/** A stroke of a drawing; one with the same number has the same dots. */
export interface Written {
  readonly id: number;
  readonly dots: Stroke;
}

/** A glyph framed as MNIST's are: 784 values, 28 rows of 28, 0 paper, 1 ink. */
export type Frame = Float32Array;

/** x, y of the top left corner, width, height; in pixels of the plane or picture that was read. */
export type Box = readonly [x: number, y: number, width: number, height: number];

/** What a network says of one frame, calibrated. */
export interface Prediction {
  readonly digit: number;
  /** Probability that the glyph is a digit and this one. */
  readonly confidence: number;
  readonly unsure: boolean;
  /** Ten of them; they add up to the probability that the glyph is a digit at all. */
  readonly probabilities: Float32Array;
}

/** A recognizer as a function: frames in, as many predictions out. */
export type Classify = (frames: readonly Frame[]) => Prediction[];

/** What a network gives for a picture: numbers (rows, columns, channels), channels side by side. */
export interface Maps {
  readonly rows: number;
  readonly columns: number;
  readonly channels: number;
  readonly data: Float32Array;
}

/** One character of a number: a digit, or one of `. , - / :`; `unsure` also where it may be neither. */
export interface Character {
  readonly text: string;
  readonly confidence: number;
  readonly unsure: boolean;
  readonly box: Box;
}

/** A digit of a page, and what a network that knows single digits makes of it. */
export interface ReadDigit {
  readonly character: Character;
  /** Whether to doubt it, or the number that it is of. */
  readonly unsure: boolean;
  readonly frame: Frame;
  readonly prediction: Prediction;
}

/** Row and column in a table or a row of boxes, counted from 0. */
export type Cell = readonly [row: number, column: number];

/** Characters that stand close together; `confidence` that all of them are right. */
export interface NumberRead {
  readonly text: string;
  readonly confidence: number;
  readonly unsure: boolean;
  readonly box: Box;
  readonly cell: Cell | null;
  readonly characters: readonly Character[];
}

/** The numbers of one written line, left to right; `text` has a space between them. */
export interface Line {
  readonly text: string;
  readonly box: Box;
  readonly numbers: readonly NumberRead[];
}

/** Why a page holds no numbers: nothing is written on it, or what is written are no digits. */
export type Note = (typeof reading)["BLANK" | "NO_DIGITS"];

/** The numbers of one picture; `note` is null where there are any. */
export interface Page {
  readonly lines: readonly Line[];
  /** Degrees by which the picture was turned clockwise to be read: 0, 90, 180 or 270. */
  readonly rotation: number;
  readonly note: Note | null;
}
