import { describe, expect, it } from "vitest";
import { emptyPlane } from "../../src/imgproc/planes";
import { Piece } from "../../src/page/components";
import { loopsOf, penWidth } from "../../src/page/loops";

/** Square rings of three pixels' breadth, 15 pixels a side, beside one another so that neighbours share a wall. */
function rings(count: number): Piece {
  const plane = emptyPlane(12 * count + 3, 15);
  for (let y = 0; y < 15; y++) {
    for (let x = 0; x < plane.width; x++) {
      const inked = y < 3 || y >= 12 || x % 12 < 3;
      plane.data[y * plane.width + x] = inked ? 1 : 0;
    }
  }
  return new Piece(plane, 4, 9);
}

describe("loops", () => {
  it("have the walls that they share with their neighbours", () => {
    const loops = loopsOf(rings(3), 20);
    expect(loops.map(({ hole }) => hole.length)).toEqual([81, 81, 81]);
    for (const [i, { wall }] of loops.entries()) {
      expect(wall.x).toBeLessThanOrEqual(4 + 12 * i);
      expect(wall.right).toBeGreaterThanOrEqual(4 + 12 * i + 15);
      expect(wall.width).toBeLessThan(22);
    }
  });

  it("are not open, and not tiny", () => {
    const ring = rings(1);
    ring.ink.data.fill(0, 7 * 15, 7 * 15 + 3);
    expect(loopsOf(ring, 20)).toEqual([]);
    expect(loopsOf(rings(1), 80)).toEqual([]);
  });

  it("do not end at a corner where two strokes touch", () => {
    const piece = rings(1);
    const { data } = piece.ink;
    for (const at of [0, 1, 2, 15, 16, 30]) data[at] = 0; // the corner is cut away to a slanted edge
    expect(loopsOf(piece, 20)).toHaveLength(1);
  });

  it("are as broad as the pen", () => {
    expect(penWidth(new Uint8Array(40 * 5).fill(1), 5)).toBeCloseTo(4.65, 1);
    expect(penWidth(new Uint8Array(9), 3)).toBe(0);
  });
});
