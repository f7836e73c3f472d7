"""An explanation as one picture.

In: an explanation and the name of its picture. Out: a PNG. From left to right what was given, what the
network saw, which ink decided, and how likely each digit is; below, the nearest training digits and the
reasons in words. Writes no file.
"""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inkdigit.errors import printable
from inkdigit.explain.colours import AGAINST, FOR, INK, NEITHER, Colour, ink_on_paper, tinted
from inkdigit.explain.explanation import Explanation
from inkdigit.explain.neighbours import Neighbour
from inkdigit.explain.occlusion import WINDOW
from inkdigit.explain.words import SLIGHT, figure, sentences, verdict
from inkdigit.shapes import UInt8

GROUND, CARD, HAIRLINE, QUIET = (246, 245, 241), (255, 255, 255), (222, 221, 215), (104, 112, 134)
CELL = 11
PANEL = 28 * CELL
MARGIN, GAP = 56, 32
COLUMNS = tuple(MARGIN + column * (PANEL + GAP) for column in range(4))
BARS = 268  # pixels across, digits and figures included
BARS_START, BARS_FULL = COLUMNS[3] + 26, BARS - 26 - 64
WIDTH = COLUMNS[3] + BARS + MARGIN
PANELS_TOP = 168
LOWER_TOP = PANELS_TOP + PANEL + 92
TILE = 112
WORDS, LINE = 21, 29  # size of the sentences, and from line to line
LONGEST_NAME = 60


@dataclass(frozen=True)
class _Sheet:
    """The picture in the making."""

    image: Image.Image
    draw: ImageDraw.ImageDraw

    def text(self, x: float, y: float, text: str, *, size: int = 19, colour: Colour = INK, anchor: str = "ls") -> None:
        """Write one line; the anchor is Pillow's: left end of the baseline."""
        self.draw.text((x, y), text, colour, ImageFont.load_default(size), anchor=anchor)

    def card(self, left: int, top: int, picture: Image.Image) -> None:
        """Place a picture with a hairline around it."""
        self.image.paste(picture, (left, top))
        self.draw.rectangle((left - 1, top - 1, left + picture.width, top + picture.height), outline=HAIRLINE)


def draw(explanation: Explanation, *, name: str) -> bytes:
    """Draw an explanation.

    Args:
        explanation: What to show.
        name: What the picture is called.

    Returns:
        A PNG file, RGB, 1,400 pixels wide.
    """
    words_left = COLUMNS[2] if explanation.nearest else MARGIN
    reasons = _wrapped(sentences(explanation), WIDTH - MARGIN - words_left)
    lower = max(TILE + 48 if explanation.nearest else 0, int(reasons[-1][0]))
    image = Image.new("RGB", (WIDTH, LOWER_TOP + lower + MARGIN), GROUND)
    sheet = _Sheet(image, ImageDraw.Draw(image))
    sheet.text(MARGIN, 76, verdict(explanation), size=36)
    sheet.text(MARGIN, 110, printable(name, limit=LONGEST_NAME), colour=QUIET)
    _given(sheet, explanation)
    _seen(sheet, explanation)
    _map(sheet, explanation)
    _bars(sheet, explanation)
    if explanation.nearest:
        _nearest(sheet, explanation.nearest)
    for down, reason in reasons:
        sheet.text(words_left, LOWER_TOP + down, reason, size=WORDS)
    data = io.BytesIO()
    image.save(data, "PNG", optimize=True)
    return data.getvalue()


def _given(sheet: _Sheet, explanation: Explanation) -> None:
    """The picture, fitted into its panel, and where in it the digit was found."""
    _title(sheet, 0, "The picture")
    picture = Image.fromarray(explanation.pixels).convert("RGB")
    times = PANEL / max(picture.size)
    size = (max(1, round(picture.width * times)), max(1, round(picture.height * times)))
    method = Image.Resampling.NEAREST if times > 4 else Image.Resampling.LANCZOS
    fitted = picture.resize(size, method)
    panel = Image.new("RGB", (PANEL, PANEL), CARD)
    left, top = (PANEL - size[0]) // 2, (PANEL - size[1]) // 2
    panel.paste(fitted, (left, top))
    x, y, width, height = (side * times for side in explanation.box)
    corners = (left + x - 3, top + y - 3, left + x + width + 2, top + y + height + 2)
    if width < 0.97 * size[0] or height < 0.97 * size[1]:
        ImageDraw.Draw(panel).rectangle([min(max(0, side), PANEL - 1) for side in corners], outline=FOR, width=2)
    sheet.card(COLUMNS[0], PANELS_TOP, panel)


def _seen(sheet: _Sheet, explanation: Explanation) -> None:
    _title(sheet, 1, "What the network saw")
    sheet.card(COLUMNS[1], PANELS_TOP, _enlarged(ink_on_paper(explanation.frame)))
    sheet.text(COLUMNS[1], PANELS_TOP + PANEL + 30, "28 x 28", size=16, colour=QUIET)


def _map(sheet: _Sheet, explanation: Explanation) -> None:
    """The ink by how it speaks, the spot that matters most, and what the colours mean."""
    _title(sheet, 2, "The ink that decided")
    left, top = COLUMNS[2], PANELS_TOP
    sheet.card(left, top, _enlarged(tinted(explanation.frame, explanation.influence)))
    y = PANELS_TOP + PANEL + 30
    legend: list[tuple[Colour, str]] = [(FOR, f"for {explanation.digit}"), (AGAINST, "against"), (NEITHER, "neither")]
    x = float(left)
    for colour, text in legend:
        sheet.draw.rectangle((x, y - 12, x + 12, y), fill=colour)
        sheet.text(x + 18, y, text, size=16, colour=QUIET)
        x += 18 + ImageFont.load_default(16).getlength(text) + 14
    spot, half = explanation.decisive, len(WINDOW) / 2
    if spot.effect >= SLIGHT:
        sides = [round((side + 0.5) * CELL) for side in (spot.column - half, spot.row - half)]
        x0, y0 = (max(0, side) for side in sides)
        x1, y1 = (min(PANEL - 1, side + len(WINDOW) * CELL) for side in sides)
        sheet.draw.rectangle((left + x0, top + y0, left + x1, top + y1), outline=INK, width=2)
        sheet.draw.rectangle((x, y - 12, x + 12, y), outline=INK, width=2)
        sheet.text(x + 18, y, "most", size=16, colour=QUIET)


def _bars(sheet: _Sheet, explanation: Explanation) -> None:
    """A bar per digit, and one for no digit where the model knows of that; the threshold where it was missed."""
    _title(sheet, 3, "How likely each is")
    step = PANEL / 10
    for digit, share in enumerate(explanation.probabilities.tolist()):
        _bar(sheet, PANELS_TOP + digit * step, str(digit), share, FOR if digit == explanation.digit else QUIET)
    end = PANELS_TOP + 10 * step
    if explanation.no_digit > 0:
        _bar(sheet, end, "", explanation.no_digit, AGAINST)
        sheet.text(BARS_START, end + 42, "no digit", size=16, colour=QUIET)
    if explanation.confidence < explanation.threshold and not explanation.is_likelier_no_digit:
        x = BARS_START + BARS_FULL * explanation.threshold
        sheet.draw.line((x, PANELS_TOP, x, end), fill=AGAINST, width=1)
        asked = f"line: {100 * explanation.threshold:.0f} % asked for"
        sheet.text(COLUMNS[3] + BARS, end + 42, asked, size=16, colour=AGAINST, anchor="rs")


def _bar(sheet: _Sheet, y: float, name: str, share: float, colour: Colour) -> None:
    """One bar between its digit and its figure."""
    sheet.text(COLUMNS[3], y + 23, name, size=21, colour=colour)
    sheet.draw.rectangle((BARS_START, y + 8, BARS_START + BARS_FULL, y + 22), fill=CARD)
    if share * BARS_FULL >= 1:
        sheet.draw.rectangle((BARS_START, y + 8, BARS_START + share * BARS_FULL, y + 22), fill=colour)
    sheet.text(COLUMNS[3] + BARS, y + 22, figure(share), size=17, colour=colour, anchor="rs")


def _nearest(sheet: _Sheet, neighbours: tuple[Neighbour, ...]) -> None:
    sheet.text(MARGIN, LOWER_TOP, "Nearest training digits: label, distance", colour=QUIET)
    for column, one in enumerate(neighbours):
        left, top = MARGIN + column * (TILE + 22), LOWER_TOP + 18
        tile = Image.fromarray(ink_on_paper(one.image.astype(np.float32) / np.float32(255)))
        sheet.card(left, top, tile.resize((TILE, TILE), Image.Resampling.NEAREST))
        sheet.text(left, top + TILE + 30, str(one.label), size=24)
        sheet.text(left + TILE, top + TILE + 28, f"{one.distance:.2f}", size=16, colour=QUIET, anchor="rs")


def _title(sheet: _Sheet, column: int, text: str) -> None:
    sheet.text(COLUMNS[column], PANELS_TOP - 16, text, colour=QUIET)


def _enlarged(pixels: UInt8[np.ndarray, "28 28 3"]) -> Image.Image:
    return Image.fromarray(pixels).resize((PANEL, PANEL), Image.Resampling.NEAREST)


def _wrapped(texts: list[str], width: int) -> list[tuple[float, str]]:
    """Break sentences into lines of at most `width` pixels, each with how far down it stands."""
    font = ImageFont.load_default(WORDS)
    found: list[tuple[float, str]] = []
    down = 0.0
    for text in texts:
        line = ""
        for word in text.split():
            longer = f"{line} {word}".strip()
            if line and font.getlength(longer) > width:
                found.append((down, line))
                down += LINE
                longer = word
            line = longer
        found.append((down, line))
        down += 1.5 * LINE
    return found
