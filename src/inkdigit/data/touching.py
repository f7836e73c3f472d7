"""Digits that touch, cut as the reader cuts them: what it is shown of a number whose digits run into each other.

In: digits to write side by side, and a random generator. Out: framed cuts, each with the digit that it is or with
"no digit". Neighbours overlap, share a stroke or are joined by one, zeros most of all, as in amounts of round
thousands; every number goes through `page.cuts` and `page.lattice`. Which digit a cut is, is known because it is
known which ink was written for which. Everything is synthetic but the digits.

Training on the candidates of the segmentation itself: LeCun et al., "Gradient-based learning applied to document
recognition" (1998), section VI.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise

import cv2
import numpy as np

from inkdigit.data.degradations import Drawing, soften_edges, thicken_or_thin
from inkdigit.frame import view_of
from inkdigit.page.components import components_of, digit_height
from inkdigit.page.cuts import Part, parts_of
from inkdigit.page.lattice import Run, runs_of
from inkdigit.shapes import Bool, Float32
from inkdigit.types import NO_DIGIT

Frame = Float32[np.ndarray, "28 28"]
Mask = Bool[np.ndarray, "_ _"]
DrawLabelled = Callable[[int | None], tuple[Drawing, int]]
"""Draws another digit each time, cropped to its ink, and which it is: any, or the one asked for."""

ROUND = 0.5  # of the numbers, how many end in zeros
JOINED = 0.3  # of the neighbours, how many are joined by a stroke
FROM_EACH = 5  # cuts that are taken of one number
DIGITS = 0.6  # of these, how many are digits, where there are so many

WHOLE, WHOLE_ZERO = 0.85, 0.65
"""Of a digit's ink, what a cut of it must have: a zero may lack the wall that it shares with its neighbour."""

FOREIGN = 0.2
"""Of a cut's ink, what may be other than the digit's."""

PART = 0.5
"""Of a digit's ink, what a cut that is no digit may have of it; with more of another's than `MIXED`, also all."""

MIXED = 0.4
BAR = 0.4
"""Width over height of a bar, upright as it is shown."""


@dataclass(frozen=True, eq=False)
class TouchingDigits:
    """A number whose digits touch.

    Args:
        ink: Of all its digits.
        digits: Which they are, from left to right.
        own: For each digit where its ink is; where two digits overlap, both.
    """

    ink: Drawing
    digits: tuple[int, ...]
    own: tuple[Mask, ...]

    @cached_property
    def inked(self) -> tuple[float, ...]:
        """How much ink each digit has."""
        return tuple(max(float((self.ink * own).sum()), 1e-6) for own in self.own)


def cuts_of_touching(
    draw_labelled: DrawLabelled, random: np.random.Generator, *, n: int
) -> tuple[list[Frame], list[int]]:
    """Write numbers until they have given `n` cuts.

    Returns:
        The frames, and for each the digit that it is, or 10.
    """
    found = list(islice(_cuts(draw_labelled, random), n))
    return [frame for frame, _ in found], [label for _, label in found]


def _cuts(draw_labelled: DrawLabelled, random: np.random.Generator) -> Iterator[tuple[Frame, int]]:
    while True:
        written = write_touching(draw_labelled, random)
        labelled = [(run, label) for run in _runs(written) if (label := label_of(run, written)) is not None]
        digits = [one for one in labelled if one[1] != NO_DIGIT]
        others = [one for one in labelled if one[1] == NO_DIGIT]
        chosen = _some(digits, random, most=round(DIGITS * FROM_EACH))
        chosen += _some(others, random, most=FROM_EACH - len(chosen))
        framed = ((view_of(run.glyph.ink), label) for run, label in chosen)
        yield from ((frame, label) for frame, label in framed if label != NO_DIGIT or not is_bar(frame))


def write_touching(draw_labelled: DrawLabelled, random: np.random.Generator) -> TouchingDigits:
    """Write two to five digits side by side so that most of them touch, with one pen."""
    tall = int(random.integers(24, 60))
    digits, drawings = zip(*_written(draw_labelled, random, tall=tall), strict=True)
    places = _places(drawings, random, tall=tall)
    shape = (max(y + d.shape[0] for (_, y), d in zip(places, drawings, strict=True)) + tall // 2,
             max(x + d.shape[1] for (x, _), d in zip(places, drawings, strict=True)) + tall // 2)  # fmt: skip
    layers = [_placed(drawing, place, shape) for drawing, place in zip(drawings, places, strict=True)]
    strokes = _joining(layers, random, tall=tall)
    inked = thicken_or_thin(np.maximum.reduce([*layers, strokes]), random, tall=tall)
    around = np.ones((3, 3), np.uint8)
    # Two pixels wider than the digit itself: a thicker pen and a blur must not give its ink to nobody.
    own = tuple(cv2.dilate((layer > 0.3).view(np.uint8), around, iterations=2) > 0 for layer in layers)
    return TouchingDigits(soften_edges(inked, random), digits, own)


def _written(draw_labelled: DrawLabelled, random: np.random.Generator, *, tall: int) -> Iterator[tuple[int, Drawing]]:
    """The digits of a number with their drawings, about as tall as one another; a run of zeros is often smaller."""
    zeros = int(random.integers(1, 5)) if random.random() < ROUND else 0
    size = random.uniform(0.5, 1.0)
    for wanted in [None] * int(random.integers(1 if zeros > 1 else 2, 4)) + [0] * zeros:
        drawing, digit = draw_labelled(wanted)
        height = max(6.0, tall * (size if wanted == 0 else 1.0) * np.exp(0.1 * random.normal()))
        factor = height / max(drawing.shape[0], 0.6 * drawing.shape[1])
        new = (max(2, round(drawing.shape[1] * factor)), max(4, round(drawing.shape[0] * factor)))
        yield digit, np.clip(cv2.resize(drawing, new, interpolation=cv2.INTER_AREA), 0, 1)


def _places(drawings: tuple[Drawing, ...], random: np.random.Generator, *, tall: int) -> list[tuple[int, int]]:
    """Left and top of each digit: on one line or so, near, touching or overlapping."""
    close = random.normal(-0.06, 0.06)
    places: list[tuple[int, int]] = []
    right, base = tall // 4, tall // 4 + round(1.3 * tall)
    for drawing in drawings:
        gap = round(tall * random.normal(close, 0.06)) if places else 0
        drop = round(tall * random.normal(0, 0.06))
        x = max(places[-1][0] + 2 if places else 0, right + gap)
        places.append((x, max(0, base + drop - drawing.shape[0])))
        right = x + drawing.shape[1]
    return places


def _placed(drawing: Drawing, place: tuple[int, int], shape: tuple[int, int]) -> Drawing:
    layer, (x, y) = np.zeros(shape, np.float32), place
    layer[y : y + drawing.shape[0], x : x + drawing.shape[1]] = drawing
    return layer


def _joining(layers: list[Drawing], random: np.random.Generator, *, tall: int) -> Drawing:
    """Strokes from the right of a digit to the left of the next, near the top or at any height."""
    strokes = np.zeros_like(layers[0])
    for before, after in pairwise(layers):
        if random.random() < JOINED:
            start, end = _at(before, random, side=-1), _at(after, random, side=0)
            sag = (start[0] + end[0]) // 2, (start[1] + end[1]) // 2 + round(tall * random.normal(0.03, 0.08))
            bent = np.array([start, sag, end], np.int32)
            pen = max(1, round(tall * random.uniform(0.04, 0.1)))
            cv2.polylines(strokes, [bent], False, 1.0, pen, cv2.LINE_AA)
    return strokes


def _at(layer: Drawing, random: np.random.Generator, *, side: int) -> tuple[int, int]:
    """A place of a digit's ink (x, y), the leftmost (0) or the rightmost (-1) of some row, more often a high one."""
    rows = np.flatnonzero(layer.max(axis=1) > 0.5)
    if not len(rows):
        return 0, 0
    row = rows[int(len(rows) * random.beta(1, 2))]
    return int(np.flatnonzero(layer[row] > 0.5)[side]), int(row)


def _runs(written: TouchingDigits) -> list[Run]:
    """All that the reader would look at, but without the walls that `loops` gives back: with them no better reader."""
    pieces = [piece for piece in components_of(written.ink) if piece.height > 3]
    height = digit_height(pieces)
    pieces.sort(key=lambda piece: 2 * piece.x + piece.width)
    parts = [Part(part.piece, part.price) for piece in pieces for part in parts_of(piece, height=height)]
    return runs_of(parts, height=height)


def label_of(run: Run, written: TouchingDigits) -> int | None:
    """Which digit a cut is: 0 to 9, 10 where it is none, None where that is a matter of taste."""
    glyph = run.glyph
    box = slice(glyph.y, glyph.bottom), slice(glyph.x, glyph.right)
    total = float(glyph.ink.sum())
    # Of each digit, its ink within the cut, and that as a share of all its ink. Where two digits overlap the ink counts
    # for both, so that a shared stroke makes neither of them less whole.
    has = [float((glyph.ink * own[box]).sum()) for own in written.own]
    shares = [part / whole for part, whole in zip(has, written.inked, strict=True)]
    best = int(np.argmax(shares))
    foreign = 1 - has[best] / max(total, 1e-6)
    digit = written.digits[best]
    if shares[best] >= (WHOLE_ZERO if digit == 0 else WHOLE) and foreign <= FOREIGN:
        return digit
    return NO_DIGIT if shares[best] <= PART or foreign >= MIXED else None


def is_bar(frame: Frame) -> bool:
    """Whether a cut is so narrow that it may be a 1, whatever it is part of."""
    ink = frame > 0.3
    return bool(ink.any(axis=0).sum() < BAR * ink.any(axis=1).sum())


def _some(labelled: list[tuple[Run, int]], random: np.random.Generator, *, most: int) -> list[tuple[Run, int]]:
    """At most so many, in random order."""
    return [labelled[i] for i in random.permutation(len(labelled))[: max(most, 0)]]
