"""Making labelled images: rows X11 and X12 of the list of bad inputs, and the digest."""

import hashlib

import numpy as np
import pytest

from inkdigit.data.labelled import labelled
from inkdigit.errors import BadInput
from inkdigit.types import Images, Labels

IMAGES = np.arange(2 * 784, dtype=np.uint32).astype(np.uint8).reshape(2, 28, 28)
LABELS = np.array([3, 4], np.uint8)


def test_none_at_all() -> None:
    with pytest.raises(BadInput, match="no images: demo: the train part is empty"):
        labelled(IMAGES[:0], LABELS[:0], name="demo", part="train")


def test_x12_numbers_differ() -> None:
    with pytest.raises(BadInput, match="images and labels differ in number: demo: train: 2 images but 1 labels"):
        labelled(IMAGES, LABELS[:1], name="demo", part="train")


def test_x11_no_digit() -> None:
    with pytest.raises(BadInput, match="label 31 at index 1"):
        labelled(IMAGES, np.array([3, 31], np.uint8), name="demo", part="train")


def test_digest_is_that_of_images_then_labels() -> None:
    expected = hashlib.sha256(IMAGES.tobytes() + b"\x03\x04").hexdigest()
    assert labelled(IMAGES, LABELS, name="demo", part="train").sha256 == expected


def test_digest_of_a_view_is_that_of_its_copy() -> None:
    def digest(images: Images, labels: Labels) -> str:
        return labelled(images, labels, name="demo", part="train").sha256

    assert digest(IMAGES[::-1], LABELS[::-1]) == digest(IMAGES[::-1].copy(), LABELS[::-1].copy())
    assert digest(IMAGES[::-1], LABELS) != digest(IMAGES, LABELS)
