/**
 * What a network is shown of a glyph, the same for a drawing, a picture of one digit and a page.
 *
 * In: the ink of one glyph, any size. Out: its frame: upright, framed as MNIST is, the pen dark. Knows nothing of
 * where the ink came from. The twin of `images/view.py`.
 */

import { centreGlyph } from "../frame";
import type { Frame, Plane } from "../types";
import { darkened } from "./pen";
import { steepened } from "./slant";

/** Bring lean, size, place and darkness of one glyph near those of MNIST's. */
export function viewOf(ink: Plane): Frame {
  return darkened(centreGlyph(steepened(ink)));
}
