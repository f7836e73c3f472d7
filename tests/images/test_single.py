"""One digit in any picture: its frame is that of the clean twin, whatever was done to the picture."""

import gzip
import io
import os
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from inkdigit.data.strokes import draw
from inkdigit.images.single import Candidate, candidates, choose
from inkdigit.types import Digits

MNIST = Path(os.environ.get("INKDIGIT_DATA_DIR", "")) / "mnist"

PAPER, PEN = 235.0, 45.0
SIDE = 96


def written(digit: int, *, seed: int) -> np.ndarray:
    """Ink of a digit in the middle of a square picture."""
    glyph = draw(digit, random=np.random.default_rng([seed, digit]), height=52)
    ink = np.zeros((SIDE, SIDE), np.float32)
    left = (SIDE - glyph.shape[1]) // 2
    ink[22:74, left : left + glyph.shape[1]] = glyph
    return ink


def grey(ink: np.ndarray, *, paper: float = PAPER, pen: float = PEN) -> np.ndarray:
    return np.round(paper + (pen - paper) * ink).astype(np.uint8)


def coloured(ink: np.ndarray, paper: tuple[int, ...], pen: tuple[int, ...]) -> np.ndarray:
    return np.round(np.array(paper) + (np.array(pen) - np.array(paper)) * ink[..., None]).astype(np.uint8)


def jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def noisy(picture: np.ndarray, spread: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, spread, picture.shape)
    return np.clip(np.round(picture + noise), 0, 255).astype(np.uint8)


def lined(picture: np.ndarray, *, every: int, darkness: int, squared: bool = False) -> np.ndarray:
    picture = picture.copy()
    picture[4::every] = np.minimum(picture[4::every], darkness)
    if squared:
        picture[:, 4::every] = np.minimum(picture[:, 4::every], darkness)
    return picture


def shaded(picture: np.ndarray, darkest: float) -> np.ndarray:
    return np.round(picture * np.linspace(1, darkest, picture.shape[1])).astype(np.uint8)


def resized(ink: np.ndarray, times: float) -> np.ndarray:
    size = (round(ink.shape[1] * times), round(ink.shape[0] * times))
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA if times < 1 else cv2.INTER_LINEAR)


TWINS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "inverted": lambda ink: 255 - grey(ink),
    "white on black": lambda ink: grey(ink, paper=0, pen=255),
    "blue on yellow": lambda ink: coloured(ink, (240, 220, 150), (30, 60, 160)),
    "red and green alike bright": lambda ink: coloured(ink, (200, 120, 120), (90, 170, 120)),
    "contrast of 5 %": lambda ink: grey(ink, paper=200, pen=187),
    "contrast of 5 %, light on dark": lambda ink: grey(ink, paper=30, pen=43),
    "contrast of 10 %, JPEG 30": lambda ink: jpeg(grey(ink, paper=200, pen=174), 30),
    "ruled": lambda ink: lined(grey(ink), every=17, darkness=190),
    "ruled dark": lambda ink: lined(grey(ink), every=30, darkness=110),
    "squared": lambda ink: lined(grey(ink), every=14, darkness=195, squared=True),
    "squared dark": lambda ink: lined(grey(ink), every=22, darkness=130, squared=True),
    "shaded": lambda ink: shaded(grey(ink), 0.4),
    "faint and shaded": lambda ink: shaded(grey(ink, pen=190), 0.6),
    "JPEG 30": lambda ink: jpeg(grey(ink), 30),
    "colour JPEG 30": lambda ink: jpeg(coloured(ink, (230, 225, 200), (60, 60, 110)), 30),
    "noise": lambda ink: noisy(grey(ink), 12),
    "half the size": lambda ink: grey(resized(ink, 0.5)),
    "twice the size": lambda ink: grey(resized(ink, 2)),
    "eight times the size": lambda ink: noisy(grey(resized(ink, 8)), 4),
    "in a corner": lambda ink: grey(np.pad(ink[20:76], ((0, 60), (70, 0)))),
    "small in a large picture": lambda ink: noisy(grey(np.pad(ink, ((30, 600), (700, 50)))), 3),
    "in a black frame": lambda ink: grey(np.pad(ink, 3, constant_values=1)),
    "with a dot and a speck": lambda ink: grey(np.maximum(ink, dots(ink.shape))),
}


def dots(shape: tuple[int, ...]) -> np.ndarray:
    ink = np.zeros(shape, np.float32)
    ink[70:75, 84:89] = 1
    ink[8, 12] = 1
    return ink


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
