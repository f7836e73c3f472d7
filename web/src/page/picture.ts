/**
 * A picture in, its numbers out, and what a network that knows single digits sees of each digit.
 *
 * In: grey levels, and the networks as functions. Out: a page with frames. Knows nothing of how the answer is shown.
 */

import { reading } from "../constants";
import type { Bytes } from "../imgproc/planes";
import type { Classify } from "../types";
import { boundsOfFrame, digitsOf, framedAlready, frameOf, type ReadPage } from "./glyphs";
import type { Thresholds } from "./looks";
import { singleDigit } from "./numbers";
import { type Networks, pageOfOne, readPage } from "./reading";

const { NO_DIGITS } = reading;

export function readPicture(
  grey: Bytes,
  networks: Networks,
  thresholds: Thresholds,
  classify: Classify,
): ReadPage {
  const framed = framedAlready(grey);
  if (framed) {
    const number = singleDigit(classify([framed])[0], boundsOfFrame(framed));
    return { page: pageOfOne(number), frames: [framed] };
  }
  const page = readPage(grey, networks, thresholds);
  const digits = digitsOf(page);
  const frames = digits.map(({ character }) => frameOf(grey, character.box, page.rotation));
  const [line, ...others] = page.lines;
  if (!line || others.length || line.text.length > 1) return { page, frames };
  // One digit alone: the network that knows nothing else is asked. They are in doubt where they differ, and where both
  // doubt there is no digit.
  const [prediction] = classify(frames);
  if (prediction.unsure && line.numbers[0].unsure)
    return { page: { ...page, lines: [], note: NO_DIGITS }, frames: [] };
  const doubts = line.text !== String(prediction.digit);
  return { page: pageOfOne(singleDigit(prediction, line.box, doubts), page.rotation), frames };
}
