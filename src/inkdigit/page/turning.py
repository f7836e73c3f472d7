"""A page in doubt, or with little on it, is looked at in all four turns: the one that reads most wins.

In: a grey picture, and a way to read it. Out: a page with boxes in the picture as it was given. The detector tells
which way is up, but of a few digits it may be wrong, and nothing else contradicts it. Knows nothing of how a page is
read.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from inkdigit.shapes import UInt8
from inkdigit.types import Box, Line, Number, Page

MORE = 1.5
"""By how much more of a page must be read for it to be turned: people hold it upright."""

STRIP = 2.0
"""Width over height of a picture that holds one line, which is as it is: a column is seldom cut out as one, and of 540
amounts on cheques 12 more were wrong where they were looked at upside down."""

LITTLE = 12
"""Characters of a page on which little is found: of one that lies on its side the detector finds hardly anything."""

Grey = UInt8[np.ndarray, "height width"]
ReadPage = Callable[[Grey], Page]


def read_in_any_turn(grey: Grey, read: ReadPage) -> Page:
    """Read a picture as it is, and where it is in doubt or hardly anything is found, in the three other turns too."""
    page = read(grey)
    if settled(page) or grey.shape[1] > STRIP * grey.shape[0]:
        return page
    turned = [turned_back(read(np.ascontiguousarray(np.rot90(grey, -turns))), turns, grey.shape) for turns in (1, 2, 3)]
    best = max(turned, key=worth)
    return best if worth(best) > MORE * worth(page) else page


def settled(page: Page) -> bool:
    """Whether a page need not be looked at in other turns: half of what is read is sure, and that is not little."""
    numbers = [number for line in page.lines for number in line.numbers]
    read = sum(len(number.text) for number in numbers)
    return read >= LITTLE and sum(len(number.text) for number in numbers if not number.unsure) >= read / 2


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
