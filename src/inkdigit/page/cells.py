"""The cells of ruled tables and of rows of boxes: which row and column a number stands in.

In: where the detector sees walls. Out: grids of straight lines in the page's direction, and the cell of each place.
Knows nothing of digits.
"""

import math
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from inkdigit.page.boxes import Points
from inkdigit.shapes import Bool, Float32, Float64

Cell = tuple[int, int]

LIKELY = 0.5
"""Probability from which a place is a wall's."""

LONG = 0.4
"""Of a grid's width or height: walls that fill so much of a row or column of the map are one wall."""

NARROW = 1.6
"""Width over height of a box for one digit, at most."""

BROAD = 7
"""Places of the map: no wall is as thick, and no cell as small."""

LEAST_SIDE = 4
"""Places of the map: a grid with a shorter side is none."""


@dataclass(frozen=True)
class Grid:
    """A ruled table or a row of boxes, in places of the upright map.

    Args:
        rows: Where its walls across lie, from top to bottom.
        columns: Where its walls down lie, from left to right.
    """

    rows: tuple[float, ...]
    columns: tuple[float, ...]

    @property
    def is_row(self) -> bool:
        """Whether it is a box, or boxes side by side, each for one digit."""
        # The narrowest: where ink hides a wall, two boxes are seen as one.
        width = float(np.diff(self.columns).min())
        return len(self.rows) == 2 and width <= NARROW * (self.rows[1] - self.rows[0])

    def cell(self, x: float, y: float) -> Cell | None:
        """The row and column of a place, counted from 0."""
        row = np.searchsorted(self.rows, y) - 1
        column = np.searchsorted(self.columns, x) - 1
        if 0 <= row < len(self.rows) - 1 and 0 <= column < len(self.columns) - 1:
            return int(row), int(column)
        return None


@dataclass(frozen=True, eq=False)
class Walls:
    """The grids of a picture.

    Args:
        grids: In places of the upright map, from top to bottom.
        to_map: From a place (x, y, 1) of the picture to one of that map.
    """

    grids: tuple[Grid, ...]
    to_map: Float64[np.ndarray, "2 3"]

    def places(self, points: Points) -> Points:
        """Where places (x, y) of the picture lie in the upright map."""
        places: Points = points @ self.to_map[:, :2].T + self.to_map[:, 2]
        return places

    def cell(self, x: float, y: float) -> Cell | None:
        """The row and column of a place of the picture; rows of a second grid are below those of the first."""
        across, down = self.places(np.array([[x, y]]))[0].tolist()
        before = 0
        for grid in self.grids:
            cell = grid.cell(across, down)
            if cell:
                return cell[0] + before, cell[1]
            before += len(grid.rows) - 1
        return None


def walls_of(probability: Float32[np.ndarray, "rows columns"], *, scale: float, angle: float) -> Walls:
    """Find the grids of a picture.

    Args:
        probability: Of a wall, at each place of the detector's map.
        scale: Pixels of the picture for each place.
        angle: In which direction the page is read, radians clockwise.
    """
    upright, turn = _upright((probability > LIKELY).astype(np.uint8), angle)
    turn[:, :2] /= scale
    return Walls(tuple(grids_in(upright > 0)), turn)


def _upright(mask: np.ndarray, angle: float) -> tuple[np.ndarray, np.ndarray]:
    """Turn the map so that it is read from left to right; and the matrix that does it."""
    rows, columns = mask.shape
    cosine, sine = math.cos(angle), math.sin(angle)
    width = math.ceil(abs(columns * cosine) + abs(rows * sine)) + 1
    height = math.ceil(abs(columns * sine) + abs(rows * cosine)) + 1
    turn = np.array([[cosine, sine, 0.0], [-sine, cosine, 0.0]])
    # Whole places: half of one at no angle would leave it to rounding which place is taken twice.
    turn[:, 2] = np.array([width // 2, height // 2]) - turn[:, :2] @ (columns // 2, rows // 2)
    return cv2.warpAffine(mask, turn, (width, height), flags=cv2.INTER_NEAREST), turn


def grids_in(walls: Bool[np.ndarray, "rows columns"]) -> list[Grid]:
    """Find the grids of an upright map, from top to bottom."""
    # Walls that nearly meet do: a map has gaps where ink crosses it.
    closed = cv2.dilate(walls.astype(np.uint8), np.ones((3, 3), np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(closed, connectivity=8)
    grids = []
    for label in range(1, count):
        x, y, width, height, _ = stats[label].tolist()
        if min(width, height) < LEAST_SIDE:
            continue
        part = walls[y : y + height, x : x + width] & (labels[y : y + height, x : x + width] == label)
        # With room around: beyond an edge a wall would count as going on.
        thick = cv2.dilate(np.pad(part.astype(np.float32), BROAD), np.ones((3, 3), np.uint8))
        # Walls down must not count as parts of walls across: in a row of boxes they fill most of each row.
        rows = _lines_in(cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((1, BROAD), np.uint8)).sum(axis=1) / width)
        columns = _lines_in(cv2.morphologyEx(thick, cv2.MORPH_OPEN, np.ones((BROAD, 1), np.uint8)).sum(axis=0) / height)
        if len(rows) >= 2 and len(columns) >= 2:
            grids.append(Grid(tuple(y - BROAD + row for row in rows), tuple(x - BROAD + column for column in columns)))
    return sorted(grids, key=lambda grid: (grid.rows[0], grid.columns[0]))


def _lines_in(filled: Float32[np.ndarray, " places"]) -> list[float]:
    """Where a row or column of the map is filled enough to be a wall: the middle of each run of such places."""
    strong = np.flatnonzero(np.diff(np.concatenate([[0], (filled > LONG).astype(np.int8), [0]])))
    middles = [(start + end - 1) / 2 for start, end in strong.reshape(-1, 2).tolist()]
    # A wall that is two places thick with a gap between is one.
    return [a for a, b in pairwise([*middles, math.inf]) if b - a > 2]
