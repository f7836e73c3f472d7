"""NumPy's .npy files: one array each.

In: the bytes of a file. Out: its array. The size that the header declares is compared with what there is before
anything is made of it, and no pickle is ever read. Does not know what the numbers mean.
"""

import io
import math
import warnings
from typing import Any, Literal

import numpy as np
from numpy.lib import format as npy

from inkdigit.data.naming import Meaning
from inkdigit.data.pieces import Piece
from inkdigit.errors import BadInput
from inkdigit.shapes import Shaped

LONGEST_HEADER = 1 << 12
HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
"""By version of the format; the third differs in the names of fields, which no image has."""

LONGEST_WORD = 256
"""Bytes of a label that is a word."""


def pieces(data: bytes, *, name: str, meaning: Meaning, where: object) -> list[Piece]:
    """The array of a file as images or labels, by the file's name or by its shape."""
    try:
        values = array(data)
    except ValueError as error:
        raise BadInput("cannot read array", where, str(error)) from error
    is_flat = values.ndim == 1 or (values.ndim == 2 and (1 in values.shape or values.shape[1] == 10))
    return [Piece(name, values, meaning.role or ("labels" if is_flat else "images"), meaning.part, meaning.group)]


def array(data: bytes) -> Shaped[np.ndarray, "..."]:
    """The array of a file.

    Raises:
        ValueError: It is none, does not hold numbers or words, or has another size than its header says.
    """
    dtype, shape, order, start = header(data[:LONGEST_HEADER])
    declared = start + dtype.itemsize * math.prod(shape)
    if declared != len(data):
        raise ValueError(f"declares {declared:,} bytes, and has {len(data):,}")
    return np.frombuffer(data, dtype, offset=start).reshape(shape, order=order)


def header(start: bytes) -> tuple[np.dtype[Any], tuple[int, ...], Literal["C", "F"], int]:
    """Read a header: type, shape, order, and where the values begin.

    Raises:
        ValueError: It is none, or does not describe numbers or words.
    """
    stream = io.BytesIO(start)
    try:
        read = HEADERS[npy.read_magic(stream)]
        with warnings.catch_warnings(action="ignore"):  # of a header that Python 2 wrote
            shape, is_fortran, dtype = read(stream, LONGEST_HEADER)
    except Exception as error:  # NumPy parses Python: a tokenizer, a compiler and three checks fail in their own ways
        raise ValueError("its header does not describe an array of numbers") from error
    is_word = dtype.kind in "US" and 0 < dtype.itemsize <= LONGEST_WORD
    is_number = dtype.kind in "uifb" and dtype.itemsize <= 8
    if not (is_word or is_number) or not all(0 <= side < 1 << 40 for side in shape):
        raise ValueError("its header does not describe an array of numbers")
    return dtype, shape, "F" if is_fortran else "C", stream.tell()
