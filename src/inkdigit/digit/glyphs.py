"""The few ways to pick one glyph out of the ink of a picture.

In: the ink of a picture with one digit. Out: the ink of each possible glyph, with its prior: where ink
lies in the picture, and how much of it a cut goes through. Knows nothing of what a digit looks like.

The ways: a connected piece; the piece with others over and under it, or close to it, or all that keep off
the left and right border (a digit written in several strokes, or broken); everything; each of these
after rules are taken out, and with faint ink linking; and, where the main piece runs out of the picture at a
side and may hang together with a neighbour, between cuts on the left and right.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from inkdigit.digit.ink import Ink
from inkdigit.digit.pieces import CONNECTED, Pieces, take_apart
from inkdigit.digit.rules import without_rules
from inkdigit.digit.seams import cheapest_ways, seams
from inkdigit.shapes import Float32

LINKED = 0.15
"""Ink that links pieces in a second look: faint upstrokes."""

SPECK = 0.02
"""A piece with less than this share of the main piece's area is dirt."""

NEAR = 0.15
"""Of the longer side of the main piece: the gap over which a detached stroke still belongs to it."""

# The prior, in nats. Neither is critical: with 3 to 10 and 3 to 30, 88.9 to 89.8 % of 1,000 crops are read.
PLACE = 6.0  # for all the ink explained as well as its place allows
CUT = 15.0  # for a cut through as much ink as the picture is long

DEAREST = 0.2
"""A cut crosses at most this much ink, in heights of the picture: a pen is 0.05 to 0.1 wide."""


@dataclass(frozen=True, eq=False)
class Glyph:
    """Ink that may be the digit; `prior` is a log-probability up to a constant."""

    ink: Float32[np.ndarray, "height width"]
    prior: float


def possible_glyphs(found: Ink) -> list[Glyph]:
    """List the possible glyphs, each once; at least one.

    Args:
        found: The ink of the picture.
    """
    ink = found.ink
    bare = without_rules(ink)
    if bare is not None and float(np.median((ink - bare)[ink > bare])) < CONNECTED:
        ink, bare = bare, None  # rules as faint as that are no strokes
    pieces = take_apart(ink)
    if bare is None and len(pieces) == 1 and not (found.noise and pieces.at_a_side):
        return [Glyph(pieces.of([0]), 0.0)]
    weights = digit_evidence(ink.shape) * ink
    total = float(ink.sum())
    glyphs: dict[bytes, Glyph] = {}
    for glyph, cut in _ways(ink, bare, pieces, weights):
        prior = PLACE * float(weights[glyph > 0].sum()) / total - CUT * cut / max(ink.shape)
        glyphs.setdefault(glyph.tobytes(), Glyph(glyph, prior))
    return list(glyphs.values())


def digit_evidence(shape: tuple[int, ...]) -> Float32[np.ndarray, "height width"]:
    """Log-odds that ink at a place belongs to the digit: 1.5 in the middle, 0 two thirds out, -2 at the sides.

    Neighbours stand to the left and right, so the top and bottom border say less.
    """
    height, width = shape
    across = np.linspace(-1, 1, width, dtype=np.float32) ** 2
    down = np.float32(0.6) * np.linspace(-1, 1, height, dtype=np.float32) ** 4
    return np.float32(1.5) - np.float32(3.5) * np.maximum(across[None], down[:, None])


def _ways(
    ink: Float32[np.ndarray, "height width"],
    bare: Float32[np.ndarray, "height width"] | None,
    pieces: Pieces,
    weights: Float32[np.ndarray, "height width"],
) -> Iterator[tuple[Float32[np.ndarray, "height width"], float]]:
    """Yield the ink of each glyph and how much ink was cut through for it; the same may come twice."""
    looks = [(pieces, 0.0)]
    if bare is None:
        bare = ink
    else:
        looks.append((take_apart(bare, connected=CONNECTED), 0.0))
    without = looks[-1][0]
    looks.append((take_apart(bare, connected=LINKED), 0.0))
    if len(without) and main_piece(without, weights) in without.at_a_side:  # it may hang together with a neighbour
        looks += [(take_apart(part), cost) for part, cost in _between_seams(bare)]
    for look, cost in looks:
        for numbers in unions(look, weights):
            yield look.of(numbers), cost


def unions(pieces: Pieces, weights: Float32[np.ndarray, "height width"]) -> list[tuple[int, ...]]:
    """List the sets of pieces that may be the digit, each once; none where there is no piece.

    Args:
        pieces: What the ink was taken apart into.
        weights: Evidence that the ink of each pixel belongs to the digit; the main piece has most of it.
    """
    if not len(pieces):
        return []
    main = main_piece(pieces, weights)
    left, _, wide, _ = boxes = pieces.boxes.T
    real = set(np.flatnonzero(pieces.areas >= SPECK * pieces.areas[main]).tolist())
    inner = real - pieces.at_a_side
    common = np.minimum(left + wide, left[main] + wide[main]) - np.maximum(left, left[main])
    close = _gaps(boxes, boxes[:, main]) <= NEAR * max(boxes[2:, main])
    stacked = inner & set(np.flatnonzero(2 * common >= wide).tolist())
    near = inner & set(np.flatnonzero(close).tolist())
    sets = ({main}, {main} | stacked, {main} | near, {main} | inner, real)
    return list(dict.fromkeys(tuple(sorted(one)) for one in sets))


def main_piece(pieces: Pieces, weights: Float32[np.ndarray, "height width"]) -> int:
    """The piece with most evidence of being the digit; there must be one."""
    return int(np.argmax(pieces.sums(weights)))


def _gaps(boxes: np.ndarray, one: np.ndarray) -> np.ndarray:
    """Pixels between a box and each of the others; boxes are columns of left, top, width, height."""
    start, end = boxes[:2], boxes[:2] + boxes[2:]
    apart = np.maximum(start, one[:2, None]) - np.minimum(end, (one[:2] + one[2:])[:, None])
    return np.hypot(*np.maximum(apart, 0))


def _between_seams(
    ink: Float32[np.ndarray, "height width"],
) -> Iterator[tuple[Float32[np.ndarray, "height width"], float]]:
    """Yield what is left between cuts on the left, on the right, and on both sides, and what they cost."""
    height, width = ink.shape
    most, middle = DEAREST * height, width // 2
    columns = np.arange(width)
    ways = cheapest_ways(ink)
    on_the_left = seams(ways, between=(1, int(0.45 * width)), towards=middle, most=most)
    on_the_right = seams(ways, between=(int(0.55 * width), width - 1), towards=middle, most=most)
    uncut = (np.ones((1, width), bool), 0.0)
    right_of = [uncut, *((columns > seam.columns[:, None], seam.cost) for seam in on_the_left)]
    left_of = [uncut, *((columns < seam.columns[:, None], seam.cost) for seam in on_the_right)]
    for right, cost in right_of:
        for left, other in left_of:
            if right is not left:  # both uncut
                yield np.where(right & left, ink, np.float32(0)), cost + other
