"""Making labelled images: rows X11 and X12 of the list of bad inputs, the digest; and holding some out."""

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.data.labelled import draw, hold_out, labelled, say_what_is_missing
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


def sorted_digits(n: int) -> Digits:
    """As folders and archives give them: all of the 0, then all of the 1."""
    whole = digits(n)
    return replace(whole, labels=np.sort(whole.labels))


@pytest.mark.parametrize("n", [1, 4, 50, 99])
def test_what_is_held_out_and_what_is_left_are_all_there_was(n: int) -> None:
    whole = sorted_digits(100)
    kept, held = hold_out(whole, n)
    assert (len(kept), len(held)) == (100 - n, n)
    assert (kept.part, held.part) == ("train", "validation")
    both = sorted(one.tobytes() for part in (kept, held) for one in part.images)
    assert both == sorted(one.tobytes() for one in whole.images)


def test_of_sorted_images_every_digit_is_held_out_and_learned() -> None:
    kept, held = hold_out(sorted_digits(1_000), 100)
    assert np.bincount(held.labels).tolist() == [10] * 10
    assert np.bincount(kept.labels).tolist() == [90] * 10


def test_the_same_images_are_held_out_every_time() -> None:
    one, other = (hold_out(sorted_digits(300), 30)[1] for _ in range(2))
    assert one.sha256 == other.sha256


def test_a_rare_digit_is_held_out_too_and_the_only_one_is_learned() -> None:
    labels = np.array([0] * 500 + [1] * 500 + [2] * 2 + [3], np.uint8)
    whole = replace(digits(len(labels)), labels=labels)
    kept, held = hold_out(whole, 100)
    assert set(held.labels.tolist()) == {0, 1, 2}
    assert set(kept.labels.tolist()) == {0, 1, 2, 3}


@given(st.lists(st.integers(0, 9), min_size=2, max_size=80), st.data())
def test_drawn_in_proportion(labels: list[int], data: st.DataObject) -> None:
    given_labels = np.array(labels, np.uint8)
    n = data.draw(st.integers(1, len(labels)))
    drawn = draw(given_labels, n, seed=data.draw(st.integers(0, 5)))
    assert len(set(drawn.tolist())) == n
    for digit, count in enumerate(np.bincount(given_labels, minlength=10)):
        share = n * count / len(labels)
        assert abs((given_labels[drawn] == digit).sum() - share) <= 10


def test_reserved_images_are_those_at_the_end_and_nothing_is_copied() -> None:
    whole = replace(digits(100), reserved=20)
    kept, held = hold_out(whole, 20)
    assert np.array_equal(held.images, whole.images[80:])
    assert all(np.shares_memory(part.images, whole.images) for part in (kept, held))


def test_whole_writers_are_held_out() -> None:
    whole = replace(sorted_digits(100), writers=np.arange(100) % 7)
    kept, held = hold_out(whole, 20)
    assert held.writers is not None
    assert kept.writers is not None
    assert not set(held.writers.tolist()) & set(kept.writers.tolist())
    assert 20 <= len(held) < 100
    one = replace(whole, writers=np.zeros(100, np.int64))
    assert len(hold_out(one, 20)[1]) == 20


def test_one_of_two_writers_is_learned_from() -> None:
    kept, held = hold_out(replace(digits(10), writers=np.array([0] * 2 + [1] * 8)), 9)
    assert {len(kept), len(held)} == {2, 8}


def test_each_part_carries_its_own_digest_and_origin() -> None:
    kept, held = hold_out(digits(50), 20)
    for part in (kept, held):
        assert part.sha256 == sha256(part.images.tobytes(), part.labels.tobytes())
    assert kept.synthetic
    assert held.name == "demo"


def test_nothing_is_missing_where_both_have_every_digit() -> None:
    assert say_what_is_missing(digits(20), digits(10), called="test") == ""
