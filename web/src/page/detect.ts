/**
 * Where the handwritten numbers of a picture are: the detector at a few scales, and the boxes in its maps.
 *
 * In: a grey picture, and the detector as a function. Out: rotated boxes, one for each number, and the walls. Knows
 * nothing of what a number says. The twin of `page/detect.py`, which says why.
 */

import { architectures, detect as constants } from "../constants";
import { resized } from "../imgproc/grey";
import { type Component, componentsIn } from "../imgproc/labels";
import { clamped } from "../imgproc/numeric";
import type { Bytes } from "../imgproc/planes";
import { interpolated } from "../imgproc/resize";
import { roundToEven } from "../imgproc/rounding";
import type { Maps, Plane } from "../types";
import { boxAround, grown, type Point, type RotatedBox, sharedArea } from "./boxes";

const { COSINE, NUMBERS, PYRAMID, SINE, STEP, WALLS } = architectures;
const {
  LONGEST,
  SHORTEST,
  LIKELY,
  SHRUNK,
  LEAST,
  MOST,
  LARGE,
  SMALLER,
  ELONGATED,
  ASTRAY,
  AGREED,
  ASKEW,
  LONG,
  LEAST_SCORE,
  COVERED,
  FLOOR,
} = constants;

/** A normalised picture to maps, each of a quarter of its sides, which are multiples of `PYRAMID`. */
export type Detect = (picture: Plane) => Maps;

/** A number that was found. */
export interface Detection {
  /** The places of its shrunk box, in pixels of the picture, and the extent of one of them. */
  readonly outline: readonly Point[];
  readonly pixel: number;
  /** In which direction it is read, radians clockwise. */
  readonly angle: number;
  /** Whether its length has told the angle; else the network alone has. */
  readonly isExact: boolean;
  /** Mean probability that there is a number. */
  readonly score: number;
  /** Around its ink. */
  readonly box: RotatedBox;
}

/** What the detector saw of a picture. */
export interface Detected {
  /** In no order. */
  readonly numbers: readonly Detection[];
  /** In which direction the page is read, radians clockwise. */
  readonly angle: number;
  /** The probability of a wall at each place of the map of the largest copy. */
  readonly walls: Plane;
  /** Pixels of the picture for each place of `walls`. */
  readonly scale: number;
}

/** Find the numbers of a picture. */
export function detectNumbers(grey: Bytes, detect: Detect): Detected {
  const looks = scalesOf(grey).map((scale) => ({ scale, maps: mapsAt(grey, scale, detect) }));
  const found = looks.flatMap(({ scale, maps }, look) =>
    foundIn(maps, scale, look ? LARGE : LEAST).map((one) => ({ one, sure: one.score - SMALLER * look })),
  );
  // Of equals the first: what the largest copy shows.
  const kept = withoutDoubles(found.sort((one, other) => other.sure - one.sure).map(({ one }) => one));
  const angle = commonAngle(kept);
  const numbers = kept.map((one) => turned(one, angle));
  const [{ maps, scale }] = looks;
  return { numbers, angle, walls: probabilityOf(maps, WALLS), scale: STEP / scale };
}

function foundIn(maps: Maps, scale: number, least: number): Detection[] {
  return numbersIn(maps)
    .filter(({ box }) => box.height >= least && box.height <= MOST)
    .map((one) => {
      const outline = one.outline.map(([x, y]): Point => [x / scale, y / scale]);
      return boxed({ ...one, outline, pixel: one.pixel / scale });
    });
}

/** Grow the box of a number's places to one around its ink. */
export function boxed(one: Omit<Detection, "box">): Detection {
  // The places are middles of pixels: half a pixel more. Their corners would make an askew box too large.
  const shrunk = grown(boxAround(one.outline, one.angle), one.pixel / 2, one.pixel / 2);
  const missing = (SHRUNK * shrunk.height) / (1 - 2 * SHRUNK);
  return { ...one, box: grown(shrunk, missing, missing) };
}

/** By how much to enlarge a picture for each look: the largest first, each next one half as large. */
export function scalesOf({ width, height }: { width: number; height: number }): number[] {
  const longest = Math.max(width, height);
  const scales = [longest >= SHORTEST ? Math.min(1, LONGEST / longest) : SHORTEST / longest];
  while ((scales.at(-1)! * longest) / 2 >= SHORTEST) scales.push(scales.at(-1)! / 2);
  return scales;
}

/** Take off the mean and divide by the spread: what the detector is given. */
export function normalisePage({ width, height, data }: Bytes): Plane {
  const mean = data.reduce((sum, level) => sum + level, 0) / data.length;
  const square = data.reduce((sum, level) => sum + (level - mean) ** 2, 0) / data.length;
  const spread = Math.max(Math.sqrt(square), FLOOR);
  return { width, height, data: Float32Array.from(data, (level) => (level - mean) / spread) };
}

function mapsAt(grey: Bytes, scale: number, detect: Detect): Maps {
  const [width, height] = [grey.width, grey.height].map((side) => Math.max(1, roundToEven(side * scale)));
  const maps = detect(padded(normalisePage(resized(grey, width, height))));
  // Only the places that lie on the picture.
  return part(maps, Math.ceil(height / STEP), Math.ceil(width / STEP));
}

/** A picture whose last row and column are repeated up to a multiple. */
function padded({ width, height, data }: Plane): Plane {
  const [wide, high] = [width, height].map((side) => PYRAMID * Math.ceil(side / PYRAMID));
  const made = new Float32Array(wide * high);
  for (let y = 0; y < high; y++) {
    const row = Math.min(y, height - 1) * width;
    made.set(data.subarray(row, row + width), y * wide);
    made.fill(data[row + width - 1], y * wide + width, (y + 1) * wide);
  }
  return { width: wide, height: high, data: made };
}

function part({ columns, channels, data }: Maps, rows: number, fewer: number): Maps {
  const made = new Float32Array(rows * fewer * channels);
  for (let y = 0; y < rows; y++) {
    const row = y * columns * channels;
    made.set(data.subarray(row, row + fewer * channels), y * fewer * channels);
  }
  return { rows, columns: fewer, channels, data: made };
}

/** Find the numbers in the maps of one look; boxes are in pixels of what the detector was shown. */
export function numbersIn(maps: Maps): Detection[] {
  // Twice as fine as the map: the edge of a box lies between its places.
  const coarse = probabilityOf(maps, NUMBERS);
  const fine = interpolated(coarse, 2 * coarse.width, 2 * coarse.height);
  const mask = { ...fine, data: Uint8Array.from(fine.data, (probability) => Number(probability > LIKELY)) };
  const found: Detection[] = [];
  for (const component of componentsIn(mask, false)) {
    if (component.pixels.length < 4) continue;
    const score = component.pixels.reduce((sum, at) => sum + fine.data[at], 0) / component.pixels.length;
    if (score < LEAST_SCORE) continue;
    const middles = Array.from(component.pixels, (at): Point => {
      return [(at % fine.width) + 0.5, Math.floor(at / fine.width) + 0.5];
    });
    const direction = directionIn(maps, component);
    const { axis, ratio } = longAxis(middles);
    // A length has no sign: it is read that way round which the network says.
    const round = axis + Math.PI * Math.round((direction - axis) / Math.PI);
    const isExact = ratio > ELONGATED && Math.abs(direction - round) < Math.PI / 4;
    const pixel = STEP / 2;
    const outline = middles.map(([x, y]): Point => [x * pixel, y * pixel]);
    found.push(boxed({ outline, pixel, angle: isExact ? round : direction, isExact, score }));
  }
  return found;
}

/** The mean of a value over all pixels of a shape, in a map that is `width` wide. */
function meanOver({ pixels }: Component, width: number, value: (x: number, y: number) => number): number {
  return pixels.reduce((sum, at) => sum + value(at % width, Math.floor(at / width)), 0) / pixels.length;
}

/** The direction of reading that the places of a number tell on the average: right to some 15 degrees. */
function directionIn({ columns, channels, data }: Maps, component: Component): number {
  const mean = (map: number): number =>
    meanOver(component, 2 * columns, (x, y) => data[((y >> 1) * columns + (x >> 1)) * channels + map]);
  return Math.atan2(mean(SINE), mean(COSINE));
}

/** The direction in which a shape is longest, radians, and how many times as long it is as it is wide. */
function longAxis(places: readonly Point[]): { axis: number; ratio: number } {
  const mean = (value: (place: Point) => number): number =>
    places.reduce((sum, place) => sum + value(place), 0) / places.length;
  const [x, y] = [mean((place) => place[0]), mean((place) => place[1])];
  const across = mean((place) => (place[0] - x) ** 2);
  const down = mean((place) => (place[1] - y) ** 2);
  const both = mean((place) => (place[0] - x) * (place[1] - y));
  const apart = Math.hypot(across - down, 2 * both);
  // A pixel has an extent too: without it a row of single pixels would be infinitely long.
  const [longest, widest] = [across + down + apart + 1 / 6, across + down - apart + 1 / 6];
  return {
    axis: Math.atan2(2 * both, across - down) / 2,
    ratio: Math.sqrt(longest / Math.max(widest, 1e-9)),
  };
}

/** Of numbers that were seen at two scales, the first, which is the surer. */
function withoutDoubles(found: readonly Detection[]): Detection[] {
  const kept: Detection[] = [];
  for (const one of found) if (!kept.some((other) => covered(one.box, other.box) > COVERED)) kept.push(one);
  return kept;
}

/** The share of the smaller of two boxes that both cover. */
function covered(one: RotatedBox, other: RotatedBox): number {
  const reach = (Math.hypot(one.width, one.height) + Math.hypot(other.width, other.height)) / 2;
  if (Math.hypot(one.x - other.x, one.y - other.y) > reach) return 0;
  const smaller = Math.min(one.width * one.height, other.width * other.height);
  return sharedArea(one, other) / Math.max(smaller, 1e-6);
}

/**
 * The direction in which most of the page is read: the mean of what is known exactly, each as long as its number.
 *
 * Where nothing is, what the network says, level or upright where it is nearly so.
 */
function commonAngle(numbers: readonly Detection[]): number {
  const exact = numbers.filter(({ isExact }) => isExact);
  let [cosine, sine] = [0, 0];
  for (const { box } of exact.length ? exact : numbers) {
    cosine += box.width * Math.cos(box.angle);
    sine += box.width * Math.sin(box.angle);
  }
  const angle = Math.atan2(sine, cosine);
  const quarter = Math.round(angle / (Math.PI / 2)) * (Math.PI / 2);
  const askew = Math.abs(angle - quarter);
  if (!exact.length) return askew > ASTRAY ? angle : quarter;
  const apart = exact.reduce((sum, { box }) => sum + box.width * angleBetween(box.angle, angle), 0);
  const agree = apart <= AGREED * exact.reduce((sum, { box }) => sum + box.width, 0);
  return agree || askew > ASKEW ? angle : quarter;
}

/** A number nearly in the page's direction lies in it, unless it is so long that its own is exact. */
function turned(one: Detection, angle: number): Detection {
  const isLong = one.isExact && one.box.width > LONG * one.box.height;
  return isLong || angleBetween(one.angle, angle) > ASTRAY ? one : boxed({ ...one, angle });
}

/** How far two directions are apart, whole turns left out. */
function angleBetween(one: number, other: number): number {
  const turns = (one - other) / (2 * Math.PI);
  return 2 * Math.PI * Math.abs(turns - Math.round(turns));
}

function probabilityOf({ rows, columns, channels, data }: Maps, map: number): Plane {
  const made = new Float32Array(rows * columns);
  for (let i = 0; i < made.length; i++)
    made[i] = 1 / (1 + Math.exp(-clamped(data[i * channels + map], -30, 30)));
  return { width: columns, height: rows, data: made };
}
