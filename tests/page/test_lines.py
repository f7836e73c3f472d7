"""Lines of pieces: in reading order, sloping, with dots, with wide gaps."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkdigit.page.components import Piece
from inkdigit.page.lines import Row, rows_of


def piece(x: float, y: float, *, width: int = 20, height: int = 30) -> Piece:
    return Piece(np.ones((height, width), np.float32), round(x), round(y))


def page(*, slope: float = 0.0, count: int = 3, pitch: int = 60, length: int = 12) -> list[list[Piece]]:
    """Lines of pieces that rise and fall a little."""
    wobble = np.random.default_rng(0).integers(-4, 5, (count, length))
    return [
        [piece(30 * i, 200 + pitch * line + slope * 30 * i + wobble[line, i]) for i in range(length)]
        for line in range(count)
    ]


def shuffled(lines: list[list[Piece]]) -> list[Piece]:
    pieces = [piece for line in lines for piece in line]
    return [pieces[i] for i in np.random.default_rng(1).permutation(len(pieces))]


def same(rows: list[Row], lines: list[list[Piece]]) -> bool:
    return [list(row.pieces) for row in rows] == lines


@pytest.mark.parametrize("degrees", [-5, -3, 0, 3, 5])
def test_lines_come_in_reading_order_even_when_they_slope(degrees: float) -> None:
    lines = page(slope=math.tan(math.radians(degrees)))
    assert same(rows_of(shuffled(lines)), lines)


def test_a_wide_gap_does_not_part_a_line() -> None:
    lines = [line[:4] + line[9:] for line in page()]
    assert same(rows_of(shuffled(lines)), lines)


def test_a_line_of_one_digit() -> None:
    lines = [page()[0], [piece(5, 300)]]
    assert same(rows_of(shuffled(lines)), lines)


def test_a_long_tail_does_not_join_two_lines() -> None:
    lines = page()
    lines[0][5] = piece(150, 200, height=58)
    assert same(rows_of(shuffled(lines)), lines)


def test_dots_join_the_line_they_stand_in() -> None:
    lines = page(count=2)
    dot = piece(25, 226, width=4, height=4)
    rows = rows_of([*shuffled(lines), dot])
    assert [dot in row.pieces for row in rows] == [True, False]
    assert [row.height for row in rows] == [30, 30]


def test_no_pieces_no_lines() -> None:
    assert rows_of([]) == []


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(*[st.integers(0, 300)] * 2, *[st.integers(1, 60)] * 2), max_size=25))
def test_no_piece_comes_twice(boxes: list[tuple[int, int, int, int]]) -> None:
    pieces = [piece(x, y, width=w, height=h) for x, y, w, h in boxes]
    rows = rows_of(pieces)
    found = [id(piece) for row in rows for piece in row.pieces]
    assert len(found) == len(set(found))
    for row in rows:
        middles = [piece.x + piece.width / 2 for piece in row.pieces]
        assert middles == sorted(middles)
