"""A Pillow image of any mode -> grey or RGB pixels with 8 bits, on plain ground, at a part of its size.

In: an image that is loaded. Out: its pixels. A large image is worked on in bands: beside it there is never more than
the result and one band. Knows no format.
"""

from collections.abc import Iterator

import numpy as np
from PIL import Image

from inkdigit.errors import BadPicture
from inkdigit.pictures.picture import Pixels
from inkdigit.shapes import UInt8

BAND = 256
"""Rows of the result that are made at once."""

SAMPLED = 512
"""Pixels a side that are looked at to tell which ground suits the ink."""

VISIBLE, DARK = 64, 128
"""Alpha from which a pixel is seen; grey level below which it stands out from white."""

FEW, MOST = 0.002, 0.75
"""White ink has hardly a dark pixel, and does not cover nearly everything: what does is paper with its corners off."""


def flatten(picture: Image.Image, *, where: object, factor: int = 1) -> Pixels:
    """The pixels of any Pillow image as 8 bit grey or RGB, on white where it is transparent, or black under white ink.

    Args:
        picture: Of any mode.
        where: The name that an error calls it.
        factor: Divides the sides; each pixel is then the mean of a square.

    Raises:
        BadPicture: Its levels have 32 bits: nothing says which of them is white.
    """
    if picture.mode in {"I", "F"}:
        raise BadPicture("unsupported-format", where, "has 32 bits a pixel", hint="save it with 8 or 16 bits")
    ground = _ground(picture) if picture.has_transparency_data else "white"
    if factor == 1:
        return _flat(picture, ground)
    bands = (picture.crop((0, top, picture.width, end)) for top, end in _bands(picture.height, factor))
    return np.concatenate([_reduced(_flat(band, ground), factor) for band in bands])


def reduced(pixels: Pixels, factor: int) -> UInt8[np.ndarray, "..."]:
    """The pixels with their sides divided; each is the mean of a square."""
    if factor == 1:
        return pixels
    return np.concatenate([_reduced(pixels[top:end], factor) for top, end in _bands(len(pixels), factor)])


def _bands(height: int, factor: int) -> Iterator[tuple[int, int]]:
    for top in range(0, height, BAND * factor):
        yield top, min(height, top + BAND * factor)


def _reduced(pixels: UInt8[np.ndarray, "..."], factor: int) -> UInt8[np.ndarray, "..."]:
    return np.asarray(Image.fromarray(np.ascontiguousarray(pixels)).reduce(factor))


def _flat(picture: Image.Image, ground: str) -> UInt8[np.ndarray, "..."]:
    mode = picture.mode
    if mode.startswith("I;16"):  # convert("L") would clip it
        return (np.asarray(picture).astype(np.uint16) // 257).astype(np.uint8)
    target = "L" if mode in {"1", "L", "LA", "La"} else "RGB"
    if picture.has_transparency_data:
        picture = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", picture.size, ground), picture)
    return np.asarray(picture if picture.mode == target else picture.convert(target))


def _ground(picture: Image.Image) -> str:
    """Black where all that is to be seen is light, as white ink is; else white, as paper is."""
    size = (min(picture.width, SAMPLED), min(picture.height, SAMPLED))
    sample = np.asarray(picture.resize(size, Image.Resampling.NEAREST).convert("RGBA"))
    seen = sample[..., 3] >= VISIBLE
    levels = sample[seen][:, :3] @ np.array([0.299, 0.587, 0.114])
    if not len(levels) or seen.mean() > MOST:
        return "white"
    return "black" if (levels < DARK).mean() < FEW else "white"
