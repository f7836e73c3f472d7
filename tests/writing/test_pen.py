"""Forms become ink."""

from dataclasses import replace

import numpy as np
import pytest

from inkdigit.data.curves import Form
from inkdigit.writing.hand import Hand
from inkdigit.writing.pen import cropped, trace

BAR = Form("bar", 1, ("0,0 0,50 0,100",))
BELOW = Form("below", 1, ("0,100 0,120 0,140",))


def calm(hand: Hand) -> Hand:
    return replace(hand, wildness=0.0, lean=0.0, lean_spread=0.0, pen=0.1, nib=0.0)


@pytest.mark.parametrize("height", [24, 60])
def test_a_stroke_is_as_high_as_asked_for_and_as_wide_as_the_pen(hand: Hand, height: int) -> None:
    glyph = trace(BAR, calm(hand), np.random.default_rng(0), height=height)
    rows, _ = glyph.ink.shape
    assert height <= rows <= 1.2 * height + 3
    middle = glyph.ink[rows // 2].sum()
    assert 0.06 * height < middle < 0.16 * height
    assert abs(glyph.rise + 0.05 * height) <= 2  # half a pen below the line


def test_what_hangs_below_the_line_has_a_negative_rise(hand: Hand) -> None:
    glyph = trace(BELOW, calm(hand), np.random.default_rng(0), height=50)
    assert -26 <= glyph.rise <= -19
    assert 20 <= glyph.ink.shape[0] <= 29


def test_a_hand_that_leans_leans_to_the_right(hand: Hand) -> None:
    glyph = trace(BAR, replace(calm(hand), lean=0.6), np.random.default_rng(0), height=50)
    columns = np.arange(glyph.ink.shape[1])
    top, bottom = (np.average(columns, weights=glyph.ink[rows].sum(axis=0)) for rows in (slice(0, 8), slice(-8, None)))
    assert top > bottom + 15


def test_paper_alone_becomes_a_pixel_of_paper() -> None:
    assert cropped(np.zeros((5, 5), np.float32), bottom=3).ink.max() == 0
