"""Sample pages drawn by the package itself: synthetic pictures whose numbers are known.

In: the name of a page. Out: its pixels and the lines that stand on it. The digits are those of `strokes`,
set in lines by one pen, on paper that is ruled, patterned, photographed or turned. Knows nothing of how
a page is read. Everything is decided by the page's own seed: the same version draws the same pixels.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from inkdigit.data import strokes
from inkdigit.errors import UsageError
from inkdigit.shapes import Float32, Float64, UInt8

Plane = Float32[np.ndarray, "height width"]
Glyph = Float32[np.ndarray, "rows columns"]
Colour = tuple[int, int, int]
Sheet = Float32[np.ndarray, "height width 3"]

BLUE_INK, BLACK_INK, PENCIL = (28, 44, 120), (30, 30, 38), (70, 72, 78)
WHITE, CREAM, RULE, PATTERN = (252, 251, 248), (246, 241, 228), (186, 204, 226), (196, 218, 206)

WILDNESS = 0.25
"""A tidy hand: a person would read every digit without a doubt."""

SLANT = -0.15
"""Columns to the right for each row down: the hand leans a little to the right."""

TRIES = 5
"""Digits written for each that is used: the one whose slant is nearest, for one hand slants alike."""

GAP = 0.26
"""Digit heights between the digits of a number: few touch."""

SPACE = 0.95
"""Digit heights between two numbers."""

UNEVEN = 0.05
"""How far a digit leaves the line and the usual size, as a share of the digit's height."""


@dataclass(frozen=True, eq=False)
class SamplePage:
    """A drawn page and what stands on it.

    Args:
        pixels: uint8 (height, width, 3), red, green, blue.
        lines: The numbers of each line, a space between them; empty where nothing is a digit.
    """

    pixels: UInt8[np.ndarray, "height width 3"]
    lines: tuple[str, ...]


def draw_page(name: str) -> SamplePage:
    """Draw one of the sample pages.

    Args:
        name: One of `NAMES`.

    Raises:
        UsageError: There is none of that name.

    >>> draw_page("digit").lines
    ('7',)
    """
    if name not in PAGES:
        raise UsageError("unknown sample page", name, f"expected one of {', '.join(NAMES)}")
    number = NAMES.index(name)
    return PAGES[name](np.random.default_rng([2024, number]))


def write_line(text: str, *, random: np.random.Generator, height: int, pen: float = 0.09) -> Plane:
    """Write numbers side by side on one line.

    Args:
        text: Digits and spaces.
        random: Decides how they are written.
        height: Of a digit, in pixels, >= 16.
        pen: Width of the pen, as a share of that height.

    Returns:
        Ink from 0.0 to 1.0, a quarter of a digit higher than its digits.
    """
    margin = height // 8
    paper = np.zeros((height + 2 * margin, math.ceil((len(text) + 1) * height * 1.3)), np.float32)
    x = 0.0
    for sign in text:
        if sign == " ":
            x += (SPACE - GAP) * height
            continue
        tall = round(height * (1 - UNEVEN * random.random()))
        glyph = _digit_of(int(sign), random=random, height=tall, pen=pen)
        top = margin + height - tall + round(random.normal(0, UNEVEN / 2) * height)
        top = min(max(top, 0), paper.shape[0] - tall)
        _darken(paper, glyph, left=round(x), top=top)
        x += glyph.shape[1] + GAP * height
    return paper[:, : max(1, round(x - GAP * height))]


def _digit_of(digit: int, *, random: np.random.Generator, height: int, pen: float) -> Glyph:
    """One digit in the page's hand."""
    written = [strokes.draw(digit, random=random, height=height, wildness=WILDNESS, pen=pen) for _ in range(TRIES)]
    return min(written, key=lambda glyph: abs(_slant(glyph) - SLANT))


def _slant(glyph: Glyph) -> float:
    moments = cv2.moments(glyph)
    return float(moments["mu11"] / moments["mu02"])


def _form(random: np.random.Generator) -> SamplePage:
    """Numbers on the ruled lines of a white form, in blue."""
    lines = ("2024 11 21", "4086 315", "97 0 1258", "33104")
    sheet = _blank(860, 620, WHITE, random=random)
    pitch, height = 128, 68
    for row in range(len(lines)):
        y = 66 + row * pitch + 94
        cv2.line(sheet, (56, y), (804, y), RULE, 2, cv2.LINE_AA)
    for row, text in enumerate(lines):
        ink = write_line(text, random=random, height=height, pen=0.085)
        _write(sheet, ink, BLUE_INK, left=84 + int(random.integers(0, 14)), top=66 + row * pitch + 8)
    return SamplePage(_levels(sheet), lines)


def _photo(random: np.random.Generator) -> SamplePage:
    """A note photographed at an angle of 3 degrees, with a shadow across it and the grain of a camera."""
    lines = ("3651", "482 90", "7746", "15 208")
    sheet = _blank(760, 600, CREAM, random=random)
    for row, text in enumerate(lines):
        ink = write_line(text, random=random, height=66, pen=0.095)
        _write(sheet, ink, BLACK_INK, left=120 + int(random.integers(0, 30)), top=66 + row * 122)
    turned = _turned(sheet, degrees=3.0, ground=(116, 92, 70))
    lit = turned * _light(turned.shape[:2])[:, :, None]
    grain = cv2.GaussianBlur(random.normal(0, 5, lit.shape).astype(np.float32), (0, 0), 0.7)
    return SamplePage(_levels(cv2.GaussianBlur(lit, (0, 0), 0.8) + grain), lines)


def _amount(random: np.random.Generator) -> SamplePage:
    """An amount on the fine waves that are printed on cheques."""
    lines = ("2590 46",)
    sheet = _blank(720, 200, WHITE, random=random)
    columns = np.arange(-20, 760, 4)
    for row in range(-40, 260, 9):
        waves = row + 9 * np.sin(columns / 26 + row / 23) + 3 * np.sin(columns / 9)
        points = np.rint(np.stack([columns, waves], axis=1) * 16).astype(np.int32)
        cv2.polylines(sheet, [points], False, PATTERN, 1, cv2.LINE_AA, 4)
    ink = write_line(lines[0], random=random, height=84, pen=0.1)
    _write(sheet, ink, BLACK_INK, left=70, top=48)
    return SamplePage(_levels(sheet), lines)


def _digit(random: np.random.Generator) -> SamplePage:
    """One digit in the middle of a square, in pencil."""
    sheet = _blank(240, 240, WHITE, random=random)
    glyph = _digit_of(7, random=random, height=140, pen=0.085)
    _write(sheet, glyph, PENCIL, left=(240 - glyph.shape[1]) // 2, top=50)
    return SamplePage(_levels(sheet), ("7",))


def _cat(random: np.random.Generator) -> SamplePage:
    """A cat, which is no digit."""
    sheet = _blank(240, 240, WHITE, random=random)
    ink = np.zeros((240, 240), np.uint8)
    head = [(52, 96), (58, 36), (92, 68), (148, 68), (182, 36), (188, 96), (192, 140), (168, 184), (120, 200),
            (72, 184), (48, 140), (52, 96)]  # fmt: skip
    whiskers = [((22, 128), (80, 140)), ((20, 158), (80, 152)), ((160, 140), (218, 128)), ((160, 152), (220, 158))]
    smile = [(96, 162), (108, 172), (120, 160), (132, 172), (144, 162)]
    for path in (head, smile, *whiskers):
        shaken = np.array(path, np.float64)
        shaken[1:-1] += random.normal(0, 1.5, (len(path) - 2, 2))
        cv2.polylines(ink, [np.rint(_rounded(shaken) * 16).astype(np.int32)], False, 255, 7, cv2.LINE_AA, 4)
    for eye in ((92, 118), (148, 118)):
        cv2.circle(ink, eye, 9, 255, -1, cv2.LINE_AA)
    _write(sheet, ink.astype(np.float32) / np.float32(255), PENCIL, left=0, top=0)
    return SamplePage(_levels(sheet), ())


def _rounded(path: Float64[np.ndarray, "points 2"]) -> Float64[np.ndarray, "more 2"]:
    """Cut the corners of a path three times (Chaikin, "An algorithm for high speed curve generation", 1974)."""
    for _ in range(3):
        near, far = 0.8 * path[:-1] + 0.2 * path[1:], 0.2 * path[:-1] + 0.8 * path[1:]
        path = np.concatenate([path[:1], np.stack([near, far], axis=1).reshape(-1, 2), path[-1:]])
    return path


def _sideways(random: np.random.Generator) -> SamplePage:
    """A page that lies on its side: to be turned clockwise by 90 degrees."""
    lines = ("2745 3 60", "914 5273", "8 3246 15")
    sheet = _blank(780, 470, WHITE, random=random)
    for row, text in enumerate(lines):
        ink = write_line(text, random=random, height=70, pen=0.085)
        _write(sheet, ink, BLUE_INK, left=76, top=64 + row * 126)
    return SamplePage(np.ascontiguousarray(np.rot90(_levels(sheet))), lines)


PAGES: dict[str, Callable[[np.random.Generator], SamplePage]] = {
    "form": _form,
    "photo": _photo,
    "amount": _amount,
    "digit": _digit,
    "cat": _cat,
    "sideways": _sideways,
}
NAMES = tuple(PAGES)


def _blank(width: int, height: int, colour: Colour, *, random: np.random.Generator) -> Sheet:
    """A sheet whose grey wanders slowly, as paper's does, by a level or two."""
    clouds = cv2.resize(random.normal(0, 1, (4, 5)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    return np.array(colour, np.float32) + clouds[:, :, None]


def _write(sheet: Sheet, ink: Glyph, colour: Colour, *, left: int, top: int) -> None:
    """Let ink of that colour cover the sheet where it is written."""
    height, width = ink.shape
    part = sheet[top : top + height, left : left + width]
    share = ink[: part.shape[0], : part.shape[1], None]
    part += (np.array(colour, np.float32) - part) * share


def _darken(paper: Plane, glyph: Glyph, *, left: int, top: int) -> None:
    height, width = glyph.shape
    part = paper[top : top + height, left : left + width]
    np.maximum(part, glyph[:, : part.shape[1]], out=part)


def _turned(sheet: Sheet, *, degrees: float, ground: Colour) -> Sheet:
    """The sheet as it lies on a table, which shows at its corners."""
    height, width = sheet.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    turned = cv2.warpAffine(sheet, matrix, (width, height), flags=cv2.INTER_LINEAR, borderValue=ground)
    return turned.astype(np.float32)


def _light(shape: tuple[int, ...]) -> Plane:
    """A lamp at the upper left, and the soft shadow of a hand at the lower right."""
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    fall = 1 - 0.22 * (x / shape[1] + y / shape[0]) / 2
    edge = (x + 0.6 * y - 0.85 * shape[1]) / (0.05 * shape[1])
    shadow = 1 - 0.34 / (1 + np.exp(-edge))
    return (fall * shadow).astype(np.float32)


def _levels(sheet: Sheet) -> UInt8[np.ndarray, "height width 3"]:
    return np.rint(sheet.clip(0, 255)).astype(np.uint8)
