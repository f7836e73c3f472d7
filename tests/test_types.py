"""The shapes in the annotations are checked while the tests run: `addopts` in pyproject.toml sees to it."""

from typing import Any

import numpy as np
import pytest

from inkdigit.files import sha256
from inkdigit.training.loop import shuffled
from inkdigit.types import NO_DIGIT, Digits

LABELS = np.zeros(3, np.uint8)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (np.zeros((3, 28, 27), np.uint8), LABELS),
        (np.zeros((3, 28, 28), np.float32), LABELS),
        (np.zeros((2, 28, 28), np.uint8), LABELS),
        (np.zeros((3, 28, 28), np.uint8), LABELS[None]),
    ],
    ids=["shape", "type", "number", "dimensions"],
)
def test_a_record_refuses_arrays_of_another_form(images: Any, labels: Any) -> None:
    with pytest.raises(Exception, match="Type-check error"):
        Digits(images, labels, "made", "train")


def test_so_does_a_function() -> None:
    wrong: Any = "5"
    with pytest.raises(Exception, match="Type-check error"):
        shuffled(wrong, batch=1, seed=0, epoch=1)


def some(n: int, *, reserved: int = 0) -> Digits:
    images = np.random.default_rng(n).integers(0, 256, (n, 28, 28)).astype(np.uint8)
    return Digits(images, (np.arange(n) % 11).astype(np.uint8), "made", "train", reserved=reserved)


@pytest.mark.parametrize(
    ("which", "rows"),
    [
        (slice(4), [0, 1, 2, 3]),
        (np.array([9, 0, 10]), [9, 0, 10]),
        (np.arange(11) % 5 == 0, [0, 5, 10]),
        (np.zeros(0, np.int64), []),
    ],
    ids=["range", "indices", "mask", "none"],
)
def test_what_is_taken_carries_its_own_images_labels_and_digest(which: Any, rows: list[int]) -> None:
    digits = some(11)
    known = digits.sha256
    taken = digits.take(which, part="validation")
    assert taken.labels.tolist() == rows
    np.testing.assert_array_equal(taken.images, digits.images[rows])
    assert taken.sha256 == sha256(digits.images[rows].tobytes(), digits.labels[rows].tobytes()) != known
    assert (taken.name, taken.part, digits.take(which).part) == ("made", "validation", "train")


@pytest.mark.parametrize(("which", "left"), [(slice(9), 1), (slice(9, None), 2), (np.arange(11) != 9, 2)])
def test_it_is_known_how_many_of_the_reserved_ones_are_taken(which: Any, left: int) -> None:
    assert some(11, reserved=3).take(which).reserved == left
    assert some(11).take(which).reserved == 0


def test_what_is_no_digit_has_a_label_of_its_own() -> None:
    assert np.flatnonzero(~some(24).are_digits).tolist() == [NO_DIGIT, 21]
