"""Batches of made lines and pages: the seed alone decides them, and what stands in them can be learned."""

import numpy as np
import pytest

from inkdigit.architectures import ALPHABET
from inkdigit.writing import stream
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.stream import Stream, can_be_told, line_batches, page_batches, stretched

DRAWN = DigitSource(None, None)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("GROUP", 2), ("LINES", 8), ("PAGES", 2), ("PAGE_GROUP", 2), ("CROP", 64)):
        monkeypatch.setattr(stream, name, value)


@pytest.mark.usefixtures("few")
def test_lines_come_in_parts_with_their_labels() -> None:
    batches = line_batches(DRAWN, 3, 0)
    assert len(batches) == 2
    for strips, labels, lengths in batches:
        parts, n, height, width, one = strips.shape
        assert (parts * n, height, one) == (8, 40, 1)
        assert width in stream.WIDTHS
        assert labels.shape == (parts, n, stream.LONGEST)
        for strip, length in zip(strips.reshape(8, 40, width), lengths.ravel(), strict=True):
            assert np.isfinite(strip).all()
            assert 0 <= length < width // 4
        assert labels.max() < len(ALPHABET)


@pytest.mark.usefixtures("few")
def test_the_same_seed_and_number_give_the_same() -> None:
    for make in (line_batches, page_batches):
        first, again, other = make(DRAWN, 3, 1), make(DRAWN, 3, 1), make(DRAWN, 3, 2)
        assert all(np.array_equal(a, b) for x, y in zip(first, again, strict=True) for a, b in zip(x, y, strict=True))
        assert any(a.shape != b.shape or not np.array_equal(a, b) for a, b in zip(first[0], other[0], strict=True))


@pytest.mark.usefixtures("few")
def test_crops_have_their_maps() -> None:
    for crops, targets in page_batches(DRAWN, 0, 0):
        assert crops.shape == (2, 1, 64, 64, 1)
        assert targets.shape == (2, 1, 16, 16, 6)
        assert abs(float(crops.astype(np.float32).mean())) < 0.2


def test_a_strip_too_short_for_its_text_is_not_learned_from() -> None:
    assert can_be_told("12", width=40)
    assert not can_be_told("1234567890", width=40)
    assert not can_be_told("1111", width=28)
    assert not can_be_told("1", width=10_000)


def test_a_copy_is_stretched_and_says_the_same() -> None:
    strip = np.full((40, 100), 200, np.uint8)
    strip[10:30, 50] = 20
    copy = stretched(strip, np.random.default_rng(0))
    assert copy.shape[0] == 40
    assert 82 <= copy.shape[1] <= 120
    assert abs(int(copy.min(axis=0).argmin()) / copy.shape[1] - 0.505) < 0.03


def test_processes_make_what_this_one_would() -> None:
    made = Stream(page_batches, None, 5, processes=1).groups(2)
    try:
        group = next(made)
    finally:
        made.close()
    again = page_batches(DRAWN, 5, 2)
    assert all(np.array_equal(a, b) for x, y in zip(group, again, strict=True) for a, b in zip(x, y, strict=True))
