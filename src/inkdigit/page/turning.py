"""A page in doubt is looked at in all four turns: the one that reads most wins.

In: a grey picture, and a way to read it. Out: a page with boxes in the picture as it was given. The detector tells
which way is up, but of a few digits it may be wrong, and nothing else contradicts it. Knows nothing of how a page is
read.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from inkdigit.shapes import UInt8
from inkdigit.types import Box, Line, Number, Page

TWICE = 2.0
"""By how much more of a page must be read for it to be turned: people hold it upright."""

Grey = UInt8[np.ndarray, "height width"]
ReadPage = Callable[[Grey], Page]


def read_in_any_turn(grey: Grey, read: ReadPage) -> Page:
    """Read a picture as it is, and where no number of it is sure, turned by 90, 180 and 270 degrees too."""
    page = read(grey)
    if has_sure(page):
        return page
    turned = [turned_back(read(np.ascontiguousarray(np.rot90(grey, -turns))), turns, grey.shape) for turns in (1, 2, 3)]
    best = max(turned, key=worth)
    return best if has_sure(best) and worth(best) > TWICE * worth(page) else page


def has_sure(page: Page) -> bool:
    """Whether any number of a page is sure."""
    return any(not number.unsure for line in page.lines for number in line.numbers)


def worth(page: Page) -> float:
    """How much of a page is read: the confidence of its numbers, each as long as it is."""
    return sum(number.confidence * len(number.text) for line in page.lines for number in line.numbers)


def turned_back(page: Page, turns: int, shape: tuple[int, ...]) -> Page:
    """A page whose picture was turned clockwise by quarters, with its boxes in the picture as it was.

    Args:
        page: As it was read.
        turns: By how many quarters the picture was turned.
        shape: Rows and columns of the picture as it was.
    """
    height, width = shape[:2]

    def back(box: Box) -> Box:
        x, y, wide, high = box
        match turns:
            case 1:
                return y, height - x - wide, high, wide
            case 2:
                return width - x - wide, height - y - high, wide, high
            case _:
                return width - y - high, x, high, wide

    def number(one: Number) -> Number:
        return replace(
            one, box=back(one.box), characters=tuple(replace(each, box=back(each.box)) for each in one.characters)
        )

    lines = tuple(Line(line.text, back(line.box), tuple(map(number, line.numbers))) for line in page.lines)
    return replace(page, lines=lines, rotation=(page.rotation + 90 * turns) % 360)
