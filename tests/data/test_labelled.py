"""Making labelled images: rows X11 and X12 of the list of bad inputs, the digest; and holding some out."""

import hashlib

import numpy as np
import pytest

from inkdigit.data.labelled import hold_out, labelled
from inkdigit.errors import BadInput, UsageError
from inkdigit.files import sha256
from inkdigit.types import Digits, Images, Labels

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


def digits(n: int) -> Digits:
    images = np.random.default_rng(n).integers(0, 256, (n, 28, 28)).astype(np.uint8)
    return labelled(images, (np.arange(n) % 10).astype(np.uint8), name="demo", part="train", synthetic=True)


@pytest.mark.parametrize("n", [0, -1, 5, 6, 10**9])
def test_numbers_that_leave_nothing(n: int) -> None:
    with pytest.raises(UsageError, match=r"asked for .* of 5 images; choose 1 to 4"):
        hold_out(digits(5), n)


@pytest.mark.parametrize("n", [1, 4])
def test_the_last_images_are_held_out(n: int) -> None:
    whole = digits(5)
    kept, held = hold_out(whole, n)
    assert (len(kept), len(held)) == (5 - n, n)
    assert (kept.part, held.part) == ("train", "validation")
    assert np.array_equal(np.concatenate([kept.images, held.images]), whole.images)
    assert np.array_equal(np.concatenate([kept.labels, held.labels]), whole.labels)


def test_each_part_carries_its_own_digest_and_origin() -> None:
    whole = digits(5)
    kept, held = hold_out(whole, 2)
    for part, which in ((kept, slice(3)), (held, slice(3, None))):
        assert part.sha256 == sha256(whole.images[which].tobytes(), whole.labels[which].tobytes())
    assert kept.synthetic
    assert held.name == "demo"


def test_nothing_is_copied() -> None:
    whole = digits(5)
    assert all(np.shares_memory(part.images, whole.images) for part in hold_out(whole, 2))
