"""Which way up a page stands: its glyphs are shown to a recognizer in all four turns.

In: the ink of a page, and a recognizer as a function. Out: by how much to turn the page clockwise. Knows nothing
of numbers. A 0, 1 or 8 says little and a 6 is a turned 9, so the layout is heard too: digits stand in few lines.
"""

import math
from collections.abc import Callable

import numpy as np

from inkdigit.frame import centre_glyph
from inkdigit.page.components import Piece, components_of, digit_height
from inkdigit.page.lines import rows_of
from inkdigit.page.strays import writing_among
from inkdigit.shapes import Float32
from inkdigit.types import Ink, Predictions

Plane = Float32[np.ndarray, "height width"]

SAMPLE = 64
"""Glyphs looked at, spread over the page: more change nothing."""

LEAST_SIZE, MOST_SIZE = 0.6, 1.6
"""Of the usual size, what a glyph that may be a digit has at least and at most."""

SURE = 0.75
"""A page whose glyphs are read with this confidence on the average is not turned."""

LEAST = 0.03
"""Probability below which a glyph is no evidence: it may be no digit at all."""

PRIOR, EACH = 4.0, 0.5
"""Nats, and nats per glyph, in favour of a page as it is given: people hold it upright, and odd glyphs are many."""

STRIP = 1.6
"""Width over height, and height over digit height, of a single line."""

LAYOUT = 0.5
"""Weight of the layout beside the glyphs: the pieces of a column are not independent of one another."""


def turn_of(ink: Plane, classify: Callable[[Ink], Predictions]) -> int:
    """Find by how many degrees, 0, 90, 180 or 270, the page must be turned clockwise to be read."""
    pieces = components_of(ink)
    pieces = writing_among(pieces, height=digit_height(pieces), shape=ink.shape)
    glyphs = _glyphs(pieces)
    if not glyphs:
        return 0
    upright = _sureness(glyphs, 0, classify)
    if upright.mean() >= SURE:
        return 0
    evidence = {0: float(np.log(upright + LEAST).sum()) + PRIOR + EACH * len(glyphs)}
    for turn in (180,) if _is_one_line(pieces) else (90, 180, 270):
        evidence[turn] = float(np.log(_sureness(glyphs, turn, classify) + LEAST).sum())
    across, along = _disorder(pieces, turned=False), _disorder(pieces, turned=True)
    return max(evidence, key=lambda turn: evidence[turn] - LAYOUT * (along if turn % 180 else across))


def _is_one_line(pieces: list[Piece]) -> bool:
    """Whether the writing is a strip hardly taller than its digits: a column is seldom cut out as one."""
    width = max(piece.right for piece in pieces) - min(piece.x for piece in pieces)
    height = max(piece.bottom for piece in pieces) - min(piece.y for piece in pieces)
    return width > STRIP * height and height < STRIP * digit_height(pieces)


def _disorder(pieces: list[Piece], *, turned: bool) -> float:
    """Nats it takes to say which line each piece lies in: few, where the pieces form few lines."""
    if turned:
        pieces = [Piece(piece.ink.T, piece.y, piece.x) for piece in pieces]
    return len(pieces) * math.log(max(1, len(rows_of(pieces))))


def _glyphs(pieces: list[Piece]) -> list[Piece]:
    """A sample of the pieces that may be single digits, whichever way up."""
    sizes = np.array([max(piece.width, piece.height) for piece in pieces])
    usual = float(np.median(sizes)) if pieces else 0.0
    likely = [
        piece for piece, size in zip(pieces, sizes, strict=True) if LEAST_SIZE * usual <= size <= MOST_SIZE * usual
    ]
    return likely[:: max(1, len(likely) // SAMPLE)]


def _sureness(glyphs: list[Piece], turn: int, classify: Callable[[Ink], Predictions]) -> Float32[np.ndarray, " n"]:
    """The confidence in each glyph after turning it clockwise."""
    turned = [np.ascontiguousarray(np.rot90(glyph.ink, -turn // 90)) for glyph in glyphs]
    return classify(np.stack([centre_glyph(ink) for ink in turned])).confidence
