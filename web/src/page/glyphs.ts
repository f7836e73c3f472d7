/**
 * Single digits for the networks that know nothing else: what one of them sees of a part of a picture.
 *
 * In: grey levels, a box. Out: a frame. Knows nothing of lines.
 */

import { boundsOf, centreGlyph, SIDE, viewOf } from "../frame";
import type { Bytes } from "../imgproc/planes";
import type { Box, Character, Frame, NumberRead, Page } from "../types";
import { cutStrip, normaliseStrip } from "./strips";

/** A grey level, and half of one for rounding: by so much framing may change what is framed already. */
const NEAR = 1.5 / 255;

/** What is fainter than this part of the ink is paper. */
const FAINT = 0.2;

/** Of a box's height: how wide a part is cut out at least, and what is added at both ends. */
const [NARROWEST, ENDS] = [0.45, 0.04];

/** What was read; `frames` has one for each digit, in reading order. */
export interface ReadPage {
  readonly page: Page;
  readonly frames: readonly Frame[];
}

/** The digits of a page in reading order, each with the number that it is of. */
export function digitsOf(page: Page): { character: Character; number: NumberRead }[] {
  return page.lines.flatMap(({ numbers }) =>
    numbers.flatMap((number) =>
      number.characters.filter(({ text }) => /\d/.test(text)).map((character) => ({ character, number })),
    ),
  );
}

/** What lies in a box of a picture that is to be turned clockwise by some degrees to be read. */
export function frameOf(grey: Bytes, [left, top, width, height]: Box, rotation = 0): Frame {
  const isSideways = rotation % 180 !== 0;
  const [across, down] = isSideways ? [height, width] : [width, height];
  const ends = Math.max(ENDS * down, (NARROWEST * down - across) / 2);
  const strip = normaliseStrip(
    cutStrip(grey, {
      x: left + width / 2,
      y: top + height / 2,
      width: across + 2 * ends,
      height: down,
      angle: (-rotation * Math.PI) / 180,
    }),
  );
  return viewOf({ ...strip, data: strip.data.map((ink) => (ink < FAINT ? 0 : Math.min(1, ink))) });
}

/**
 * The frame that a picture is already, ink light or dark; null where it is none.
 *
 * To look for numbers in 28 x 28 pixels can only do harm.
 */
export function framedAlready({ width, height, data: levels }: Bytes): Frame | null {
  if (width !== SIDE || height !== SIDE) return null;
  const isDark = levels[0] > 127;
  const data = Float32Array.from(levels, (level) => (isDark ? 255 - level : level) / 255);
  const again = centreGlyph({ width, height, data });
  const isFramed = data.some((ink) => ink > 0) && data.every((ink, i) => Math.abs(ink - again[i]) < NEAR);
  return isFramed ? data : null;
}

/** Where the ink of a frame lies. */
export function boundsOfFrame(frame: Frame): Box {
  return boundsOf({ width: SIDE, height: SIDE, data: frame }) ?? [0, 0, SIDE, SIDE];
}
