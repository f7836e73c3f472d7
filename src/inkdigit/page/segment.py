"""A picture of numbers in, a page of them out: the composition of this room.

In: decoded pixels, and a recognizer as a function. Out: lines, numbers and digits with boxes in the picture as
given. Knows nothing of files, models, or how the answer is shown.
"""

import math
from collections.abc import Callable

import numpy as np

from inkdigit.frame import view_of
from inkdigit.page.components import components_of, digit_height, without_frames
from inkdigit.page.cuts import Part, parts_of
from inkdigit.page.lattice import Choice, Run, runs_of, solve
from inkdigit.page.lines import Row, rows_of
from inkdigit.page.numbers import page_of
from inkdigit.page.paper import Pixels, paper_ink, polarities
from inkdigit.page.ruling import without_ruling
from inkdigit.page.strays import writing_among
from inkdigit.page.turn import turn_of
from inkdigit.shapes import Float32
from inkdigit.types import Ink, Page, Predictions

Classify = Callable[[Ink], Predictions]
Plane = Float32[np.ndarray, "height width"]

PIXELS = 2_000_000
"""Larger pictures are shrunk to this size to find the writing."""

LOW, TALL = 24, 64
"""Digit heights in pixels: with less a larger copy is looked at, with more a smaller one."""

WORKING = 40
"""Digit height aimed at then: twice the height of a framed digit."""

SETTLED = 0.9
"""A piece no wider than tall that is read as a digit with this confidence is not cut."""

LEAST_CONFIDENCE = 0.42
"""Mean over a page. Noise of most grains and a drawn cat had 0.18 to 0.38 when this was set; the worst of 540 amounts
0.34, three below 0.45 and none of these read right; letters 0.56. Large soft clouds have up to 0.8: they stay."""

MOST_DOUBTS = 0.8
"""Of the digits of a page, how many are unsure at least where it is none; of most textures 87 % and more are."""

BLANK, NO_DIGITS = "blank", "no digits"

MOST_CUT = 500
"""Pieces to cut: a picture with more that are no digits as they are is a carpet, no page of touching digits."""


def find_page(pixels: Pixels, classify: Classify) -> Page:
    """Read the numbers of a picture.

    Args:
        pixels: uint8 grey (height, width) or RGB (height, width, 3), upright after EXIF.
        classify: A recognizer: frames (n, 28, 28) to predictions.

    Returns:
        The page; without lines, and with the note "blank", where nothing is written, or "no digits" where
        what there is are none: a drawing, a texture, a photograph of anything else.
    """
    pages = [_read(pixels, classify, inverted=inverted) for inverted in polarities(pixels)]
    return max(pages, key=_worth)


def _worth(page: Page) -> float:
    """Digits that are likelier right than wrong, less those that are likelier wrong; a texture has many of these."""
    digits = [digit for line in page.lines for number in line.numbers for digit in number.digits]
    return sum(2 * digit.confidence - 1 for digit in digits)


def _read(pixels: Pixels, classify: Classify, *, inverted: bool) -> Page:
    ink, scale = page_ink(pixels, inverted=inverted)
    turn = turn_of(ink, classify)
    rows = written_rows(np.ascontiguousarray(np.rot90(ink, -turn // 90)))
    lines = without_stains(read_rows(rows, classify))
    empty = NO_DIGITS if rows else BLANK
    return page_of(lines, turn=turn, scale=scale, shape=pixels.shape[:2], empty=empty)


def page_ink(pixels: Pixels, *, inverted: bool = False) -> tuple[Float32[np.ndarray, "rows columns"], float]:
    """The ink without rules, at a size at which its digits are neither tiny nor huge, and that scale."""
    scale = min(1.0, math.sqrt(PIXELS / (pixels.shape[0] * pixels.shape[1])))
    ink = paper_ink(pixels, scale=scale, inverted=inverted).ink
    height = digit_height(without_frames(components_of(ink)))
    if height > TALL or (0 < height < LOW and scale < 1):
        scale = min(1.0, scale * WORKING / height)
        ink = paper_ink(pixels, scale=scale, inverted=inverted).ink
        height = digit_height(without_frames(components_of(ink)))
    return (without_ruling(ink, height=height) if height else ink), scale


def written_rows(ink: Plane) -> list[Row]:
    """The lines of a page that stands upright."""
    pieces = without_frames(components_of(ink))
    return rows_of(writing_among(pieces, height=digit_height(pieces), shape=ink.shape))


def read_rows(rows: list[Row], classify: Classify) -> list[tuple[Row, list[Choice]]]:
    """Read lines, all glyphs that they may hold in one call of the recognizer."""
    cut = cut_rows(rows, classify)
    runs = [runs_of(parts, height=row.height) for parts, row in zip(cut, rows, strict=True)]
    every: list[Run] = [run for some in runs for run in some]
    if not every:
        return []
    answers = classify(np.stack([view_of(run.glyph.ink) for run in every]))
    lines, start = [], 0
    for row, parts, its in zip(rows, cut, runs, strict=True):
        choices = solve(parts, its, answers[start : start + len(its)], height=row.height)
        start += len(its)
        if choices:
            lines.append((row, choices))
    return lines


def without_stains(lines: list[tuple[Row, list[Choice]]]) -> list[tuple[Row, list[Choice]]]:
    """Leave out what is no writing of digits.

    That is every line of a page whose digits are as doubtful as those of a texture; and, where most digits of a
    page are sure, each line without a sure digit: stains, drawings, shadows.
    """
    confidences = [choice.confidence for _, choices in lines for choice in choices]
    doubts = [choice.unsure for _, choices in lines for choice in choices]
    if sum(doubts) >= MOST_DOUBTS * len(doubts) and sum(confidences) <= LEAST_CONFIDENCE * len(doubts):
        return []
    if sum(doubts) > len(doubts) / 2:
        return lines
    return [(row, choices) for row, choices in lines if not all(choice.unsure for choice in choices)]


def cut_rows(rows: list[Row], classify: Classify) -> list[list[Part]]:
    """Cut the pieces of each line, except those that are surely a digit as they are."""
    pieces = [piece for row in rows for piece in row.pieces]
    if not pieces:
        return []
    confidence = classify(np.stack([view_of(piece.ink) for piece in pieces])).confidence
    settled = {piece: bool(sure >= SETTLED) for piece, sure in zip(pieces, confidence, strict=True)}
    texture = len(pieces) - sum(settled.values()) > MOST_CUT
    return [
        [
            part
            for piece in row.pieces
            for part in (
                [Part(piece)]
                if texture or (settled[piece] and piece.width <= row.height)
                else parts_of(piece, height=row.height)
            )
        ]
        for row in rows
    ]
