"""IDX, the format of the original MNIST files, read strictly and written.

In: a file or its bytes, gzip or plain (the content decides, not the name). Out: an array, or
`BadInput` with one line. A file is right to the last byte or refused: nothing is read in part,
skipped or guessed. Does not know which data set the numbers belong to.

The format: four bytes of magic (0, 0, type, number of dimensions), each dimension as a big-endian
32 bit number, then the values. Images have magic 0x00000803, labels 0x00000801.
"""

import gzip
import math
import struct
import zlib
from pathlib import Path

import numpy as np

from inkdigit.data.labelled import LARGEST_FILE, check_labels
from inkdigit.data.naming import Meaning
from inkdigit.data.packed import unpacked
from inkdigit.data.pieces import Piece
from inkdigit.errors import BadInput
from inkdigit.files import read_regular, write_whole
from inkdigit.shapes import Int64, UInt8
from inkdigit.types import Images, Labels

IMAGES, LABELS = 0x00000803, 0x00000801
LONGEST_SIDE = 8_192

EXTENDED = 0x00000C02
"""QMNIST's labels: 32 bit numbers, eight for each image, of which the first is its digit."""

GZIP = b"\x1f\x8b"
AGAIN = "get the file again"


def pieces(data: bytes, *, name: str, meaning: Meaning, where: object) -> list[Piece]:
    """The images or the labels of a file of any data set; which they are its first bytes say.

    Raises:
        BadInput: Anything in it is not as the format says, or a label is above 9.
    """
    plain = unpacked(data, where=where, what="cannot read IDX file")
    magic = int.from_bytes(plain[:4], "big")
    if magic == EXTENDED:
        return [Piece(name, _extended_labels(plain, where), "labels", meaning.part, meaning.group)]
    if magic == LABELS:
        return [Piece(name, parse_labels(plain, where=where), "labels", meaning.part, meaning.group)]
    return [Piece(name, parse_images(plain, where=where, size=None), "images", meaning.part, meaning.group)]


def _extended_labels(data: bytes, where: object) -> Int64[np.ndarray, " n"]:
    n, columns = struct.unpack(">II", data[4:12].ljust(8, b"\0"))
    if columns < 1 or len(data) != 12 + 4 * n * columns:
        why = f"its header tells of {12 + 4 * n * columns:,} bytes, there are {len(data):,}"
        raise BadInput("cannot read labels", where, why, hint=AGAIN)
    return np.frombuffer(data, ">i4", offset=12).reshape(n, columns)[:, 0].astype(np.int64)


def load_images(path: Path) -> UInt8[np.ndarray, "n height width"]:
    """Read a file of images of any size; see `read_images`."""
    return read_images(path, size=None)


def read_images(path: Path, *, size: int | None = 28) -> UInt8[np.ndarray, "n height width"]:
    """Read a file of images.

    Args:
        path: A regular file.
        size: Rows and columns each image must have; None for whatever the header says, 1 to 8,192.

    Returns:
        uint8 (n, height, width), n at least 1, read-only, 0 paper, 255 ink.

    Raises:
        BadInput: No such file, or anything in it is not as the format says.
    """
    return parse_images(read_regular(path, limit=LARGEST_FILE, what="cannot read images"), where=path, size=size)


def read_labels(path: Path) -> Labels:
    """Read a file of labels.

    Returns:
        uint8 (n,), n at least 1, read-only, each 0 to 9.

    Raises:
        BadInput: No such file, or anything in it is not as the format says, or a label is above 9.
    """
    return parse_labels(read_regular(path, limit=LARGEST_FILE, what="cannot read labels"), where=path)


def parse_images(data: bytes, *, where: object, size: int | None = 28) -> UInt8[np.ndarray, "n height width"]:
    """Read images from the bytes of a file; `where` is what an error calls it. See `read_images`."""
    return _values(_Unpacker(data, where, "cannot read images"), IMAGES, item=(size, size))


def parse_labels(data: bytes, *, where: object) -> Labels:
    """Read labels from the bytes of a file; `where` is what an error calls it. See `read_labels`."""
    labels = _values(_Unpacker(data, where, "cannot read labels"), LABELS, item=())
    check_labels(labels, where=where)
    return labels


def write_images(path: Path, images: Images) -> None:
    """Write a file of images, gzip if the name ends in .gz; the same images give the same bytes.

    Raises:
        CannotWrite: The file cannot be written.
    """
    _write(path, IMAGES, images)


def write_labels(path: Path, labels: Labels) -> None:
    """Write a file of labels, gzip if the name ends in .gz; the same labels give the same bytes.

    Raises:
        CannotWrite: The file cannot be written.
    """
    _write(path, LABELS, labels)


class _Unpacker:
    """The bytes of a file piece by piece, unpacked if they are gzip: no more of them than asked for."""

    def __init__(self, data: bytes, where: object, what: str) -> None:
        self.data, self.where, self.what = data, where, what
        self.rest: bytes | memoryview = memoryview(data)
        self.gzip = zlib.decompressobj(31) if data.startswith(GZIP) else None

    def take(self, n: int) -> bytes | memoryview:
        """The next `n` >= 1 bytes; fewer only at the end."""
        if self.gzip is None:
            piece, self.rest = self.rest[:n], self.rest[n:]
            return piece
        try:
            unpacked = self.gzip.decompress(self.rest, n)
        except zlib.error as error:
            raise self.wrong(f"damaged gzip data ({str(error).split(': ')[-1]})", hint=AGAIN) from error
        self.rest = self.gzip.unconsumed_tail
        return unpacked

    def finish(self) -> None:
        """Refuse a gzip stream without its end, and anything behind that."""
        if self.gzip is None:
            return
        if not self.gzip.eof:
            raise self.wrong("ends early (the gzip checksum is missing)", hint=AGAIN)
        if self.gzip.unused_data:
            raise self.wrong("has more data behind the end of the gzip stream")

    def wrong(self, why: str, *, hint: str = "") -> BadInput:
        return BadInput(self.what, self.where, why, hint=hint)


def _values(content: _Unpacker, magic: int, *, item: tuple[int | None, ...]) -> UInt8[np.ndarray, "..."]:
    """Decide the size from the header, then read exactly that."""
    shape = _shape(content, magic, item)
    header, size = 8 + 4 * len(item), math.prod(shape)
    total = f"{header + size:,}"
    if size > LARGEST_FILE:
        raise content.wrong(f"its header tells of {total} bytes; the limit is {LARGEST_FILE:,}")
    values = content.take(size + 1)
    if len(values) > size:
        raise content.wrong(f"is longer than the {total} bytes its header tells of")
    if len(values) < size:
        raise content.wrong(f"ends early (got {header + len(values):,} of {total} bytes)", hint=AGAIN)
    content.finish()
    return np.frombuffer(values, np.uint8).reshape(shape)


def _shape(content: _Unpacker, magic: int, item: tuple[int | None, ...]) -> tuple[int, ...]:
    """Read the header, whose dimensions after the first must be `item`, None for any."""
    if not content.data:
        raise content.wrong("is empty", hint=AGAIN)
    if content.data[:64].lstrip()[:1] == b"<":
        raise content.wrong("looks like a web page, not data", hint=AGAIN)
    length = 8 + 4 * len(item)
    header = bytes(content.take(length))
    if len(header) >= 4:
        _check_magic(content, int.from_bytes(header[:4], "big"), magic)
    if len(header) < length:
        raise content.wrong(f"ends early (got {len(header)} bytes, the header needs {length})", hint=AGAIN)
    n, *found = struct.unpack(f">{1 + len(item)}I", header[4:])
    for side, expected in zip(found, item, strict=True):
        if side != expected if expected else not 0 < side <= LONGEST_SIDE:
            wanted = _times([expected] * len(item)) if expected else f"1 to {LONGEST_SIDE:,} a side"
            raise content.wrong(f"expected {wanted} pixels, got {_times(found)}")
    if n == 0:
        raise content.wrong("holds no images" if magic == IMAGES else "holds no labels")
    return n, *found


def _check_magic(content: _Unpacker, found: int, expected: int) -> None:
    """Name what the file is, if it is not what it should be."""
    if found == expected:
        return
    kind = "image" if expected == IMAGES else "label"
    if found in {IMAGES, LABELS}:
        raise content.wrong(f"this is {'a label' if expected == IMAGES else 'an image'} file, expected {kind}s")
    if found.to_bytes(4, "little") == expected.to_bytes(4, "big"):
        raise content.wrong(f"its bytes are in the wrong order (magic 0x{found:08x}; expected 0x{expected:08x})")
    if found >> 16 == int.from_bytes(GZIP, "big"):
        raise content.wrong("is packed twice (gzip inside gzip)", hint="unpack it once")
    raise content.wrong(f"not an IDX {kind} file (magic 0x{found:08x}; expected 0x{expected:08x})")


def _times(sides: tuple[int, ...] | list[int]) -> str:
    return "x".join(f"{side:,}" for side in sides)


def _write(path: Path, magic: int, values: UInt8[np.ndarray, "..."]) -> None:
    data = struct.pack(f">I{values.ndim}I", magic, *values.shape) + values.tobytes()
    write_whole(path, gzip.compress(data, mtime=0) if path.name.endswith(".gz") else data)
