"""HEIC and HEIF, what telephones of Apple's and others' write: pi-heif, which decodes and does nothing else.

In: the bytes of a file. Out: its main picture, upright. libheif itself turns it as the file says.
"""

import io
from typing import Any

import numpy as np

from inkdigit.errors import BadPicture
from inkdigit.pictures.flatten import flatten, reduced
from inkdigit.pictures.needed import needed
from inkdigit.pictures.picture import Encoded, Picture, check_size, reduction
from inkdigit.pictures.pillow import damaged
from inkdigit.shapes import UInt8

BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"miaf"}
AVIF_BRANDS = {b"avif", b"avis"}


def begins_heif(content: bytes) -> bool:
    """Whether a file is of the family and no AVIF, which shares its container and the name of its pictures.

    >>> begins_heif(b"....ftypheic"), begins_heif(b"....ftypmif1....avif")
    (True, False)
    """
    brands = {content[8:12], *(content[i : i + 4] for i in range(16, 64, 4))}
    return content[4:8] == b"ftyp" and content[8:12] in BRANDS and not brands & AVIF_BRANDS


def begins_avif(content: bytes) -> bool:
    """Whether a file is an AVIF.

    >>> begins_avif(b"....ftypavif"), begins_avif(b"....ftypmif1\\0\\0\\0\\0mif1avif")
    (True, True)
    """
    brands = {content[8:12], *(content[i : i + 4] for i in range(16, 64, 4))}
    return content[4:8] == b"ftyp" and content[8:12] in BRANDS | AVIF_BRANDS and bool(brands & AVIF_BRANDS)


def decode_heif(file: Encoded) -> Picture:
    """Decode the main picture of a file.

    Raises:
        BadPicture: It is damaged, its size is out of bounds, or pi-heif is not installed.
    """
    pi_heif = needed("pi_heif", "pi-heif", file.where)
    try:
        picture = pi_heif.open_heif(io.BytesIO(file.data), convert_hdr_to_8bit=True)
        check_size(*picture.size, where=file.where, limits=file.limits)
        factor = reduction(*picture.size)
        if picture.mode in {"L", "RGB"}:
            pixels = reduced(_levels(picture), factor).copy()
        else:
            pixels = flatten(picture.to_pillow(), where=file.where, factor=factor)
    except BadPicture:
        raise
    except Exception as error:  # libheif's errors come as several classes
        raise damaged(error, file.where, file.limits) from error
    return Picture(pixels, scale=factor)


def _levels(picture: Any) -> UInt8[np.ndarray, "..."]:
    """The pixels as libheif holds them: in memory that is gone with the picture."""
    width, height = picture.size
    depth = len(picture.mode)
    rows = np.frombuffer(picture.data, np.uint8)[: height * picture.stride].reshape(height, picture.stride)
    levels = rows[:, : width * depth].reshape(height, width, depth)
    return levels[:, :, 0] if depth == 1 else levels
