"""Cuts through ink where the least of it is cut: between a digit and a neighbour it touches.

In: ink. Out: the ways from top to bottom that cross little ink, each as the column it takes in every
row. Knows nothing of digits, and cannot tell a join between two digits from a thin stroke of one.
"""

from dataclasses import dataclass

import numpy as np

from inkdigit.shapes import Float32, Int8, Int64

SIDESTEP = 0.02
"""Ink that a step to the side costs: of two ways through paper the straighter is better."""

APART = 12
"""Two seams of one side are at least this part of the width apart: a twelfth, the width of a pen."""


@dataclass(frozen=True, eq=False)
class Seam:
    """A way from top to bottom.

    Args:
        columns: int64 (height,), the column it takes in each row, moving by at most one.
        cost: Ink it crosses, in pixels of full ink.
    """

    columns: Int64[np.ndarray, " height"]
    cost: float


@dataclass(frozen=True, eq=False)
class Cheapest:
    """The cheapest way through every column of the middle row.

    Args:
        costs: float32 (width,): ink that it crosses.
        up: int8 (rows, width): the steps, -1, 0 or 1, by which it came to each pixel from the top.
        down: int8 (rows, width): the same from the bottom.
    """

    costs: Float32[np.ndarray, " width"]
    up: Int8[np.ndarray, "above width"]
    down: Int8[np.ndarray, "below width"]


def cheapest_ways(ink: Float32[np.ndarray, "height width"]) -> Cheapest:
    """Find the cheapest way from top to bottom through every column of the middle row.

    Dynamic programming from the top and from the bottom (the seams of Avidan and Shamir 2007).

    Args:
        ink: 0.0 to 1.0, at least one row.
    """
    middle = len(ink) // 2
    above, up = _costs(ink[: middle + 1])
    below, down = _costs(ink[middle:][::-1])
    return Cheapest(above[-1] + below[-1] - ink[middle], up, down)


def seams(ways: Cheapest, *, between: tuple[int, int], towards: int, most: float, n: int = 2) -> list[Seam]:
    """Choose cuts that lie apart from one another.

    Args:
        ways: All there are.
        between: First column in the middle row, and the one after the last.
        towards: Of ways that cost the same, to half a pixel of ink, the one nearest to this column is taken.
        most: The ink that a seam may cross, in pixels of full ink.
        n: At most so many.

    Returns:
        Cheapest first.
    """
    width = len(ways.costs)
    columns = np.arange(max(between[0], 0), min(between[1], width))
    order = np.lexsort((np.abs(columns - towards), np.round(2 * ways.costs[columns])))
    apart = max(2, width // APART)
    found: dict[int, Seam] = {}
    for column in columns[order].tolist():
        if len(found) == n or ways.costs[column] > most:
            break
        if all(abs(column - other) > apart for other in found):
            way = [*_way(ways.up, column)[::-1], *_way(ways.down, column)[1:]]
            found[column] = Seam(np.array(way), float(ways.costs[column]))
    return list(found.values())


def _costs(ink: Float32[np.ndarray, "rows width"]) -> tuple[np.ndarray, np.ndarray]:
    """Least cost of a way from the first row to each pixel, and the step by which it came: -1, 0 or 1."""
    costs = ink.copy()
    steps = np.zeros(ink.shape, np.int8)
    padded = np.full(ink.shape[1] + 2, np.inf, np.float32)
    for row in range(1, len(ink)):
        padded[1:-1] = costs[row - 1]
        best, left, right = padded[1:-1].copy(), padded[:-2] + np.float32(SIDESTEP), padded[2:] + np.float32(SIDESTEP)
        steps[row][left < best] = -1
        np.minimum(best, left, out=best)
        steps[row][right < best] = 1
        costs[row] += np.minimum(best, right)
    return costs, steps


def _way(steps: np.ndarray, column: int) -> list[int]:
    """Follow the steps back from the last row to the first."""
    way = [column]
    for row in steps[:0:-1]:
        column += int(row[column])
        way.append(column)
    return way
