"""Digits of lines put together to numbers and a page, with boxes in the picture as it was given.

In: the digits chosen in each line of a turned and shrunk page. Out: the page. Knows nothing of pixels.
"""

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from inkdigit.page.lattice import Choice
from inkdigit.page.lines import Row
from inkdigit.types import Box, Line, Number, Page, ReadDigit

Place = Callable[[Box], Box]

UNSURE = 0.5
"""A digit that is wrong more often than right is unsure, whatever the recognizer says of its glyph alone."""

GAP = 0.6
"""Digit heights: a gap less wide parts no numbers."""

WIDE, ROOM = 2.0, 0.3
"""Times the line's usual gap, and digit heights beside it: a wider one parts two numbers."""


def page_of(
    lines: list[tuple[Row, list[Choice]]], *, turn: int, scale: float, shape: tuple[int, int], empty: str = "blank"
) -> Page:
    """Put a page together.

    Args:
        lines: Each with its digits, which lie in the turned and shrunk picture.
        turn: Degrees by which the picture was turned clockwise.
        scale: Pixels of the shrunk picture per pixel of the one given.
        shape: Rows and columns of the picture as given.
        empty: The note of a page without lines.
    """

    def place(box: Box) -> Box:
        return _given(box, turn=turn, scale=scale, shape=shape)

    found = tuple(_line(choices, row.height, place) for row, choices in lines)
    return Page(found, rotation=turn, note=None if found else empty)


def _line(choices: list[Choice], height: float, place: Place) -> Line:
    """Part the digits of a line into numbers where the gap is wide."""
    gaps = [after.run.glyph.x - before.run.glyph.right for before, after in pairwise(choices)]
    wide = max(GAP * height, WIDE * float(np.median(gaps)) + ROOM * height) if gaps else 0.0
    groups = [[choices[0]]]
    for gap, choice in zip(gaps, choices[1:], strict=True):
        if gap > wide:
            groups.append([])
        groups[-1].append(choice)
    numbers = tuple(_number(group, place) for group in groups)
    return Line(" ".join(number.text for number in numbers), _around([n.box for n in numbers]), numbers)


def _number(choices: list[Choice], place: Place) -> Number:
    digits = tuple(
        ReadDigit(
            choice.digit, choice.confidence, choice.unsure or choice.confidence < UNSURE, place(choice.run.glyph.box)
        )
        for choice in choices
    )
    sure = float(np.prod([digit.confidence for digit in digits]))
    return Number("".join(str(d.digit) for d in digits), sure, _around([d.box for d in digits]), digits)


def _around(boxes: list[Box]) -> Box:
    x, y = min(b[0] for b in boxes), min(b[1] for b in boxes)
    return x, y, max(b[0] + b[2] for b in boxes) - x, max(b[1] + b[3] for b in boxes) - y


def _given(box: Box, *, turn: int, scale: float, shape: tuple[int, int]) -> Box:
    """Turn a box back and enlarge it; it stays within the picture and has at least one pixel."""
    rows, columns = max(1, round(shape[0] * scale)), max(1, round(shape[1] * scale))
    x, y, width, height = box
    if turn == 90:
        x, y, width, height = y, rows - x - width, height, width
    elif turn == 180:
        x, y = columns - x - width, rows - y - height
    elif turn == 270:
        x, y, width, height = columns - y - height, x, height, width
    left, top = min(int(x / scale), shape[1] - 1), min(int(y / scale), shape[0] - 1)
    right, bottom = round((x + width) / scale), round((y + height) / scale)
    return left, top, max(1, min(right, shape[1]) - left), max(1, min(bottom, shape[0]) - top)
