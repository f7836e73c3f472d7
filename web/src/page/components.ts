/**
 * The connected pieces of ink of a page, and the size of its writing.
 *
 * In: the ink of a page. Out: its components, each with its own pixels, and how tall a digit probably is. Knows
 * nothing of lines, cuts or digits. The twin of `page/components.py`.
 */

import { components } from "../constants";
import { type Component, componentsIn } from "../imgproc/labels";
import { emptyPlane } from "../imgproc/planes";
import type { Box, Plane } from "../types";

const { SMALLEST, ENCLOSED, WORTH, MOST } = components;
export const INK = Math.fround(components.INK);

/** Some ink and where it lies: `ink` holds the piece's own only. */
export class Piece {
  readonly ink: Plane;
  readonly x: number;
  readonly y: number;
  private weighed = -1;

  constructor(ink: Plane, x: number, y: number) {
    this.ink = ink;
    this.x = x;
    this.y = y;
  }

  /** How much ink it is, in pixels of full ink. */
  get mass(): number {
    if (this.weighed < 0) {
      this.weighed = 0;
      for (const value of this.ink.data) this.weighed += value;
    }
    return this.weighed;
  }

  get width(): number {
    return this.ink.width;
  }

  get height(): number {
    return this.ink.height;
  }

  /** The column after its last. */
  get right(): number {
    return this.x + this.ink.width;
  }

  /** The row after its last. */
  get bottom(): number {
    return this.y + this.ink.height;
  }

  get box(): Box {
    return [this.x, this.y, this.width, this.height];
  }
}

/** Find the components of a page, the largest first; the pale pixels around one are its soft edge. */
export function componentsOf(ink: Plane): Piece[] {
  const solid = new Uint8Array(ink.data.length);
  for (let i = 0; i < solid.length; i++) solid[i] = ink.data[i] >= INK ? 1 : 0;
  return componentsIn({ width: ink.width, height: ink.height, data: solid })
    .filter((component) => component.area >= SMALLEST)
    .sort((one, other) => other.area - one.area)
    .slice(0, MOST)
    .map((component) => pieceOf(component, ink, solid));
}

/** Copy the ink of a component and that of the pale pixels that touch it. */
function pieceOf(component: Component, ink: Plane, solid: Uint8Array): Piece {
  const left = Math.max(0, component.left - 1);
  const top = Math.max(0, component.top - 1);
  const right = Math.min(ink.width, component.right + 1);
  const bottom = Math.min(ink.height, component.bottom + 1);
  const own = emptyPlane(right - left, bottom - top);
  const { stretches } = component;
  for (let i = 0; i < stretches.length; i += 3) {
    const [row, start, end] = [stretches[i], stretches[i + 1], stretches[i + 2]];
    const [from, to] = [Math.max(left, start - 1), Math.min(right, end + 1)];
    for (let y = Math.max(top, row - 1); y < Math.min(bottom, row + 2); y++) {
      for (let x = from; x < to; x++) {
        const at = y * ink.width + x;
        const isOwn = solid[at] === 0 || (y === row && x >= start && x < end);
        if (isOwn) own.data[(y - top) * own.width + x - left] = ink.data[at];
      }
    }
  }
  return new Piece(own, left, top);
}

/** The components of a page without its frames. */
export function piecesOf(ink: Plane): Piece[] {
  return withoutFrames(componentsOf(ink));
}

/** Leave out what goes around `ENCLOSED` others or more: the border of a table, the shadow of a sheet. */
function withoutFrames(pieces: readonly Piece[]): Piece[] {
  if (pieces.length <= ENCLOSED) return [...pieces];
  return pieces.filter((frame) => {
    let [enclosed, mass] = [0, 0];
    for (const piece of pieces) {
      const isWithin =
        piece.x > frame.x && piece.y > frame.y && piece.right < frame.right && piece.bottom < frame.bottom;
      if (!isWithin) continue;
      enclosed++;
      mass += piece.mass;
    }
    return enclosed < ENCLOSED || mass < WORTH * frame.mass;
  });
}

/** How tall a digit is: the height that half of the ink reaches, 0 without ink. */
export function digitHeight(pieces: readonly Piece[]): number {
  const ordered = [...pieces].sort((one, other) => one.height - other.height);
  const half = ordered.reduce((sum, piece) => sum + piece.mass, 0) / 2;
  let reached = 0;
  for (const piece of ordered) {
    reached += piece.mass;
    if (reached >= half) return piece.height;
  }
  return 0;
}

/** Put several pieces on one piece of paper. */
export function joined(pieces: readonly Piece[]): Piece {
  if (pieces.length === 1) return pieces[0];
  const [x, y] = [Math.min(...pieces.map((piece) => piece.x)), Math.min(...pieces.map((piece) => piece.y))];
  const right = Math.max(...pieces.map((piece) => piece.right));
  const bottom = Math.max(...pieces.map((piece) => piece.bottom));
  const ink = emptyPlane(right - x, bottom - y);
  for (const piece of pieces) {
    for (let row = 0; row < piece.height; row++) {
      const to = (piece.y - y + row) * ink.width + piece.x - x;
      const from = row * piece.width;
      for (let i = 0; i < piece.width; i++) {
        ink.data[to + i] = Math.max(ink.data[to + i], piece.ink.data[from + i]);
      }
    }
  }
  return new Piece(ink, x, y);
}
