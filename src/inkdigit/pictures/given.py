"""One picture of any kind -> its pixels: a path, the bytes of a file, an array, an image of Pillow's.

In: whatever a program has. Out: a `Picture`; or `BadPicture` with one line. Large pictures are reduced.
"""

import os
import re
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from inkdigit.errors import BadInput, BadPicture
from inkdigit.files import read_regular
from inkdigit.pictures.dataurl import undo_data_url
from inkdigit.pictures.decode import decode, decode_file
from inkdigit.pictures.flatten import reduced
from inkdigit.pictures.formats import HEAD, Format, format_of
from inkdigit.pictures.picture import LARGE, Encoded, Picture, check_size, reduction
from inkdigit.pictures.pillow import from_image
from inkdigit.shapes import UInt8

LARGEST_DOCUMENT = 4_000_000_000
"""Bytes of a file of many pages, which is never read as a whole."""

SMALL = 4_000_000
"""Bytes of a file that is read at once, whatever it is."""

PAGE = re.compile(r"(.+)#(\d{1,9})")

Given = (
    str | os.PathLike[str] | bytes | bytearray | memoryview | np.ndarray | Image.Image | Picture | Callable[[], Picture]
)
"""One picture: its path, the bytes of its file, its pixels, a Pillow image, or what decodes it."""


def to_picture(given: Given) -> Picture:
    """Make a picture of anything that is one.

    Args:
        given: A path, with "#2" behind it for a page; a `data:` address; the bytes of a file; uint8 pixels 0..255,
            uint16 0..65535 or floats 0..1 of shape (h, w), (h, w, 1), (h, w, 3) RGB or (h, w, 4) RGBA; a Pillow image;
            a decoded picture.

    Raises:
        BadPicture: It cannot be read as a picture.
        TypeError: It is something else.
    """
    if isinstance(given, Picture):
        return given
    if isinstance(given, str) and given[:5].lower() == "data:":
        return decode(undo_data_url(os.fsencode(given), where="the picture"), where="the picture", limits=LARGE)
    if isinstance(given, str | os.PathLike):
        return read_file(os.fspath(given))
    if isinstance(given, bytes | bytearray | memoryview):
        return decode(bytes(given), where="the picture", limits=LARGE)
    if isinstance(given, np.ndarray):
        return _from_array(given)
    if isinstance(given, Image.Image):
        return from_image(given, where="the picture", limits=LARGE)
    if callable(given):
        return given()
    raise TypeError(f"expected a path, bytes, a NumPy array or a Pillow image, got {type(given).__name__}")


def read_file(path: str) -> Picture:
    """Read and decode a picture file, or one page of it.

    Args:
        path: Where it lies; "scan.pdf#2" is its second page, where nothing else has that name.

    Raises:
        BadPicture: It is no regular file, cannot be opened, is too large, or cannot be decoded.
    """
    match = PAGE.fullmatch(path)
    if match and not os.path.lexists(path):
        return decode_file(encoded_file(match[1], page=int(match[2]), where=path))
    return decode_file(encoded_file(path))


def encoded_file(path: str, *, page: int | None = None, where: str | None = None) -> Encoded:
    """A picture file that is to be decoded: its bytes, or where it lies if it is a large document.

    Raises:
        BadPicture: It is no regular file, cannot be opened, or is too large.
    """
    where = where or path
    try:
        size = Path(path).stat().st_size
        in_place = size > SMALL and _is_document(format_of(first_bytes(path)))
        most = LARGEST_DOCUMENT if in_place else LARGE.bytes
        if size > most:
            raise BadPicture("too-large", where, f"{size:,} bytes; the limit is {most:,}")
        content = Path(path) if in_place else read_regular(Path(path), limit=most)
    except BadPicture:
        raise
    except BadInput as error:
        raise BadPicture("cannot-open", where, error.why) from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        why = (error.strerror if isinstance(error, OSError) else None) or str(error)
        raise BadPicture("cannot-open", where, why.lower()) from error
    return Encoded(content, where, page, LARGE)


def first_bytes(path: str | Path) -> bytes:
    """As many bytes of a regular file as tell its format; none where it cannot be opened."""
    try:
        if not Path(path).is_file():
            return b""
        with Path(path).open("rb") as file:
            return file.read(HEAD)
    except (OSError, ValueError):
        return b""  # reading it will say why


def _is_document(form: Format | None) -> bool:
    return form is not None and form.is_document


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
        return from_image(Image.fromarray(np.ascontiguousarray(levels)), where=where, limits=LARGE)
    factor = reduction(given.shape[1], given.shape[0])
    return Picture(np.ascontiguousarray(reduced(levels, factor)), scale=factor)


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
