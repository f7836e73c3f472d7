"""Where pictures come from: a file, a folder, the standard input, a stack of images, an object in memory.

In: what the user named. Out: sources, each with the names of its pictures in a stable order and a way to
decode each when its turn comes: contents are not kept, a hundred thousand pictures need no more memory
than their names. What is wrong with one picture is raised when it is decoded, not before. Knows nothing of
what a picture shows; how a stack of images is opened it is told.
"""

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from inkdigit.errors import BadInput, BadPicture
from inkdigit.files import read_regular
from inkdigit.pictures.decode import MOST_BYTES, decode
from inkdigit.pictures.formats import SUFFIXES
from inkdigit.pictures.picture import Picture, check_size
from inkdigit.pictures.pillow import from_image
from inkdigit.shapes import UInt8

STACKS = (".npz", "idx3-ubyte", "idx3-ubyte.gz", ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".npy", ".mat", ".parquet")
"""How the names of stacks of images end; those with "idx3" are MNIST's, a table has an image in every row."""

STACK_STARTS = (b"\x1f\x8b", b"\x00\x00\x08", b"PK\x03\x04")
"""gzip, the magic of an IDX file of bytes, and a zip archive, which an .npz file is."""

STDIN = "-"
LARGEST_STREAM = 1 << 30
"""Bytes of a stack on the standard input, as of one in a file."""

NUMBERS = re.compile(r"(\d+)")

OpenStack = Callable[[Path | bytes], UInt8[np.ndarray, "n height width"]]
"""Opens an IDX or .npz file of images, or the bytes of an IDX file; raises BadInput."""

ReadStdin = Callable[[int], bytes]

Given = (
    str | os.PathLike[str] | bytes | bytearray | memoryview | np.ndarray | Image.Image | Picture | Callable[[], Picture]
)
"""One picture: its path, the bytes of its file, its pixels, a Pillow image, or what decodes it."""


@dataclass(frozen=True, eq=False)
class Source:
    """Pictures that were named together.

    Args:
        names: What each is called: a label, not always a path.
        load: Decodes the one with that index; raises BadInput.
        passed_over: Names of the files of a folder that are not among the pictures.
    """

    names: Sequence[str]
    load: Callable[[int], Picture]
    passed_over: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[tuple[str, Callable[[], Picture]]]:
        """Each name with what decodes its picture."""
        for index, name in enumerate(self.names):
            yield name, lambda index=index: self.load(index)  # type: ignore[misc]


def find(named: str, *, open_stack: OpenStack, read_stdin: ReadStdin) -> Source:
    """Find the pictures that one argument of a command line means.

    Args:
        named: A picture file, a folder, an IDX or .npz file of images, or "-" for the standard input.
            Of a folder the pictures directly in it are taken, by their names' endings, in natural order.
        open_stack: Opens a stack of images.
        read_stdin: Gives the next so many bytes of the standard input.

    Returns:
        At least one picture; where nothing can be read at all, one that says so when it is decoded.
    """
    try:
        if named == STDIN:
            return _stream(read_stdin, open_stack)
        if os.path.isdir(named):  # noqa: PTH112 (Path raises where a name is too long)
            return _folder(named)
        if _is_stack(named):
            return _stack(named, open_stack(Path(named)))
    except BadInput as error:
        return _failing(named, error)
    return Source([named], lambda index: read_file(named))


def to_picture(given: Given) -> Picture:
    """Make a picture of anything that is one.

    Args:
        given: A path; the bytes of a file; uint8 pixels 0..255, uint16 0..65535 or floats 0..1 of shape
            (h, w), (h, w, 1), (h, w, 3) RGB or (h, w, 4) RGBA; a Pillow image; a decoded picture.

    Raises:
        BadPicture: It cannot be read as a picture.
        TypeError: It is something else.
    """
    if isinstance(given, Picture):
        return given
    if isinstance(given, str | os.PathLike):
        return read_file(os.fspath(given))
    if isinstance(given, bytes | bytearray | memoryview):
        return decode(bytes(given), where="the picture")
    if isinstance(given, np.ndarray):
        return _from_array(given)
    if isinstance(given, Image.Image):
        return from_image(given, where="the picture")
    if callable(given):
        return given()
    raise TypeError(f"expected a path, bytes, a NumPy array or a Pillow image, got {type(given).__name__}")


def read_file(path: str | os.PathLike[str]) -> Picture:
    """Read and decode a picture file.

    Raises:
        BadPicture: It is no regular file, cannot be opened, is too large, or cannot be decoded.
    """
    try:
        size = Path(path).stat().st_size
        if size > MOST_BYTES:
            raise BadPicture("too-large", path, f"{size:,} bytes; the limit is {MOST_BYTES:,}")
        content = read_regular(Path(path), limit=MOST_BYTES)
    except BadPicture:
        raise
    except BadInput as error:
        raise BadPicture("cannot-open", path, error.why) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BadPicture("cannot-open", path, why.lower()) from error
    return decode(content, where=path)


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts the numbers in names by their value.

    >>> sorted(["scan10.png", "scan2.png", "a.png"], key=natural)
    ['a.png', 'scan2.png', 'scan10.png']
    """
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in NUMBERS.split(name)] + [(-2, name)]


def _folder(folder: str) -> Source:
    """The pictures directly in a folder; hidden files are as if they were not there."""
    try:
        with os.scandir(folder) as entries:
            visible = [entry for entry in entries if not entry.name.startswith(".")]
            names = [e.name for e in visible if _is_picture_name(e.name) and e.is_file(follow_symlinks=False)]
    except OSError as error:
        raise BadPicture("cannot-open", folder, (error.strerror or str(error)).lower()) from error
    others = sorted({entry.name for entry in visible}.difference(names), key=natural)
    if not names:
        why = f"no pictures found among {len(others)} files" if others else "no pictures found: it is empty"
        raise BadPicture("no-pictures", folder, why, hint=f"expected names like {', '.join(sorted(SUFFIXES)[:6])}")
    paths = [str(Path(folder, name)) for name in sorted(names, key=natural)]
    return Source(paths, lambda index: read_file(paths[index]), tuple(others))


def _is_picture_name(name: str) -> bool:
    return os.path.splitext(name)[1].lower() in SUFFIXES  # noqa: PTH122 (Path is ten times slower, in folders of 100,000)


def _is_stack(path: str) -> bool:
    """Whether a file is a stack of images: by its name, or by its first bytes where the name says nothing."""
    if path.lower().endswith(STACKS):
        return True
    if _is_picture_name(path):
        return False
    try:
        if not Path(path).is_file():
            return False
        with Path(path).open("rb") as file:
            return file.read(4).startswith(STACK_STARTS[:2])
    except (OSError, ValueError):
        return False  # reading it will say why


def _stream(read: ReadStdin, open_stack: OpenStack) -> Source:
    start = read(4)
    if start.startswith(STACK_STARTS[:2]):
        return _stack(STDIN, open_stack(start + read(LARGEST_STREAM)))
    content = start + read(MOST_BYTES)  # with the start that is more than the limit of one picture
    return Source([STDIN], lambda index: decode(content, where=STDIN))


def _stack(named: str, images: UInt8[np.ndarray, "n height width"]) -> Source:
    return Source([f"{named}#{index}" for index in range(len(images))], lambda index: Picture(images[index]))


def _failing(named: str, error: BadInput) -> Source:
    """A picture that cannot be read."""

    def load(index: int) -> Picture:
        raise error

    return Source([named], load)


def _from_array(given: np.ndarray) -> Picture:
    where = "the array"
    if given.ndim not in {2, 3} or (given.ndim == 3 and given.shape[2] not in {1, 3, 4}):
        why = f"has shape {given.shape}; expected (height, width), or (height, width, 1, 3 or 4)"
        raise BadPicture("unreadable-image", where, why)
    check_size(given.shape[1], given.shape[0], where=where)
    levels = _bytes(given, where)
    if levels.ndim == 3 and levels.shape[2] == 1:
        levels = levels[:, :, 0]
    if levels.ndim == 3 and levels.shape[2] == 4:
        return from_image(Image.fromarray(np.ascontiguousarray(levels)), where=where)
    return Picture(np.ascontiguousarray(levels))


def _bytes(given: np.ndarray, where: str) -> UInt8[np.ndarray, "..."]:
    """Levels of any kind as 0 to 255."""
    if given.dtype == np.uint8:
        return given
    if given.dtype == np.uint16:
        return (given // 257).astype(np.uint8)
    if given.dtype == np.bool_:
        return given.astype(np.uint8) * np.uint8(255)
    if given.dtype.kind != "f":
        raise BadPicture("unreadable-image", where, f"has type {given.dtype}; expected uint8, or floats from 0 to 1")
    low, high = float(given.min()), float(given.max())
    if not (low >= 0 and high <= 1):  # NaN is neither
        raise BadPicture("unreadable-image", where, f"has values from {low:g} to {high:g}; floats must be 0 to 1")
    return np.rint(given * 255).astype(np.uint8)


def describe_passed_over(source: Source, *, most: int = 3) -> str | None:
    """What to say of the files of a folder that were not read, or None.

    >>> describe_passed_over(Source(["a.png"], print, ("labels.csv",)))
    '1 file is no picture: labels.csv'
    """
    names: Any = source.passed_over
    if not names:
        return None
    shown = ", ".join(names[:most]) + (", …" if len(names) > most else "")
    return f"1 file is no picture: {shown}" if len(names) == 1 else f"{len(names):,} files are no pictures: {shown}"
