"""What lies on pages and is no number."""

import numpy as np
import pytest

from inkdigit.writing import clutter
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.scribe import Scribe
from inkdigit.writing.sheet import Sheet


@pytest.mark.parametrize("kind", ["prose", "handwriting", "drawings", "empty_grid", "picture", "nothing", "strew"])
def test_there_is_no_number(kind: str, source: DigitSource) -> None:
    marked = 0
    for seed in range(5):
        random, sheet = np.random.default_rng(seed), Sheet((200, 260))
        getattr(clutter, kind)(sheet, Scribe(source, random, unit=20), random)
        assert all(piece.kind == "other" for piece in sheet.pieces)
        marked += bool(sheet.ink.any() or sheet.print.any())
    assert marked >= 3


def test_what_is_strewn_lies_where_nothing_was_written(source: DigitSource) -> None:
    for seed in range(10):
        random, sheet = np.random.default_rng(seed), Sheet((200, 260))
        sheet.take((50, 50, 100, 80))
        clutter.strew(sheet, Scribe(source, random, unit=20), random)
        assert not np.maximum(sheet.ink, sheet.print)[52:128, 52:148].any()


def test_a_drawing_is_cut_tight_and_never_larger_than_asked_for() -> None:
    random = np.random.default_rng(0)
    for _ in range(60):
        layer = clutter.drawing(random, side=50)
        assert max(layer.shape) <= 50
        assert layer.max() > 0.3 or layer.shape == (4, 4)
