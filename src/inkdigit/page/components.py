"""The connected pieces of ink of a page, and the size of its writing.

In: the ink of a page. Out: its components, each with its own pixels, and how tall a digit probably is.
Knows nothing of lines, cuts or digits.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from inkdigit.shapes import Float32
from inkdigit.types import Box

Plane = Float32[np.ndarray, "height width"]

INK = 0.4
"""Pixels with at least this much ink belong to a component."""


SMALLEST = 3
"""Pixels: what is smaller is dust at any size of writing."""

ENCLOSED, WORTH = 3, 0.1
"""Pieces within a frame, and how much ink they have at least, in that of the frame."""

MOST = 3000
"""Components looked at, the largest: a sheet densely covered with digits has half of that, a carpet any number."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Some ink and where it lies.

    Args:
        ink: float32 (height, width), the piece's own ink only.
        x: Column of its left edge on the page.
        y: Row of its top edge.
    """

    ink: Plane
    x: int
    y: int

    @property
    def width(self) -> int:
        """Columns of its ink."""
        return self.ink.shape[1]

    @property
    def height(self) -> int:
        """Rows of its ink."""
        return self.ink.shape[0]

    @property
    def right(self) -> int:
        """The column after its last."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """The row after its last."""
        return self.y + self.height

    @property
    def box(self) -> Box:
        """Where it lies on the page."""
        return self.x, self.y, self.width, self.height


def components_of(ink: Plane) -> list[Piece]:
    """Find the components of a page, the largest first.

    The pixels around a component that are too pale to belong to any are its soft edge.
    """
    solid = (ink >= INK).view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(solid, connectivity=8)
    found = []
    areas = stats[1:, cv2.CC_STAT_AREA]
    for label in 1 + np.argsort(-areas, kind="stable")[: min(MOST, int((areas >= SMALLEST).sum()))]:
        x, y, width, height = (int(value) for value in stats[label, :4])
        rows = slice(max(0, y - 1), min(ink.shape[0], y + height + 1))
        columns = slice(max(0, x - 1), min(ink.shape[1], x + width + 1))
        inside = labels[rows, columns]
        own = cv2.dilate((inside == label).view(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        own &= (inside == label) | (inside == 0)
        found.append(Piece(np.where(own, ink[rows, columns], np.float32(0)), columns.start, rows.start))
    return found


def without_frames(pieces: list[Piece]) -> list[Piece]:
    """Leave out what goes around others: the border of a table, the shadow of a sheet on a dark desk.

    Args:
        pieces: Of a page. A piece is a frame if `ENCLOSED` others lie within its box, with some part of its ink:
            digits that touch enclose dust as well.
    """
    if len(pieces) <= ENCLOSED:
        return pieces
    boxes = np.array([(piece.x, piece.y, piece.right, piece.bottom) for piece in pieces])
    mass = np.array([piece.ink.sum() for piece in pieces], np.float64)
    left, top, right, bottom = boxes.T

    def is_frame(number: int) -> bool:
        x, y, end, foot = boxes[number]
        inside = (left > x) & (top > y) & (right < end) & (bottom < foot)
        return bool(inside.sum() >= ENCLOSED and mass[inside].sum() >= WORTH * mass[number])

    return [piece for number, piece in enumerate(pieces) if not is_frame(number)]


def digit_height(pieces: list[Piece]) -> float:
    """How tall a digit is: the height that half of the ink reaches, 0.0 without ink."""
    if not pieces:
        return 0.0
    heights = np.array([piece.height for piece in pieces], np.float64)
    mass = np.array([piece.ink.sum() for piece in pieces], np.float64)
    order = np.argsort(heights)
    reached = np.cumsum(mass[order])
    return float(heights[order][np.searchsorted(reached, reached[-1] / 2)])


def joined(pieces: list[Piece]) -> Piece:
    """Put several pieces on one piece of paper."""
    if len(pieces) == 1:
        return pieces[0]
    x, y = min(piece.x for piece in pieces), min(piece.y for piece in pieces)
    width, height = max(piece.right for piece in pieces) - x, max(piece.bottom for piece in pieces) - y
    ink = np.zeros((height, width), np.float32)
    for piece in pieces:
        part = ink[piece.y - y : piece.bottom - y, piece.x - x : piece.right - x]
        np.maximum(part, piece.ink, out=part)
    return Piece(ink, x, y)
