"""Tables of nothing but whole numbers from 0 to 255, read many times faster than tables of any numbers.

In: the rows of a table, as bytes, and what stands between cells. Out: the numbers, or None for a table that holds
anything else, which then is read in another way. Does not know what the numbers mean.

42,000 rows of 785 columns take 0.7 s, by `np.loadtxt` 4.8 s, two other programs beside it.
"""

from collections.abc import Iterator

import numpy as np

from inkdigit.shapes import UInt8

PIECE = 1 << 22
"""Bytes that are looked at together, or a line, if that is longer."""

NEWLINE, ZERO, NINE = b"\n"[0], b"0"[0], b"9"[0]


def whole_numbers(rows: bytes, delimiter: str) -> UInt8[np.ndarray, "n columns"] | None:
    """Read rows that all have as many cells, of one to three digits each.

    >>> whole_numbers(b"7,0,255\\n1,20,3\\n", ",").tolist()
    [[7, 0, 255], [1, 20, 3]]
    >>> whole_numbers(b"7,0,256", ","), whole_numbers(b"7,0.5", ",")
    (None, None)
    """
    rows = rows.replace(b"\r\n", b"\n").rstrip(b"\n") + b"\n"
    columns = rows[: rows.index(b"\n")].count(delimiter.encode()) + 1
    found = []
    for piece in _lines(rows):
        values = _cells(piece, delimiter.encode()[0], columns)
        if values is None:
            return None
        found.append(values)
    return np.concatenate(found)


def _lines(rows: bytes) -> Iterator[bytes]:
    """Pieces that end with a line."""
    start = 0
    while start < len(rows):
        end = rows.find(b"\n", min(start + PIECE, len(rows) - 1)) + 1
        yield rows[start:end]
        start = end


def _cells(piece: bytes, delimiter: int, columns: int) -> UInt8[np.ndarray, "_ columns"] | None:
    given = np.frombuffer(piece, np.uint8)
    is_digit = (given >= ZERO) & (given <= NINE)
    ends = np.flatnonzero(~is_digit)
    length = np.diff(ends, prepend=-1) - 1
    if len(ends) % columns or length.min() < 1 or length.max() > 3:
        return None
    between = given[ends].reshape(-1, columns)
    if (between[:, -1] != NEWLINE).any() or (between[:, :-1] != delimiter).any():
        return None
    values = given[ends - 1].astype(np.uint16) - ZERO
    for place, factor in ((2, 10), (3, 100)):
        longer = length >= place
        values[longer] += factor * (given[ends[longer] - place].astype(np.uint16) - ZERO)
    return None if values.max() > 255 else values.astype(np.uint8).reshape(-1, columns)
