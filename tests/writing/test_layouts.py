"""Numbers as people arrange them on a page."""

import numpy as np
import pytest

from inkdigit.writing.digits import DigitSource
from inkdigit.writing.layouts import ARRANGEMENTS
from inkdigit.writing.scribe import Scribe
from inkdigit.writing.sheet import Sheet


def filled(name: str, source: DigitSource, seed: int, *, whole: bool = True) -> Sheet:
    random, sheet = np.random.default_rng(seed), Sheet((384, 384), whole=whole)
    ARRANGEMENTS[name].fill(sheet, Scribe(source, random, unit=24), random)
    return sheet


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("name", sorted(set(ARRANGEMENTS) - {"nothing"}))
def test_numbers_lie_over_ink(name: str, whole: bool, source: DigitSource) -> None:
    for seed in range(2):
        sheet = filled(name, source, seed, whole=whole)
        for piece in sheet.pieces:
            (left, top), (right, foot) = np.clip(piece.quad.min(0), 0, 384), np.clip(piece.quad.max(0), 0, 384)
            if piece.kind == "number" and min(right - left, foot - top) > 6:
                assert sheet.ink[int(top) : int(foot) + 1, int(left) : int(right) + 1].max() > 150, piece.text
                assert any(sign.isdigit() for sign in piece.text)


def test_all_arrangements_hold_numbers_but_one_that_never_does(source: DigitSource) -> None:
    counts = {
        name: sum(piece.kind == "number" for seed in range(6) for piece in filled(name, source, seed).pieces)
        for name in ARRANGEMENTS
    }
    assert counts.pop("nothing") == 0
    assert all(count >= 3 for count in counts.values()), counts


@pytest.mark.parametrize("name", sorted(ARRANGEMENTS))
def test_nothing_written_by_hand_is_cut_on_a_whole_sheet(name: str, source: DigitSource) -> None:
    for seed in range(3):
        for piece in filled(name, source, seed).pieces:
            if piece.kind == "number":
                assert piece.quad.min() >= -3
                assert piece.quad.max() <= 387


def test_no_two_numbers_of_a_page_lie_over_each_other(source: DigitSource) -> None:
    for name in ("notes", "list", "form", "columns", "table", "slip"):
        quads = [piece.quad for piece in filled(name, source, 2).pieces if piece.kind == "number"]
        for i, one in enumerate(quads):
            for other in quads[:i]:
                common = np.minimum(one.max(0), other.max(0)) - np.maximum(one.min(0), other.min(0))
                assert min(common) < 7, name


def test_numbers_of_a_line_stand_on_one_height(source: DigitSource) -> None:
    pieces = [piece for piece in filled("notes", source, 5).pieces if piece.kind == "number"]
    for line in {piece.line for piece in pieces}:
        middles = [float(piece.quad[:, 1].mean()) for piece in pieces if piece.line == line]
        assert max(middles) - min(middles) < 24
