"""Tables and columns."""

import numpy as np
import pytest

from inkdigit.writing import grids
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.scribe import Scribe
from inkdigit.writing.sheet import Piece, Sheet


def filled(source: DigitSource, seed: int, fill: str = "table") -> Sheet:
    random, sheet = np.random.default_rng(seed), Sheet((400, 400), whole=True)
    getattr(grids, fill)(sheet, Scribe(source, random, unit=20), random)
    return sheet


def in_cells(sheet: Sheet) -> list[Piece]:
    return [piece for piece in sheet.pieces if piece.kind == "number"]


@pytest.mark.parametrize("fill", ["table", "columns"])
def test_cells_have_the_rows_and_columns_they_stand_in(fill: str, source: DigitSource) -> None:
    pairs = 0
    for seed in range(6):
        pieces = in_cells(filled(source, seed, fill))
        for one in pieces:
            for other in pieces:
                assert one.cell is not None
                assert other.cell is not None
                if one.cell[0] < other.cell[0]:
                    assert one.quad[:, 1].mean() < other.quad[:, 1].mean()
                    pairs += 1
                if one.cell[1] < other.cell[1]:
                    assert one.quad[:, 0].mean() < other.quad[:, 0].mean()
    assert pairs > 20


def test_the_room_of_a_cell_lies_between_its_rules() -> None:
    lattice = grids.Lattice((0.0, 10.0, 30.0), (5.0, 25.0, 65.0), inset=2.0)
    assert lattice.cells == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert lattice.room((1, 1)) == (27.0, 10.0, 36.0, 20.0)


def test_walls_are_drawn_and_columns_have_none(source: DigitSource) -> None:
    for seed in range(4):
        sheet = filled(source, seed)
        assert len(sheet.walls) >= 2
        for wall in sheet.walls:
            x, y = np.clip(np.round((np.array(wall.start) + wall.end) / 2), 3, 395).astype(int)
            assert np.maximum(sheet.print, sheet.ink)[y - 3 : y + 4, x - 3 : x + 4].max() > 40
    assert not filled(source, 0, "columns").walls


def test_an_empty_table_has_walls_and_no_number(source: DigitSource) -> None:
    sheet = filled(source, 3, "empty_table")
    assert sheet.walls
    assert not in_cells(sheet)
