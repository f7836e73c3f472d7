"""The closed loops of a piece of ink, each with the stroke that goes around it.

In: a piece of ink that is to be cut. Out: its loops. Two zeros that touch share a wall, which a cut gives to one of
them, and the other is then like a 2, a 3 or a 7; but a wall belongs to the loop that it closes, whatever lies beyond.
Knows nothing of cuts, runs or digits.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from inkdigit.images.components import INK, Piece
from inkdigit.shapes import Bool, Float32

SMALLEST = 0.12
"""Digit heights: the side of a square that is as large as the smallest loop. Half and twice as much: as many amounts
are read."""

Mask = Bool[np.ndarray, "rows columns"]


@dataclass(frozen=True, eq=False)
class Loop:
    """A loop.

    Args:
        hole: Where the paper in it is, in the piece.
        area: How many pixels that are.
        wall: The ink around the hole, about as broad as the pen.
    """

    hole: Mask
    area: int
    wall: Piece


def loops_of(piece: Piece, *, height: float) -> list[Loop]:
    """Find the loops of a piece.

    Args:
        piece: Connected ink.
        height: How tall a digit is in its line, pixels.
    """
    solid = piece.ink >= INK
    free = np.pad(~solid, 1, constant_values=True).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(free, connectivity=4)
    around = labels[0, 0]  # the paper around the piece
    large = np.flatnonzero(stats[:, cv2.CC_STAT_AREA] >= (SMALLEST * height) ** 2)
    reach = round(pen_width(solid)) + 1
    holes = [(labels[1:-1, 1:-1] == label, int(stats[label, cv2.CC_STAT_AREA])) for label in large
             if label not in (0, around)]  # fmt: skip
    return [Loop(hole, area, _wall(piece, hole, reach)) for hole, area in holes]


def pen_width(solid: Mask) -> float:
    """How broad the strokes are, pixels: twice the ink over the ink that has paper above, below or beside it."""
    padded = np.pad(solid, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return 2 * int(solid.sum()) / max(int((solid & ~inner).sum()), 1)


def _wall(piece: Piece, hole: Mask, reach: int) -> Piece:
    """The ink within `reach` pixels of a hole."""
    near = cv2.dilate(hole.view(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))
    ink: Float32[np.ndarray, "rows columns"] = np.where(near > 0, piece.ink, np.float32(0))
    x, y, width, height = cv2.boundingRect((ink > 0).view(np.uint8))
    return Piece(np.ascontiguousarray(ink[y : y + height, x : x + width]), piece.x + x, piece.y + y)
