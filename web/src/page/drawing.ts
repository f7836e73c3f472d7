/**
 * A drawing in, its numbers out.
 *
 * In: strokes, and the networks as functions. Out: lines, numbers and characters with boxes in units of the sheet, and
 * what a network that knows single digits sees of each digit. A drawing has no paper and stands upright. Knows nothing of
 * pens, or how the answer is shown.
 *
 * Strokes that lie close together are a group, which is drawn by itself at a size that suits the networks, and read once:
 * while more is written, what was there before is known. Unlike a picture, a drawing is never called empty for being
 * doubtful: a group of which nothing is read comes back as one glyph.
 */

import { viewOf } from "../frame";
import { Raster } from "../imgproc/raster";
import type { Box, Character, Classify, Frame, NumberRead, Prediction, Written } from "../types";
import type { RotatedBox } from "./boxes";
import { digitsOf, frameOf, type ReadPage } from "./glyphs";
import type { Thresholds } from "./looks";
import { singleDigit } from "./numbers";
import { type Networks, pageOf, readNumbers } from "./reading";

/** Pixels of a digit's height at which a group is read. */
const TALL = 32;

/** No digit is less high, in units of the sheet: a dot by itself is not enlarged to one. */
const LEAST = 24;

/** Of the height of the higher of two strokes: how far apart they may lie beside and above one another. */
const [BESIDE, ABOVE] = [0.6, 0.25];

/** Of a digit's height: paper around a group. */
const ROOM = 0.6;

/** Of a digit's height: how far its strokes may reach out of the box that it was read in, or stay within. */
const SLACK = 0.2;

/** A group that is wider than this part of its height is no single digit. */
const WIDE = 1.4;

/** Groups that are remembered. */
const REMEMBERED = 200;

interface Extent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

interface Group extends Extent {
  readonly strokes: readonly Written[];
  /** Of each stroke. */
  readonly extents: readonly Extent[];
  /** Of the highest stroke. */
  readonly tall: number;
}

/** What a group says, in units of the sheet. */
interface ReadGroup {
  readonly boxes: readonly RotatedBox[];
  readonly numbers: readonly (readonly NumberRead[])[];
  /** By the box of each digit. */
  readonly frames: ReadonlyMap<Box, Frame>;
  /** The boxes of those whose strokes are no other digit's. */
  readonly alone: ReadonlySet<Box>;
  /** The whole of it as one digit, where it may be one. */
  readonly glyph: { readonly frame: Frame; readonly box: Box } | null;
  /** Whether nothing was read, and it is too wide for a digit. */
  readonly isDoubtful: boolean;
}

/**
 * A reader of drawings, which remembers what it has read.
 *
 * Its answer takes a glance only where the last stroke is not finished: what is in doubt is not looked at again.
 */
export function drawingReader(
  networks: Networks,
  thresholds: Thresholds,
): (strokes: readonly Written[], classify: Classify, glance?: boolean) => ReadPage {
  const known = new Map<string, ReadGroup>();
  const recall = (group: Group, glance: boolean): ReadGroup => {
    const key = `${glance} ${group.strokes.map(({ id }) => id).join()}`;
    const found =
      known.get(key) ?? readGroup(group, networks, glance ? { ...thresholds, again: 0 } : thresholds);
    known.delete(key); // the latest ones are the last
    known.set(key, found);
    if (known.size > REMEMBERED) known.delete(known.keys().next().value!);
    return found;
  };
  return (strokes, classify, glance = false) => {
    const last = strokes.at(-1);
    const groups = groupsOf(strokes)
      .map((group) => recall(group, glance && group.strokes.some((one) => one === last)))
      .map((group) => saidOf(group, classify));
    const numbers = groups.flatMap((group) => group.numbers);
    const boxes = groups.flatMap((group) => group.boxes);
    const page = pageOf(numbers, boxes, 0);
    const frames = new Map(groups.flatMap((group) => [...group.frames]));
    return { page, frames: digitsOf(page).map(({ character }) => frames.get(character.box)!) };
  };
}

/** What a group says once the network of digits was asked: one digit, or numbers of which it doubts some digits. */
function saidOf(group: ReadGroup, classify: Classify): Pick<ReadGroup, "numbers" | "boxes" | "frames"> {
  const { glyph, numbers, boxes, frames, alone } = group;
  const single = singleOf(group, classify);
  if (single && glyph)
    return {
      numbers: [[single]],
      boxes: [uprightBox(glyph.box)],
      frames: new Map([[glyph.box, glyph.frame]]),
    };
  const second = (one: Character): Character =>
    alone.has(one.box) ? seconded(one, classify([frames.get(one.box)!])[0]) : one;
  return { numbers: numbers.map((some) => some.map((one) => withCharacters(one, second))), boxes, frames };
}

/** Strokes that lie close together, directly or by others between. */
export function groupsOf(strokes: readonly Written[]): Group[] {
  let groups: Group[] = [];
  for (const stroke of strokes) {
    if (!stroke.dots.length) continue;
    const extent = extentOf(stroke);
    const one = { ...extent, strokes: [stroke], extents: [extent], tall: extent.bottom - extent.top };
    const near = groups.filter((group) => group.extents.some((other) => isNear(one, other)));
    groups = groups.filter((group) => !near.includes(group));
    groups.push([...near, one].reduce(joined));
  }
  return groups;
}

function extentOf({ dots }: Written): Extent {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const { x, y, radius } of dots) {
    [left, right] = [Math.min(left, x - radius), Math.max(right, x + radius)];
    [top, bottom] = [Math.min(top, y - radius), Math.max(bottom, y + radius)];
  }
  return { left, top, right, bottom };
}

function isNear(one: Extent, other: Extent): boolean {
  const tall = Math.max(one.bottom - one.top, other.bottom - other.top);
  const beside = Math.max(one.left - other.right, other.left - one.right);
  const above = Math.max(one.top - other.bottom, other.top - one.bottom);
  return beside <= BESIDE * tall && above <= ABOVE * tall;
}

/** Two groups as one; strokes stay in the order in which they were written. */
function joined(one: Group, other: Group): Group {
  return {
    ...around(one, other),
    strokes: [...one.strokes, ...other.strokes],
    extents: [...one.extents, ...other.extents],
    tall: Math.max(one.tall, other.tall),
  };
}

function around(one: Extent, other: Extent): Extent {
  return {
    left: Math.min(one.left, other.left),
    top: Math.min(one.top, other.top),
    right: Math.max(one.right, other.right),
    bottom: Math.max(one.bottom, other.bottom),
  };
}

function readGroup(group: Group, networks: Networks, thresholds: Thresholds): ReadGroup {
  const { left, top, right, bottom } = group;
  const tall = Math.max(LEAST, group.tall);
  const [scale, room] = [TALL / tall, ROOM * tall];
  const [width, height] = [right - left, bottom - top];
  const raster = new Raster(width + 2 * room, height + 2 * room, scale, left - room, top - room);
  for (const { dots } of group.strokes) raster.add(dots);
  const ink = raster.plane;
  const grey = { ...ink, data: Uint8Array.from(ink.data, (value) => 255 - Math.round(255 * value)) };
  const found = readNumbers(grey, networks, thresholds, true);
  const place = ([x, y, w, h]: Box): Box => [
    left - room + x / scale,
    top - room + y / scale,
    w / scale,
    h / scale,
  ];
  const frames = new Map<Box, Frame>();
  const alone = new Set<Box>();
  const numbers = found.numbers.map((some) =>
    some.map((number): NumberRead => {
      const characters = number.characters.map((one) => {
        const box = place(one.box);
        if (!/\d/.test(one.text)) return { ...one, box };
        const own = frameOfStrokes(group, box);
        if (own) alone.add(box);
        frames.set(box, own ?? frameOf(grey, one.box));
        return { ...one, box };
      });
      return { ...number, cell: null, box: place(number.box), characters };
    }),
  );
  const boxes = found.boxes.map((box) => ({
    x: left - room + box.x / scale,
    y: top - room + box.y / scale,
    width: box.width / scale,
    height: box.height / scale,
    angle: 0,
  }));
  const read = numbers.flat();
  const isWide = width > WIDE * height;
  const mayBeOne = !isWide || read.length === 0 || isOne(read);
  const glyph = mayBeOne ? { frame: viewOf(ink), box: [left, top, width, height] as const } : null;
  return { boxes, numbers, frames, alone, glyph, isDoubtful: isWide && read.length === 0 };
}

function isOne(numbers: readonly NumberRead[]): boolean {
  return numbers.length === 1 && numbers[0].characters.length === 1;
}

/** A group as one digit: where no more was read, or what was read is in doubt and the network of digits in none. */
function singleOf({ glyph, numbers, isDoubtful }: ReadGroup, classify: Classify): NumberRead | null {
  if (!glyph) return null;
  const read = numbers.flat();
  const [prediction] = classify([glyph.frame]);
  if (read.length === 0 || isOne(read)) return singleDigit(prediction, glyph.box, isDoubtful);
  const isSurer = read.every(({ unsure, confidence }) => unsure && confidence < prediction.confidence);
  return isSurer && !prediction.unsure ? singleDigit(prediction, glyph.box) : null;
}

/** Two networks saw the same strokes: where they differ, the answer of the surer one is in doubt. */
function seconded(character: Character, { digit, confidence, unsure }: Prediction): Character {
  if (String(digit) === character.text) return character;
  const text = !unsure && confidence > character.confidence ? String(digit) : character.text;
  return { ...character, text, unsure: true };
}

function withCharacters(number: NumberRead, change: (one: Character) => Character): NumberRead {
  const characters = number.characters.map(change);
  const text = characters.map((one) => one.text).join("");
  return { ...number, text, characters, unsure: number.unsure || characters.some((one) => one.unsure) };
}

/**
 * The strokes of one digit alone, framed; null where strokes of others lie in its box or its own reach out of it.
 *
 * So a digit keeps its frame while others are written beside it, and the networks need not be asked again.
 */
function frameOfStrokes({ strokes, extents }: Group, [x, y, width, height]: Box): Frame | null {
  const slack = SLACK * height;
  const [right, bottom] = [x + width, y + height];
  const own = strokes.filter((_, i) => {
    const middle = (extents[i].left + extents[i].right) / 2;
    return middle > x && middle < right && extents[i].top < bottom && extents[i].bottom > y;
  });
  if (!own.length) return null;
  const { left, top, ...other } = own.map(extentOf).reduce(around);
  const far = [x - left, y - top, other.right - right, other.bottom - bottom].map(Math.abs);
  if (Math.max(...far) > slack) return null;
  const scale = TALL / Math.max(LEAST, other.bottom - top);
  const raster = new Raster(other.right - left, other.bottom - top, scale, left, top);
  for (const { dots } of own) raster.add(dots);
  return viewOf(raster.plane);
}

function uprightBox([x, y, width, height]: Box): RotatedBox {
  return { x: x + width / 2, y: y + height / 2, width, height, angle: 0 };
}
