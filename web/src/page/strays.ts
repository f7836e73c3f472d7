/**
 * Ink that no pen wrote, told by its size and place: specks, leftover rules, the dark edge of a photograph.
 *
 * In: the components of a page. Out: those that may be writing. Knows nothing of lines or digits. The twin of
 * `page/strays.py`.
 */

import { strays } from "../constants";
import { depthOf } from "../imgproc/distance";
import { median } from "../imgproc/numeric";
import type { Piece } from "./components";

const { SPECK, TALLEST, SLIVER, RULE, SLIM, BROAD, FINE_AT_EDGE, BROAD_AT_EDGE } = strays;

/** The sides of a picture that may have cut digits off; a drawing has none: what was drawn is all there is. */
export interface Edges {
  readonly width: number;
  readonly height: number;
}

/** Keep what may be writing, for digits of this height. */
export function writingAmong(pieces: readonly Piece[], height: number, edges: Edges | null): Piece[] {
  const left = pieces.filter(
    (piece) => piece.mass >= SPECK * height * height && piece.height <= TALLEST * height,
  );
  if (!left.length) return [];
  const strokes = left.map((piece) => 2 * depthOf(piece.ink));
  const tall = strokes.filter((_, i) => left[i].height > height / 2);
  const usual = median(tall.length ? tall : strokes) || 1; // 0 where all ink is pale
  return left.filter((piece, i) => {
    if (isRule(piece, height)) return false;
    const stroke = strokes[i] / usual;
    if (!edges || !isAtEdge(piece, edges))
      return stroke <= BROAD && !(edges && isSliver(piece, height, edges));
    return stroke >= FINE_AT_EDGE && stroke <= BROAD_AT_EDGE && !isSliver(piece, height, edges);
  });
}

function isAtEdge(piece: Piece, edges: Edges): boolean {
  return (
    Math.min(piece.x, piece.y) <= 1 || piece.right >= edges.width - 1 || piece.bottom >= edges.height - 1
  );
}

function isRule(piece: Piece, height: number): boolean {
  const longer = Math.max(piece.width, piece.height);
  return longer > RULE * height && Math.min(piece.width, piece.height) < SLIM * longer;
}

/** Whether the piece lies within a narrow strip along the edge of the picture. */
function isSliver(piece: Piece, height: number, edges: Edges): boolean {
  const strip = SLIVER * height;
  const isBeside = piece.right <= strip || piece.x >= edges.width - strip;
  return isBeside || piece.bottom <= strip || piece.y >= edges.height - strip;
}
