"""Characters set side by side on a line, as near to each other as a hand sets them.

In: the glyphs of a text. Out: where each stands. Knows nothing of how they were drawn.
"""

import re
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from inkdigit.architectures import MARK, SIGNS
from inkdigit.shapes import Int64
from inkdigit.writing.hand import Hand
from inkdigit.writing.pen import INKED, Glyph

Box: TypeAlias = tuple[int, int, int, int]
"""x, y, width, height in pixels."""

WIDEST_SPACE = 0.5  # of a height between the digits of one number; more would be a gap
WIDEST_AT_SIGN = 0.75  # between a sign and its neighbour: people leave room after the point of thousands
LOOSE = 0.12  # chance that a thousand stands a little apart: 43 824, which is one number
WIDEST_GAP = 3.0
REACH = 3  # heights above and below the line that a character may reach into
FAR = 10**6
LONGEST_RISE = 6.0  # heights of text over which a line rises or falls; then the hand looks where it writes


@dataclass(frozen=True, eq=False)
class Placed:
    """A glyph and where it stands: `x` from the left, `bottom` rows below the line."""

    character: str
    glyph: Glyph
    x: int
    bottom: int

    @property
    def box(self) -> Box:
        """Its box, y counted from the line."""
        rows, columns = self.glyph.ink.shape
        return self.x, self.bottom - rows, columns, rows


def side_by_side(
    text: str, glyphs: list[Glyph | None], hand: Hand, random: np.random.Generator, height: int
) -> list[Placed]:
    """Set the glyphs of a text one after the other on the line; a gap has none."""
    placed: list[Placed] = []
    edge = np.full(2 * REACH * height, -FAR, np.int64)  # rightmost ink of each row so far
    right, gap = 0, False
    usual = 0.65 * len(text)  # heights that the text is about long
    loose = thousands(text) if random.random() < LOOSE else set()
    for index, (character, glyph) in enumerate(zip(text, glyphs, strict=True)):
        if glyph is None:
            gap = True
            continue
        bottom = round(height * _below(hand, right / (usual * height), usual)) - glyph.rise
        rows = _rows(glyph, bottom, height, len(edge))
        if not placed:
            x = 0
        elif gap:
            x = right + round(height * min(hand.gap + float(random.exponential(0.45)), WIDEST_GAP))
        else:
            x = _beside(placed[-1], character, glyph, edge, rows, right, hand, random, height)
            if index in loose:
                x = max(x, right + round(height * float(random.uniform(0.2, WIDEST_SPACE))))
        gap = False
        placed.append(Placed(character, glyph, x, bottom))
        columns = glyph.ink.shape[1]
        inked = glyph.ink > INKED
        last = columns - 1 - np.argmax(inked[:, ::-1], axis=1)
        reached = np.where(inked.any(axis=1), x + last, -FAR)
        edge[rows] = np.maximum(edge[rows], reached[: rows.stop - rows.start])
        right = max(right, x + columns)
    return placed


def thousands(text: str) -> set[int]:
    """Where people leave room for a point that they do not write: before each three digits from the right."""
    places: set[int] = set()
    for run in re.finditer(r"\d{4,}", text):
        places.update(range(run.end() - 3, run.start(), -3))
    return places


def _below(hand: Hand, along: float, long: float) -> float:
    """How far below a straight line the hand writes, in heights, at a share of the length of a text `long` heights."""
    along, long = min(along, 1.2), min(long, LONGEST_RISE)
    return long * (hand.drift * along + 4 * hand.curve * along * (1 - along) / LONGEST_RISE)


def _rows(glyph: Glyph, bottom: int, height: int, length: int) -> slice:
    """The rows of the edge that a glyph covers."""
    top = int(np.clip(REACH * height + height + bottom - glyph.ink.shape[0], 0, length - 1))
    return slice(top, min(top + glyph.ink.shape[0], length))


def _beside(
    last: Placed,
    character: str,
    glyph: Glyph,
    edge: Int64[np.ndarray, " rows"],
    rows: slice,
    right: int,
    hand: Hand,
    random: np.random.Generator,
    height: int,
) -> int:
    """Where the next glyph of a number begins: between where its box and where its ink would be near enough."""
    inked = glyph.ink[: rows.stop - rows.start] > INKED
    first = np.where(inked.any(axis=1), np.argmax(inked, axis=1), FAR)
    near = edge[max(rows.start - 2, 0) : rows.stop + 2]  # two rows above and below count too: ink has width
    reach = np.maximum(edge[rows], near[: rows.stop - rows.start])
    reach = np.maximum(reach, near[len(near) - len(reach) :])
    by_ink = int((reach - first).max())
    space = hand.spacing + hand.spacing_spread * float(random.standard_normal()) + 0.5 * max(hand.pen - 0.08, 0.0)
    if space < 0:  # ink that already touches overlaps little
        space *= 1 - 0.75 * hand.kerning
    small = character in SIGNS or last.character in SIGNS
    if small:
        space = float(random.lognormal(np.log(0.13), 0.75)) - 0.06 + 0.3 * max(hand.spacing, 0.0)
    elif MARK in (character, last.character):
        space = float(random.uniform(-0.02, 0.3))
    kerning = max(hand.kerning, 0.5 * small)
    by_ink = max(by_ink, last.x + last.glyph.ink.shape[1] // 3) if by_ink > -FAR // 2 else right
    start = kerning * by_ink + (1 - kerning) * right
    widest = WIDEST_AT_SIGN if small else WIDEST_SPACE
    x = round(start + height * min(space, widest))
    return int(np.clip(x, last.x + 1, right + round(widest * height)))
