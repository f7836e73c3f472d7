"""Pillow's decoders: the bytes of a file, or an open image, -> pixels, upright, on plain ground.

In: a file of a known format. Out: a `Picture` within the limits; or `BadPicture` with one line. A picture is whole or
refused. Knows nothing of ink or digits.

Pillow's format classes are called by themselves: `Image.open` would load every format that Pillow knows, some of which
start other programs, and would warn of sizes that are refused here anyway.
"""

import contextlib
import io
import math
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
from inkdigit.pictures.flatten import flatten
from inkdigit.pictures.picture import Encoded, Limits, Picture, Pixels, check_size, reduction
from inkdigit.shapes import UInt8

PLUGINS = {
    "PNG": ("PngImagePlugin", "PngImageFile"),
    "JPEG": ("JpegImagePlugin", "JpegImageFile"),
    "WebP": ("WebPImagePlugin", "WebPImageFile"),
    "BMP": ("BmpImagePlugin", "BmpImageFile"),
    "GIF": ("GifImagePlugin", "GifImageFile"),
    "TIFF": ("TiffImagePlugin", "TiffImageFile"),
    "AVIF": ("AvifImagePlugin", "AvifImageFile"),
    "JPEG 2000": ("Jpeg2KImagePlugin", "Jpeg2KImageFile"),
    "PPM": ("PpmImagePlugin", "PpmImageFile"),
    "TGA": ("TgaImagePlugin", "TgaImageFile"),
    "PCX": ("PcxImagePlugin", "PcxImageFile"),
    "ICO": ("IcoImagePlugin", "IcoImageFile"),
    "PSD": ("PsdImagePlugin", "PsdImageFile"),
    "SGI": ("SgiImagePlugin", "SgiImageFile"),
    "QOI": ("QoiImagePlugin", "QoiImageFile"),
}
"""Pillow's module and class for each format; imported when the first file of it comes."""

EARLY = re.compile("truncat|ends early|unexpected end|incomplete|not enough", re.IGNORECASE)
"""How Pillow's decoders say that a file ends early."""

ORIENTATION = 0x0112  # EXIF tag
FIRST_FRAME = "animated: first frame used"
FIRST_PAGE = "several pages: first page used"

MOST_MEMORY = 360_000_000
"""Bytes that a file and its decoding may need; beside 100 MB of program and 50 MB of pixels: less than 600 MB."""

BYTES_A_PIXEL = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
"""As Pillow holds them; of the other modes 4."""

ANIMATED = {"WebP": 12, "GIF": 8}
"""Bytes a pixel of formats whose decoders hold more than one canvas."""


def decode_with_pillow(file: Encoded, name: str) -> Picture:
    """Decode a file; of several frames the one that is asked for, or the first.

    Args:
        file: Its bytes, and what is asked for.
        name: Of its format, a key of `PLUGINS`.

    Raises:
        BadPicture: It ends early, is damaged, or its size is out of bounds.
    """
    with _understood(file.where, file.limits):
        return _decoded(file, name)


def count_with_pillow(file: Encoded, name: str) -> int:
    """How many frames or pages a file has.

    Raises:
        BadPicture: It ends early or is damaged.
    """
    with _understood(file.where, file.limits):
        return int(getattr(_opened(file, name), "n_frames", 1))


def from_image(picture: Image.Image, *, where: object, limits: Limits) -> Picture:
    """The pixels of an open Pillow image, under the same rules as those of a file.

    Raises:
        BadPicture: Its size is out of bounds, or its file turns out to be damaged.
    """
    check_size(*picture.size, where=where, limits=limits)
    with _understood(where, limits):
        turned, factor = _orientation(picture), reduction(*picture.size)
        return Picture(_upright(flatten(picture, where=where, factor=factor), turned), scale=factor)


def _opened(file: Encoded, name: str) -> Any:
    module, plugin = PLUGINS[name]
    return getattr(import_module(f"PIL.{module}"), plugin)(io.BytesIO(file.data))


def _decoded(file: Encoded, name: str) -> Picture:
    picture, where = _opened(file, name), file.where
    check_size(*picture.size, where=where, limits=file.limits)
    _seek(picture, file, name)
    before = picture.size
    factor = reduction(*before)
    _shrink(picture, name, factor)
    _check_memory(picture, name, file)
    turned = _orientation(picture)  # before load: TIFF turns itself then
    picture.load()
    done = max(1, round(max(before) / max(picture.size)))
    left = math.ceil(factor / done)
    pixels = flatten(_usual(picture, name), where=where, factor=left)
    if name != "TIFF":
        pixels = _upright(pixels, turned)
    scale = done * left
    if file.page is not None or not _is_animated(picture):
        return Picture(pixels, scale=scale)
    return Picture(pixels, FIRST_PAGE if name == "TIFF" else FIRST_FRAME, scale)


def _seek(picture: Any, file: Encoded, name: str) -> None:
    if file.page in {None, 1}:
        return
    try:
        picture.seek(file.page - 1)
    except EOFError:
        raise BadPicture("no-such-page", file.where, f"has no page {file.page:,}") from None
    if name == "TIFF":
        check_size(*picture.size, where=file.where, limits=file.limits)


def _shrink(picture: Any, name: str, factor: int) -> None:
    """Have the decoder itself decode at a half, a quarter or an eighth, where it can."""
    if factor == 1:
        return
    halvings = (factor - 1).bit_length()
    if name == "JPEG":
        part = 2 ** min(halvings, 3)
        picture.draft(None, (picture.width // part, picture.height // part))
    elif name == "JPEG 2000":
        picture.reduce = min(halvings, 5)


def _check_memory(picture: Any, name: str, file: Encoded) -> None:
    """Refuse what would need too much memory to decode, although its size is within the limits."""
    each = ANIMATED.get(name) or BYTES_A_PIXEL.get(picture.mode, 4)
    if name == "JPEG 2000":
        return  # it is decoded smaller, and apart, under a limit
    needed = len(file.data) + picture.width * picture.height * each
    if name == "JPEG" and "progressive" in picture.info:  # all coefficients at once, whatever the size of the result
        part = picture.decoderconfig[0] if picture.decoderconfig else 1
        areas = [across * down for _, across, down, _ in picture.layer]
        largest = max(across for _, across, _, _ in picture.layer) * max(down for _, _, down, _ in picture.layer)
        needed += int(2 * picture.width * picture.height * part**2 * sum(areas) / largest)
    if needed > MOST_MEMORY:
        why = f"{picture.width:,}x{picture.height:,} pixels need {needed:,} bytes; the limit is {MOST_MEMORY:,}"
        raise BadPicture("too-many-pixels", file.where, why, hint="save it smaller")


def _usual(picture: Any, name: str) -> Any:
    """PPM's levels of 16 bits, which Pillow gives with 32, with 16; and TGA without an alpha channel that is unused."""
    if name == "PPM" and picture.mode == "I":
        return Image.fromarray(np.asarray(picture).clip(0, 65_535).astype(np.uint16))
    if name == "TGA" and picture.mode == "RGBA" and picture.getextrema()[3] == (0, 0):
        return picture.convert("RGB")
    return picture


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


@contextlib.contextmanager
def _understood(where: object, limits: Limits) -> Iterator[None]:
    """Whatever a decoder raises as a `BadPicture`; its warnings are dropped."""
    try:
        with _quiet():
            yield
    except BadPicture:
        raise
    except (EOFError, struct.error) as error:
        raise BadPicture("truncated", where, "ends early") from error
    except Exception as error:  # Pillow's decoders raise a dozen classes on damaged files
        raise damaged(error, where, limits) from error


def damaged(error: Exception, where: object, limits: Limits) -> BadPicture:
    """What a decoder says of a file, in one line."""
    said = printable(" ".join(str(error).split()), limit=80)
    if isinstance(error, Image.DecompressionBombError):
        return BadPicture("too-many-pixels", where, f"the limit is {limits.pixels:,} pixels in all")
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
