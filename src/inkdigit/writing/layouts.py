"""How people arrange numbers on a page: notes, lists, forms, slips, a single number.

In: an empty sheet, a scribe and a random generator. Out: the sheet, written on, with its truth. Rows of boxes and
tables are those of `grids`; what holds no number is that of `clutter`. Knows nothing of papers and of cameras.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from inkdigit.writing import boxes, clutter, grids
from inkdigit.writing import print as prints
from inkdigit.writing.scribe import Scribe
from inkdigit.writing.sheet import Rectangle, Sheet

Arrange: TypeAlias = Callable[[Sheet, Scribe, np.random.Generator], None]
"""Fills an empty sheet."""


@dataclass(frozen=True)
class Arrangement:
    """A kind of page.

    Args:
        fill: Writes on the sheet.
        share: How often it is chosen for training.
        digits: Least and greatest height of a digit that suits it, as a share of the sheet's shorter side.
    """

    fill: Arrange
    share: float
    digits: tuple[float, float] = (0.0, 0.3)


def notes(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """Lines of one or several numbers, with words between them, each as far in as it happens."""
    unit, line = scribe.unit, 0
    step, gap = float(random.uniform(1.25, 2.4)), float(random.uniform(0.6, 2.2))
    others, several = float(random.choice([0, 0.15, 0.4])), random.random()
    ruled, loose = random.random() < 0.25, random.random() < 0.12
    left, y = _start(random, sheet, unit), random.uniform(0.3 if sheet.whole else -0.4, 1.5) * unit
    while y < sheet.height - 0.3 * unit:
        x, foot = left + random.normal(0, 0.15) * unit, y + unit
        while x < sheet.width:
            written = scribe.word() if random.random() < others else scribe.number()
            if x + written.ink.shape[1] > sheet.width + unit and x > left + unit:
                break
            top = foot - written.baseline + random.normal(0, 0.04) * unit
            if not sheet.is_free(_box(written.ink.shape, x, top)):
                break
            sheet.write(written, (x, top), line=line, angle=float(random.normal(0, 5)) if loose else 0.0)
            x += written.ink.shape[1] + unit * gap * random.uniform(0.8, 1.6)
            if random.random() < 0.04:
                _underline(sheet, random, (x - unit, foot), unit)
            if random.random() > several:
                break
        if ruled:
            sheet.rule((0, foot + 0.1 * unit), (sheet.width, foot + 0.1 * unit), strength=0.5)
        y, line = y + unit * step * random.uniform(0.92, 1.2), line + 1


def listing(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """A column of numbers, their left or right sides below one another, with words before them or a sum below."""
    unit = scribe.unit
    step, flush_right = float(random.uniform(1.2, 2.2)), random.random() < 0.5
    named, by_hand = random.random() < 0.35, random.random() < 0.5
    word_x = _start(random, sheet, unit)
    edge = word_x + (random.uniform(4, 9) * unit if named or flush_right else 0.0)
    y, line = random.uniform(0.3 if sheet.whole else -0.4, 2.0) * unit, 0
    longest, strength = int(random.integers(2, 10)), float(random.uniform(0.5, 1))
    while y < sheet.height - 0.3 * unit:
        if named:
            _name(
                sheet,
                scribe,
                random,
                (word_x, y, edge - word_x - unit, unit),
                line=line,
                by_hand=by_hand,
                strength=strength,
            )
        if random.random() < 0.92:
            written = scribe.number(longest=longest)
            x = edge - written.ink.shape[1] if flush_right else edge
            top = y + unit - written.baseline
            if sheet.is_free(_box(written.ink.shape, x, top)):
                sheet.write(written, (x + random.normal(0, 0.06) * unit, top), line=line)
        y, line = y + unit * step, line + 1
        if random.random() < 0.06:
            foot = y - unit * (step - 1) / 2
            sheet.rule((edge - 3 * unit, foot), (edge + 2 * unit, foot), thick=max(1, round(unit / 14)), by_hand=True)


def form(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """Printed labels, and numbers beside or below them, on rules, on dots, in boxes or on the bare paper."""
    unit = scribe.unit
    size = float(np.clip(unit * random.uniform(0.45, 1.1), 8, 40))
    face, strength = prints.random_face(random), float(random.uniform(0.5, 1))
    below, field = random.random() < 0.3, random.choice(["rule", "dots", "box", "none"], p=[0.45, 0.15, 0.2, 0.2])
    left, y, line = _start(random, sheet, unit), random.uniform(0, 1.2) * unit, 0
    beside = left + size * random.uniform(4, 9)
    if random.random() < 0.35:
        heading = prints.printed(prints.words(random, 2), random, size=size * random.uniform(1.2, 2))
        sheet.put_print(heading, (left, y), strength=strength)
        y += heading.shape[0] * 1.8
    columns = max(1, min(3, int(sheet.width / (beside - left + 7 * unit)))) if random.random() < 0.5 else 1
    pitch = sheet.width / columns
    while y < sheet.height:
        for column in range(columns):
            x = left + column * pitch
            layer = prints.printed(prints.label(random), random, size=size, face=face)
            sheet.put_print(layer, (x, y + (0 if below else unit - layer.shape[0])), strength=strength)
            at = (x, y + size * 1.3) if below else (max(x + beside - left, x + layer.shape[1] + size * 0.5), y)
            _field(
                sheet,
                scribe,
                random,
                (at[0], at[1], max(x + pitch - at[0] - 0.5 * unit, 2 * unit), unit),
                kind=str(field),
                line=line,
            )
        y, line = y + unit * random.uniform(1.7, 2.6) + (size * 1.3 if below else 0), line + 1


def slip(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """A cheque or a paying-in slip: lines with words written on them, an amount, a date, a signature, codes."""
    unit, line = scribe.unit, 0
    size = float(np.clip(unit * random.uniform(0.35, 0.7), 7, 24))
    face = prints.random_face(random)
    y, right = random.uniform(0.1, 1.0) * unit, sheet.width - random.uniform(-0.5, 2) * unit
    while y < sheet.height:
        sheet.put_print(
            prints.printed(prints.label(random), random, size=size, face=face),
            (random.uniform(0, 1) * unit, y + unit - size),
            strength=0.8,
        )
        foot = y + unit * 1.1
        sheet.rule(
            (unit * 0.5, foot),
            (sheet.width - 0.5 * unit, foot),
            strength=float(random.uniform(0.3, 1)),
            thick=max(1, round(unit / 25)),
        )
        amount = scribe.number(longest=14)
        x, top = right - amount.ink.shape[1], y + unit - amount.baseline
        if random.random() < 0.7 and sheet.is_free(_box(amount.ink.shape, x, top)):
            sheet.write(amount, (x, top), line=line)
            if random.random() < 0.4:
                box = (x - 0.4 * unit, y - 0.25 * unit, amount.ink.shape[1] + 0.8 * unit, unit * 1.5)
                boxes.box(sheet, box, pen=boxes.Pen.random(random, unit))
        x = size * 6
        while random.random() < 0.7 and x < right - 5 * unit:
            word = scribe.word()
            top = y + unit - word.baseline
            if not sheet.is_free(_box(word.ink.shape, x, top)):
                break
            sheet.write(word, (x, top), line=line)
            x += word.ink.shape[1] + unit * 0.7
        y, line = y + unit * random.uniform(1.5, 2.6), line + 1
    code = prints.printed(prints.figures(random) + "  " + prints.figures(random), random, size=size * 1.2)
    if sheet.is_free(_box(code.shape, unit, sheet.height - 2 * size)):
        sheet.put_print(code, (unit, sheet.height - 2 * size), strength=0.9)


def sparse(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """One number or two somewhere on an empty sheet, sometimes at an angle."""
    for line in range(int(random.choice([1, 2, 3], p=[0.6, 0.3, 0.1]))):
        written = scribe.number(longest=12, whole=random.random() < 0.8)
        at = random.uniform(0, 1, 2) * np.maximum(np.array([sheet.width, sheet.height]) - written.ink.shape[::-1], 1)
        if sheet.is_free(_box(written.ink.shape, float(at[0]), float(at[1])), margin=scribe.unit):
            angle = float(random.normal(0, 12)) if random.random() < 0.3 else 0.0
            sheet.write(written, (float(at[0]), float(at[1])), line=line, angle=angle)


def big(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """One digit or a short number that fills the sheet."""
    written = scribe.number(longest=int(random.integers(1, 7)), whole=True)
    room = np.array([sheet.width, sheet.height]) * random.uniform(0.45, 0.9)
    scale = min(float((room / written.ink.shape[::-1]).min()), 0.7 * sheet.height / written.height)
    if scale > 1.15:
        scribe.unit *= scale / 1.08
        written = scribe.write(written.text)
    spare = np.array([sheet.width, sheet.height]) - written.ink.shape[::-1]
    at = spare / 2 + random.uniform(-0.3, 0.3, 2) * np.maximum(spare, 0)
    sheet.write(written, (float(at[0]), float(at[1])), line=0)


def strip(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """One number or a few that fill a low sheet, as somebody cut them out: a field of a form, an amount."""
    for _ in range(5):
        written = scribe.number(longest=max(1, int(sheet.width / scribe.unit * 1.4)))
        h, w = written.ink.shape
        if w <= sheet.width and h <= 1.1 * sheet.height:
            x = (sheet.width - w) * random.uniform(0, 1)
            y = (sheet.height - h) * float(np.clip(random.normal(0.5, 0.2), 0, 1))
            sheet.whole = False  # a tail may be cut
            if random.random() < 0.3:
                foot = y + written.baseline + 0.15 * scribe.unit
                sheet.rule((0, foot), (sheet.width, foot), strength=float(random.uniform(0.3, 1)))
            sheet.write(written, (x, y), line=0)
            return


ARRANGEMENTS: dict[str, Arrangement] = {
    "notes": Arrangement(notes, 0.2),
    "list": Arrangement(listing, 0.11),
    "form": Arrangement(form, 0.13, (0.02, 0.14)),
    "comb": Arrangement(boxes.combs, 0.12, (0.02, 0.14)),
    "squares": Arrangement(boxes.squares, 0.05, (0.02, 0.12)),
    "table": Arrangement(grids.table, 0.14, (0.02, 0.14)),
    "columns": Arrangement(grids.columns, 0.06, (0.02, 0.15)),
    "slip": Arrangement(slip, 0.07, (0.03, 0.2)),
    "sparse": Arrangement(sparse, 0.07, (0.01, 0.15)),
    "strip": Arrangement(strip, 0.06, (0.45, 0.85)),
    "big": Arrangement(big, 0.04, (0.15, 0.3)),
    "nothing": Arrangement(clutter.nothing, 0.19, (0.02, 0.2)),
}
"""All kinds of pages; the shares are relative."""


def _start(random: np.random.Generator, sheet: Sheet, unit: float) -> float:
    """Where lines begin: near the left side, cut by it now and then, or further in."""
    return float(
        random.uniform(-0.5, 1.2) * unit if random.random() < 0.7 else random.uniform(0.02, 0.45) * sheet.width
    )


def _underline(sheet: Sheet, random: np.random.Generator, at: tuple[float, float], unit: float) -> None:
    """One stroke by hand below what was just written, or two."""
    thick = max(1, round(unit * random.uniform(0.03, 0.1)))
    for stroke in range(int(random.integers(1, 3))):
        y = at[1] + unit * (0.22 + 0.15 * stroke)
        start, end = at[0] - unit * random.uniform(1, 3), at[0] + unit * random.uniform(-0.5, 0.5)
        sheet.rule((start, y), (end, y + unit * random.normal(0, 0.08)), thick=thick, by_hand=True)


def _box(shape: tuple[int, ...], x: float, y: float) -> Rectangle:
    return (x, y, float(shape[1]), float(shape[0]))


def _name(
    sheet: Sheet,
    scribe: Scribe,
    random: np.random.Generator,
    room: Rectangle,
    *,
    line: int,
    by_hand: bool,
    strength: float,
) -> None:
    """A word before a number of a list, as far as there is room for it."""
    x, y, wide, unit = room
    if by_hand:
        word = scribe.word()
        if word.ink.shape[1] < wide:
            sheet.write(word, (x, y + unit - word.baseline), line=line)
    else:
        layer = prints.printed(prints.label(random), random, size=max(8, unit * 0.7))
        if layer.shape[1] < wide:
            sheet.put_print(layer, (x, y + unit - layer.shape[0]), strength=strength)


def _field(sheet: Sheet, scribe: Scribe, random: np.random.Generator, room: Rectangle, *, kind: str, line: int) -> None:
    """What a form has to write on, and what was written there: a number, a word, nothing."""
    x, y, wide, unit = room
    foot, strength = y + unit * 1.12, float(random.uniform(0.3, 1))
    if kind == "rule":
        sheet.rule((x, foot), (x + wide, foot), strength=strength)
    elif kind == "dots":
        for at in np.arange(x, x + wide, max(3.0, unit / 7)):
            sheet.rule((float(at), foot), (float(at), foot), strength=strength)
    elif kind == "box":
        boxes.box(
            sheet, (x - 0.2 * unit, y - 0.25 * unit, wide + 0.2 * unit, unit * 1.5), pen=boxes.Pen.random(random, unit)
        )
    written = scribe.word() if random.random() < 0.15 else scribe.number(longest=max(2, int(wide / unit * 1.5)))
    x += random.uniform(0, 0.6) * unit
    fits = written.ink.shape[1] < wide * 1.1 and sheet.is_free(_box(written.ink.shape, x, foot - written.ink.shape[0]))
    if fits and random.random() < 0.82:
        sheet.write(written, (x, foot - 0.1 * unit - written.baseline + random.normal(0, 0.08) * unit), line=line)
