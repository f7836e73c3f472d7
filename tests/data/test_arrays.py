"""Arrays of any form: what they come to, and what is refused."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from inkdigit.data import mnist_small
from inkdigit.data.arrays import framed, grey_levels, labels_of, stacked
from inkdigit.errors import BadInput

DIGITS = mnist_small.load("test").take(slice(60))
IMAGES, LABELS = DIGITS.images, DIGITS.labels


def brought(values: np.ndarray, n: int | None = None) -> np.ndarray:
    return framed(grey_levels([stacked(values, where="x", n=n)], where="x")[0])


@pytest.mark.parametrize(
    "values",
    [
        IMAGES.reshape(60, 784),
        IMAGES[..., None],
        IMAGES[:, None],
        np.repeat(IMAGES[..., None], 3, axis=3),
        np.repeat(IMAGES[:, None], 3, axis=1),
        IMAGES.reshape(60, 1, 784),
        np.moveaxis(IMAGES, 0, -1),
        IMAGES.reshape(60, 784).T,
        np.pad(IMAGES, ((0, 0), (2, 2), (2, 2))),
        255 - IMAGES,
    ],
)
def test_other_shapes_of_the_same_images(values: np.ndarray) -> None:
    assert np.array_equal(brought(values, 60), IMAGES)


@pytest.mark.parametrize(
    "values",
    [
        IMAGES / 255,
        (IMAGES / 255).astype(np.float16),
        IMAGES.astype(np.float32),
        IMAGES.astype(np.int64),
        IMAGES / 127.5 - 1,
        IMAGES / 255 - 0.5,
        (IMAGES / 255 - 0.1307) / 0.3081,
        IMAGES.astype(np.uint16) * 257,
    ],
)
def test_other_scales_of_the_same_images(values: np.ndarray) -> None:
    assert np.abs(brought(values).astype(int) - IMAGES).max() <= 1


def test_black_and_white() -> None:
    assert np.array_equal(brought(IMAGES > 127), np.where(IMAGES > 127, 255, 0))
    assert np.array_equal(brought((IMAGES > 127).astype(np.uint8)), np.where(IMAGES > 127, 255, 0))


def test_one_scale_for_all_parts() -> None:
    faint = IMAGES // 2
    bright, dark = grey_levels([stacked(one.astype(float), where="x") for one in (IMAGES, faint)], where="x")
    assert np.array_equal(bright, IMAGES)
    assert np.array_equal(dark, faint)


def test_the_digits_of_scikit_learn_are_framed_as_mnist_frames_its_own() -> None:
    data = load_digits()
    for values in (data.images, data.data):
        made = brought(values[:100])
        boxes = [np.ptp(np.flatnonzero(image.max(axis=axis))) + 1 for image in made for axis in (0, 1)]
        assert max(boxes) <= 21
        assert made.max() == 255
        for image in made:
            row, column = (np.average(np.arange(28), weights=image.sum(axis=axis, dtype=int)) for axis in (1, 0))
            assert abs(row - 13.5) < 1.5
            assert abs(column - 13.5) < 1.5


def test_house_numbers_are_framed_one_by_one() -> None:
    """Dark on grey and light on grey, side by side."""
    large = np.kron(np.pad(IMAGES, ((0, 0), (2, 2), (2, 2))), np.ones((2, 2), np.uint8)).astype(np.int64)
    sign = np.where(np.arange(60) % 2, 1, -1)[:, None, None]
    made = brought((110 + sign * (large * 90 // 255)).astype(np.uint8))
    likeness = [np.corrcoef(one.ravel(), other.ravel())[0, 1] for one, other in zip(made, IMAGES, strict=True)]
    assert np.mean(likeness) > 0.85


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (np.zeros((5, 28, 27)), r"has shape \(5, 28, 27\)"),
        (np.zeros((5, 785)), r"has shape \(5, 785\)"),
        (np.zeros(5), r"has shape \(5,\)"),
        (np.zeros(()), r"has shape \(\)"),
        (np.zeros((5, 2, 2)), "images of 2x2; expected sides of 8 to 512"),
        (np.zeros((5, 28, 28), complex), "type complex128"),
        (np.full((5, 28, 28), 7.0), "values from 7 to 7; scale grey levels"),
        (np.full((5, 28, 28), np.nan), "values from nan to nan"),
        (np.full((5, 28, 28), np.inf), "values from inf to inf"),
        (IMAGES.astype(int) - 3, "values from -3 to 252"),
        (IMAGES.astype(int) * 2, "values from 0 to 510"),
    ],
)
def test_what_are_no_images_is_refused(values: np.ndarray, why: str) -> None:
    with pytest.raises(BadInput, match=why) as caught:
        brought(values)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        LABELS.astype(np.float64),
        LABELS[:, None],
        LABELS[None],
        np.eye(10)[LABELS],
        np.eye(10, dtype=bool)[LABELS].T,
        2 * np.eye(10)[LABELS] - 1,
        LABELS.astype(str),
        LABELS.astype("S1"),
        np.array([f"digit_{one}" for one in LABELS]),
        np.array(["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"])[LABELS],
        np.array([f"{one}.0" for one in LABELS]),
    ],
)
def test_other_forms_of_the_same_labels(values: np.ndarray) -> None:
    assert np.array_equal(labels_of(values, where="y"), LABELS)


def test_matlab_calls_the_zero_ten() -> None:
    values = np.where(LABELS == 0, 10, LABELS)
    assert np.array_equal(labels_of(values, where="y", ten_is_zero=True), LABELS)
    with pytest.raises(BadInput, match="they are 1 to 10: 10 may be the digit 0, or 1 may be; store the digits"):
        labels_of(values, where="y")


@pytest.mark.parametrize(
    ("values", "why"),
    [
        (np.array([3, 31]), "label 31 at index 1; expected 0 to 9"),
        (np.array([3, -1]), "label -1 at index 1"),
        (np.array([0.5]), "label 0.5 at index 0"),
        (np.array([np.nan]), "label nan at index 0"),
        (np.array(["3", "q" * 99]), r'label "q{32}" at index 1; expected 0 to 9'),
        (np.zeros((3, 4)), r"labels of shape \(3, 4\)"),
        (np.zeros((30, 10)), "not exactly one is 1 everywhere"),
        (np.array([1j]), "labels of type complex128"),
    ],
)
def test_what_are_no_labels_is_refused(values: np.ndarray, why: str) -> None:
    with pytest.raises(BadInput, match=why):
        labels_of(values, where="y")


SHAPES = st.lists(st.integers(0, 12), max_size=4).map(tuple)
TYPES = st.sampled_from(["u1", "i4", "f2", "f8", "?", "U3", "S2", "c16", "M8[s]"])


@given(SHAPES, TYPES, st.integers(0, 300))
def test_any_array_gives_images_and_labels_or_one_error(shape: tuple[int, ...], kind: str, value: int) -> None:
    values = np.full(shape, 0).astype(kind)
    if values.size and kind in {"u1", "i4", "f8"}:
        values.flat[0] = value % 256
    for make in (brought, lambda values: labels_of(values, where="y")):
        with contextlib.suppress(BadInput):
            make(values)
