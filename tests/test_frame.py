"""The framing, against an independent area resampler, invariants, and MNIST itself."""

import base64
import gzip
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from jaxtyping import Float32, Float64

from inkdigit.formats import card
from inkdigit.frame import LOWEST_CENTRE, centre_glyph

Frame = Float32[np.ndarray, "28 28"]
MNIST = Path(os.environ.get("INKDIGIT_DATA_DIR", "")) / "mnist"


def scribble(seed: int, *, height: int = 50, width: int = 40) -> Float32[np.ndarray, "height width"]:
    """A random walk of a soft pen, away from the edge."""
    random = np.random.default_rng(seed)
    steps = random.normal(0, 2, (60, 2)).cumsum(axis=0)
    steps -= steps.min(axis=0)
    points = 5 + steps / steps.max() * (min(height, width) - 11)
    rows, columns = np.indices((height, width))
    distance = np.min([np.hypot(rows - y, columns - x) for y, x in points], axis=0)
    ink = np.clip(2.5 - distance, 0, 1).astype(np.float32)
    return np.where(ink < 0.01, np.float32(0), ink)


def centre(frame: Frame) -> tuple[float, float]:
    mass = frame.sum(dtype=np.float64)
    along = np.arange(28)
    return float(frame.sum(axis=1) @ along / mass), float(frame.sum(axis=0) @ along / mass)


def box(frame: Frame) -> tuple[int, int]:
    rows, columns = np.nonzero(frame)
    return int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1


@pytest.mark.parametrize("shape", [(0, 0), (0, 5), (1, 1), (28, 28), (300, 2)])
def test_blank_in_blank_out(shape: tuple[int, int]) -> None:
    assert not centre_glyph(np.zeros(shape, np.float32)).any()
    assert not centre_glyph(np.full(shape, 0.4 / 255, np.float32)).any()


def test_one_pixel_becomes_a_square() -> None:
    frame = centre_glyph(np.ones((1, 1), np.float32))
    assert box(frame) == (20, 20)
    assert frame[4:24, 4:24].min() == 1


@pytest.mark.parametrize(
    ("shape", "expected"), [((40, 10), (20, 5)), ((10, 40), (5, 20)), ((5, 5), (20, 20)), ((500, 3), (20, 1))]
)
def test_proportions_are_kept(shape: tuple[int, int], expected: tuple[int, int]) -> None:
    assert box(centre_glyph(np.ones(shape, np.float32))) == expected


def test_a_full_square_lies_in_the_middle() -> None:
    expected = np.zeros((28, 28), np.float32)
    expected[4:24, 4:24] = 1
    assert np.array_equal(centre_glyph(np.ones((60, 60), np.float32)), expected)


@pytest.mark.parametrize("side", range(21, 90))
def test_rounding_does_not_move_a_symmetric_glyph(side: int) -> None:
    """Its centre lies on the very bound between two places."""
    profile = np.random.default_rng(side).uniform(0.1, 1, side)
    ink = np.outer(profile + profile[::-1], profile + profile[::-1]).astype(np.float32) / 4
    rows, columns = np.nonzero(centre_glyph(ink))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (4, 23, 4, 23)


def test_the_input_is_not_changed() -> None:
    ink = scribble(0)
    before = ink.copy()
    centre_glyph(ink)
    assert np.array_equal(ink, before)


def test_heavy_ink_at_one_end_stays_within_the_frame() -> None:
    ink = np.zeros((20, 20), np.float32)
    ink[19] = 1
    ink[0, 0] = 0.05
    frame = centre_glyph(ink)
    assert frame.sum() == pytest.approx(ink.sum())
    assert frame[19].sum() == pytest.approx(20)


def area_weights(source: int, target: int) -> Float64[np.ndarray, "target source"]:
    """How much of each source pixel each target pixel covers, from the definition."""
    scale = source / target
    left, pixels = np.arange(target)[:, None] * scale, np.arange(source)[None]
    return (np.minimum(left + scale, pixels + 1) - np.maximum(left, pixels)).clip(0) / scale


@pytest.mark.parametrize("seed", range(20))
def test_shrinking_averages_areas(seed: int) -> None:
    size = 40 + 7 * seed
    ink = scribble(seed, height=size + 8, width=size)
    rows, columns = np.nonzero(ink)
    glyph = ink[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
    height, width = glyph.shape
    target = [int(20 * side / max(height, width) + 0.5) for side in (height, width)]
    expected = area_weights(height, target[0]) @ glyph @ area_weights(width, target[1]).T
    frame = centre_glyph(ink)
    top, left = np.argwhere(frame.any(axis=1))[0, 0], np.argwhere(frame.any(axis=0))[0, 0]
    np.testing.assert_allclose(frame[top : top + target[0], left : left + target[1]], expected, atol=2e-6)


@settings(deadline=None, max_examples=200)
@given(arrays(np.float32, st.tuples(st.integers(1, 60), st.integers(1, 60)), elements=st.floats(0, 1, width=32)))
def test_any_ink_is_framed(ink: np.ndarray) -> None:
    frame = centre_glyph(ink)
    assert 0 <= frame.min() <= frame.max() <= 1
    assert frame.any() == (ink >= 0.5 / 255).any()
    if not frame.any():
        return
    assert max(box(frame)) <= 20
    for axis, middle in enumerate(centre(frame)):
        inked = np.flatnonzero(frame.any(axis=1 - axis))
        at_the_edge = inked[0] == 0 or inked[-1] == 27
        assert at_the_edge or LOWEST_CENTRE - 1e-6 <= middle < LOWEST_CENTRE + 1 + 1e-6


@pytest.mark.parametrize("seed", range(20))
def test_where_the_ink_lies_does_not_matter(seed: int) -> None:
    ink = scribble(seed)
    moved = np.pad(ink, np.random.default_rng(seed).integers(0, 30, (2, 2)))
    assert np.array_equal(centre_glyph(moved), centre_glyph(ink))


@pytest.mark.parametrize("seed", range(20))
def test_rows_and_columns_are_treated_alike(seed: int) -> None:
    ink = scribble(seed)
    np.testing.assert_allclose(centre_glyph(ink.T.copy()), centre_glyph(ink).T, atol=1e-6)


@pytest.mark.parametrize("seed", range(20))
def test_framing_again_changes_nothing(seed: int) -> None:
    frame = centre_glyph(scribble(seed))
    frame[frame < 0.5 / 255] = 0
    if max(box(frame)) == 20:
        assert np.array_equal(centre_glyph(frame), frame)


def test_a_view_into_a_page_is_framed_like_its_copy() -> None:
    page = np.zeros((200, 300), np.float32)
    page[20:70, 30:70] = scribble(1)
    assert np.array_equal(centre_glyph(page[10:90, 10:100]), centre_glyph(scribble(1)))
    assert np.array_equal(centre_glyph(page[::-1][110:190]), centre_glyph(scribble(1)[::-1].copy()))


@pytest.mark.real
@pytest.mark.skipif(not MNIST.is_dir() or Path("mnist") == MNIST, reason="no MNIST in INKDIGIT_DATA_DIR")
def test_mnist_is_framed_already() -> None:
    """To the last bit: of all 10,000 test images the 4 that do not fill a box of 20, or lie on a bound, change."""
    data = gzip.decompress((MNIST / "t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    images = np.frombuffer(data, np.uint8).reshape(-1, 28, 28).astype(np.float32) / np.float32(255)
    same = [np.array_equal(centre_glyph(image), image) for image in images]
    assert sum(same) == 9_996


VECTORS = json.loads((Path(__file__).parent / "vectors" / "framing.json").read_text(encoding="utf-8"))


def test_the_vectors_are_of_this_framing() -> None:
    assert VECTORS["framing"] == card.FRAMING
    assert len(VECTORS["glyphs"]) == 50


@pytest.mark.parametrize("glyph", VECTORS["glyphs"], ids=lambda glyph: glyph["name"])
def test_golden_vectors(glyph: dict[str, Any]) -> None:
    """Made by a slow implementation in exact fractions; the page's is held to the same file."""
    ink = np.frombuffer(base64.b64decode(glyph["ink"]), np.uint8).reshape(glyph["height"], glyph["width"])
    expected = np.frombuffer(base64.b64decode(glyph["frame"]), np.uint8).reshape(28, 28)
    frame = centre_glyph(ink.astype(np.float32) / np.float32(255))
    assert np.abs(255 * frame - expected).max() <= 1
