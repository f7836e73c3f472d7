/**
 * A picture of numbers in, a page of them out: the composition of this room.
 *
 * In: decoded pixels, and a recognizer as a function. Out: lines, numbers and digits with boxes in the picture as given.
 * Knows nothing of files, models, or how the answer is shown. The twin of `page/segment.py`; `drawing.ts` does the
 * same for ink that is known exactly.
 */

import { segment } from "../constants";
import { onWhite } from "../imgproc/colours";
import { turned } from "../imgproc/planes";
import type { Classify, Page, Pixels, Plane } from "../types";
import { digitHeight, piecesOf } from "./components";
import { type Given, pageOf } from "./numbers";
import { paperInk, polarities } from "./paper";
import { readRows, withoutStains, writtenRows } from "./rows";
import { withoutRuling } from "./ruling";
import { turnOf } from "./turn";
import { framedAlready, lineOfFrame } from "./whole";

const { PIXELS, LOW, TALL, WORKING, BLANK, NO_DIGITS } = segment;

/** The ink of a page, and how many of its pixels there are to one of the picture. */
interface Sheet {
  readonly ink: Plane;
  readonly scale: number;
}

/**
 * Read the numbers of a picture.
 *
 * The page has no lines, and the note "blank", where nothing is written, or "no digits" where what there is are none: a
 * drawing, a texture, a photograph of anything else.
 */
export function readPicture(pixels: Pixels, classify: Classify): Page {
  const opaque = onWhite(pixels);
  const frame = framedAlready(opaque);
  if (frame) return pageOf([lineOfFrame(frame, classify)], asGiven(pixels), BLANK);
  const pages = polarities(opaque).map((isInverted) => read(opaque, classify, isInverted));
  return pages.reduce((best, page) => (worth(page) > worth(best) ? page : best));
}

function asGiven({ width, height }: Pixels): Given {
  return { width, height, turn: 0, scale: 1 };
}

/** Digits that are likelier right than wrong, less those that are likelier wrong; a texture has many of these. */
function worth(page: Page): number {
  const digits = page.lines.flatMap((line) => line.numbers.flatMap((number) => number.digits));
  return digits.reduce((sum, digit) => sum + 2 * digit.confidence - 1, 0);
}

function read(pixels: Pixels, classify: Classify, isInverted: boolean): Page {
  const { ink, scale } = pageInk(pixels, isInverted);
  const turn = turnOf(ink, classify);
  const upright = turned(ink, turn);
  const rows = writtenRows(piecesOf(upright), upright);
  const lines = withoutStains(readRows(rows, classify));
  const given = { ...asGiven(pixels), turn, scale };
  return pageOf(lines, given, rows.length ? NO_DIGITS : BLANK);
}

/** The ink without rules, at a size at which its digits are neither tiny nor huge. */
function pageInk(pixels: Pixels, isInverted: boolean): Sheet {
  let scale = Math.min(1, Math.sqrt(PIXELS / (pixels.width * pixels.height)));
  let ink = paperInk(pixels, scale, isInverted);
  let height = heightOf(ink);
  if (height > TALL || (height > 0 && height < LOW && scale < 1)) {
    scale = Math.min(1, (scale * WORKING) / height);
    ink = paperInk(pixels, scale, isInverted);
    height = heightOf(ink);
  }
  return { ink: height > 0 ? withoutRuling(ink, height) : ink, scale };
}

function heightOf(ink: Plane): number {
  return digitHeight(piecesOf(ink));
}
