"""Sample pages: what stands on them, the same each time, and dark enough to be read."""

import cv2
import numpy as np
import pytest

from inkdigit.data.pages import NAMES, draw_page, write_line
from inkdigit.errors import UsageError


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_a_picture_with_its_lines(name: str) -> None:
    page = draw_page(name)
    assert page.pixels.dtype == np.uint8
    assert page.pixels.ndim == 3
    assert page.pixels.flags["C_CONTIGUOUS"]
    assert all(set(line) <= set("0123456789 ") and line.strip() == line for line in page.lines)
    assert (page.lines == ()) == (name == "cat")


@pytest.mark.parametrize("name", NAMES)
def test_a_page_is_the_same_each_time(name: str) -> None:
    assert np.array_equal(draw_page(name).pixels, draw_page(name).pixels)


@pytest.mark.parametrize("name", ["form", "amount", "digit", "sideways"])
def test_there_is_a_glyph_for_each_digit(name: str) -> None:
    """Ink is counted in pieces: no digit is lost, few touch, some 4 or 5 is in two."""
    page = draw_page(name)
    dark = (page.pixels.max(axis=2) < 150).astype(np.uint8)
    _, _, stats, _ = cv2.connectedComponentsWithStats(dark)
    pieces = int((stats[1:, cv2.CC_STAT_AREA] > 40).sum())
    digits = sum(sign != " " for line in page.lines for sign in line)
    assert 0.9 * digits <= pieces <= 1.2 * digits


def test_nothing_written_is_cut_off() -> None:
    for name in ("form", "amount", "digit", "sideways"):
        dark = draw_page(name).pixels.max(axis=2) < 150
        assert not dark[[0, -1]].any()
        assert not dark[:, [0, -1]].any()


def test_a_line_has_room_between_its_numbers() -> None:
    random = np.random.default_rng(0)
    ink = write_line("12 345", random=random, height=60)
    assert ink.dtype == np.float32
    assert 0 <= ink.min() <= ink.max() <= 1
    empty = ink.max(axis=0) < 0.1
    gaps = [len(run) for run in "".join("." if one else "#" for one in empty).split("#") if run]
    assert sorted(gaps)[-1] > 2 * sorted(gaps)[-2]  # one space, wider than any gap between digits


def test_the_pen_is_as_broad_as_asked_for() -> None:
    thin, broad = (write_line("8", random=np.random.default_rng(1), height=96, pen=pen) for pen in (0.06, 0.12))
    assert broad.sum() > 1.5 * thin.sum()


def test_no_such_page() -> None:
    with pytest.raises(UsageError, match="unknown sample page"):
        draw_page("letter")
