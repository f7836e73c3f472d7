"""Cut a piece of ink where two digits may touch.

In: a piece and the digit height of its line. Out: its parts from left to right, more than there are digits:
what belongs together is for the recognizer to say (heuristic over-segmentation, LeCun et al. 1998, section V).

A cut is the path from the top of the piece to its bottom that crosses least ink. It may wind as a drop that
falls does, which is dear, so that a slanted or bent gap is followed and a stroke is not followed along.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from inkdigit.page.components import Piece
from inkdigit.page.loops import Loop, Mask, loops_of
from inkdigit.shapes import Float32, Int64

WORKING_HEIGHT = 24
"""Rows at which paths are sought."""

SIDESTEP = 0.12
"""Price of a step to the side, in rows of full ink."""

NARROWEST, LOWEST = 0.4, 0.3
"""Digit heights: a piece less wide, or less tall, is one digit at most."""

DEAREST = 0.62
"""Digit heights of ink that a cut may cross: two strokes of a broad pen (0.15), or one met at a slant."""

CUTS = 4.5
"""At most this many cuts for each digit height of width."""

NEXT = 0.08
"""Digit heights between two cuts: half a stroke of a common pen."""

LEVEL = 0.4
"""Of the lower of two parts, what must be level with the other."""

SEEN = 0.3
"""Ink at which a row counts as part of what lies at one side of a cut."""

MARGIN = 0.1
"""Digit heights: no cut begins nearer to a side of the piece."""

SAME = 1e-4
"""Ink by which the prices of two ways must differ for one of them to be cheaper."""

Path = Int64[np.ndarray, " rows"]


@dataclass(frozen=True, eq=False)
class Part:
    """Some ink between two cuts.

    Args:
        piece: The ink.
        price: Of the cut at its left, digit heights of ink; 0.0 where nothing was cut.
        loops: Those of the whole piece, with how many pixels of the hole are between the two cuts, where some are.
    """

    piece: Piece
    price: float = 0.0
    loops: tuple[tuple[Loop, int], ...] = ()


def parts_of(piece: Piece, *, height: float) -> list[Part]:
    """Cut one piece wherever digits may touch; the parts together are the piece.

    Args:
        piece: Connected ink.
        height: How tall a digit is in its line, pixels.

    Returns:
        The parts from left to right, each with some ink; the piece itself where there is nothing to cut.
    """
    if piece.width < NARROWEST * height or piece.height < LOWEST * height:
        return [Part(piece)]
    factor = min(1.0, WORKING_HEIGHT / height)
    size = (max(2, round(piece.width * factor)), max(2, round(piece.height * factor)))
    small = cv2.resize(piece.ink, size, interpolation=cv2.INTER_AREA)
    paths = _paths(small, height=height * factor)
    prices = [price / (height * factor) for price, _ in paths]
    return _split(
        piece,
        [_enlarged(path, piece, factor=piece.width / size[0]) for _, path in paths],
        prices,
        loops_of(piece, height=height) if paths else [],
    )


def _paths(ink: Float32[np.ndarray, "rows columns"], *, height: float) -> list[tuple[float, Path]]:
    """The cheapest paths with their prices, from left to right."""
    from_top, from_bottom = _cheapest(ink), _cheapest(ink[::-1])[::-1]
    through = from_top + from_bottom - ink
    margin = MARGIN * height
    found: list[tuple[float, Path]] = []
    for row in sorted({len(ink) // 4, len(ink) // 2, 3 * len(ink) // 4}):
        valleys = [x for x in _valleys(through[row], margin=margin) if through[row, x] <= DEAREST * height]
        starts = np.array(valleys, np.int64)
        up = _followed(from_top, starts, row)
        down = _followed(from_bottom[::-1], starts, len(ink) - 1 - row)
        for column, above, below in zip(valleys, up, down, strict=True):
            found.append((float(through[row, column]), np.concatenate([above, below[-2::-1]])))
    return _different(ink, found, height=height, most=round(CUTS * ink.shape[1] / height))


def _cheapest(ink: Float32[np.ndarray, "rows columns"]) -> Float32[np.ndarray, "rows columns"]:
    """Ink crossed on the best way from the first row to each pixel."""
    price = ink.copy()
    for row in range(1, len(ink)):
        above = price[row - 1]
        best = above.copy()
        best[1:] = np.minimum(best[1:], above[:-1] + SIDESTEP)
        best[:-1] = np.minimum(best[:-1], above[1:] + SIDESTEP)
        price[row] += best
    return price


def _valleys(prices: Float32[np.ndarray, " columns"], *, margin: float) -> list[int]:
    """The middles of the lowest stretches, not at the sides."""
    found, start = [], 0
    for column in range(1, len(prices) + 1):
        if column < len(prices) and abs(prices[column] - prices[start]) < SAME:
            continue
        lower_left = start == 0 or prices[start - 1] > prices[start]
        lower_right = column == len(prices) or prices[column] > prices[start]
        middle = (start + column - 1) // 2
        if lower_left and lower_right and margin <= middle <= len(prices) - 1 - margin:
            found.append(middle)
        start = column
    return found


def _followed(
    prices: Float32[np.ndarray, "rows columns"], starts: Int64[np.ndarray, " n"], row: int
) -> list[Int64[np.ndarray, " steps"]]:
    """Follow the cheapest way from pixels of a row back to row 0, at most one column aside at each step."""
    paths = np.zeros((len(starts), row + 1), np.int64)
    at = paths[:, row] = starts
    padded = np.pad(prices[: row + 1], ((0, 0), (1, 1)), constant_values=np.inf)
    for here in range(row - 1, -1, -1):
        near = padded[here][at[:, None] + np.arange(3)] + np.array([SIDESTEP, 0, SIDESTEP])
        at = paths[:, here] = at + near.argmin(axis=1) - 1
    return list(paths)


def _different(
    ink: Float32[np.ndarray, "rows columns"], found: list[tuple[float, Path]], *, height: float, most: int
) -> list[tuple[float, Path]]:
    """The cheapest paths that keep a distance and do not cross, from left to right."""
    kept: list[tuple[float, Path]] = []
    for price, path in sorted(found, key=lambda one: one[0]):
        if len(kept) == most:
            break
        gaps = [path - other for _, other in kept]
        apart = all(np.abs(gap).mean() > NEXT * height and ((gap >= 0).all() or (gap <= 0).all()) for gap in gaps)
        if apart and _parts_level(ink, path):
            kept.append((price, path))
    return sorted(kept, key=lambda one: float(one[1].mean()))


def _parts_level(ink: Float32[np.ndarray, "rows columns"], path: Path) -> bool:
    """Whether what lies at both sides of a path is side by side, not one above the other as a 7 and its stem."""
    right = np.arange(ink.shape[1]) >= path[:, None]
    ends = [np.flatnonzero((ink * side).max(axis=1) > SEEN) for side in (right, ~right)]
    if not all(len(rows) for rows in ends):
        return False
    level = min(rows[-1] for rows in ends) - max(rows[0] for rows in ends) + 1
    return bool(level >= LEVEL * min(rows[-1] - rows[0] + 1 for rows in ends))


def _enlarged(path: Path, piece: Piece, *, factor: float) -> Int64[np.ndarray, " height"]:
    rows = (np.arange(piece.height) + 0.5) * len(path) / piece.height - 0.5
    return np.rint((np.interp(rows, np.arange(len(path)), path) + 0.5) * factor).astype(np.int64)


def _split(piece: Piece, paths: list[Path], prices: list[float], loops: list[Loop]) -> list[Part]:
    """Share the pixels out among the parts between the paths."""
    columns = np.arange(piece.width)
    bounds = [np.zeros(piece.height, np.int64), *paths, np.full(piece.height, piece.width)]
    found: list[Part] = []
    for left, right, price in zip(bounds, bounds[1:], [0.0, *prices], strict=False):
        band = (columns >= left[:, None]) & (columns < right[:, None])
        own = _within(piece, band)
        if own is not None:
            found.append(Part(own, price if found else 0.0, tuple(_shares(loops, band))))
    return found


def _shares(loops: list[Loop], band: Mask) -> Iterator[tuple[Loop, int]]:
    """How many pixels of each hole lie between two paths, where some do."""
    for loop in loops:
        pixels = loop.within(band)
        if pixels:
            yield loop, pixels


def _within(piece: Piece, band: Mask) -> Piece | None:
    """The ink of a piece between two paths."""
    ink = np.where(band, piece.ink, np.float32(0))
    if not ink.any():
        return None
    x, y, width, height = cv2.boundingRect((ink > 0).view(np.uint8))
    return Piece(ink[y : y + height, x : x + width], piece.x + x, piece.y + y)
