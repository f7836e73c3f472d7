"""Pages in doubt are turned: boxes come back to where they were, and what is sure at once is read once."""

import numpy as np
import pytest

from inkdigit.page.turning import read_in_any_turn, turned_back
from inkdigit.types import Character, Line, Number, Page

SHAPE = (60, 100)


def page(box: tuple[int, int, int, int], *, unsure: bool = False, text: str = "7") -> Page:
    confidence = 0.1 if unsure else 0.9
    number = Number(text, confidence, unsure, box, (Character(text, confidence, unsure, box),))
    return Page((Line(text, box, (number,)),))


@pytest.mark.parametrize("turns", [1, 2, 3])
def test_boxes_come_back(turns: int) -> None:
    picture = np.zeros(SHAPE, np.uint8)
    picture[10:15, 20:40] = 1
    turned = np.rot90(picture, -turns)
    rows, columns = np.nonzero(turned)
    box = (int(columns.min()), int(rows.min()), int(np.ptp(columns)) + 1, int(np.ptp(rows)) + 1)
    back = turned_back(page(box), turns, SHAPE)
    assert back.lines[0].box == back.lines[0].numbers[0].box == (20, 10, 20, 5)
    assert back.lines[0].numbers[0].characters[0].box == (20, 10, 20, 5)
    assert back.rotation == 90 * turns


def test_what_is_sure_is_read_once() -> None:
    seen = []

    def read(grey: np.ndarray) -> Page:
        seen.append(grey.shape)
        return page((0, 0, 5, 5), text="1234567890123")

    assert read_in_any_turn(np.zeros(SHAPE, np.uint8), read).rotation == 0
    assert seen == [SHAPE]


def test_the_turn_that_is_sure_wins() -> None:
    picture = np.zeros(SHAPE, np.uint8)
    picture[0, 0] = 200

    def read(grey: np.ndarray) -> Page:
        upright = grey[-1, -1] == 200  # the corner after half a turn
        return page((1, 2, 3, 4), unsure=not upright, text="30817" if upright else "1808")

    found = read_in_any_turn(picture, read)
    assert (found.text, found.rotation) == ("30817", 180)
    assert found.lines[0].box == (96, 54, 3, 4)


def test_nothing_sure_in_any_turn_stays_as_it_was_read() -> None:
    assert read_in_any_turn(np.zeros(SHAPE, np.uint8), lambda grey: Page((), note="no digits")).note == "no digits"
