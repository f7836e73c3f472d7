"""Holding out a validation part."""

import numpy as np
import pytest

from inkdigit.data.labelled import labelled
from inkdigit.data.splits import hold_out
from inkdigit.errors import UsageError
from inkdigit.files import sha256
from inkdigit.types import Digits


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
