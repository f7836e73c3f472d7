"""Numbers in rows of boxes: a digit in each, with walls between them that are no ones.

In: a run of digits and a hand. Out: what is written, and the walls beside it as a layer of their own. Knows nothing of
paper.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from inkdigit.shapes import Float32
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.hand import Hand
from inkdigit.writing.pen import INKED, Glyph
from inkdigit.writing.placing import Box
from inkdigit.writing.signs import sign
from inkdigit.writing.strings import Written


@dataclass(frozen=True, eq=False)
class Comb:
    """A filled row of boxes.

    Args:
        written: The number; its ink has the size of the walls, and is not cropped.
        walls: Coverage of the boxes' walls.
        cells: The box of each digit.
    """

    written: Written
    walls: Float32[np.ndarray, "h w"]
    cells: tuple[Box, ...]


def write_comb(text: str, hand: Hand, source: DigitSource, random: np.random.Generator, *, height: int) -> Comb:
    """Write digits into boxes.

    Args:
        text: Digits and signs, no gaps.
        hand: Who writes.
        source: Where the digits come from.
        random: Decides the boxes, and how well they are filled.
        height: Of a digit, pixels.
    """
    tall = round(height * float(random.uniform(1.15, 2.0)))
    wide = round(tall * float(random.uniform(0.55, 1.15)))
    apart = round(wide * float(random.uniform(0.1, 0.8))) if random.random() < 0.3 else 0
    thick = max(1, round(height * float(random.uniform(0.02, 0.09))))
    before, after = (int(random.integers(0, 3)) if random.random() < 0.3 else 0 for _ in range(2))
    side = thick + max(2, height // 4)
    cells = tuple((side + place * (wide + apart), side, wide, tall) for place in range(before + len(text) + after))
    shape = (tall + 2 * side, cells[-1][0] + wide + side)
    walls = _walls(shape, cells, thick, random, open_top=not apart and random.random() < 0.15)
    ink = np.zeros(shape, np.float32)
    filled = cells[before : before + len(text)]
    boxes = tuple(
        _into(ink, _glyph(character, hand, source, random, height), cell, random)
        for character, cell in zip(text, filled, strict=True)
    )
    return Comb(Written(ink, text, boxes, height, side + (tall + height) // 2), walls, cells)


def _glyph(character: str, hand: Hand, source: DigitSource, random: np.random.Generator, height: int) -> Glyph:
    """A digit of its own size, or a sign."""
    if not character.isdigit():
        return sign(character, hand, random, height=height)
    size = float(np.exp(random.normal(0, hand.unevenness)))
    return source.glyph(int(character), hand, random, height=max(8, round(height * size)))


def _into(ink: Float32[np.ndarray, "h w"], glyph: Glyph, cell: Box, random: np.random.Generator) -> Box:
    """Put a glyph near the middle of a cell, sometimes over its wall; where it came to lie."""
    rows, columns = glyph.ink.shape
    x, y, wide, tall = cell
    off_x, off_y = random.normal(0, 0.07, 2) * (wide, tall)
    left = int(np.clip(round(x + (wide - columns) / 2 + off_x), 0, max(0, ink.shape[1] - columns)))
    foot = (tall - rows) / 2 if rows > 0.5 * tall else 0.2 * tall + glyph.rise
    top = int(np.clip(round(y + tall - foot - rows + off_y), 0, max(0, ink.shape[0] - rows)))
    part = ink[top : top + rows, left : left + columns]
    np.maximum(part, glyph.ink[: part.shape[0], : part.shape[1]], out=part)
    inked = cv2.boundingRect((part > INKED).view(np.uint8))
    return left + inked[0], top + inked[1], inked[2], inked[3]


def _walls(
    shape: tuple[int, int], cells: tuple[Box, ...], thick: int, random: np.random.Generator, *, open_top: bool
) -> Float32[np.ndarray, "h w"]:
    """Frames around the cells; of a comb that is open at its top only the lower part of the walls."""
    drawn = np.zeros(shape, np.uint8)
    teeth = float(random.uniform(0.2, 0.8)) if open_top else 0.0
    dotted = random.random() < 0.07
    for x, y, wide, tall in cells:
        if open_top:
            y, tall = round(y + teeth * tall), round(tall - teeth * tall)
            corners = [(x, y), (x, y + tall), (x + wide, y + tall), (x + wide, y)]
        else:
            corners = [(x, y), (x, y + tall), (x + wide, y + tall), (x + wide, y), (x, y)]
        cv2.polylines(drawn, [np.array(corners, np.int32)], False, 255, thick)
    walls = drawn.astype(np.float32) / np.float32(255)
    if dotted:
        rows, columns = np.ogrid[: shape[0], : shape[1]]
        walls *= (rows + columns) % 6 < 3
    return walls
