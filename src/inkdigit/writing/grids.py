"""Numbers in rows of boxes, in ruled tables and in columns without rules.

In: an empty sheet, a scribe and a random generator. Out: the sheet, written on, with its walls and its cells. Knows
nothing of papers and of cameras.
"""

from dataclasses import dataclass

import numpy as np

from inkdigit.writing import print as prints
from inkdigit.writing.scribe import Scribe
from inkdigit.writing.sheet import Cell, Rectangle, Sheet


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


def box(sheet: Sheet, room: Rectangle, *, thick: int = 1, strength: float = 1.0) -> None:
    """Draw the four walls of a box."""
    x, y, w, h = room
    turns = [(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)]
    for start, end in zip(turns, turns[1:], strict=False):
        sheet.wall(start, end, thick=thick, strength=strength)


def combs(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """Rows of boxes, a digit in each, with labels beside or above them or none."""
    unit, line = scribe.unit, 0
    wide, high = unit * random.uniform(0.9, 1.55), unit * random.uniform(1.15, 1.9)
    apart = 0.0 if random.random() < 0.6 else wide * float(random.uniform(0.06, 0.8))
    pen, style = Pen.random(random, unit), str(random.choice(["boxes", "comb", "ticks"], p=[0.8, 0.12, 0.08]))
    labelled, above = random.random() < 0.5, random.random() < 0.5
    size = float(np.clip(unit * random.uniform(0.4, 0.8), 8, 30))
    face, count = prints.random_face(random), int(random.integers(3, 13))
    y, left = random.uniform(-0.3, 1.5) * unit, random.uniform(-0.5, 2) * unit
    while y < sheet.height:
        x = left
        if labelled:
            layer = prints.printed(prints.label(random), random, size=size, face=face)
            sheet.put_print(layer, (max(x, 2), y if above else y + (high - layer.shape[0]) / 2), strength=0.9)
            x, y = (x, y + size * 1.6) if above else (max(x, 2) + layer.shape[1] + unit * 0.5, y)
        groups = 1
        while x < sheet.width - wide and groups <= 3:
            boxes = count if groups == 1 else int(random.integers(2, 6))
            _comb(sheet, scribe, random, (x, y, wide, high), boxes=boxes, apart=apart, pen=pen, style=style, line=line)
            x += boxes * (wide + apart) + max(wide + apart, 0.9 * unit) * random.uniform(1.0, 1.8)
            groups += 1
            if random.random() < 0.65:
                break
        y, line = y + high * random.uniform(1.15, 2.2), line + 1
        count = count if random.random() < 0.6 else int(random.integers(3, 13))


def _comb(
    sheet: Sheet,
    scribe: Scribe,
    random: np.random.Generator,
    first: Rectangle,
    *,
    boxes: int,
    apart: float,
    pen: Pen,
    style: str,
    line: int,
) -> None:
    """One row of boxes and the number in it, which may fill only a part of them."""
    x, y, wide, high = first
    pitch = wide + apart
    if not sheet.holds((x, y, boxes * pitch, high)):
        return
    _comb_walls(sheet, first, boxes=boxes, apart=apart, pen=pen, style=style)
    filled = boxes if random.random() < 0.6 else int(random.integers(0, boxes + 1))
    start = boxes - filled if random.random() < 0.4 else 0
    text, corners = "", []
    for place in range(start, start + filled):
        digit = scribe.digit()
        h, w = digit.ink.shape
        if w > 1.15 * wide or place * pitch + x + wide < 0 or place * pitch + x > sheet.width:
            continue
        at = (
            x + place * pitch + (wide - w) / 2 + random.normal(0, 0.06) * wide,
            y + (high - h) / 2 + random.normal(0, 0.05) * high,
        )
        sheet.put_ink(digit.ink, at)
        text += digit.text
        corners += [at, (at[0] + w, at[1] + h)]
    if text:
        low, far = np.min(corners, 0), np.max(corners, 0)
        room = (float(low[0]), float(low[1]), float(far[0] - low[0]), float(far[1] - low[1]))
        sheet.number(room, text, height=scribe.unit, line=line, cell=None)
    sheet.take((x, y, boxes * pitch, high))


def _comb_walls(sheet: Sheet, first: Rectangle, *, boxes: int, apart: float, pen: Pen, style: str) -> None:
    """Walls all around each box; or, where they touch, only feet and walls between, whole or half as high."""
    x, y, wide, high = first
    if style == "boxes" or apart:
        for place in range(boxes):
            box(sheet, (x + place * (wide + apart), y, wide, high), thick=pen.thick, strength=pen.strength)
        return
    top = y if style == "comb" else y + high * 0.55
    sheet.wall((x, y + high), (x + boxes * wide, y + high), thick=pen.thick, strength=pen.strength)
    for place in range(boxes + 1):
        sheet.wall((x + place * wide, top), (x + place * wide, y + high), thick=pen.thick, strength=pen.strength)


def table(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """A ruled table: perhaps a printed header, perhaps words in its first column, many cells empty."""
    rows, columns = _lattice(sheet, scribe, random)
    _rule_table(sheet, scribe, random, rows, columns, pen=Pen.random(random, scribe.unit))
    _fill(sheet, scribe, random, rows, columns)


def columns(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """The same without rules: numbers below one another in columns."""
    rows, edges = _lattice(sheet, scribe, random)
    _fill(sheet, scribe, random, rows, edges)


def _rule_table(
    sheet: Sheet, scribe: Scribe, random: np.random.Generator, rows: list[float], columns: list[float], *, pen: Pen
) -> None:
    """Draw the rules of a table: all, or only those between its rows or its columns."""
    walls = str(random.choice(["all", "rows", "columns"], p=[0.84, 0.1, 0.06]))
    x0, x1, y0, y1 = columns[0], columns[-1], rows[0], rows[-1]
    wobble = scribe.unit * 0.05 if pen.by_hand else 0.0
    for number, y in enumerate(rows):
        if walls != "columns" or number in (0, 1, len(rows) - 1):
            off = random.normal(0, wobble, 4) if wobble else np.zeros(4)
            sheet.wall(
                (x0 + off[0], y + off[1]),
                (x1 + off[2], y + off[3]),
                thick=pen.thick,
                strength=pen.strength,
                by_hand=pen.by_hand,
            )
    for number, x in enumerate(columns):
        if walls != "rows" or (number in (0, len(columns) - 1) and random.random() < 0.5):
            off = random.normal(0, wobble, 4) if wobble else np.zeros(4)
            sheet.wall(
                (x + off[0], y0 + off[1]),
                (x + off[2], y1 + off[3]),
                thick=pen.thick,
                strength=pen.strength,
                by_hand=pen.by_hand,
            )
    if random.random() < 0.12:  # a grey header
        top, foot = max(0, int(y0)), max(0, int(rows[1]))
        part = sheet.print[top:foot, max(0, int(x0)) : max(0, int(x1))]
        np.maximum(part, np.uint8(random.integers(15, 90)), out=part)


def empty_table(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """A ruled table with nothing in it but, perhaps, a header and a word here and there."""
    rows, columns = _lattice(sheet, scribe, random)
    pen = Pen.random(random, scribe.unit)
    _rule_table(sheet, scribe, random, rows, columns, pen=pen)
    for column in range(len(columns) - 1):
        if random.random() < 0.5:
            room = (columns[column], rows[0], columns[column + 1] - columns[column], rows[1] - rows[0])
            _print_in(sheet, random, room, face="DejaVuSans", size=scribe.unit * 0.7)


def empty_combs(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """Rows of boxes with nothing in them."""
    unit, pen = scribe.unit, Pen.random(random, scribe.unit)
    first = (
        random.uniform(-1, 3) * unit,
        random.uniform(0, 3) * unit,
        unit * random.uniform(0.9, 1.5),
        unit * random.uniform(1.1, 1.9),
    )
    for _ in range(int(random.integers(1, 5))):
        boxes = int(random.integers(2, 13))
        _comb_walls(
            sheet, first, boxes=boxes, apart=0.0 if random.random() < 0.6 else 0.2 * unit, pen=pen, style="boxes"
        )
        first = (first[0], first[1] + first[3] * random.uniform(1.2, 2), first[2], first[3])


def _lattice(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> tuple[list[float], list[float]]:
    """Where the rows and columns of a table begin and the last ends: within the sheet, or cut by its sides."""
    unit, whole = scribe.unit, sheet.whole or random.random() < 0.3
    high = unit / random.uniform(0.42, 0.75)
    even = random.random() < 0.5
    margin = unit * random.uniform(0.3, 2)
    start = (margin, margin) if whole else tuple(random.uniform(-2.5, 1, 2) * unit)
    rows, edges = [float(start[1])], [float(start[0])]
    usual = random.uniform(1.6, 6) * unit
    while rows[-1] + high < sheet.height - (margin if whole else -high):
        rows.append(rows[-1] + high)
    while True:
        wide = usual if even else random.uniform(1.5, 6.5) * unit
        if edges[-1] + wide > sheet.width - (margin if whole else -wide):
            break
        edges.append(edges[-1] + wide)
    if whole and random.random() < 0.5:
        rows = rows[: int(random.integers(2, 9)) + 1]
    if len(rows) < 2:
        rows.append(rows[0] + high)
    if len(edges) < 2:
        edges.append(max(edges[0] + 2 * unit, sheet.width - margin))
    return rows, edges


def _fill(sheet: Sheet, scribe: Scribe, random: np.random.Generator, rows: list[float], columns: list[float]) -> None:
    """Write in the cells: words in the first row or column, perhaps, numbers in most others."""
    header, named = random.random() < 0.4, random.random() < 0.35
    printed_names, empty = random.random() < 0.7, random.uniform(0.08, 0.5)
    side = str(random.choice(["left", "middle", "right", "any"]))
    face, size = prints.random_face(random), float(np.clip(scribe.unit * random.uniform(0.5, 0.9), 7, 30))
    for row in range(len(rows) - 1):
        for column in range(len(columns) - 1):
            room = (columns[column], rows[row], columns[column + 1] - columns[column], rows[row + 1] - rows[row])
            outside = room[0] > sheet.width or room[1] > sheet.height or room[0] + room[2] < 0 or room[1] + room[3] < 0
            if outside or random.random() < empty * (0.4 if header and row == 0 else 1):
                continue
            if (header and row == 0) or (named and column == 0 and printed_names):
                _print_in(sheet, random, room, face=face, size=size)
            else:
                _write_in(sheet, scribe, random, room, cell=(row, column), side=side, word=named and column == 0)


def _print_in(sheet: Sheet, random: np.random.Generator, room: Rectangle, *, face: str, size: float) -> None:
    """A printed word in a cell, or a printed number, cut where the cell ends."""
    text = prints.words(random, 1) if random.random() < 0.85 else prints.figures(random)
    layer = prints.printed(text, random, size=min(size, room[3] * 0.7), face=face)[:, : max(1, int(room[2] * 0.9))]
    sheet.put_print(layer, (room[0] + room[2] * 0.06, room[1] + (room[3] - layer.shape[0]) / 2), strength=0.9)


def _write_in(
    sheet: Sheet, scribe: Scribe, random: np.random.Generator, room: Rectangle, *, cell: Cell, side: str, word: bool
) -> None:
    """A number or a word in a cell, where it fits."""
    x, y, wide, high = room
    is_word = word or random.random() < 0.07
    written = (
        scribe.word()
        if is_word
        else scribe.number(longest=max(1, int(wide / scribe.unit * 1.6)), whole=random.random() < 0.9)
    )
    h, w = written.ink.shape
    spare = wide - w
    if spare < -0.03 * wide or h > 1.15 * high:
        if is_word:
            return
        written = scribe.digit()
        h, w = written.ink.shape
        spare = wide - w
        if spare < 0:
            return
    share = {
        "left": random.uniform(0.02, 0.15),
        "middle": random.normal(0.5, 0.08),
        "right": random.uniform(0.85, 0.98),
    }
    at = x + spare * float(share.get(side, random.uniform(0.02, 0.98)))
    down = (high - h) * float(np.clip(random.normal(0.55, 0.15), 0.02, 0.98))
    sheet.write(written, (at, y + down), line=cell[0], cell=cell)
