"""Boxes in the pixels that were read <-> boxes in the picture as it was given.

In: what was read in a picture that was decoded at a part of its size. Out: the same with its boxes in the other one's
pixels. Does not know how it was read or how it is shown.
"""

from dataclasses import replace

from inkdigit.types import Box, Line, Number, Page, Reading


def enlarged(answer: Page | Reading, scale: float) -> Page | Reading:
    """Multiply every box; below 1 they shrink."""
    return enlarged_page(answer, scale) if isinstance(answer, Page) else enlarged_reading(answer, scale)


def enlarged_page(page: Page, scale: float) -> Page:
    """Multiply every box of a page."""
    return page if scale == 1 else replace(page, lines=tuple(_line(line, scale) for line in page.lines))


def enlarged_reading(reading: Reading, scale: float) -> Reading:
    """Multiply the box of a digit.

    >>> enlarged_reading(Reading(7, 0.9, False, None, box=(1, 2, 3, 4)), 2.0).box
    (2, 4, 6, 8)
    """
    return reading if reading.box is None or scale == 1 else replace(reading, box=_box(reading.box, scale))


def _line(line: Line, scale: float) -> Line:
    return replace(line, box=_box(line.box, scale), numbers=tuple(_number(one, scale) for one in line.numbers))


def _number(number: Number, scale: float) -> Number:
    characters = tuple(replace(one, box=_box(one.box, scale)) for one in number.characters)
    return replace(number, box=_box(number.box, scale), characters=characters)


def _box(box: Box, scale: float) -> Box:
    x, y, width, height = (round(side * scale) for side in box)
    return x, y, max(1, width), max(1, height)
