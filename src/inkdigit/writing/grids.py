"""Numbers in ruled tables and in columns without rules.

In: an empty sheet, a scribe and a random generator. Out: the sheet, written on, with its walls and its cells. Knows
nothing of papers and of cameras.
"""

from dataclasses import dataclass

import numpy as np

from inkdigit.writing import print as prints
from inkdigit.writing.boxes import Pen
from inkdigit.writing.scribe import Scribe
from inkdigit.writing.sheet import Cell, Rectangle, Sheet


@dataclass(frozen=True)
class Lattice:
    """Where the rows and the columns of a table begin, and where the last ends.

    Args:
        rows: Their upper sides, pixels, and the foot of the last.
        columns: Their left sides, and the right side of the last.
        inset: How far from a cell's sides everything stays.
    """

    rows: tuple[float, ...]
    columns: tuple[float, ...]
    inset: float = 0.0

    def room(self, cell: Cell) -> Rectangle:
        """The place within a cell."""
        row, column = cell
        x, y = self.columns[column] + self.inset, self.rows[row]
        return (x, y, self.columns[column + 1] - self.inset - x, self.rows[row + 1] - y)

    @property
    def cells(self) -> list[Cell]:
        """All of them, row by row."""
        return [(row, column) for row in range(len(self.rows) - 1) for column in range(len(self.columns) - 1)]


def table(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """A ruled table: perhaps a printed header, perhaps words in its first column, many cells empty."""
    lattice = _lattice(sheet, scribe, random)
    _rule(sheet, scribe, random, lattice, pen=Pen.random(random, scribe.unit))
    _fill(sheet, scribe, random, lattice)


def columns(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """The same without rules: numbers below one another in columns."""
    _fill(sheet, scribe, random, _lattice(sheet, scribe, random, inset=0.35 * scribe.unit))


def empty_table(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """A ruled table with nothing in it but, perhaps, a header."""
    lattice = _lattice(sheet, scribe, random)
    _rule(sheet, scribe, random, lattice, pen=Pen.random(random, scribe.unit))
    face = prints.random_face(random)
    for cell in lattice.cells[: len(lattice.columns) - 1]:
        if random.random() < 0.5:
            _print_in(sheet, random, lattice.room(cell), face=face, size=scribe.unit * 0.7)


def _lattice(sheet: Sheet, scribe: Scribe, random: np.random.Generator, *, inset: float = 0.0) -> Lattice:
    """Rows and columns: within a whole sheet, perhaps below a heading, or on a part of one and cut by its sides."""
    unit, whole = scribe.unit, sheet.whole or random.random() < 0.3
    high = unit / random.uniform(0.42, 0.75)
    margin = unit * random.uniform(0.3, 2)
    x, y = (margin, margin) if whole else (random.uniform(-2.5, 1) * unit, random.uniform(-2.5, 1) * unit)
    if whole and random.random() < 0.4:
        y += _heading(sheet, random, (x, y), size=float(np.clip(unit * random.uniform(0.6, 1.2), 8, 40)))
    edge = margin if whole else -high
    count = min(max(1, int((sheet.height - edge - y) / high)), int(random.integers(2, 12)) if whole else 99)
    rows = [y + high * row for row in range(count + 1)]
    even, usual = random.random() < 0.5, random.uniform(1.6, 6) * unit
    sides = [x]
    while sides[-1] < sheet.width and len(sides) < 40:
        wide = (usual if even else random.uniform(1.5, 6.5) * unit) + 2 * inset
        if len(sides) > 1 and sides[-1] + wide > sheet.width - (margin if whole else -wide):
            break
        sides.append(sides[-1] + wide)
    return Lattice(tuple(map(float, rows)), tuple(map(float, sides)), inset)


def _heading(sheet: Sheet, random: np.random.Generator, at: tuple[float, float], *, size: float) -> float:
    """A printed line or two above a table, and how high they are."""
    y = at[1]
    for _ in range(int(random.integers(1, 4))):
        layer = prints.printed(prints.words(random, int(random.integers(1, 6))), random, size=size)
        sheet.put_print(layer[:, : max(1, int(sheet.width - at[0]))], (at[0], y), strength=0.9)
        y += size * 1.6
    return y - at[1]


def _rule(sheet: Sheet, scribe: Scribe, random: np.random.Generator, lattice: Lattice, *, pen: Pen) -> None:
    """Draw the rules of a table: all, or only those between its rows or its columns."""
    which = str(random.choice(["all", "rows", "columns"], p=[0.84, 0.1, 0.06]))
    rows, sides = lattice.rows, lattice.columns
    lines = [((sides[0], y), (sides[-1], y)) for i, y in enumerate(rows) if which != "columns" or i in (0, 1)]
    upright = sides if which != "rows" else (sides[0], sides[-1]) if random.random() < 0.5 else ()
    lines += [((x, rows[0]), (x, rows[-1])) for x in upright]
    wobble = scribe.unit * 0.05 if pen.by_hand else 0.0
    for start, end in lines:
        off = random.normal(0, wobble, 4) if wobble else np.zeros(4)
        first, last = (start[0] + off[0], start[1] + off[1]), (end[0] + off[2], end[1] + off[3])
        sheet.wall(first, last, thick=pen.thick, strength=pen.strength, by_hand=pen.by_hand)
    if random.random() < 0.12:  # a grey header
        sheet.shade((sides[0], rows[0], sides[-1] - sides[0], rows[1] - rows[0]), int(random.integers(15, 90)))


def _fill(sheet: Sheet, scribe: Scribe, random: np.random.Generator, lattice: Lattice) -> None:
    """Write in the cells: words in the first row or column, perhaps, numbers in most others."""
    header, named = random.random() < 0.4, random.random() < 0.35
    printed_names, empty = random.random() < 0.7, random.uniform(0.08, 0.5)
    side = str(random.choice(["left", "middle", "right", "any"]))
    face, size = prints.random_face(random), float(np.clip(scribe.unit * random.uniform(0.5, 0.9), 7, 30))
    for cell in lattice.cells:
        x, y, wide, high = room = lattice.room(cell)
        outside = x > sheet.width or y > sheet.height or x + wide < 0 or y + high < 0
        if outside or random.random() < empty * (0.4 if header and cell[0] == 0 else 1):
            continue
        if (header and cell[0] == 0) or (named and cell[1] == 0 and printed_names):
            _print_in(sheet, random, room, face=face, size=size)
        else:
            is_word = (named and cell[1] == 0) or random.random() < 0.07
            _write_in(sheet, scribe, random, room, cell=cell, side=side, is_word=is_word)


def _print_in(sheet: Sheet, random: np.random.Generator, room: Rectangle, *, face: str, size: float) -> None:
    """A printed word in a cell, or a printed number, cut where the cell ends."""
    text = prints.words(random, 1) if random.random() < 0.85 else prints.figures(random)
    layer = prints.printed(text, random, size=min(size, room[3] * 0.7), face=face)[:, : max(1, int(room[2] * 0.9))]
    sheet.put_print(layer, (room[0] + room[2] * 0.06, room[1] + (room[3] - layer.shape[0]) / 2), strength=0.9)


def _write_in(
    sheet: Sheet, scribe: Scribe, random: np.random.Generator, room: Rectangle, *, cell: Cell, side: str, is_word: bool
) -> None:
    """A number or a word in a cell, or a single digit where it has no room; hardly anything over its walls."""
    x, y, wide, high = room
    longest = max(1, int(wide / scribe.unit * 1.6))
    written = scribe.word() if is_word else scribe.number(longest=longest, whole=random.random() < 0.9)
    if not is_word and (written.ink.shape[1] > 1.03 * wide or written.ink.shape[0] > 1.15 * high):
        written = scribe.digit()
    h, w = written.ink.shape
    if w > 1.03 * wide or h > 1.15 * high:
        return
    share = {
        "left": random.uniform(0.02, 0.15),
        "middle": random.normal(0.5, 0.08),
        "right": random.uniform(0.85, 0.98),
    }.get(side, random.uniform(0.02, 0.98))
    down = (high - h) * float(np.clip(random.normal(0.55, 0.15), 0.02, 0.98))
    sheet.write(written, (x + (wide - w) * float(share), y + down), line=cell[0], cell=cell)
