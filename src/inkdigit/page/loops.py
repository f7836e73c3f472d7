"""The closed loops of a piece of ink, each with the stroke that goes around it.

In: a piece of ink that is to be cut. Out: its loops. Two zeros that touch share a wall, which a cut gives to one of
them, and the other is then like a 2, a 3 or a 7; but a wall belongs to the loop that it closes, whatever lies beyond.
Knows nothing of cuts, runs or digits.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from inkdigit.page.components import INK, Piece
from inkdigit.shapes import Bool, Float32, Int32

SMALLEST = 0.12
"""Digit heights: the side of a square that is as large as the smallest loop. Half and twice as much: as many amounts
are read."""

MOST = 4.0
"""For each digit height of width: a piece with more loops is a net or a texture, and its loops are no digits'."""

Mask = Bool[np.ndarray, "_ _"]
Labels = Int32[np.ndarray, "_ _"]


@dataclass(frozen=True, eq=False)
class Loop:
    """A loop.

    Args:
        hole: Where the paper in it is, within the box of the hole.
        x: Column of that box in the piece.
        y: Its row.
        area: How many pixels of paper that are.
        wall: The ink around the hole, about as broad as the pen.
    """

    hole: Mask
    x: int
    y: int
    area: int
    wall: Piece

    def within(self, band: Mask) -> int:
        """Count the pixels of the hole that are in a band, a mask over the piece."""
        height, width = self.hole.shape
        return int((self.hole & band[self.y : self.y + height, self.x : self.x + width]).sum())


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
    large = large[(large != 0) & (large != around)]  # 0 is the ink
    if len(large) > MOST * piece.width / height:
        return []
    reach = round(pen_width(solid)) + 1
    return [_loop(piece, labels[1:-1, 1:-1], label, stats[label].tolist(), reach=reach) for label in large.tolist()]


def pen_width(solid: Mask) -> float:
    """How broad the strokes are, pixels: twice the ink over the ink that has paper above, below or beside it."""
    padded = np.pad(solid, 1)
    inner = padded[:-2, 1:-1] & padded[2:, 1:-1] & padded[1:-1, :-2] & padded[1:-1, 2:]
    return 2 * int(solid.sum()) / max(int((solid & ~inner).sum()), 1)


def _loop(piece: Piece, labels: Labels, label: int, box: list[int], *, reach: int) -> Loop:
    """The hole with this label, and the ink within `reach` pixels of it."""
    x, y, width, height, area = box[0] - 1, box[1] - 1, *box[2:]
    top, left = max(y - reach, 0), max(x - reach, 0)
    around = slice(top, y + height + reach), slice(left, x + width + reach)
    hole = labels[around] == label
    near = cv2.dilate(hole.view(np.uint8), np.ones((2 * reach + 1,) * 2, np.uint8))
    ink: Float32[np.ndarray, "_ _"] = np.where(near > 0, piece.ink[around], np.float32(0))
    ink_x, ink_y, across, down = cv2.boundingRect((ink > 0).view(np.uint8))
    wall = Piece(ink[ink_y : ink_y + down, ink_x : ink_x + across], piece.x + left + ink_x, piece.y + top + ink_y)
    return Loop(hole[y - top : y - top + height, x - left : x - left + width], x, y, area, wall)
