"""What pens, paper and cameras do to writing."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.data import degradations, strokes
from inkdigit.frame import centre_glyph


def drawing(seed: int = 0, digit: int = 3) -> degradations.Drawing:
    return strokes.draw(digit, random=np.random.default_rng(seed), height=degradations.TALL)


@given(st.integers(0, 2**31), st.integers(0, 9))
def test_degraded_writing_is_still_ink(seed: int, digit: int) -> None:
    degraded = degradations.degrade(drawing(seed, digit), np.random.default_rng(seed))
    assert degraded.dtype == np.float32
    assert 0.3 < degraded.max() <= 1
    assert degraded.min() >= 0
    assert not ((degraded > 0) & (degraded < degradations.FAINTEST)).any()


def test_the_same_generator_degrades_alike() -> None:
    first, second = (degradations.degrade(drawing(), np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_strength_nought_only_bends() -> None:
    degraded = degradations.degrade(drawing(), np.random.default_rng(1), strength=0.0)
    bent = degradations.bend(drawing(), np.random.default_rng(1))
    np.testing.assert_array_equal(degraded, np.where(bent < degradations.FAINTEST, 0, bent))


def after(change: degradations.Degradation, original: degradations.Drawing) -> list[degradations.Drawing]:
    """What twenty random generators make of a drawing."""
    return [change(original, np.random.default_rng(seed)) for seed in range(20)]


# Three change where the edges are; each has its own test below.
MOVES_EDGES = (degradations._clipped, degradations._point, degradations._rule)
IN_PLACE = [change for _, change in degradations.DEGRADATIONS if change not in MOVES_EDGES]


@pytest.mark.parametrize("change", IN_PLACE, ids=lambda change: str(change.__name__))
def test_a_change_leaves_the_digit_where_it_is(change: degradations.Degradation) -> None:
    """What it leaves lies where the digit was: only bending moves ink."""
    original = np.pad(drawing(3, 8), 10)
    changed = [cv2.resize(one, original.shape[::-1], interpolation=cv2.INTER_LINEAR) for one in after(change, original)]
    assert sum(not np.array_equal(one, original) for one in changed) >= 15  # a gap may miss the ink
    assert sum(np.corrcoef(one.ravel(), original.ravel())[0, 1] > 0.45 for one in changed) >= 18


def test_a_clipped_digit_loses_a_margin_and_no_more() -> None:
    original = drawing(3, 8)
    for clipped in after(degradations._clipped, original):
        windows = np.lib.stride_tricks.sliding_window_view(original, clipped.shape)
        assert (windows == clipped).all(axis=(2, 3)).any()  # a rectangle of the original, to the bit
        assert 0.6 < clipped.sum() / original.sum() < 1


def test_a_point_is_added_beside_the_digit_and_leaves_the_digit() -> None:
    original = drawing(3, 8)
    side = (degradations._point(original, np.random.default_rng(0)).shape[1] - original.shape[1]) // 2
    assert side > 14  # room for the farthest point
    beside = 0
    for pointed in after(degradations._point, original):
        there = pointed[: original.shape[0], side : side + original.shape[1]]
        assert (there < original).sum() < 0.05 * (original > 0).sum()  # where it lies over the ink it may be paler
        assert 0 < pointed.sum() - original.sum() < 0.5 * original.sum()
        beside += bool(pointed[:, :side].any() or pointed[:, side + original.shape[1] :].any())
    assert beside >= 15  # now and then it is hidden below or above a wide digit


def test_a_rule_is_drawn_over_the_digit_and_takes_nothing_away() -> None:
    original = np.pad(drawing(3, 8), 10)
    for ruled in after(degradations._rule, original):
        margin = (ruled.shape[0] - original.shape[0]) // 2  # an upright rule stands out above and below
        assert margin in {0, 16}
        assert (ruled[margin : margin + original.shape[0]] >= original).all()
        assert ruled.sum() > original.sum()
        if margin:
            rows = np.flatnonzero((ruled > 0.3).any(axis=1))
            assert rows[0] < margin + 10  # the digit begins 10 rows below the edge: the rule is longer than it
            assert rows[-1] >= margin + original.shape[0] - 10


def test_enlarging_and_shrinking_gives_the_digit_back() -> None:
    frame = centre_glyph(drawing(5, 5))
    again = cv2.resize(degradations.enlarge(frame), (28, 28), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(again.ravel(), frame.ravel())[0, 1] > 0.9
