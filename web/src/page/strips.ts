/**
 * A number cut out of its picture as the line recognizer sees it: level, 40 pixels high, dark on light.
 *
 * In: a grey picture and a rotated box. Out: strips, 0 about where the paper is and 1 where the ink is darkest. The twin
 * of `page/strips.py`, which says why.
 */

import { architectures, strips } from "../constants";
import { clamped, median } from "../imgproc/numeric";
import type { Bytes } from "../imgproc/planes";
import { roundToEven } from "../imgproc/rounding";
import { quantileOfBytes } from "../imgproc/select";
import type { Plane } from "../types";
import { grown, placeIn, type RotatedBox } from "./boxes";

const { STEP, STRIP } = architectures;
const { ENDS, LONGEST, DARKEST, PAPER, LEAST_CONTRAST } = strips;

/** Of a number's height what of its surroundings is seen above and below it; how many times as wide it is shown. */
export type Look = readonly [margin: number, stretch: number];

/** The part of the picture that is shown with a number. */
export function stripBox(number: RotatedBox, [margin]: Look): RotatedBox {
  return grown(number, margin * number.height, ENDS * number.height);
}

/** Cut a part of a picture out, level, 40 pixels high, `stretch` times as wide as it is; its ink is dark. */
export function cutStrip(grey: Bytes, box: RotatedBox, stretch = 1): Bytes {
  const width = Math.min(
    LONGEST,
    Math.max(4 * STEP, roundToEven((stretch * box.width * STRIP) / box.height)),
  );
  // Cut out at some whole multiple first, and averaged then: what is shrunk by picking pixels loses thin strokes.
  const times = clamped(roundToEven(box.height / STRIP), 1, 16);
  const [across, down] = [box.width / (width * times), box.height / (STRIP * times)];
  const [cosine, sine] = [Math.cos(box.angle), Math.sin(box.angle)];
  const [left, top] = placeIn(box, across / 2, down / 2);
  const sums = new Float64Array(width * STRIP);
  for (let y = 0; y < STRIP * times; y++) {
    const row = Math.floor(y / times) * width;
    for (let x = 0; x < width * times; x++) {
      const level = levelAt(
        grey,
        left - 0.5 + across * cosine * x - down * sine * y,
        top - 0.5 + across * sine * x + down * cosine * y,
      );
      sums[row + Math.floor(x / times)] += Math.round(level);
    }
  }
  const data = Uint8Array.from(sums, (sum) => roundToEven(sum / times ** 2));
  return darkOnLight({ width, height: STRIP, data });
}

/** Between the four pixels around a place; beyond the edge its pixels hold. */
function levelAt({ width, height, data }: Bytes, x: number, y: number): number {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, bottom] = [clamped(left + 1, 0, width - 1), width * clamped(top + 1, 0, height - 1)];
  const [first, row] = [clamped(left, 0, width - 1), width * clamped(top, 0, height - 1)];
  const [part, down] = [x - left, y - top];
  const above = data[row + first] * (1 - part) + data[row + right] * part;
  return above * (1 - down) + (data[bottom + first] * (1 - part) + data[bottom + right] * part) * down;
}

/** Turn light ink on a dark ground into dark ink: the ground is what the border has most of. */
export function darkOnLight(strip: Bytes): Bytes {
  const { width, height, data } = strip;
  const border = [...data.subarray(0, width), ...data.subarray((height - 1) * width)];
  for (let row = 0; row < data.length; row += width) border.push(data[row], data[row + width - 1]);
  const ground = median(border);
  const isLight = quantileOfBytes(data, 0.98) - ground > ground - quantileOfBytes(data, 0.02);
  return isLight ? { width, height, data: data.map((level) => 255 - level) } : strip;
}

/** Scale levels so that paper is about 0 and the darkest ink about 1: what the line recognizer is given. */
export function normaliseStrip({ width, height, data }: Bytes): Plane {
  const [ink, paper] = [DARKEST, PAPER].map((percent) => quantileOfBytes(data, percent / 100));
  const contrast = Math.max(paper - ink, LEAST_CONTRAST);
  return {
    width,
    height,
    data: Float32Array.from(data, (level) => clamped((paper - level) / contrast, -1, 1.5)),
  };
}

/** A strip with paper behind it up to a whole number of steps. */
export function padded({ width, height, data }: Plane): Plane {
  const wide = STEP * Math.ceil(width / STEP);
  const made = new Float32Array(wide * height);
  for (let y = 0; y < height; y++) made.set(data.subarray(y * width, (y + 1) * width), y * wide);
  return { width: wide, height, data: made };
}
