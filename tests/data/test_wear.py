"""What pens, paper and cameras do to writing."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.data import strokes, wear
from inkdigit.frame import centre_glyph


def drawing(seed: int = 0, digit: int = 3) -> wear.Drawing:
    return strokes.draw(digit, random=np.random.default_rng(seed), height=wear.TALL)


@given(st.integers(0, 2**31), st.integers(0, 9))
def test_worn_writing_is_still_ink(seed: int, digit: int) -> None:
    worn = wear.wear(drawing(seed, digit), np.random.default_rng(seed))
    assert worn.dtype == np.float32
    assert 0.3 < worn.max() <= 1
    assert worn.min() >= 0
    assert not ((worn > 0) & (worn < wear.FAINTEST)).any()


def test_the_same_generator_wears_alike() -> None:
    first, second = (wear.wear(drawing(), np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


def test_strength_nought_only_bends() -> None:
    worn = wear.wear(drawing(), np.random.default_rng(1), strength=0.0)
    bent = wear.bend(drawing(), np.random.default_rng(1))
    np.testing.assert_array_equal(worn, np.where(bent < wear.FAINTEST, 0, bent))


@pytest.mark.parametrize(("chance", "change"), wear.CHANGES)
def test_each_change_leaves_the_digit_where_it_is(chance: float, change: wear.Change) -> None:
    """What a change leaves lies where the digit was: bent is the only change that moves ink."""
    original = np.pad(drawing(3, 8), 10)
    alike = 0
    for seed in range(20):
        after = change(original, np.random.default_rng(seed))
        again = cv2.resize(after, original.shape[::-1], interpolation=cv2.INTER_LINEAR)
        alike += np.corrcoef(again.ravel(), original.ravel())[0, 1] > 0.45
    if change not in (wear._clipped, wear._point, wear._rule):  # these change where the edges are
        assert alike >= 18


def test_a_clipped_digit_keeps_most_of_its_ink() -> None:
    original = drawing(3, 8)
    kept = [wear._clipped(original, np.random.default_rng(seed)).sum() / original.sum() for seed in range(20)]
    assert min(kept) > 0.6
    assert max(kept) < 1


def test_enlarging_and_shrinking_gives_the_digit_back() -> None:
    frame = centre_glyph(drawing(5, 5))
    again = cv2.resize(wear.enlarge(frame), (28, 28), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(again.ravel(), frame.ravel())[0, 1] > 0.9
