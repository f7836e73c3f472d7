"""The written lines of a page, from the places of its pieces.

In: the pieces of ink of a page that stands upright. Out: for each line its pieces from left to right, lines from
top to bottom. Lines may slope, each in its own way. Knows nothing of pixels or digits.
"""

from dataclasses import dataclass

import numpy as np

from inkdigit.page.components import Piece, digit_height
from inkdigit.shapes import Float64, Int64

TALL = 0.45
"""Of the digit height: what is less tall (dots, commas, a loose bar) does not make a line, it joins one."""

REACH = 4.0
"""Digit heights between two digits that are linked directly."""

OVERLAP = 0.4
"""Of the lower of two neighbours, the part that the higher one must be level with."""

MISFIT = 0.55
"""Digit heights by which one part of a line may miss the other where they meet."""

NEAR = 0.8
"""Digit heights from a line's middle within which a dot belongs to it."""

STEEPEST = 0.2
"""Rise over run of a line: 11 degrees."""

Places = Float64[np.ndarray, "n 4"]
"""Left, top, right and bottom of each piece."""


@dataclass(frozen=True, eq=False)
class Row:
    """The pieces of a line from left to right, and the digit height in it, pixels."""

    pieces: tuple[Piece, ...]
    height: float


@dataclass(frozen=True)
class _Course:
    """A straight line through the middles of some pieces, y = level + slope * x, from `left` to `right`."""

    level: float
    slope: float
    left: float
    right: float


def rows_of(pieces: list[Piece]) -> list[Row]:
    """Group the pieces of an upright page to lines in reading order."""
    height = digit_height(pieces)
    tall = [piece for piece in pieces if piece.height >= TALL * height]
    places = _places(tall)
    lines = [[tall[index] for index in line] for line in _merged(_chains(places, height), places, height)]
    _adopt(lines, [piece for piece in pieces if piece.height < TALL * height], height)
    lines.sort(key=lambda line: float(np.median([piece.y + piece.height / 2 for piece in line])))
    return [Row(tuple(sorted(line, key=lambda piece: 2 * piece.x + piece.width)), digit_height(line)) for line in lines]


def _places(pieces: list[Piece]) -> Places:
    return np.array([(piece.x, piece.y, piece.right, piece.bottom) for piece in pieces], np.float64).reshape(-1, 4)


def _chains(places: Places, height: float) -> list[list[int]]:
    """Link every piece to the nearest at its right that has it as the nearest at its left."""
    order = np.argsort(places[:, 0] + places[:, 2], kind="stable")
    ordered = places[order]
    right = _neighbours(ordered, height)
    left = _neighbours((ordered * (-1, 1, -1, 1))[::-1, [2, 1, 0, 3]], height)[::-1]
    left = np.where(left >= 0, len(places) - 1 - left, -1)
    linked = {i: int(j) for i, j in enumerate(right) if j >= 0 and left[j] == i}
    chains = []
    for start in sorted(set(range(len(places))) - set(linked.values())):
        chain = [start]
        while chain[-1] in linked:
            chain.append(linked[chain[-1]])
        chains.append([int(order[index]) for index in chain])
    return chains


def _neighbours(places: Places, height: float) -> Int64[np.ndarray, " n"]:
    """For each piece the nearest of those after it that is level with it, or -1."""
    found = np.full(len(places), -1, np.int64)
    tall = places[:, 3] - places[:, 1]
    for index, (_, top, right, bottom) in enumerate(places[:-1]):
        after = places[index + 1 :]
        level = np.minimum(after[:, 3], bottom) - np.maximum(after[:, 1], top)
        gap = np.where(level > OVERLAP * np.minimum(tall[index + 1 :], bottom - top), after[:, 0] - right, np.inf)
        nearest = int(gap.argmin())
        if gap[nearest] < REACH * height:
            found[index] = index + 1 + nearest
    return found


def _course(places: Places) -> _Course:
    """Fit a straight line; a short chain is level."""
    x, y = (places[:, 0] + places[:, 2]) / 2, (places[:, 1] + places[:, 3]) / 2
    slope = 0.0
    if len(places) >= 4 and np.ptp(x) > 0:
        slope = float(np.clip(np.polyfit(x, y, 1)[0], -STEEPEST, STEEPEST))
    level = float(np.median(y - slope * x))
    return _Course(level, slope, float(places[:, 0].min()), float(places[:, 2].max()))


def _merged(chains: list[list[int]], places: Places, height: float) -> list[list[int]]:
    """Join the chains that continue one another, the longest first."""
    lines: list[list[int]] = []
    courses = np.zeros((0, 4))
    for chain in sorted(chains, key=len, reverse=True):
        misfit = _misfit(_course(places[chain]), courses)
        best = int(misfit.argmin()) if len(lines) else -1
        if best >= 0 and misfit[best] <= MISFIT * height:
            lines[best] += chain
        else:
            best = len(lines)
            lines.append(list(chain))
            courses = np.vstack([courses, np.zeros((1, 4))])
        made = _course(places[lines[best]])
        courses[best] = made.level, made.slope, made.left, made.right
    return lines


def _misfit(one: _Course, others: Float64[np.ndarray, "n 4"]) -> Float64[np.ndarray, " n"]:
    """How far apart lines are where they meet, pixels: in the middle of the gap, or of what both cover."""
    level, slope, left, right = others.T
    x = (np.maximum(left, one.left) + np.minimum(right, one.right)) / 2
    return np.abs(one.level + one.slope * x - level - slope * x)


def _adopt(lines: list[list[Piece]], small: list[Piece], height: float) -> None:
    """Give each small piece to the line that passes nearest, if it lies within it."""
    if not lines:
        return
    level, slope, _, _ = np.array([(c.level, c.slope, 0, 0) for c in (_course(_places(line)) for line in lines)]).T
    for piece in small:
        far = np.abs(level + slope * (piece.x + piece.width / 2) - piece.y - piece.height / 2)
        if far.min() < NEAR * height:
            lines[int(far.argmin())].append(piece)
