"""Bare papers, and the ink on them."""

import numpy as np
import pytest

from inkdigit.writing.papers import ink_on, paper


@pytest.mark.parametrize("shape", [(1, 1), (40, 7), (40, 300), (384, 384)])
def test_a_paper_has_its_shape_and_is_mostly_light(shape: tuple[int, int]) -> None:
    made = [paper(shape, np.random.default_rng(seed)) for seed in range(40)]
    assert {(one.shape, one.dtype) for one in made} == {(shape, np.dtype(np.float32))}
    assert all(one.min() >= 0 and one.max() <= 255 for one in made)
    assert np.median([one.mean() for one in made]) > 150


def test_the_same_seed_gives_the_same_paper() -> None:
    first, second = (paper((90, 120), np.random.default_rng(8)) for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, paper((90, 120), np.random.default_rng(9)))


def test_ink_is_darker_than_its_paper_by_the_contrast_asked_for() -> None:
    ink = np.zeros((30, 30), np.float32)
    ink[10:20] = 1
    written = ink_on(np.full((30, 30), 200, np.float32), ink, np.random.default_rng(0), contrast=90, pen="solid")
    assert written[15, 15] == pytest.approx(110, abs=1)
    assert np.all(written[:10] == 200)


def test_every_pen_leaves_bare_paper_bare() -> None:
    grey, ink = np.full((30, 30), 180, np.float32), np.zeros((30, 30), np.float32)
    ink[10:20] = 1
    for seed in range(30):
        written = ink_on(grey, ink, np.random.default_rng(seed))
        assert np.all(written[ink == 0] == 180)
        assert written[ink > 0].mean() < 165
