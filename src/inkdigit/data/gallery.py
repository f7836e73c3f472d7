"""Samples of a data set to look at: a picture for the eye, characters for the terminal.

In: labelled images, how many and a seed. Out: a picture, or lines of text. Writes nothing and does
not know whether anybody looks.
"""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from inkdigit.errors import LONGEST_PATH, printable
from inkdigit.shapes import Bool, Int64, UInt8
from inkdigit.types import NO_DIGIT, Digits, Labels

PAGE, TILE, INK, QUIET = (246, 245, 241), (255, 255, 255), (24, 32, 48), (120, 124, 132)
SIDE, GAP, MARGIN, LABEL_WIDTH, HEADER = 84, 8, 32, 112, 64

HALVES = " ▀▄█"
"""For a cell of two pixels one above the other: none, the upper, the lower, both."""

ASCII_HALVES = " '.#"
CELLS = 14
SIGNS = "0123456789–"
"""How each label is written; the dash: no digit."""

INKED = 72
"""Grey level from which a pixel of a 14x14 thumbnail is drawn."""


def choose(labels: Labels, *, count: int, seed: int) -> list[Int64[np.ndarray, " chosen"]]:
    """Choose images at random, by digit.

    Args:
        labels: uint8 (n,), 0 to 10.
        count: How many of each digit, at least 1; fewer where there are not as many.
        seed: The same seed chooses the same images.

    Returns:
        Ten arrays of indices in rising order, one per digit, some perhaps empty; an eleventh where some
        images are no digit.
    """
    random = np.random.default_rng(seed)
    shuffled = random.permutation(len(labels))
    classes = range(len(SIGNS)) if (labels == NO_DIGIT).any() else range(NO_DIGIT)
    return [np.sort(shuffled[labels[shuffled] == digit][:count]) for digit in classes]


def draw_grid(digits: Digits, *, count: int = 10, seed: int = 0) -> Image.Image:
    """Draw a sheet of samples, one row per digit that occurs, dark ink on light paper.

    Each row begins with its digit and how many of them there are.
    """
    counts = np.bincount(digits.labels, minlength=10)
    rows = [
        (digit, chosen) for digit, chosen in enumerate(choose(digits.labels, count=count, seed=seed)) if len(chosen)
    ]
    columns = max(len(chosen) for _, chosen in rows)
    heading, large = title(digits), ImageFont.load_default(26)
    width = 2 * MARGIN + max(int(large.getlength(heading)), LABEL_WIDTH + columns * (SIDE + GAP) - GAP)
    sheet = Image.new("RGB", (width, 2 * MARGIN + HEADER + len(rows) * (SIDE + GAP) - GAP), PAGE)
    draw = ImageDraw.Draw(sheet)
    draw.text((MARGIN, MARGIN), heading, INK, large, anchor="lt")
    for row, (digit, chosen) in enumerate(rows):
        top = MARGIN + HEADER + row * (SIDE + GAP)
        draw.text((MARGIN, top + SIDE / 2), SIGNS[digit], INK, ImageFont.load_default(44), anchor="lm")
        draw.text((MARGIN + 40, top + SIDE / 2), f"{counts[digit]:,}", QUIET, ImageFont.load_default(18), anchor="lm")
        for column, index in enumerate(chosen):
            left = MARGIN + LABEL_WIDTH + column * (SIDE + GAP)
            sheet.paste(_tile(digits.images[index]), (left, top))
    return sheet


def text_grid(digits: Digits, *, width: int = 80, seed: int = 0, halves: str = HALVES) -> list[str]:
    """Draw one sample of each digit that occurs with characters, in as few bands as `width` columns allow.

    Args:
        digits: At least one.
        width: Columns of the terminal.
        seed: The same seed chooses the same images.
        halves: Four characters: blank, upper half, lower half, both.
    """
    chosen = [int(which[0]) for which in choose(digits.labels, count=1, seed=seed) if len(which)]
    across = max(1, width // (CELLS + 2))
    lines: list[str] = []
    for start in range(0, len(chosen), across):
        band = chosen[start : start + across]
        lines.append("  ".join(f"{SIGNS[digits.labels[index]]:<{CELLS}}" for index in band).rstrip())
        thumbnails = [_characters(digits.images[index], halves) for index in band]
        lines.extend("  ".join(cells).rstrip() for cells in zip(*thumbnails, strict=True))
    return lines


def title(digits: Digits) -> str:
    """What is shown, in one line.

    >>> from inkdigit.data.labelled import labelled
    >>> title(labelled(np.zeros((2, 28, 28), np.uint8), np.zeros(2, np.uint8), name="demo", part="test"))
    'demo, test part: 2 images of 28x28'
    """
    kind = " (synthetic)" if digits.synthetic else ""
    name = printable(digits.name, limit=LONGEST_PATH)
    return f"{name}{kind}, {digits.part} part: {len(digits):,} images of 28x28"


def _tile(image: UInt8[np.ndarray, "28 28"]) -> Image.Image:
    """One image, three times as large and smooth, as ink on paper."""
    ink = Image.fromarray(image).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    return Image.composite(Image.new("RGB", ink.size, INK), Image.new("RGB", ink.size, TILE), ink)


def _characters(image: UInt8[np.ndarray, "28 28"], halves: str) -> list[str]:
    """One image as 7 lines of 14 characters."""
    # 28 rows are 14 pairs, and so the columns; of each block of 2 x 2 the mean. Then two rows share a line of signs.
    thumbnail: Bool[np.ndarray, "14 14"] = image.reshape(CELLS, 2, CELLS, 2).mean(axis=(1, 3)) >= INKED
    cells = thumbnail[0::2] + 2 * thumbnail[1::2]
    return ["".join(halves[cell] for cell in row) for row in cells]
