"""What was read -> the picture with it drawn on: what was found where, and what is in doubt.

In: the pixels of a picture, and a page or a digit. Out: a PNG. A digit that is sure has a plain box of one
colour, an unsure one a dashed box of another and a question mark: the difference shows without colours too.
A small picture is enlarged until its digits can be read beside their labels; a turned one is set upright.
"""

import io
import math
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inkdigit.shapes import UInt8
from inkdigit.types import Box, Character, Line, Number, Page, Reading

SURE, UNSURE = (24, 90, 188), (200, 72, 0)
SURE_ON_DARK, UNSURE_ON_DARK = (120, 180, 255), (255, 160, 60)
FADE = 0.35
"""Part of the picture that gives way to paper, so that the drawing stands out."""

SMALLEST_DIGIT = 44  # pixels of a digit's height after enlarging: a label of 15 and its percentage can be read
LABEL = 0.4  # height of a label, in heights of a digit
LEAST_SIDE = 320  # pixels of the longer side after enlarging
MOST_TIMES = 16
MOST_PIXELS = 1 << 24


Colour = tuple[int, int, int]


@dataclass(frozen=True)
class _Pen:
    """How things are drawn on one picture.

    Args:
        times: How many times the picture was enlarged.
        down: Pixels of paper above the picture, for the labels of the first line.
    """

    draw: ImageDraw.ImageDraw
    times: int
    down: int
    sure: Colour
    unsure: Colour
    paper: Colour
    width: int
    large: ImageFont.FreeTypeFont | ImageFont.ImageFont
    small: ImageFont.FreeTypeFont | ImageFont.ImageFont


def overlay(pixels: UInt8[np.ndarray, "..."], answer: Page | Reading) -> bytes:
    """Draw what was read over the picture.

    Args:
        pixels: uint8 (h, w) or (h, w, 3), as it was given to the reader.
        answer: What was read in it.

    Returns:
        A PNG file, RGB.
    """
    page = answer if isinstance(answer, Page) else _page_of(answer)
    pixels, lines = _upright(pixels, page)
    digits = [one for line in lines for number in line.numbers for one in number.characters]
    times = _times(pixels.shape[:2], digits)
    pen, sheet = _prepared(pixels, digits, times)
    # All boxes before all labels: where digits stand close, what was read stays legible.
    for number in (number for line in lines for number in line.numbers):
        _tie(pen, number)
    for digit in digits:
        _box(pen, digit)
    for digit in digits:
        _label(pen, digit)
    data = io.BytesIO()
    sheet.save(data, "PNG", compress_level=3)
    return data.getvalue()


def _page_of(reading: Reading) -> Page:
    """A page with that digit alone."""
    if reading.digit is None or reading.box is None:
        return Page(())
    digit = Character(str(reading.digit), reading.confidence, reading.unsure, reading.box)
    number = Number(digit.text, reading.confidence, reading.unsure, reading.box, (digit,))
    return Page((Line(number.text, reading.box, (number,)),))


def _upright(pixels: np.ndarray, page: Page) -> tuple[np.ndarray, tuple[Line, ...]]:
    """Turn the picture and the boxes in it the way they were read."""
    height, width = pixels.shape[:2]

    def turned(box: Box) -> Box:
        x, y, wide, high = box
        match page.rotation:
            case 90:
                return height - y - high, x, high, wide
            case 180:
                return width - x - wide, height - y - high, wide, high
            case 270:
                return y, width - x - wide, high, wide
            case _:
                return box

    def number(one: Number) -> Number:
        characters = tuple(replace(each, box=turned(each.box)) for each in one.characters)
        return replace(one, box=turned(one.box), characters=characters)

    lines = tuple(Line(one.text, turned(one.box), tuple(map(number, one.numbers))) for one in page.lines)
    return np.ascontiguousarray(np.rot90(pixels, -(page.rotation // 90))), lines


def _times(shape: tuple[int, ...], digits: list[Character]) -> int:
    """How many times to enlarge: until digits and picture are large enough, but not beyond a page."""
    needed = math.ceil(LEAST_SIDE / max(shape))
    if digits:
        needed = max(needed, math.ceil(SMALLEST_DIGIT / max(1, float(np.median([d.box[3] for d in digits])))))
    most = math.isqrt(max(1, MOST_PIXELS // (shape[0] * shape[1])))
    return max(1, min(needed, most, MOST_TIMES))


def _prepared(pixels: np.ndarray, digits: list[Character], times: int) -> tuple[_Pen, Image.Image]:
    """The picture, enlarged and faded towards its paper, with room above for labels, and what to draw on it with."""
    dark = float(np.median(pixels)) < 128
    paper = (0, 0, 0) if dark else (255, 255, 255)
    height = float(np.median([digit.box[3] for digit in digits])) * times if digits else SMALLEST_DIGIT
    size = int(min(max(LABEL * height, 15), 64))
    highest = min((digit.box[1] for digit in digits), default=0) * times
    margin = max(0, int(1.3 * size) - highest) if digits else 0
    picture = Image.fromarray(pixels).convert("RGB")
    if times > 1:
        picture = picture.resize((picture.width * times, picture.height * times), Image.Resampling.BICUBIC)
    faded = Image.blend(picture, Image.new("RGB", picture.size, paper), FADE)
    above = tuple(int(level) for level in np.median(np.asarray(faded), axis=(0, 1)))
    sheet = Image.new("RGB", (faded.width, faded.height + margin), above)
    sheet.paste(faded, (0, margin))
    pen = _Pen(
        draw=ImageDraw.Draw(sheet),
        times=times,
        down=margin,
        sure=SURE_ON_DARK if dark else SURE,
        unsure=UNSURE_ON_DARK if dark else UNSURE,
        paper=paper,
        width=max(1, round(size / 14)),
        large=ImageFont.load_default(size),
        small=ImageFont.load_default(max(9, round(0.5 * size))),
    )
    return pen, sheet


def _tie(pen: _Pen, number: Number) -> None:
    """A line below the digits of one number."""
    if len(number.characters) > 1:
        left, _, right, bottom = _corners(pen, number.box)
        below = bottom + 2 * pen.width
        pen.draw.line((left, below, right, below), pen.sure, pen.width)


def _box(pen: _Pen, digit: Character) -> None:
    corners = _corners(pen, digit.box)
    if digit.unsure:
        _dashed(pen, corners)
    else:
        pen.draw.rectangle(corners, outline=pen.sure, width=pen.width)


def _label(pen: _Pen, digit: Character) -> None:
    """The digit above its box, and how many percent sure beside it where there is room."""
    left, top, right, _ = _corners(pen, digit.box)
    colour = pen.unsure if digit.unsure else pen.sure
    text, percent = f"{digit.text}{'?' if digit.unsure else ''}", f"{min(digit.confidence * 100, 99):.0f}"
    wide, narrow = (pen.draw.textlength(*pair) for pair in ((text, pen.large), (percent, pen.small)))
    x, y = max(0, min(left, pen.draw.im.size[0] - 1 - wide)), top - 2 * pen.width
    halo = pen.width + 1
    pen.draw.text((x, y), text, colour, pen.large, anchor="ls", stroke_width=halo, stroke_fill=pen.paper)
    beside = x + wide + 2 * pen.width
    if beside + narrow <= right + 4 * pen.width:
        pen.draw.text((beside, y), percent, colour, pen.small, anchor="ls", stroke_width=halo, stroke_fill=pen.paper)


def _corners(pen: _Pen, box: Box) -> Box:
    """Left, top, right and bottom on the sheet, just outside the ink."""
    x, y, wide, high = (side * pen.times for side in box)
    out = 2 * pen.width
    right, bottom = (side - 1 for side in pen.draw.im.size)
    left, top = min(max(0, x - out), right), min(max(0, y + pen.down - out), bottom)
    return left, top, max(left, min(right, x + wide + out)), max(top, min(bottom, y + high + out + pen.down))


def _dashed(pen: _Pen, corners: Box) -> None:
    """A box whose sides are dashes, with one at each corner."""
    left, top, right, bottom = corners
    for x, until in _dashes(left, right, pen.width):
        for y in (top, bottom):
            pen.draw.line((x, y, until, y), pen.unsure, pen.width)
    for y, until in _dashes(top, bottom, pen.width):
        for x in (left, right):
            pen.draw.line((x, y, x, until), pen.unsure, pen.width)


def _dashes(start: int, end: int, width: int) -> list[tuple[int, int]]:
    """Evenly spread dashes of which the first begins at the start and the last ends at the end."""
    dash, gap = 4 * width, 3 * width
    gaps = max(1, round((end - start - dash) / (dash + gap)))
    step = (end - start - dash) / gaps
    return [(round(start + i * step), round(start + i * step) + dash) for i in range(gaps + 1)]
