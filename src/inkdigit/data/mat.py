"""MATLAB's .mat files of version 5 to 7.2, as SVHN, USPS, EMNIST and old copies of MNIST come.

In: the bytes of a file. Out: its images and labels. Reads arrays of numbers and text, and structures of these; all else
is passed over. Every size is compared with what the file holds before anything is made of it. Version 7.3 is HDF5, and
is refused by name. Does not know what the arrays mean.

Read by hand, for SciPy's reader ends the process on some damaged files. The format: "MAT-File Format", MathWorks; after
a header of 128 bytes elements of a type, a size and as many bytes, of which a matrix (flags, dimensions, name, values)
or a packed matrix is one.
"""

import math
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from inkdigit.data.labelled import LARGEST_FILE
from inkdigit.data.naming import Meaning
from inkdigit.data.pieces import Piece, named_pieces
from inkdigit.errors import BadInput
from inkdigit.shapes import Shaped

WHAT = "cannot read .mat file"
HDF5 = b"\x89HDF"
HEADER = 128
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
"""How values are stored, by the type of their element."""

MATRIX, PACKED = 14, 15
STRUCTURE, TEXT, NUMERIC = 2, 4, range(6, 16)
"""Classes of a matrix: a structure, text, numbers of any kind."""

TEXTS = {1: "latin-1", 2: "latin-1", 4: "utf-16", 16: "utf-8", 17: "utf-16"}
MOST_FIELDS, LONGEST_FIELD, MOST_DIMENSIONS = 256, 64, 8
DEEPEST = 4
"""Structures in one another; EMNIST has three."""

Arrays = dict[str, Shaped[np.ndarray, "..."]]


class Element(NamedTuple):
    """A part of a file: what it is, and its bytes."""

    kind: int
    data: memoryview


def pieces(data: bytes, *, name: str, meaning: Meaning, where: object) -> list[Piece]:
    """The images and labels of a file, told by the names of its variables and of their fields.

    Raises:
        BadInput: It is of another version, damaged, or too large.
    """
    if HDF5 in (data[:4], data[512:516]) or b"MATLAB 7.3" in data[:HEADER]:
        raise BadInput(WHAT, where, "is of version 7.3", hint="save it in MATLAB with -v7")
    try:
        arrays = variables(data)
    except (ValueError, struct.error, zlib.error) as error:
        raise BadInput(WHAT, where, f"is damaged, or no .mat file ({error})") from error
    found = named_pieces(arrays, part=meaning.part, group=meaning.group, matlab=True)
    if not found:
        names = ", ".join(sorted(arrays)[:8]) or "nothing"
        raise BadInput(WHAT, where, f"expected images and labels, X and y, or data and label; found {names}")
    return found


def variables(data: bytes) -> Arrays:
    """The arrays of numbers and text in a file; those in a structure with the names of the fields before them.

    Raises:
        ValueError: Its form is not as the format says, or it unpacks to too much.
    """
    if data[126:128] not in {b"IM", b"MI"}:
        raise ValueError("its header is not that of version 5")
    reader, found = Reader("<" if data[126:128] == b"IM" else ">"), Arrays()
    for element in reader.elements(memoryview(data)[HEADER:]):
        for matrix in reader.unpacked(element):
            found |= reader.arrays(matrix, "", depth=0)
    return found


@dataclass
class Reader:
    """Reads the elements of a file of one byte order, and unpacks no more than a bound in all."""

    order: str
    left: int = LARGEST_FILE

    def elements(self, data: memoryview) -> Iterator[Element]:
        """The elements that follow each other."""
        place = 0
        while place + 8 <= len(data):
            first, size = struct.unpack_from(f"{self.order}II", data, place)
            if first >> 16:  # up to four bytes, within the eight that else say type and size
                yield Element(first & 0xFFFF, data[place + 4 : place + 4 + min(first >> 16, 4)])
                place += 8
                continue
            if size > len(data) - place - 8:
                raise ValueError(f"an element of {size:,} bytes, where {len(data) - place - 8:,} are left")
            yield Element(first, data[place + 8 : place + 8 + size])
            place += 8 + size + (0 if first == PACKED else -size % 8)

    def unpacked(self, element: Element) -> Iterator[memoryview]:
        """The matrices that an element holds."""
        if element.kind == MATRIX:
            yield element.data
        elif element.kind == PACKED:
            content = zlib.decompressobj().decompress(element.data, self.left + 1)
            self.left -= len(content)
            if self.left < 0:
                raise ValueError(f"unpacks to more than {LARGEST_FILE:,} bytes")
            yield from (one.data for one in self.elements(memoryview(content)) if one.kind == MATRIX)

    def arrays(self, matrix: memoryview, name: str, *, depth: int) -> Arrays:
        """The arrays of a matrix: itself, or those in its fields."""
        parts = self.elements(matrix)
        flags, dimensions, named = (next(parts, None) for _ in range(3))
        if flags is None or dimensions is None or named is None or len(flags.data) < 4:
            return {}  # an empty matrix has no more than its tag
        kind = int(struct.unpack_from(f"{self.order}I", flags.data)[0]) & 0xFF
        shape = self._shape(dimensions)
        name = name or bytes(named.data).decode("latin-1")
        if kind == STRUCTURE and math.prod(shape) == 1 and depth < DEEPEST:
            return self._fields(parts, name, depth=depth)
        values = next(parts, None)
        if values is None or math.prod(shape) < 2:
            return {}
        if kind in NUMERIC and values.kind in NUMBERS:
            return {name: self._numbers(values, shape)}
        return {name: self._words(values, shape)} if kind == TEXT and values.kind in TEXTS else {}

    def _shape(self, dimensions: Element) -> tuple[int, ...]:
        count = len(dimensions.data) // 4
        shape = struct.unpack_from(f"{self.order}{min(count, MOST_DIMENSIONS)}i", dimensions.data)
        if not 1 < count <= MOST_DIMENSIONS or min(shape) < 0:
            raise ValueError(f"a matrix of {count} dimensions, or of a negative size")
        return shape

    def _fields(self, parts: Iterator[Element], name: str, *, depth: int) -> Arrays:
        """The arrays of a structure; its own name is only that of the data, those of the ones within are part of it."""
        length, names = next(parts, None), next(parts, None)
        if length is None or names is None or len(length.data) < 4:
            raise ValueError("a structure without names")
        step = int(struct.unpack_from(f"{self.order}i", length.data)[0])
        if not 0 < step <= LONGEST_FIELD or len(names.data) > MOST_FIELDS * step:
            raise ValueError("a structure with too many or too long names")
        found = Arrays()
        for start in range(0, len(names.data), step):
            field, value = (
                bytes(names.data[start : start + step]).partition(b"\0")[0].decode("latin-1"),
                next(parts, None),
            )
            if value is not None and value.kind == MATRIX:
                found |= self.arrays(value.data, f"{name} {field}" if depth else field, depth=depth + 1)
        return found

    def _numbers(self, values: Element, shape: tuple[int, ...]) -> Shaped[np.ndarray, "..."]:
        stored = np.dtype(self.order + NUMBERS[values.kind])
        if len(values.data) != math.prod(shape) * stored.itemsize:
            raise ValueError(f"{len(values.data):,} bytes for a matrix of {shape}")
        return np.frombuffer(values.data, stored).reshape(shape, order="F")

    def _words(self, values: Element, shape: tuple[int, ...]) -> Shaped[np.ndarray, " n"]:
        """Text has a row per word, and is stored column by column."""
        text = bytes(values.data).decode(
            TEXTS[values.kind] + {"<": "-le", ">": "-be"}[self.order] * (values.kind in {4, 17})
        )
        if len(shape) != 2 or len(text) != math.prod(shape):
            raise ValueError(f"{len(text):,} characters for text of {shape}")
        return np.array(["".join(text[row :: shape[0]]).strip() for row in range(shape[0])])
