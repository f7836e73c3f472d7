"""Samples to look at."""

import numpy as np
import pytest

from inkdigit.data.gallery import choose, draw_grid, text_grid, title
from inkdigit.data.labelled import labelled
from inkdigit.types import Digits


def digits(labels: list[int]) -> Digits:
    images = np.zeros((len(labels), 28, 28), np.uint8)
    images[:, 4:24, 12:16] = 255
    return labelled(images, np.array(labels, np.uint8), name="demo\x1b[2J", part="train", synthetic=True)


def test_choose_as_many_of_each_as_there_are() -> None:
    labels = np.array([3] * 5 + [4] * 2, np.uint8)
    chosen = choose(labels, count=3, seed=0)
    assert [len(which) for which in chosen] == [0, 0, 0, 3, 2, 0, 0, 0, 0, 0]
    assert all(labels[index] == digit for digit, which in enumerate(chosen) for index in which)


def test_the_seed_decides() -> None:
    labels = np.zeros(1000, np.uint8)
    same, again, other = (choose(labels, count=5, seed=seed)[0].tolist() for seed in (1, 1, 2))
    assert same == again != other


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (3, 3), (9, 4)])
def test_sheet_has_a_row_for_each_digit_that_occurs(count: int, columns: int) -> None:
    sheet = np.asarray(draw_grid(digits([1, 1, 1, 1, 7]), count=count).convert("L"))
    tiles = sheet[32 + 64 : -32, 32 + 112 :] == 255
    assert sheet.shape[0] == 2 * 32 + 64 + 2 * 84 + 8
    assert (tiles[0].sum(), tiles[-1].sum()) == (columns * 84, 84)


def test_text_uses_the_width() -> None:
    for width, bands in ((20, 10), (80, 2), (200, 1)):
        lines = text_grid(digits(list(range(10))), width=width)
        assert len(lines) == 8 * bands
        assert max(map(len, lines)) <= width


def test_text_shows_the_label_and_the_ink() -> None:
    lines = text_grid(digits([7]), halves=" '.#")
    assert lines[0] == "7"
    assert lines[1:] == ["      ##" if 1 <= row <= 5 else "" for row in range(7)]


def test_title_is_one_harmless_line() -> None:
    assert title(digits([1])) == "demo\\x1b[2J (synthetic), train part: 1 images of 28x28"


def test_what_is_no_digit_has_a_row_of_its_own() -> None:
    shown = digits([1, 1, 7])
    other = Digits(shown.images, np.array([1, 10, 7], np.uint8), "degraded", "train")
    assert np.asarray(draw_grid(other)).shape[0] == 2 * 32 + 64 + 3 * 84 + 2 * 8
    assert [which.tolist() for which in choose(other.labels, count=2, seed=0)][10] == [1]
    assert text_grid(other, width=200)[0].split() == ["1", "7", "–"]
