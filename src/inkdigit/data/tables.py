"""Tables of pixels, as Kaggle has them: CSV with a row per image, a label first or last, with or without a header.

In: the bytes of a .csv or .tsv file, or of a packed one. Out: images, and labels where there are any. Columns are found
by the header where there is one, else by their number and values. Does not know what an image shows.
"""

import csv
import io
import math
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inkdigit.data.arrays import SMALLEST_SIDE, grey_levels, stacked
from inkdigit.data.labelled import LARGEST_FILE
from inkdigit.data.naming import ROLE_WORDS, Meaning, digit_of
from inkdigit.data.packed import unpacked
from inkdigit.data.pieces import Piece
from inkdigit.data.whole_numbers import whole_numbers
from inkdigit.errors import BadInput
from inkdigit.files import read_regular
from inkdigit.shapes import Int64, Shaped, UInt8

WHAT = "cannot read table"
EXPECTED = "a row per image, with a label and its pixels: label,pixel0,...,pixel783"
LABEL_WORDS = {"digit", "number", *(word for word, role in ROLE_WORDS.items() if role == "labels")}
COUNTERS = {"id", "index", "imageid", "image_id", "unnamed: 0", ""}
"""Columns that count the rows."""

NUMBER = re.compile(r"\s*[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?\s*", re.ASCII)
LONGEST_LINE = 1 << 24
Cells = Sequence[str]
Numbers = Shaped[np.ndarray, "_ columns"]
"""uint8 where all are whole numbers from 0 to 255, else float32."""


@dataclass(frozen=True, eq=False)
class Columns:
    """Which columns of a table are pixels, in the order of the image, and which is the label, if any."""

    pixels: Int64[np.ndarray, " pixels"]
    label: int | None


def pieces(data: bytes, *, name: str, meaning: Meaning, where: object) -> list[Piece]:
    """The images of a table and their labels; a table with few columns holds none."""
    rows, first = _opened(data, where)
    if len(first) < SMALLEST_SIDE**2:
        return []
    images, labels = _read(rows, first, where)
    found = [Piece(name, images, "images", meaning.part, meaning.group)]
    return found if labels is None else [*found, Piece(name, labels, "labels", meaning.part, meaning.group)]


def load_images(path: Path) -> UInt8[np.ndarray, "n height width"]:
    """The images of a table; labels are passed over.

    Raises:
        BadInput: It is no table of pixels, or is damaged.
    """
    rows, first = _opened(read_regular(path, limit=LARGEST_FILE, what=WHAT), path)
    images = _read(rows, first, path)[0]
    return grey_levels([stacked(images, where=path)], where=path)[0]


def _opened(data: bytes, where: object) -> tuple[bytes, Cells]:
    """The lines of a table, and the cells of the first."""
    rows = unpacked(data, where=where, what=WHAT).removeprefix(BOM_UTF8).lstrip()
    if not rows:
        raise BadInput(WHAT, where, "is empty")
    return rows, _cells(_line(rows, 0))


def _line(rows: bytes, number: int) -> str:
    """The first or the second line."""
    return [*rows[:LONGEST_LINE].split(b"\n", 2), b""][number].decode("utf-8", "replace").rstrip("\r")


def _delimiter(line: str) -> str | None:
    """What stands between cells; None for spaces."""
    best = max(",;\t", key=line.count)
    return best if best in line else None


def _cells(line: str) -> Cells:
    delimiter = _delimiter(line)
    try:
        return line.split() if delimiter is None else next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:  # a cell of more than 131,072 characters
        return []


def _read(
    rows: bytes, first: Cells, where: object
) -> tuple[Shaped[np.ndarray, "n pixels"], Shaped[np.ndarray, " n"] | None]:
    header = first if is_header(first) else None
    values = _numbers(rows, where, start=1 if header else 0)
    columns = _by_header(header, values, where) if header else _by_values(values, range(values.shape[1]), where)
    labels = None if columns.label is None else values[:, columns.label]
    return np.ascontiguousarray(values[:, columns.pixels]), labels


def _numbers(rows: bytes, where: object, *, start: int) -> Numbers:
    """The cells as numbers; a label in words stands for its digit."""
    delimiter = _delimiter(_line(rows, 0))
    body = rows.partition(b"\n")[2] if start else rows
    if not body.strip():
        raise BadInput(WHAT, where, "holds no images")
    found = whole_numbers(body, delimiter) if delimiter else None
    if found is not None:
        return found
    try:
        return np.loadtxt(
            io.BytesIO(body), np.float32, delimiter=delimiter, comments=None, quotechar='"', ndmin=2, encoding="utf-8",
            converters=dict(_words(_line(body, 0))) or None,
        )  # fmt: skip
    except (ValueError, OverflowError, RuntimeError) as error:
        why = str(error).partition(";")[0].replace("\n", " ")[:120]
        raise BadInput(WHAT, where, why[:1].lower() + why[1:], hint=f"expected {EXPECTED}") from error


def _words(line: str) -> Iterator[tuple[int | str, Callable[[str], float]]]:
    """How the columns are read that hold words: the label, as "seven"."""
    for i, cell in enumerate(_cells(line)):
        if not NUMBER.fullmatch(cell) and digit_of(cell) is not None:
            yield i, _digit


def _digit(word: str) -> float:
    digit = digit_of(word.strip('"'))
    if digit is None:
        raise ValueError(f'label "{word[:32]}"')
    return float(digit)


def is_header(cells: Cells) -> bool:
    """Whether the first line names the columns, or counts them as pandas does.

    >>> is_header(["label", "pixel0"]), is_header(["0", "1", "2", "3"]), is_header(["7", "0", "0"])
    (True, True, False)
    """
    words = [cell for cell in cells if not NUMBER.fullmatch(cell)]
    if len(words) > 1 or any(digit_of(word) is None for word in words):
        return True
    return len(cells) > 3 and [cell.strip() for cell in cells] == [str(i) for i in range(len(cells))]


def _by_header(header: Cells, values: Numbers, where: object) -> Columns:
    names = [cell.strip().lower() for cell in header]
    if len(names) != values.shape[1]:
        raise BadInput(WHAT, where, f"{len(names):,} columns in its header, {values.shape[1]:,} in its rows")
    labels = [i for i, name in enumerate(names) if name in LABEL_WORDS]
    if len(labels) > 1:
        raise BadInput(WHAT, where, f"{' and '.join(names[i] for i in labels[:3])}: which column is the label?",
                       hint='call it "label"')  # fmt: skip
    others = [i for i, name in enumerate(names) if i not in labels and name not in COUNTERS]
    if not labels:
        return _by_values(values, others, where)
    return Columns(_in_order(names, others, where), labels[0])


def _in_order(names: Sequence[str], pixels: Sequence[int], where: object) -> Int64[np.ndarray, " pixels"]:
    """The columns of pixels in the order that their names say: pixel0, pixel1, ...; 1x1, 1x2, ...; else as they are."""
    if math.isqrt(len(pixels)) ** 2 != len(pixels):
        raise BadInput(
            WHAT, where, f"{len(pixels):,} columns of pixels, which is no square", hint=f"expected {EXPECTED}"
        )
    found = [tuple(map(int, re.findall(r"\d{1,9}", names[i], re.ASCII))) for i in pixels]
    is_said = len({len(one) for one in found}) == 1 and len(found[0]) in {1, 2} and len(set(found)) == len(found)
    order = sorted(range(len(pixels)), key=lambda i: found[i]) if is_said else range(len(pixels))
    return np.array([pixels[i] for i in order], np.int64)


def _by_values(values: Numbers, columns: Sequence[int], where: object) -> Columns:
    """Without names: a square number of columns are pixels, one more is the label, first or last."""
    n = len(columns)
    if math.isqrt(n) ** 2 == n:
        return Columns(np.array(columns, np.int64), None)
    if math.isqrt(n - 1) ** 2 != n - 1:
        raise BadInput(WHAT, where, f"{n:,} columns", hint=f"expected {EXPECTED}")
    first, last = (_may_be_label(values[:, columns[i]]) for i in (0, -1))
    if first == last:
        why = "the label may be its first or its last column" if first else "neither its first nor its last is a label"
        raise BadInput(WHAT, where, why, hint='give it a header: "label"')
    pixels = columns[1:] if first else columns[:-1]
    return Columns(np.array(pixels, np.int64), columns[0] if first else columns[-1])


def _may_be_label(values: Shaped[np.ndarray, " n"]) -> bool:
    """Whether all are digits, and not all 0, as the pixels in a corner are."""
    return bool(np.isin(values, range(10)).all() and values.any())
