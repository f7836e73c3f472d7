"""One digit in any picture: its frame is that of the clean twin, whatever was done to the picture."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inkdigit.digit.single import Candidate, candidates, choose, support
from inkdigit.types import Digits
from twins import TWINS, grey, noisy, resized, written

MNIST = Path(os.environ.get("INKDIGIT_DATA_DIR", "")) / "mnist"


def likeness(one: np.ndarray, other: np.ndarray) -> float:
    """The correlation of two frames; half a pixel of the picture may move one of them by a pixel of the frame."""
    moved = [np.roll(one, (down, along), (0, 1)) for down in (-1, 0, 1) for along in (-1, 0, 1)]
    return max(float(np.corrcoef(frame.ravel(), other.ravel())[0, 1]) for frame in moved)


@pytest.mark.parametrize("twin", TWINS)
def test_a_twin_gives_the_frame_of_the_clean_picture(twin: str) -> None:
    alike = []
    for seed in range(2):
        for digit in range(10):
            ink = written(digit, seed=seed)
            clean = max(candidates(grey(ink)), key=lambda one: one.prior)
            alike.append(max(likeness(one.frame, clean.frame) for one in candidates(TWINS[twin](ink))))
    assert min(alike) > 0.75, np.round(alike, 2)
    assert float(np.mean(alike)) > 0.93


@pytest.mark.parametrize("times", [1, 3, 8])
def test_the_box_is_where_the_ink_is(times: int) -> None:
    ink = np.pad(written(8, seed=0), ((0, 40), (60, 0)))
    rows, columns = np.nonzero(resized(ink, times) > 0.1)
    [one, *_] = candidates(noisy(grey(resized(ink, times)), 2))
    left, top, width, height = one.box
    near = 2 * times
    assert left == pytest.approx(columns.min(), abs=near)
    assert top == pytest.approx(rows.min(), abs=near)
    assert left + width == pytest.approx(columns.max() + 1, abs=near)
    assert top + height == pytest.approx(rows.max() + 1, abs=near)


def test_what_is_framed_already_comes_out_unchanged(made_digits: Digits) -> None:
    kept = 0
    for image, ink in zip(made_digits.images[:200], made_digits.ink[:200], strict=True):
        for picture in (image, 255 - image):
            [one, *_] = candidates(picture)
            kept += np.array_equal(one.frame, ink)
    assert kept >= 0.97 * 400  # the others are paler than any of MNIST, or lie on a bound of the framing


@pytest.mark.parametrize("shape", [(1, 1), (60, 50), (500, 400), (60, 50, 3)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_picture_has_no_candidate(shape: tuple[int, ...], level: int) -> None:
    assert candidates(np.full(shape, level, np.uint8)) == ()


@settings(deadline=None, max_examples=60)
@given(arrays(np.uint8, st.tuples(st.integers(1, 50), st.integers(1, 50))))
def test_any_picture_has_frames_or_none(picture: np.ndarray) -> None:
    for one in candidates(picture):
        left, top, width, height = one.box
        assert one.frame.shape == (28, 28)
        assert 0 <= one.frame.min() <= one.frame.max() <= 1
        assert np.isfinite(one.prior)
        assert left >= 0
        assert top >= 0
        assert left + width <= picture.shape[1]
        assert top + height <= picture.shape[0]


def sure(digit: int, confidence: float) -> np.ndarray:
    """A row of probabilities; the rest says no digit."""
    row = np.zeros(10, np.float32)
    row[digit] = confidence
    return row


def test_the_surest_of_equals_is_chosen() -> None:
    blank = np.zeros((28, 28), np.float32)
    equals = [Candidate(blank, (0, 0, 1, 1), 1.5) for _ in range(3)]
    assert choose(equals, np.stack([sure(3, 0.2), sure(4, 0.9), sure(5, 0.5)])) == 1


def test_a_likelier_place_outweighs_a_little_confidence() -> None:
    blank = np.zeros((28, 28), np.float32)
    two = [Candidate(blank, (0, 0, 1, 1), 0.0), Candidate(blank, (0, 0, 1, 1), -3.0)]
    assert choose(two, np.stack([sure(3, 0.7), sure(4, 0.9)])) == 0
    assert choose(two, np.stack([sure(3, 0.01), sure(4, 0.9)])) == 1


def test_candidates_that_agree_are_believed() -> None:
    blank = np.zeros((28, 28), np.float32)
    three = [Candidate(blank, (0, 0, 1, 1), 0.0) for _ in range(3)]
    assert choose(three, np.stack([sure(7, 0.9), sure(2, 0.6), sure(2, 0.7)])) == 2


@pytest.mark.real
def test_mnist_loses_nothing() -> None:
    data = gzip.decompress((MNIST / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    images = np.frombuffer(data, np.uint8).reshape(-1, 28, 28)[:1000]
    for picture in (images, 255 - images):
        found = [candidates(image) for image in picture]
        same = [
            len(some) == 1 and np.array_equal(some[0].frame, image.astype(np.float32) / np.float32(255))
            for some, image in zip(found, images, strict=True)
        ]
        assert sum(same) >= 998


def test_candidates_that_contradict_one_another_support_no_answer() -> None:
    frame = np.zeros((28, 28), np.float32)
    two = [Candidate(frame, (0, 0, 9, 9), -1.0), Candidate(frame, (20, 0, 9, 9), -1.0)]
    agree, contradict = np.stack([sure(3, 0.9), sure(3, 0.8)]), np.stack([sure(3, 0.9), sure(7, 0.8)])
    assert support(two, agree, choose(two, agree)) == pytest.approx(0.85, abs=0.02)
    assert support(two, contradict, choose(two, contradict)) == pytest.approx(0.45, abs=0.02)
