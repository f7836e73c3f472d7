"""The ink of a page: whatever the paper and the light, the pen's ink and nothing else."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from jaxtyping import UInt8

from inkdigit.page.paper import paper_ink, polarities
from written import write_page

Grey = UInt8[np.ndarray, "height width"]

PAGE = write_page(["31415", "92653"], seed=1).pixels
WRITTEN = PAGE < 140


def shaded(pixels: Grey) -> Grey:
    """Light that falls off to a third towards one corner."""
    light = np.linspace(0.35, 1, pixels.shape[1])[None] * np.linspace(0.9, 1, pixels.shape[0])[:, None]
    return np.rint(pixels * light).astype(np.uint8)


def noisy(pixels: Grey) -> Grey:
    grain = np.random.default_rng(0).normal(0, 5, pixels.shape)
    return np.clip(pixels + grain, 0, 255).astype(np.uint8)


def patterned(pixels: Grey) -> Grey:
    """Thin wavy lines as on a cheque."""
    y, x = np.indices(pixels.shape)
    lines = np.sin(y + 4 * np.sin(x / 30)) > 0.9
    return np.where(lines, np.minimum(pixels, 200), pixels)


def faint(pixels: Grey) -> Grey:
    """A tenth of the contrast."""
    return (200 + (pixels.astype(np.int16) - 225) // 5).astype(np.uint8)


def on_a_table(pixels: Grey) -> Grey:
    """A dark table shows at two sides, aslant."""
    y, x = np.indices(pixels.shape)
    return np.where((y < 12 - x * 0.02) | (x > pixels.shape[1] - 14), 30, pixels).astype(np.uint8)


CHANGES: dict[str, Callable[[Grey], np.ndarray]] = {
    "as it is": lambda p: p,
    "white on black": lambda p: 255 - p,
    "shaded": shaded,
    "noisy": noisy,
    "patterned": patterned,
    "faint": faint,
    "on a table": on_a_table,
    "coloured paper": lambda p: np.stack([p, (p * 0.9).astype(np.uint8), (p * 0.5).astype(np.uint8)], axis=2),
    "blue pen": lambda p: np.stack([p, p, np.full_like(p, 225)], axis=2),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_same_ink_whatever_the_paper(name: str) -> None:
    ink = paper_ink(CHANGES[name](PAGE), inverted=name == "white on black").ink > 0.5
    common = (ink & WRITTEN).sum() / (ink | WRITTEN).sum()
    assert common > 0.8


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_page_has_no_ink(level: int) -> None:
    assert not paper_ink(np.full((80, 120), level, np.uint8)).ink.any()


def test_grain_is_no_ink() -> None:
    grain = noisy(np.full((200, 300), 220, np.uint8))
    assert not paper_ink(grain).ink.any()
    _, coded = cv2.imencode(".jpg", grain, [cv2.IMWRITE_JPEG_QUALITY, 30])
    decoded = cv2.imdecode(coded, cv2.IMREAD_GRAYSCALE)
    assert decoded is not None
    assert not paper_ink(decoded.astype(np.uint8)).ink.any()


def test_it_works_on_a_smaller_copy() -> None:
    sheet = paper_ink(PAGE, scale=0.5)
    assert sheet.scale == 0.5
    assert sheet.ink.shape == (round(PAGE.shape[0] / 2), round(PAGE.shape[1] / 2))
    assert 0.1 < sheet.ink.sum() / paper_ink(PAGE).ink.sum() < 0.4


@settings(max_examples=60, deadline=None)
@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=40)), st.floats(0.05, 1.0))
def test_any_picture_gives_ink_between_0_and_1(pixels: Grey, scale: float) -> None:
    ink = paper_ink(pixels, scale=scale).ink
    assert np.isfinite(ink).all()
    assert ink.min() >= 0
    assert ink.max() <= 1


def test_a_dark_picture_may_be_either_way_round() -> None:
    assert polarities(PAGE) == (False,)
    assert polarities(255 - PAGE) == (True, False)
    desk = np.full((PAGE.shape[0] + 300, PAGE.shape[1] + 300), 30, np.uint8)
    desk[150:-150, 150:-150] = PAGE
    assert False in polarities(desk)
