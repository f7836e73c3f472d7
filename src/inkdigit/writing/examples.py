"""Sample documents that people will recognise: a form, a table, a cheque, a blackboard and two pages of notes.

In: a name. Out: pictures and what stands on them, the same for the same version. All are synthetic: the digits are
drawn forms in one tidy hand, the labels are printed in fonts. Knows nothing of how they are read.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import cv2
import numpy as np

from inkdigit.errors import UsageError
from inkdigit.shapes import Float32, UInt8
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.hand import Hand
from inkdigit.writing.papers import grain, smooth
from inkdigit.writing.print import printed
from inkdigit.writing.strings import write

SEEDS = {"labels": 2034, "table": 2027, "cheque": 2028, "board": 2026, "notes": 2033}
"""Of each document the first seed from 2026 on with which the shipped networks read all of it: they are to show what is
read, and are no measure of how well."""

Sheet = Float32[np.ndarray, "height width 3"]
Layer = Float32[np.ndarray, "rows columns"]
Colour = tuple[int, int, int]

WHITE, CREAM, BOARD = (252, 251, 248), (246, 241, 228), (38, 58, 48)
BLUE_INK, BLACK_INK, CHALK = (28, 44, 120), (30, 30, 38), (226, 230, 224)
PRINT, RULE, PATTERN = (60, 60, 64), (150, 156, 164), (196, 218, 206)


@dataclass(frozen=True, eq=False)
class SampleDocument:
    """A drawn document.

    Args:
        pages: uint8 (height, width, 3) each, red, green, blue.
        lines: The numbers of each line of each page.
    """

    pages: tuple[UInt8[np.ndarray, "_ _ 3"], ...]
    lines: tuple[tuple[tuple[str, ...], ...], ...]


@dataclass(frozen=True, eq=False)
class Writer:
    """Somebody with a tidy hand, who writes on sheets.

    Args:
        random: Decides every stroke.
        hand: The same for all that is written.
        source: Of the digits: drawn forms alone.
    """

    random: np.random.Generator
    hand: Hand
    source: DigitSource

    @staticmethod
    def of(random: np.random.Generator) -> "Writer":
        """A writer whose digits anybody could read."""
        hand = replace(
            Hand.random(random), lean=0.12, lean_spread=0.03, aspect=1.0, pen=0.085, nib=0.0, spacing=0.16,
            spacing_spread=0.03, kerning=0.2, unevenness=0.03, bounce=0.02, drift=0.0, curve=0.0, wildness=0.5,
            drawn=1.0, loyalty=1.0, zero=1.0, joins=0.0, chains=0.0,
        )  # fmt: skip
        return Writer(random, hand, DigitSource(None, None))

    def number(self, sheet: Sheet, text: str, place: tuple[int, int], *, height: int, colour: Colour) -> None:
        """Write a number; `place` is where its first digit's foot stands, (x, y)."""
        written = write(text, self.hand, self.source, self.random, height=height, ringed=0.0)
        cover(sheet, written.ink, colour, left=place[0], top=place[1] - written.baseline)


def draw_document(name: str) -> SampleDocument:
    """Draw one of the sample documents.

    Args:
        name: One of `NAMES`.

    Raises:
        UsageError: There is none of that name.
    """
    if name not in DOCUMENTS:
        raise UsageError("unknown sample document", name, f"expected one of {', '.join(NAMES)}")
    return DOCUMENTS[name](Writer.of(np.random.default_rng([SEEDS[name], NAMES.index(name)])))


def cover(sheet: Sheet, ink: Layer, colour: Colour, *, left: int, top: int) -> None:
    """Let ink of a colour cover a sheet; what lies beyond its edge is lost."""
    rows, columns = slice(max(0, top), top + ink.shape[0]), slice(max(0, left), left + ink.shape[1])
    part = sheet[rows, columns]
    share = ink[max(0, -top) :, max(0, -left) :][: part.shape[0], : part.shape[1], None]
    part += (np.array(colour, np.float32) - part) * share


def _sheet(width: int, height: int, colour: Colour, random: np.random.Generator) -> Sheet:
    """A sheet whose colour wanders a little, as paper's does."""
    shade = smooth((height, width), random, low=0.985, high=1.0, knots=4)
    return np.ones((height, width, 3), np.float32) * np.array(colour, np.float32) * shade[:, :, None]


def _print(sheet: Sheet, text: str, place: tuple[int, int], writer: Writer, *, size: int, bold: bool = False) -> None:
    """Print a text whose lower left corner is at a place (x, y)."""
    layer = printed(text, writer.random, size=size, face="DejaVuSans-Bold" if bold else "DejaVuSans")
    cover(sheet, layer, PRINT, left=place[0], top=place[1] - layer.shape[0])


def _form(writer: Writer) -> SampleDocument:
    """A form with printed labels, each with a number on its rule, and a row of boxes."""
    sheet = _sheet(900, 700, WHITE, writer.random)
    _print(sheet, "Meter reading", (60, 78), writer, size=34, bold=True)
    fields = (("Date", "28.11.2026"), ("Customer", "40 8631"), ("Reading", "1927,5"), ("Change", "-264"))
    for row, (label, text) in enumerate(fields):
        y = 170 + 96 * row
        _print(sheet, f"{label}:", (60, y), writer, size=26)
        cv2.line(sheet, (270, y + 8), (840, y + 8), RULE, 2, cv2.LINE_AA)
        writer.number(sheet, text, (300 + 14 * row, y + 2), height=54, colour=BLUE_INK)
    _print(sheet, "Account:", (60, 600), writer, size=26)
    for place, digit in enumerate("70385"):
        left = 270 + 74 * place
        cv2.rectangle(sheet, (left, 538), (left + 74, 620), RULE, 2, cv2.LINE_AA)
        writer.number(sheet, digit, (left + 22, 604), height=50, colour=BLUE_INK)
    return SampleDocument((_levels(sheet),), ((("28.11.2026",), ("40", "8631"), ("1927,5",), ("-264",), ("70385",)),))


def _table(writer: Writer) -> SampleDocument:
    """A ruled table with a printed head and empty cells."""
    sheet = _sheet(860, 640, WHITE, writer.random)
    cells = (("5", "", "88"), ("12", "7.5", ""), ("", "340", "61"), ("9", "26", "-4"))
    left, top, wide, high = 60, 60, 240, 100
    for row in range(len(cells) + 2):
        cv2.line(sheet, (left, top + high * row), (left + 3 * wide, top + high * row), RULE, 3, cv2.LINE_AA)
    for column in range(4):
        cv2.line(sheet, (left + wide * column, top), (left + wide * column, top + 5 * high), RULE, 3, cv2.LINE_AA)
    for column, label in enumerate(("Monday", "Tuesday", "Friday")):
        _print(sheet, label, (left + wide * column + 46, top + 64), writer, size=30, bold=True)
    for row, numbers in enumerate(cells):
        for column, text in enumerate(numbers):
            if text:
                place = (left + wide * column + 56, top + high * (row + 1) + 80)
                writer.number(sheet, text, place, height=56, colour=BLACK_INK)
    lines = tuple(tuple(text for text in row if text) for row in cells)
    return SampleDocument((_levels(sheet),), (lines,))


def _cheque(writer: Writer) -> SampleDocument:
    """A cheque: fine waves, printed labels, a date and an amount that ends in a dash."""
    sheet = _sheet(1000, 420, WHITE, writer.random)
    across = np.arange(-20, 1040, 4)
    for row in range(-40, 480, 9):
        down = row + 9 * np.sin(across / 26 + row / 23) + 3 * np.sin(across / 9)
        points = np.rint(np.stack([across, down], axis=1) * 16).astype(np.int32)
        cv2.polylines(sheet, [points], False, PATTERN, 1, cv2.LINE_AA, 4)
    _print(sheet, "Bank of Ink and Paper", (50, 80), writer, size=32, bold=True)
    for label, y in (("Pay to the order of", 200), ("Signature", 370)):
        _print(sheet, label, (50, y), writer, size=24)
        cv2.line(sheet, (300, y + 8), (620, y + 8), RULE, 2, cv2.LINE_AA)
    _print(sheet, "Date", (640, 84), writer, size=24)
    writer.number(sheet, "3/8/26", (720, 92), height=46, colour=BLACK_INK)
    cv2.rectangle(sheet, (660, 210), (960, 310), PRINT, 3, cv2.LINE_AA)
    writer.number(sheet, "1.250.-", (690, 288), height=60, colour=BLACK_INK)
    return SampleDocument((_levels(sheet),), ((("3/8/26",), ("1.250.-",)),))


def _board(writer: Writer) -> SampleDocument:
    """Chalk on a blackboard, photographed."""
    sheet = _sheet(900, 600, BOARD, writer.random)
    sheet *= smooth((600, 900), writer.random, low=0.8, high=1.25, knots=3)[:, :, None]
    lines = (("14:30", "17"), ("2,5", "0.75"), ("1986",))
    for row, numbers in enumerate(lines):
        for place, text in enumerate(numbers):
            writer.number(sheet, text, (90 + 440 * place, 170 + 165 * row), height=84, colour=CHALK)
    sheet += grain((600, 900), writer.random)[:, :, None] * 5
    return SampleDocument((_levels(cv2.GaussianBlur(sheet, (0, 0), 0.8)),), (lines,))


def _notes(writer: Writer) -> SampleDocument:
    """Two pages of notes, ruled: a column of amounts, and telephone numbers."""
    pages = ((("12.50",), ("8.95",), ("103.00",), ("-45.20",), ("79.25",)), (("020", "7946", "0018"), ("555", "0142")))
    sheets = []
    for lines in pages:
        sheet = _sheet(760, 900, CREAM, writer.random)
        for y in range(110, 900, 66):
            cv2.line(sheet, (0, y), (760, y), (186, 204, 226), 2, cv2.LINE_AA)
        for row, numbers in enumerate(lines):
            for place, text in enumerate(numbers):
                writer.number(sheet, text, (90 + 220 * place, 174 + 132 * row), height=50, colour=BLUE_INK)
        sheets.append(_levels(sheet))
    return SampleDocument(tuple(sheets), pages)


DOCUMENTS: dict[str, Callable[[Writer], SampleDocument]] = {
    "labels": _form, "table": _table, "cheque": _cheque, "board": _board, "notes": _notes,
}  # fmt: skip
NAMES = tuple(DOCUMENTS)


def _levels(sheet: Sheet) -> UInt8[np.ndarray, "height width 3"]:
    return np.rint(sheet.clip(0, 255)).astype(np.uint8)
