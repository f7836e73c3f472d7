"""Images that lie on their side are found by what they look like, by their name only where that says nothing."""

import numpy as np
import pytest

from inkdigit.data import mnist_small
from inkdigit.data.orientation import is_transposed, upright
from inkdigit.data.strokes import strokes
from inkdigit.types import Digits, Images, Labels

REAL = mnist_small.load("test")
DRAWN = strokes(300, seed=5)


def turned(images: Images) -> Images:
    return np.ascontiguousarray(images.transpose(0, 2, 1))


@pytest.mark.parametrize("digits", [REAL, REAL.take(slice(60)), DRAWN], ids=["2,000", "60", "drawn"])
def test_both_ways(digits: Digits) -> None:
    assert is_transposed(digits.images, digits.labels) is False
    assert is_transposed(turned(digits.images), digits.labels) is True
    for name in ("emnist-digits.npz", "mine.npz"):
        for images in (digits.images, turned(digits.images)):
            found, _ = upright(images, digits.labels, name=name)
            assert np.array_equal(found, digits.images)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (REAL.images[:20], REAL.labels[:20]),
        (REAL.images[REAL.labels < 2], REAL.labels[REAL.labels < 2]),
        (np.random.default_rng(0).integers(0, 256, (300, 28, 28)).astype(np.uint8), REAL.labels[:300]),
        (np.zeros((300, 28, 28), np.uint8), REAL.labels[:300]),
    ],
    ids=["few", "two digits", "noise", "blank"],
)
def test_where_they_do_not_tell_the_name_decides(images: Images, labels: Labels) -> None:
    assert is_transposed(images, labels) is None
    assert upright(images, labels, name="mine")[1] is False
    assert np.array_equal(upright(images, labels, name="EMNIST-digits-train.csv")[0], turned(images))
