/**
 * How large everything is for a picture of one size, and where it lies in memory.
 *
 * In: layers, a height and a width. Out: rows and columns of each value, and its place; values that are not needed at the
 * same time share one. Knows nothing of what layers compute.
 */

import { type Convolution, type Layer, storedChannels } from "./layers";

export interface Value {
  readonly rows: number;
  readonly columns: number;
  /** As stored, side by side. */
  readonly channels: number;
  /** Numbers from the beginning of the memory. */
  readonly place: number;
}

export interface Plan {
  /** By the number of the value. */
  readonly values: readonly Value[];
  /** Where a convolution may put its padded input, and what it needs beside. */
  readonly scratch: number;
  /** Numbers in all. */
  readonly length: number;
}

type Size = Omit<Value, "place">;

/**
 * @param start The first place that is free.
 * @throws RangeError The picture is too small, or the scales of a pyramid do not fit: its sides must be a multiple.
 */
export function planOf(layers: readonly Layer[], height: number, width: number, start: number): Plan {
  const sizes: Size[] = [{ rows: height, columns: width, channels: 1 }];
  let scratch = 0;
  layers.forEach((layer, i) => {
    const given = layer.inputs.map((value) => sizes[value]);
    const [rows, columns] = sidesOf(layer, given);
    if (!(rows >= 1 && columns >= 1))
      throw new RangeError(`${layer.name}: ${height} x ${width} pixels are too few`);
    sizes.push({ rows, columns, channels: storedChannels(layers, i + 1) });
    if (layer.convolution)
      scratch = Math.max(scratch, scratchOf(layer.convolution, given[0], rows * columns));
  });
  const { slots, slotOf } = share(
    layers,
    sizes.map(({ rows, columns, channels }) => rows * columns * channels),
  );
  const places = [start];
  for (const length of slots) places.push(places.at(-1)! + length);
  const values = sizes.map((size, value) => ({ ...size, place: places[slotOf[value]] }));
  return { values, scratch: places.at(-1)!, length: places.at(-1)! + scratch };
}

function sidesOf({ name, kind, convolution }: Layer, [input, other]: readonly Size[]): [number, number] {
  const { rows, columns } = input;
  if (convolution) return [outputs(convolution, 0, rows), outputs(convolution, 1, columns)];
  if (kind === "pool") return [rows >> 1, columns];
  if (kind === "upsample") return [2 * rows, 2 * columns];
  if (other.rows !== rows || other.columns !== columns)
    throw new RangeError(`${name}: ${rows} x ${columns} and ${other.rows} x ${other.columns} do not fit`);
  return [rows, columns];
}

function outputs({ size, stride, dilation, padding }: Convolution, axis: 0 | 1, length: number): number {
  const last = length + 2 * padding[axis] - (size[axis] - 1) * dilation[axis] - 1;
  return Math.floor(last / stride[axis]) + 1;
}

/** The padded input, the positions, and the runs: at most one for each number of a window. */
function scratchOf({ size, padding }: Convolution, input: Size, positions: number): number {
  return paddedLength(input, padding) + positions + 2 * size[0] * size[1];
}

/** Numbers of a padded input; none where nothing is added. */
export function paddedLength(
  { rows, columns, channels }: Size,
  [above, left]: readonly [number, number],
): number {
  return above || left ? (rows + 2 * above) * (columns + 2 * left) * channels : 0;
}

/** Give each value a slot which no other one needs while it lives: the first that is free. */
function share(layers: readonly Layer[], lengths: readonly number[]): { slots: number[]; slotOf: number[] } {
  const lastUse = lengths.map((_, value) => layers.findLastIndex(({ inputs }) => inputs.includes(value)));
  const slots: number[] = [];
  const slotOf: number[] = [];
  lengths.forEach((length, value) => {
    // Value v is given by layer v - 1: what this layer takes is still needed, what was last taken earlier is not.
    const taken = new Set(
      slotOf.filter((_, other) => other === layers.length || lastUse[other] >= value - 1),
    );
    let slot = slots.findIndex((_, one) => !taken.has(one));
    if (slot < 0) slot = slots.push(0) - 1;
    slots[slot] = Math.max(slots[slot], length);
    slotOf.push(slot);
  });
  return { slots, slotOf };
}
