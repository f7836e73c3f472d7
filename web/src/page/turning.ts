/**
 * A page in doubt is looked at in all four turns: the one that reads most wins. The twin of `page/turning.py`.
 *
 * In: a grey picture, and a way to read it. Out: a page with boxes in the picture as it was given. Knows nothing of how a
 * page is read.
 */

import { turning } from "../constants";
import type { Bytes } from "../imgproc/planes";
import type { Box, Page } from "../types";

const { TWICE } = turning;

/** Read a picture as it is, and where no number of it is sure, turned by 90, 180 and 270 degrees too. */
export function readInAnyTurn(grey: Bytes, read: (grey: Bytes) => Page): Page {
  const page = read(grey);
  if (hasSure(page)) return page;
  const turned = [1, 2, 3].map((turns) => turnedBack(read(turnedBy(grey, turns)), turns, grey));
  const best = turned.reduce((most, one) => (worth(one) > worth(most) ? one : most));
  return hasSure(best) && worth(best) > TWICE * worth(page) ? best : page;
}

/** Whether any number of a page is sure. */
function hasSure({ lines }: Page): boolean {
  return lines.some(({ numbers }) => numbers.some(({ unsure }) => !unsure));
}

/** How much of a page is read: the confidence of its numbers, each as long as it is. */
function worth({ lines }: Page): number {
  const numbers = lines.flatMap((line) => line.numbers);
  return numbers.reduce((sum, { confidence, text }) => sum + confidence * text.length, 0);
}

/** Turned clockwise by quarters. */
export function turnedBy(grey: Bytes, turns: number): Bytes {
  if (turns === 0) return grey;
  const { width, height, data } = turnedBy(grey, turns - 1);
  const made = new Uint8Array(data.length);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) made[x * height + height - 1 - y] = data[y * width + x];
  return { width: height, height: width, data: made };
}

/** A page whose picture was turned clockwise by quarters, with its boxes in the picture as it was. */
export function turnedBack(page: Page, turns: number, { width, height }: Bytes): Page {
  const back = <T extends { readonly box: Box }>(one: T): T => {
    const [x, y, wide, high] = one.box;
    if (turns === 1) return { ...one, box: [y, height - x - wide, high, wide] };
    if (turns === 2) return { ...one, box: [width - x - wide, height - y - high, wide, high] };
    return { ...one, box: [width - y - high, x, high, wide] };
  };
  const lines = page.lines.map((line) => {
    const numbers = line.numbers.map((one) => ({ ...back(one), characters: one.characters.map(back) }));
    return { ...back(line), numbers };
  });
  return { ...page, lines, rotation: (page.rotation + 90 * turns) % 360 };
}
