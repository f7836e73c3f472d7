"""The ink of a picture taken apart into connected pieces, and put together again.

In: ink. Out: numbered pieces with their boxes, and the ink of any union of them with its soft edges.
Knows nothing of digits.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from inkdigit.shapes import Float32, Int32

CONNECTED = 0.35
"""Ink at which pixels hold together: at 0.5 a pen's thin upstrokes fall apart, at 0.2 neighbours' soft edges touch."""

FAINT = 0.08
"""Ink that still belongs to the piece it hangs on to: the thin end of a stroke."""

EDGE = 0.04
"""Less ink is none: what JPEG leaves around a stroke, and would make its box wider."""

REACH = 8
"""Faint ink is followed over this part of the picture's longer side: an eighth."""


@dataclass(frozen=True, eq=False)
class Pieces:
    """Connected pieces of ink; piece `i` of the arrays has the label `i + 1`.

    Args:
        ink: float32 (height, width), 0.0 to 1.0.
        labels: int32 (height, width), 0 where no piece is, else the piece's number from 1.
        boxes: int32 (n, 4): left, top, width, height of each piece.
        areas: int32 (n,): pixels of each piece.
    """

    ink: Float32[np.ndarray, "height width"]
    labels: Int32[np.ndarray, "height width"]
    boxes: Int32[np.ndarray, "n 4"]
    areas: Int32[np.ndarray, " n"]

    def __len__(self) -> int:
        return len(self.areas)

    @cached_property
    def grown(self) -> Int32[np.ndarray, "height width"]:
        """The labels with the faint ink that hangs on to each piece, and one pixel beyond."""
        grown = self.labels.astype(np.float32)
        free = (self.labels == 0) & (self.ink > FAINT)
        around = np.ones((3, 3), np.uint8)
        for _ in range(max(self.ink.shape) // REACH):
            wider = np.where(free & (grown == 0), cv2.dilate(grown, around), grown)
            if np.array_equal(wider, grown):
                break
            grown = wider
        return np.where(grown == 0, cv2.dilate(grown, around), grown).astype(np.int32)

    @cached_property
    def at_a_side(self) -> frozenset[int]:
        """The pieces that touch the left or the right border of the picture."""
        left, _, wide, _ = self.boxes.T
        return frozenset(np.flatnonzero((left == 0) | (left + wide == self.ink.shape[1])).tolist())

    def sums(self, weights: Float32[np.ndarray, "height width"]) -> Float32[np.ndarray, " n"]:
        """Add up the weights over each piece."""
        return np.bincount(self.labels.ravel(), weights.ravel(), len(self) + 1)[1:].astype(np.float32)

    def of(self, numbers: Collection[int]) -> Float32[np.ndarray, "height width"]:
        """The ink of some pieces with their soft edges, without that of the others; numbers from 0."""
        chosen = np.zeros(len(self) + 1, bool)
        chosen[[number + 1 for number in numbers]] = True
        return np.where(chosen[self.grown] & (self.ink > EDGE), self.ink, np.float32(0))


def take_apart(ink: Float32[np.ndarray, "height width"], *, connected: float = CONNECTED) -> Pieces:
    """Find the connected pieces: pixels with more than `connected` ink that touch, at a corner at least."""
    mask = (ink > connected).view(np.uint8)
    _, labels, table, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    return Pieces(ink, labels, table[1:, :4], table[1:, 4])
