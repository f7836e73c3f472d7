/**
 * A page in doubt, or with little on it, is looked at in all four turns: the one that reads most wins. The twin of
 * `page/turning.py`.
 *
 * In: a grey picture, and a way to read it. Out: a page with boxes in the picture as it was given. Knows nothing of how a
 * page is read.
 */

import { turning } from "../constants";
import type { Bytes } from "../imgproc/planes";
import type { Box, Page } from "../types";

const { LITTLE, MORE, STRIP } = turning;

/** Read a picture as it is, and where it is in doubt or hardly anything is found, in the three other turns too. */
export function readInAnyTurn(grey: Bytes, read: (grey: Bytes) => Page): Page {
  const page = read(grey);
  if (settled(page) || grey.width > STRIP * grey.height) return page;
  const turned = [1, 2, 3].map((turns) => turnedBack(read(turnedBy(grey, turns)), turns, grey));
  const best = turned.reduce((most, one) => (worth(one) > worth(most) ? one : most));
  return worth(best) > MORE * worth(page) ? best : page;
}

/** Whether a page need not be looked at in other turns: half of what is read is sure, and that is not little. */
function settled({ lines }: Page): boolean {
  const numbers = lines.flatMap((line) => line.numbers);
  const read = numbers.reduce((sum, { text }) => sum + text.length, 0);
  const sure = numbers.reduce((sum, { text, unsure }) => sum + (unsure ? 0 : text.length), 0);
  return read >= LITTLE && sure >= read / 2;
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
