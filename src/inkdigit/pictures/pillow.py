"""Pillow's decoders: the bytes of a file, or an open image, -> pixels, upright, on white.

In: bytes of a known format. Out: a `Picture` within the limits; or `BadPicture` with one line. A picture is whole or
refused. Knows nothing of ink or digits.

Pillow's format classes are called by themselves: `Image.open` would load every format that Pillow knows, some of which
start other programs, and would warn of sizes that are refused here anyway.
"""

import contextlib
import io
import re
import struct
import threading
import warnings
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np
from PIL import Image

from inkdigit.errors import BadPicture, printable
from inkdigit.pictures.picture import MOST_PIXELS, Picture, Pixels, check_size
from inkdigit.shapes import UInt8

PLUGINS = {
    "PNG": ("PngImagePlugin", "PngImageFile"),
    "JPEG": ("JpegImagePlugin", "JpegImageFile"),
    "WebP": ("WebPImagePlugin", "WebPImageFile"),
    "BMP": ("BmpImagePlugin", "BmpImageFile"),
    "GIF": ("GifImagePlugin", "GifImageFile"),
    "TIFF": ("TiffImagePlugin", "TiffImageFile"),
}
"""Pillow's module and class for each format; imported when the first file of it comes."""

EARLY = re.compile("truncat|ends early|unexpected end|incomplete|not enough", re.IGNORECASE)
"""How Pillow's decoders say that a file ends early."""

ORIENTATION = 0x0112  # EXIF tag
FIRST_FRAME = "animated: first frame used"
FIRST_PAGE = "several pages: first page used"


def decode_with_pillow(content: bytes, name: str, *, where: object) -> Picture:
    """Decode a file; of several frames the first.

    Args:
        content: The bytes of the file.
        name: Of its format, a key of `PLUGINS`.
        where: The name that an error calls it.

    Raises:
        BadPicture: It ends early, is damaged, or its size is out of bounds.
    """
    try:
        with _quiet():
            return _decoded(content, name, where)
    except BadPicture:
        raise
    except (EOFError, struct.error) as error:
        raise BadPicture("truncated", where, "ends early") from error
    except Exception as error:  # Pillow's decoders raise a dozen classes on damaged files
        raise _damaged(error, where) from error


def from_image(picture: Image.Image, *, where: object) -> Picture:
    """The pixels of an open Pillow image, under the same rules as those of a file.

    Raises:
        BadPicture: Its size is out of bounds, or its file turns out to be damaged.
    """
    check_size(*picture.size, where=where)
    try:
        with _quiet():
            turned = _orientation(picture)
            return Picture(_upright(flatten(picture, where=where), turned))
    except BadPicture:
        raise
    except Exception as error:  # a file that was opened and not read yet
        raise _damaged(error, where) from error


def flatten(picture: Image.Image, *, where: object) -> Pixels:
    """The pixels of any Pillow image as 8 bit grey or RGB, on white where it is transparent.

    Raises:
        BadPicture: Its levels have 32 bits: nothing says which of them is white.
    """
    mode = picture.mode
    if mode.startswith("I;16"):  # convert("L") would clip it
        return (np.asarray(picture).astype(np.uint16) // 257).astype(np.uint8)
    if mode in {"I", "F"}:
        raise BadPicture("unsupported-format", where, "has 32 bits a pixel", hint="save it with 8 or 16 bits")
    target = "L" if mode in {"1", "L", "LA", "La"} else "RGB"
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture)
    return np.asarray(picture if picture.mode == target else picture.convert(target))


def _decoded(content: bytes, name: str, where: object) -> Picture:
    module, plugin = PLUGINS[name]
    picture: Any = getattr(import_module(f"PIL.{module}"), plugin)(io.BytesIO(content))
    check_size(*picture.size, where=where)
    turned = _orientation(picture)  # before load: TIFF turns itself then
    picture.load()
    pixels = flatten(picture, where=where)
    if name != "TIFF":
        pixels = _upright(pixels, turned)
    if not _is_animated(picture):
        return Picture(pixels)
    return Picture(pixels, FIRST_PAGE if name == "TIFF" else FIRST_FRAME)


def _orientation(picture: Image.Image) -> int:
    """How EXIF says the picture is held, 1 to 8; 1 where it says nothing that can be understood."""
    if "exif" not in picture.info and "xmp" not in picture.info:
        return 1
    try:
        value = picture.getexif().get(ORIENTATION, 1)
    except Exception:  # a damaged remark is no reason to refuse the picture
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _upright(pixels: Pixels, orientation: int) -> UInt8[np.ndarray, "..."]:
    """Turn the pixels as the eight values of EXIF's orientation say."""
    if orientation == 1:
        return pixels
    if orientation >= 5:  # the first row of the file is a side of the picture
        pixels = pixels.swapaxes(0, 1)
    if orientation in {3, 4, 7, 8}:
        pixels = pixels[::-1]
    if orientation in {2, 3, 6, 7}:
        pixels = pixels[:, ::-1]
    return np.ascontiguousarray(pixels)


def _is_animated(picture: Any) -> bool:
    """Whether there is more than one picture in the file; only the header of the second is looked at."""
    with contextlib.suppress(Exception):  # whatever the rest of the file is, the first picture was whole
        return bool(getattr(picture, "is_animated", False))
    return False


def _damaged(error: Exception, where: object) -> BadPicture:
    said = printable(error, limit=80)
    if isinstance(error, Image.DecompressionBombError):
        return BadPicture("too-many-pixels", where, f"the limit is {MOST_PIXELS:,} pixels in all")
    if EARLY.search(said):
        return BadPicture("truncated", where, f"ends early ({said})")
    return BadPicture("unreadable-image", where, f"damaged ({said or type(error).__name__})")


class _Quiet:
    """How many threads are decoding, and what to put back when the last one is done."""

    lock = threading.Lock()
    users = 0
    filters: Any = None


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Drop Pillow's warnings, in however many threads: `catch_warnings` alone may put back the wrong filters."""
    with _Quiet.lock:
        if _Quiet.users == 0:
            _Quiet.filters = warnings.catch_warnings()
            _Quiet.filters.__enter__()
            warnings.filterwarnings("ignore", module=r"PIL\.")
        _Quiet.users += 1
    try:
        yield
    finally:
        with _Quiet.lock:
            _Quiet.users -= 1
            if _Quiet.users == 0:
                _Quiet.filters.__exit__(None, None, None)
