"""Rows of boxes, and squared paper."""

import numpy as np
import pytest

from inkdigit.writing import boxes
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.scribe import Scribe
from inkdigit.writing.sheet import Sheet


def filled(source: DigitSource, seed: int, fill: str = "combs") -> Sheet:
    random, sheet = np.random.default_rng(seed), Sheet((384, 384), whole=True)
    getattr(boxes, fill)(sheet, Scribe(source, random, unit=24), random)
    return sheet


def row(count: int, seed: int, source: DigitSource) -> tuple[Sheet, boxes.Boxes]:
    sheet, random = Sheet((60, 400)), np.random.default_rng(seed)
    kind = boxes.Boxes(30.0, 36.0, 0.0, boxes.Pen(1, 1.0, False), "boxes", 0)
    boxes.fill_boxes(sheet, Scribe(source, random, unit=24), random, (20, 10), kind, count, cell=(2, 0))
    return sheet, kind


@pytest.mark.parametrize("seed", range(8))
def test_the_digits_of_a_row_are_one_number(seed: int, source: DigitSource) -> None:
    sheet, kind = row(7, seed, source)
    assert len(sheet.pieces) <= 1
    for piece in sheet.pieces:
        assert piece.text.isdigit()
        assert (piece.line, piece.cell) == (2, (2, 0))
        assert abs(float(np.ptp(piece.quad[:, 0])) - len(piece.text) * kind.pitch) < 1.5 * kind.pitch


def test_walls_stand_where_the_boxes_are(source: DigitSource) -> None:
    sheet, _ = row(3, 0, source)
    assert {wall.start[0] for wall in sheet.walls if wall.start[0] == wall.end[0]} == {20, 50, 80, 110}
    assert np.all(sheet.print[10:47, [20, 50, 80, 110]] == 255)
    assert np.all(sheet.print[[10, 46], 20:111] == 255)


def test_a_comb_has_no_upper_wall() -> None:
    sheet, pen = Sheet((60, 200)), boxes.Pen(1, 1.0, False)
    boxes.draw_boxes(sheet, (10, 10), boxes.Boxes(20.0, 30.0, 0.0, pen, "comb", 0), 4)
    assert not sheet.print[10, 12:28].any()
    assert np.all(sheet.print[40, 10:91] == 255)


def test_empty_boxes_have_walls_and_no_number(source: DigitSource) -> None:
    sheet = filled(source, 1, "empty_combs")
    assert sheet.walls
    assert not sheet.ink.any() or all(piece.kind == "other" for piece in sheet.pieces)


def test_squared_paper_has_no_walls(source: DigitSource) -> None:
    sheet = filled(source, 0, "squares")
    assert not sheet.walls
    assert sheet.print.any()
    assert {piece.kind for piece in sheet.pieces} == {"number"}
