"""Digits to numbers: gaps part them, boxes come back to where they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.page.components import Piece
from inkdigit.page.lattice import Choice, Run
from inkdigit.page.lines import Row
from inkdigit.page.numbers import page_of
from inkdigit.types import Box, Page


def choice(digit: int, box: Box, *, confidence: float = 0.9, unsure: bool = False) -> Choice:
    x, y, width, height = box
    return Choice(Run(0, 1, Piece(np.ones((height, width), np.float32), x, y)), digit, confidence, unsure)


def page(choices: list[Choice], *, turn: int = 0, scale: float = 1.0, shape: tuple[int, int] = (200, 600)) -> Page:
    return page_of([(Row((), 30), choices)], turn=turn, scale=scale, shape=shape)


def written(gaps: list[int]) -> list[Choice]:
    starts = np.cumsum([10, *(20 + gap for gap in gaps)])
    return [choice(i, (int(x), 50, 20, 30)) for i, x in enumerate(starts)]


@pytest.mark.parametrize(
    ("gaps", "text"),
    [
        ([], "0"),
        ([8, 8, 8], "0123"),
        ([8, 40, 8], "01 23"),
        ([35, 35, 35], "0123"),  # all of them apart
        ([-3, -2, 30, 0], "012 34"),
        ([5, 17, 5], "0123"),  # a little more is no gap
    ],
)
def test_wide_gaps_part_numbers(gaps: list[int], text: str) -> None:
    assert page(written(gaps)).text == text


def test_boxes_and_confidences_add_up() -> None:
    (line,) = page(written([8, 40, 8])).lines
    first, second = line.numbers
    assert first.box == (10, 50, 48, 30)
    assert line.box == (10, 50, second.box[0] + second.box[2] - 10, 30)
    assert first.confidence == pytest.approx(0.81)


def test_who_doubts() -> None:
    choices = [
        choice(1, (0, 0, 9, 30)),
        choice(2, (20, 0, 9, 30), unsure=True),
        choice(3, (40, 0, 9, 30), confidence=0.4),
    ]
    (line,) = page(choices).lines
    assert [digit.unsure for digit in line.numbers[0].digits] == [False, True, True]


def test_no_lines_is_blank() -> None:
    empty = page_of([], turn=0, scale=1.0, shape=(9, 9))
    assert empty.lines == ()
    assert empty.note == "blank"


@given(
    st.sampled_from([0, 90, 180, 270]), st.integers(0, 30), st.integers(0, 20), st.integers(1, 20), st.integers(1, 9)
)
def test_a_box_comes_back_from_any_turn(turn: int, x: int, y: int, width: int, height: int) -> None:
    picture = np.zeros((40, 60), np.uint8)
    picture[y : y + height, x : x + width] = 1
    rows, columns = np.nonzero(np.rot90(picture, -turn // 90))
    turned = (int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
    found = page([choice(5, turned)], turn=turn, shape=(40, 60))
    assert found.lines[0].box == (x, y, width, height)
    assert found.rotation == turn


def test_a_box_is_enlarged_with_the_picture() -> None:
    found = page([choice(5, (10, 20, 30, 40))], scale=0.25, shape=(400, 400))
    assert found.lines[0].box == (40, 80, 120, 160)
