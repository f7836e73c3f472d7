"""What no pen wrote is left out."""

import numpy as np
import pytest

from inkdigit.page.components import Piece
from inkdigit.page.segment import written_rows
from inkdigit.page.strays import writing_among

SHAPE = (400, 600)


def frame(x: int, y: int, width: int, height: int, *, stroke: int = 3) -> Piece:
    """A hollow box, as a 0."""
    ink = np.ones((height, width), np.float32)
    if min(width, height) > 2 * stroke:
        ink[stroke:-stroke, stroke:-stroke] = 0
    return Piece(ink, x, y)


DIGITS = [frame(100 + 40 * i, 200, 22, 32) for i in range(6)]


@pytest.mark.parametrize(
    "stray",
    [
        frame(300, 100, 2, 2),  # a speck
        frame(100, 250, 300, 3),  # a rule
        frame(300, 20, 3, 150),  # an upright one
        frame(200, 392, 30, 8),  # a sliver at the lower edge
        frame(0, 200, 6, 30),  # at the left
        frame(520, 100, 80, 80, stroke=40),  # a shadow in from the right
        frame(300, 50, 40, 200),  # a drawing
    ],
)
def test_strays_go(stray: Piece) -> None:
    kept = writing_among([*DIGITS, stray], height=32, shape=SHAPE)
    assert [id(piece) for piece in kept] == [id(piece) for piece in DIGITS]


@pytest.mark.parametrize(
    "written",
    [frame(300, 250, 5, 5), frame(50, 190, 3, 34), frame(300, 300, 120, 32), frame(0, 300, 22, 32)],
    ids=["a dot", "a 1", "four zeros that touch", "a digit at the edge"],
)
def test_writing_stays(written: Piece) -> None:
    assert written in writing_among([*DIGITS, written], height=32, shape=SHAPE)


def test_nothing_stays_nothing() -> None:
    assert writing_among([], height=0.0, shape=SHAPE) == []


def test_ink_that_is_pale_everywhere_is_no_reason_to_fail() -> None:
    page = np.zeros((80, 80), np.float32)
    page[20:60, 38:42] = 0.45
    assert len(written_rows(page)) <= 1
