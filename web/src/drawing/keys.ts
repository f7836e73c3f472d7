/**
 * Drawing with the keyboard: a pen that arrow keys move and the space bar lifts or sets down.
 *
 * In: names of keys. Out: where the pen is, and whether it writes. Knows nothing of the sheet's ink.
 */

export interface Nib {
  readonly x: number;
  readonly y: number;
  readonly down: boolean;
}

const DIRECTIONS: Record<string, readonly [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/** Parts of the sheet's shorter side that one press moves: with Shift, and without. */
const SMALL = 1 / 100;
const STEP = 1 / 28;

/**
 * The pen after a key; null where the key means nothing to it.
 *
 * @param held Arrow keys that are down, so that two of them move diagonally.
 */
export function pressed(
  nib: Nib,
  key: string,
  {
    shift,
    held,
    width,
    height,
  }: { shift: boolean; held: ReadonlySet<string>; width: number; height: number },
): Nib | null {
  if (key === " " || key === "Enter") return { ...nib, down: !nib.down };
  if (!(key in DIRECTIONS)) return null;
  const step = Math.min(width, height) * (shift ? SMALL : STEP);
  let [along, down] = [0, 0];
  for (const arrow of new Set([...held, key])) {
    along += DIRECTIONS[arrow]?.[0] ?? 0;
    down += DIRECTIONS[arrow]?.[1] ?? 0;
  }
  return {
    x: Math.min(width, Math.max(0, nib.x + step * Math.sign(along))),
    y: Math.min(height, Math.max(0, nib.y + step * Math.sign(down))),
    down: nib.down,
  };
}
