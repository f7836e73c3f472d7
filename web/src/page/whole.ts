/**
 * One glyph that is the whole of what was given: a picture framed as MNIST's are, or a drawing that is no number.
 *
 * In: a picture, or a glyph and what a recognizer says of it. Out: a frame; a line of one digit. Knows nothing of paper
 * or of lines.
 */

import { boundsOf, centreGlyph, SIDE } from "../frame";
import { greenOf } from "../imgproc/colours";
import { inverted } from "../imgproc/morphology";
import { part } from "../imgproc/planes";
import type { Classify, Frame, Pixels, Prediction } from "../types";
import { Piece } from "./components";
import type { ReadRow } from "./numbers";

/** A grey level, and half of one for rounding: by so much framing may change what is framed already. */
const NEAR = 1.5 / 255;

/**
 * The frame that a picture is already, ink light or dark; null where it is none.
 *
 * To look for paper and lines in 28 x 28 pixels can only do harm: of 500 of MNIST's training images the package's page
 * reader, which does, reads 98.0 %, and 99.6 % of them as they are.
 */
export function framedAlready(pixels: Pixels): Frame | null {
  if (pixels.width !== SIDE || pixels.height !== SIDE) return null;
  const levels = greenOf(pixels, SIDE, SIDE);
  const { data } = levels.data[0] > 127 ? inverted(levels) : levels;
  const frame = Float32Array.from(data, (level) => level / 255);
  const again = centreGlyph({ width: SIDE, height: SIDE, data: frame });
  const isFramed =
    frame.some((value) => value > 0) && frame.every((value, i) => Math.abs(value - again[i]) < NEAR);
  return isFramed ? frame : null;
}

/** A line that holds nothing but one glyph. */
export function lineOfOne(glyph: Piece, frame: Frame, prediction: Prediction): ReadRow {
  const { digit, confidence } = prediction;
  return {
    height: glyph.height,
    choices: [{ run: { start: 0, end: 1, glyph }, digit, confidence, prediction, frame }],
  };
}

/** A line that holds nothing but what is framed already. */
export function lineOfFrame(frame: Frame, classify: Classify): ReadRow {
  const plane = { width: SIDE, height: SIDE, data: frame };
  const [x, y, width, height] = boundsOf(plane) ?? [0, 0, SIDE, SIDE];
  return lineOfOne(new Piece(part(plane, x, y, width, height), x, y), frame, classify([frame])[0]);
}
