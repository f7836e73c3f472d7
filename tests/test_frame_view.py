"""What a network is shown of a glyph."""

import cv2
import numpy as np
import pytest

from inkdigit.data.strokes import draw, strokes
from inkdigit.frame import view_of


def test_framed_digits_that_stand_upright_stay_as_they_are() -> None:
    images = strokes(100, seed=8).ink
    same = [np.abs(view_of(image) - image).max() < 1e-6 for image in images]
    assert 0.2 < np.mean(same) < 1


@pytest.mark.parametrize("digit", range(10))
def test_a_leaning_thin_giant_looks_like_the_digit_it_is(digit: int) -> None:
    drawing = draw(digit, random=np.random.default_rng(digit), height=60, wildness=0.0)
    height, width = drawing.shape
    matrix = np.array([[1, -0.9, 0.9 * height], [0, 1, 0]])
    leaning = cv2.warpAffine(drawing, matrix, (width + round(0.9 * height), height))
    large = 0.6 * cv2.resize(leaning, None, fx=5, fy=5)
    assert np.corrcoef(view_of(large).ravel(), view_of(drawing).ravel())[0, 1] > 0.6


def test_paper_stays_paper() -> None:
    assert not view_of(np.zeros((9, 4), np.float32)).any()
