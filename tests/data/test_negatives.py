"""Shapes that are no digit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkdigit.data import negatives, strokes
from inkdigit.data.degradations import TALL, Drawing


def digits(seed: int) -> negatives.DrawDigit:
    random = np.random.default_rng(seed)
    return lambda: negatives.cropped(strokes.draw(int(random.integers(10)), random=random, height=TALL))


@settings(max_examples=60)
@given(st.integers(0, 2**31))
def test_a_shape_is_ink(seed: int) -> None:
    shape = negatives.draw_negative(digits(seed), np.random.default_rng(seed))
    assert shape.dtype == np.float32
    assert shape.size
    assert shape.max() > 0.2
    assert 0 <= shape.min() <= shape.max() <= 1.01


def test_chances_add_up() -> None:
    assert sum(chance for _, chance in negatives.KINDS) == pytest.approx(1)


@pytest.mark.parametrize("kind", [kind for kind, _ in negatives.KINDS], ids=lambda kind: str(kind.__name__))
def test_no_shape_is_an_upright_bar(kind: object) -> None:
    """An upright bar is a 1: to call it no digit would unteach the 1."""
    random = np.random.default_rng(0)
    bars = 0
    for _ in range(60):
        shape: Drawing = kind(digits(int(random.integers(1000))), random)  # type: ignore[operator]
        height, width = negatives.cropped(shape).shape
        bars += width < 0.3 * height
    assert bars <= 3


def test_beside_keeps_all_ink_that_does_not_overlap() -> None:
    first, second = np.full((10, 4), 0.5, np.float32), np.full((6, 5), 1.0, np.float32)
    for drop in (-12, -1, 0, 7):
        both = negatives.beside(first, second, gap=2, drop=drop)
        assert both.shape[1] == 4 + 2 + 5
        assert both.sum() == first.sum() + second.sum()


def test_overlapping_drawings_do_not_add_up() -> None:
    one = np.ones((6, 6), np.float32)
    assert negatives.beside(one, one, gap=-6, drop=0).sum() == 36


def test_cropping_paper_leaves_it() -> None:
    assert negatives.cropped(np.zeros((3, 4), np.float32)).shape == (3, 4)
