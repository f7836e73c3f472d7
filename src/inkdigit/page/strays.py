"""Ink that no pen wrote, told by its size and place: specks, leftover rules, the dark edge of a photograph.

In: the components of a page. Out: those that may be writing. Knows nothing of lines or digits.
"""

import cv2
import numpy as np

from inkdigit.page.components import Piece

SPECK = 0.012
"""A component of less ink than this part of a digit's square height is a speck; a written dot has about 0.02."""

TALLEST = 4.0
"""Digit heights: what is taller is a drawing, or a texture that hangs together."""

SLIVER = 0.4
"""Digit heights: what reaches no further in from the picture's edge is a digit cut off, or the edge of the sheet."""

RULE, SLIM = 3.5, 0.1
"""Digit heights: nothing that is longer, and thinner than a tenth of that, was written."""

SOLID = 0.5
"""Pixels with at least this much ink are part of a stroke's width."""

BROAD = 4.0
"""Strokes that are this many times as broad as the page's are a stain; a filled loop has up to three."""

FINE_AT_EDGE, BROAD_AT_EDGE = 0.6, 1.8
"""The same for what reaches the picture's edge, where shadows are, and the thin line of
a sheet's border, and where nobody fills loops."""


def writing_among(pieces: list[Piece], *, height: float, shape: tuple[int, int]) -> list[Piece]:
    """Keep what may be writing, for digits of this height on a page of this shape."""
    mass = {piece: float(piece.ink.sum()) for piece in pieces}
    pieces = [piece for piece in pieces if mass[piece] >= SPECK * height * height and piece.height <= TALLEST * height]
    if not pieces:
        return []
    strokes = np.array([_stroke(piece) for piece in pieces])
    tall = np.array([piece.height > height / 2 for piece in pieces])
    usual = float(np.median(strokes[tall] if tall.any() else strokes)) or 1.0  # 0 where all ink is pale
    return [
        piece
        for piece, stroke in zip(pieces, strokes, strict=True)
        if _is_pen(float(stroke) / usual, at_edge=_at_edge(piece, shape))
        and not _is_rule(piece, height)
        and not _is_sliver(piece, height, shape)
    ]


def _is_pen(stroke: float, *, at_edge: bool) -> bool:
    """Whether a stroke of this width, in strokes usual on the page, may be the pen's."""
    return FINE_AT_EDGE <= stroke <= BROAD_AT_EDGE if at_edge else stroke <= BROAD


def _at_edge(piece: Piece, shape: tuple[int, int]) -> bool:
    return min(piece.x, piece.y) <= 1 or piece.right >= shape[1] - 1 or piece.bottom >= shape[0] - 1


def _stroke(piece: Piece) -> float:
    """Width of the piece's strokes at the broadest."""
    solid = np.pad((piece.ink >= SOLID).view(np.uint8), 1)
    return 2 * float(cv2.distanceTransform(solid, cv2.DIST_L2, 3).max())


def _is_rule(piece: Piece, height: float) -> bool:
    longer, shorter = max(piece.width, piece.height), min(piece.width, piece.height)
    return longer > RULE * height and shorter < SLIM * longer


def _is_sliver(piece: Piece, height: float, shape: tuple[int, int]) -> bool:
    """Whether the piece lies within a narrow strip along the edge of the picture."""
    strip = SLIVER * height
    across = piece.right <= strip or piece.x >= shape[1] - strip
    return across or piece.bottom <= strip or piece.y >= shape[0] - strip
