"""Numbers in rows of boxes, and in the squares of squared paper: a digit in each.

In: an empty sheet, a scribe and a random generator. Out: the sheet, written on, with its walls; the digits of a row
are one number. Knows nothing of papers and of cameras.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from inkdigit.writing import print as prints
from inkdigit.writing.scribe import Scribe
from inkdigit.writing.sheet import Cell, Point, Rectangle, Sheet


@dataclass(frozen=True)
class Pen:
    """What walls are drawn with."""

    thick: int
    strength: float
    by_hand: bool

    @staticmethod
    def random(random: np.random.Generator, unit: float) -> "Pen":
        """A printer's line, thin or thick, pale or black; or a pen's."""
        thick = max(1, round(unit * float(np.exp(random.uniform(np.log(0.015), np.log(0.13))))))
        return Pen(thick, float(random.uniform(0.25, 1)), random.random() < 0.15)


@dataclass(frozen=True)
class Boxes:
    """The boxes of a form.

    Args:
        wide: Width of one, pixels.
        high: Height.
        apart: From the end of one to the next; 0 where they share a wall.
        pen: Of the walls.
        style: "boxes" have four walls, "comb" no upper one, "ticks" neither, and low ones between.
        shade: How grey they are inside, 0 to 255.
    """

    wide: float
    high: float
    apart: float
    pen: Pen
    style: str
    shade: int

    @property
    def pitch(self) -> float:
        """From one box to the next."""
        return self.wide + self.apart

    @staticmethod
    def random(random: np.random.Generator, unit: float) -> "Boxes":
        """Those of some form, for digits `unit` high."""
        wide, high = unit * random.uniform(0.88, 1.55), unit * random.uniform(1.1, 1.9)
        apart = 0.0 if random.random() < 0.6 else wide * float(random.uniform(0.06, 0.8))
        style = str(random.choice(["boxes", "comb", "ticks"], p=[0.8, 0.12, 0.08]))
        shade = int(random.integers(12, 70)) if random.random() < 0.15 else 0
        return Boxes(wide, high, apart, Pen.random(random, unit), "boxes" if apart else style, shade)


def box(sheet: Sheet, room: Rectangle, *, pen: Pen) -> None:
    """Draw the four walls of a box."""
    x, y, w, h = room
    for start, end in pairwise([(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]):
        sheet.wall(start, end, thick=pen.thick, strength=pen.strength, by_hand=pen.by_hand)


def draw_boxes(sheet: Sheet, at: Point, boxes: Boxes, count: int) -> None:
    """Draw a row of boxes: their walls, and how grey they are."""
    x, y = at
    foot, right = y + boxes.high, x + count * boxes.pitch - boxes.apart
    if boxes.shade:
        sheet.shade((x, y, right - x, boxes.high), boxes.shade)
    if boxes.style == "boxes":
        for place in range(count):
            box(sheet, (x + place * boxes.pitch, y, boxes.wide, boxes.high), pen=boxes.pen)
        return
    pen, top = boxes.pen, y if boxes.style == "comb" else y + boxes.high * 0.55
    sheet.wall((x, foot), (right, foot), thick=pen.thick, strength=pen.strength)
    for place in range(count + 1):
        side = x + place * boxes.wide
        sheet.wall((side, top), (side, foot), thick=pen.thick, strength=pen.strength)


def combs(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """Rows of boxes, a digit in each, with labels beside or above them or none."""
    unit, line = scribe.unit, 0
    boxes, count = Boxes.random(random, unit), int(random.integers(3, 13))
    labelled, above, grouped = random.random() < 0.5, random.random() < 0.5, random.random() < 0.4
    size, face = float(np.clip(unit * random.uniform(0.4, 0.8), 8, 30)), prints.random_face(random)
    least = 0.1 if sheet.whole else -0.5
    y, left = random.uniform(least, 1.5) * unit, random.uniform(least, 2) * unit
    while y < sheet.height:
        x = left
        if labelled:
            layer = prints.printed(prints.label(random), random, size=size, face=face)
            sheet.put_print(layer, (max(x, 2), y if above else y + (boxes.high - layer.shape[0]) / 2), strength=0.9)
            x, y = (x, y + size * 1.6) if above else (max(x, 2) + layer.shape[1] + unit * 0.5, y)
        _groups(sheet, scribe, random, (x, y), boxes=boxes, count=count, grouped=grouped, line=line)
        y, line = y + boxes.high * random.uniform(1.15, 2.2), line + 1
        count = count if random.random() < 0.6 else int(random.integers(3, 13))


def _groups(
    sheet: Sheet,
    scribe: Scribe,
    random: np.random.Generator,
    at: Point,
    *,
    boxes: Boxes,
    count: int,
    grouped: bool,
    line: int,
) -> None:
    """One row of boxes, or several side by side, with a printed sign between them now and then."""
    x, y = at
    for group in range(int(random.integers(2, 4)) if grouped else 1):
        number = count if group == 0 and not grouped else int(random.integers(2, 6))
        if sheet.whole:
            number = min(number, int((sheet.width - x) / boxes.pitch))
        if x > sheet.width or number < 1:
            return
        fill_boxes(sheet, scribe, random, (x, y), boxes, number, cell=(line, group))
        x += number * boxes.pitch
        if grouped and random.random() < 0.3:
            sign = prints.printed(str(random.choice(["/", "-", ".", ":"])), random, size=max(8, scribe.unit * 0.8))
            where = (x + 0.4 * scribe.unit, y + (boxes.high - sign.shape[0]) / 2)
            sheet.put_print(sign, where, strength=0.9, other=sign.shape[0] > 6)
        x += max(boxes.pitch, 0.9 * scribe.unit) * random.uniform(1.0, 1.8)


def fill_boxes(
    sheet: Sheet, scribe: Scribe, random: np.random.Generator, at: Point, boxes: Boxes, count: int, *, cell: Cell
) -> None:
    """A row of boxes and the number in it, which may fill only a part of them."""
    x, y = at
    room = (x, y, count * boxes.pitch, boxes.high)
    if not sheet.holds(room):
        return
    draw_boxes(sheet, at, boxes, count)
    filled = count if random.random() < 0.6 else int(random.integers(0, count + 1))
    start = count - filled if random.random() < 0.4 else 0
    first = (x + start * boxes.pitch, y, boxes.wide, boxes.high)
    _digits(sheet, scribe, random, first, count=filled, pitch=boxes.pitch, cell=cell)
    sheet.take(room)


def _digits(
    sheet: Sheet,
    scribe: Scribe,
    random: np.random.Generator,
    first: Rectangle,
    *,
    count: int,
    pitch: float,
    cell: Cell | None,
    line: int | None = None,
) -> None:
    """Digits about the middles of places `pitch` apart, as one number."""
    x, y, wide, high = first
    text, corners = "", []
    for place in range(count):
        digit = scribe.digit()
        h, w = digit.ink.shape
        left = x + place * pitch
        if w > 1.15 * wide or left + wide < 0 or left > sheet.width:
            continue
        at = (
            left + (wide - w) / 2 + random.normal(0, 0.06) * wide,
            y + (high - h) / 2 + random.normal(0, 0.05) * high,
        )
        sheet.put_ink(digit.ink, at)
        text += digit.text
        corners += [at, (at[0] + w, at[1] + h)]
    if text:
        low, far = np.min(corners, 0), np.max(corners, 0)
        box = (float(low[0]), float(low[1]), float(far[0] - low[0]), float(far[1] - low[1]))
        row = cell[0] if cell else line or 0
        sheet.number(box, text, height=scribe.unit, line=row, cell=cell)


def empty_combs(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """Rows of boxes with nothing in them."""
    unit = scribe.unit
    boxes = Boxes.random(random, unit)
    x, y = random.uniform(-1, 3) * unit, random.uniform(0, 3) * unit
    for _ in range(int(random.integers(1, 5))):
        draw_boxes(sheet, (x, y), boxes, int(random.integers(2, 13)))
        y += boxes.high * random.uniform(1.2, 2)


def squares(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """Squared paper with a digit in each square, as children learn to write; empty squares part the numbers."""
    unit = scribe.unit
    pitch = unit * random.uniform(1.05, 1.5)
    start = random.uniform(0, 1, 2) * pitch
    strength, thick = float(random.uniform(0.12, 0.6)), max(1, round(unit * random.uniform(0.01, 0.05)))
    for y in np.arange(start[1], sheet.height, pitch):
        sheet.rule((0, float(y)), (sheet.width, float(y)), strength=strength, thick=thick)
    for x in np.arange(start[0], sheet.width, pitch):
        sheet.rule((float(x), 0), (float(x), sheet.height), strength=strength, thick=thick)
    rows, columns = int((sheet.height - start[1]) / pitch), int((sheet.width - start[0]) / pitch)
    row, line, indent = int(random.integers(0, 3)), 0, int(random.integers(0, 3))
    while row < rows:
        column = indent
        while column < columns:
            count = min(int(random.choice([1, 2, 3, 4, 5, 6], p=[0.15, 0.3, 0.25, 0.15, 0.1, 0.05])), columns - column)
            first = (start[0] + column * pitch, start[1] + row * pitch, pitch, pitch)
            _digits(sheet, scribe, random, first, count=count, pitch=pitch, cell=None, line=line)
            sheet.take((first[0], first[1], count * pitch, pitch))
            column += count + int(random.integers(1, 5))
            if random.random() < 0.35:
                break
        row, line = row + int(random.integers(1, 4)), line + 1
