"""The other views of a picture: what each of them shows, in which place, and that a negative has the same ones."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inkdigit.digit.single import Candidate, candidates
from inkdigit.digit.views import NAMES, other_views
from twins import SIDE, grey, written


def likeliest(found: tuple[Candidate, ...]) -> Candidate:
    return max(found, key=lambda one: one.prior)


def likeness(one: Candidate, other: Candidate) -> float:
    """The correlation of two frames, one of them moved by a pixel at most."""
    moved = [np.roll(one.frame, (down, along), (0, 1)) for down in (-1, 0, 1) for along in (-1, 0, 1)]
    return max(float(np.corrcoef(frame.ravel(), other.frame.ravel())[0, 1]) for frame in moved)


def clean(digit: int) -> Candidate:
    return likeliest(candidates(grey(written(digit, seed=0))))


def misty(picture: np.ndarray) -> np.ndarray:
    """Two soft, wide clouds, a good deal lighter than the paper between them."""
    rows, columns = np.indices(picture.shape)
    clouds = sum(np.exp(-((rows - y) ** 2 + (columns - x) ** 2) / 600) for x, y in ((10, 20), (80, 70)))
    return (0.4 * picture + 150 * np.clip(clouds, 0, 1)).astype(np.uint8)


def banded(picture: np.ndarray, *, width: int) -> np.ndarray:
    """The negative in a band at the left and one at the right."""
    changed = picture.copy()
    changed[:, :width], changed[:, -width:] = 255 - changed[:, :width], 255 - changed[:, -width:]
    return changed


@pytest.mark.parametrize("digit", range(10))
def test_what_is_broad_is_gone_from_what_is_darker(digit: int) -> None:
    """Dark ink on light paper, the ends of which are another colour."""
    picture = misty(banded(grey(written(digit, seed=0)), width=SIDE // 5))
    shown = other_views(picture, candidates(picture))["dark"]
    assert max(likeness(one, clean(digit)) for one in shown) > 0.8


@pytest.mark.parametrize("digit", [2, 3, 5, 8])
def test_thin_lines_are_gone(digit: int) -> None:
    picture = grey(cv2.dilate(written(digit, seed=0), np.ones((5, 5))))
    struck = cv2.line(picture.copy(), (5, 85), (90, 12), 45, 1)
    [whole] = candidates(picture)
    first = candidates(struck)
    shown = other_views(struck, first)["thick"]
    assert max(likeness(one, whole) for one in shown) > 0.9
    assert max(likeness(one, whole) for one in shown) > likeness(likeliest(first), whole) + 0.03


def test_a_negative_has_the_same_views() -> None:
    for digit in range(10):
        picture = misty(grey(written(digit, seed=1)))
        views, negative = (other_views(one, candidates(one)) for one in (picture, 255 - picture))
        for name, other in (("light", "dark"), ("dark", "light"), ("fine light", "fine dark")):
            assert len(views.get(name, ())) == len(negative.get(other, ()))
            for one, same in zip(views.get(name, ()), negative.get(other, ()), strict=True):
                assert np.array_equal(one.frame, same.frame)
                assert (one.box, one.prior) == (same.box, same.prior)


@pytest.mark.parametrize("times", [1, 4])
def test_the_box_is_in_the_picture_as_it_was_given(times: int) -> None:
    ink = written(8, seed=0)
    picture = np.kron(grey(ink), np.ones((times, times), np.uint8))
    rows, columns = np.nonzero(ink > 0.1)
    left, top, width, height = likeliest(other_views(picture, candidates(picture))["dark"]).box
    near = 3 * times
    assert left == pytest.approx(times * columns.min(), abs=near)
    assert top == pytest.approx(times * rows.min(), abs=near)
    assert left + width == pytest.approx(times * (columns.max() + 1), abs=near)
    assert top + height == pytest.approx(times * (rows.max() + 1), abs=near)


@pytest.mark.parametrize("shape", [(1, 1), (1, 40), (60, 50), (500, 400), (60, 50, 3)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_has_no_view(shape: tuple[int, ...], level: int) -> None:
    assert other_views(np.full(shape, level, np.uint8), ()) == {}


@pytest.mark.parametrize("slope", [(0, 200), (180, 20), (90, 120)])
def test_the_slope_of_a_shaded_sheet_does_not_stand_out(slope: tuple[int, int]) -> None:
    shaded = np.linspace(*slope, 100)[None] + np.linspace(0, 50, 90)[:, None]
    assert other_views(shaded.astype(np.uint8), ()) == {}


@settings(deadline=None, max_examples=60)
@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40))))
def test_any_picture_has_frames_or_none(picture: np.ndarray) -> None:
    for name, found in other_views(picture, candidates(picture)).items():
        assert name in NAMES
        assert found
        for one in found:
            left, top, width, height = one.box
            assert 0 <= one.frame.min() <= one.frame.max() <= 1
            assert np.isfinite(one.prior)
            assert min(left, top) >= 0
            assert left + width <= picture.shape[1]
            assert top + height <= picture.shape[0]
