"""Tables that say what pictures show: "file,label", one line each.

In: the files of a data set. Out: which of them are such tables, and the digit of each picture that they name. Reads no
picture.
"""

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import PurePosixPath

from inkdigit.data.naming import ROLE_WORDS, digit_of
from inkdigit.data.tree import Tree
from inkdigit.errors import BadInput

ENDINGS = (".csv", ".tsv")
MOST_COLUMNS = 32
"""A table of pixels has 64 columns at least."""

LARGEST_TABLE = 64 << 20
LONGEST_START = 1 << 16
WHAT = "cannot use table"
LABEL_WORDS = {"digit", "number", "value", *(word for word, role in ROLE_WORDS.items() if role == "labels")}

Row = Sequence[str]


def find(tree: Tree, names: Sequence[str]) -> list[str]:
    """Which files are tables with few columns."""
    return [name for name in names if name.lower().endswith(ENDINGS) and 1 < _columns(tree, name) <= MOST_COLUMNS]


def _columns(tree: Tree, name: str) -> int:
    try:
        start = tree.read(name, LARGEST_TABLE)[:LONGEST_START]
    except BadInput:
        return 0  # too large for a table of names; whoever reads it will say what is wrong
    first = start.decode("utf-8-sig", "replace").partition("\n")[0]
    return len(next(csv.reader([first], delimiter=_delimiter(first)), []))


def _delimiter(line: str) -> str:
    return max(",;\t", key=line.count)


def read(tree: Tree, tables: Sequence[str], pictures: Sequence[str]) -> dict[str, int]:
    """What tables say of pictures; a table that names none of them is no such table.

    Raises:
        BadInput: It names pictures, but it is not clear which column is their label, or a label is no digit.
    """
    found: dict[str, int] = {}
    by_name = _by_name(pictures)
    for table in tables:
        text = tree.read(table, LARGEST_TABLE).decode("utf-8-sig", "replace")
        rows = [row for row in csv.reader(io.StringIO(text), delimiter=_delimiter(text.partition("\n")[0])) if row]
        found |= _labels(rows, by_name, where=tree.root / table)
    return found


def _by_name(pictures: Sequence[str]) -> dict[str, str]:
    """Pictures by their whole names, their ends, and these without ending; a name that several have is nobody's."""
    found: dict[str, str] = {}
    for picture in pictures:
        parts = PurePosixPath(picture).parts
        ends = ["/".join(parts[i:]) for i in range(len(parts))]
        for end in {*ends, *(str(PurePosixPath(end).with_suffix("")) for end in ends)}:
            found[end] = "" if end in found else picture
    return {name: picture for name, picture in found.items() if picture}


def _labels(rows: Sequence[Row], pictures: Mapping[str, str], *, where: object) -> dict[str, int]:
    width = min((len(row) for row in rows), default=0)
    # Distinct ones: where pictures are called 0.png to 119.png, a column of digits names ten of them again and again.
    named = [len({_plain(row[i]) for row in rows} & pictures.keys()) for i in range(width)]
    if not named or max(named) < 0.5 * (len(rows) - 1) or not max(named):
        return {}
    column = named.index(max(named))
    label = _label_column(rows, width, column, where=where)
    found = {}
    for i, row in enumerate(rows):
        if picture := pictures.get(_plain(row[column])):
            digit = digit_of(row[label].removesuffix(".0"))
            if digit is None:
                raise BadInput(WHAT, where, f'label "{row[label][:32]}" in line {i + 1:,}; expected 0 to 9')
            found[picture] = digit
    return found


def _label_column(rows: Sequence[Row], width: int, files: int, *, where: object) -> int:
    """The only other column, or the only one called so, or the only one that holds nothing but digits."""
    others = [i for i in range(width) if i != files]
    if len(others) == 1:
        return others[0]
    called = [i for i in others if rows[0][i].strip().lower() in LABEL_WORDS]
    digits = [i for i in others if all(digit_of(row[i].removesuffix(".0")) is not None for row in rows[1:])]
    for choice in (called, digits):
        if len(choice) == 1:
            return choice[0]
    raise BadInput(WHAT, where, "which column is the label?", hint='call it "label"')


def _plain(name: str) -> str:
    return name.strip().replace("\\", "/").removeprefix("./")
