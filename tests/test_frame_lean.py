"""Leaning glyphs are set upright as far as asked; others come back as they are."""

import numpy as np
import pytest

from inkdigit.data.strokes import draw
from inkdigit.frame import STEEPEST, lean, steepened


def bar(slope: float) -> np.ndarray:
    rows, columns = np.indices((60, 120))
    return np.clip(4 - np.abs(columns - 60 - slope * (rows - 29.5)), 0, 1).astype(np.float32)


@pytest.mark.parametrize("slope", [-0.8, -0.5, 0.0, 0.3, 0.8])
def test_the_lean_of_a_bar_is_its_slope(slope: float) -> None:
    assert lean(bar(slope)) == pytest.approx(slope, abs=0.02)


@pytest.mark.parametrize("slope", [-0.8, -0.5, 0.3, 0.8])
def test_what_is_left_is_the_steepest_lean_allowed(slope: float) -> None:
    upright = steepened(bar(slope))
    assert lean(upright) == pytest.approx(np.copysign(STEEPEST, slope), abs=0.02)
    assert upright.sum() == pytest.approx(bar(slope).sum(), rel=0.01)  # nothing is cut off


@pytest.mark.parametrize("slope", [-0.15, 0.0, 0.15])
def test_little_lean_is_left_alone(slope: float) -> None:
    ink = bar(slope)
    assert steepened(ink) is ink


@pytest.mark.parametrize("digit", range(10))
def test_sheared_digits_come_back(digit: int) -> None:
    ink = draw(digit, random=np.random.default_rng(digit), height=60)
    assert abs(lean(steepened(ink))) <= STEEPEST + 0.02


def test_no_ink_has_no_lean() -> None:
    empty = np.zeros((4, 4), np.float32)
    assert steepened(empty) is empty
