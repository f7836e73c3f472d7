"""A picture file that is to be decoded, a decoded picture, and how large both may be.

Knows no format. The size is checked before a pixel is decoded: every decoder reads the header first. What has more
pixels than reading needs is decoded at a half, a third, ... of its size, and the picture says so.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inkdigit.errors import BadPicture
from inkdigit.shapes import UInt8

MOST_DECODED = 1 << 24
"""Pixels that are read at most: 16.7 million, a page of A4 at 350 dpi; as RGB 50 MB. Larger pictures are reduced."""

LONGEST_DECODED = 16_384
"""Pixels of the longer side of what is read; OpenCV counts them in 16 bits here and there."""

SMALLEST_SIDE = 8
"""Of the longer side: below it no digit can be told from another. A narrow crop of a 1 has one side that is less."""

Pixels = UInt8[np.ndarray, "height width"] | UInt8[np.ndarray, "height width 3"]


@dataclass(frozen=True)
class Limits:
    """How large a file may be, and the picture in it before it is reduced.

    Args:
        bytes: Of the file.
        pixels: In all.
        side: Pixels of the longer side.
        seconds: For decoding it, where that is done in a process of its own.
    """

    bytes: int
    pixels: int
    side: int
    seconds: float


MODEST = Limits(bytes=20_000_000, pixels=MOST_DECODED, side=8192, seconds=4.0)
"""For pictures of which there are many, or that strangers send: nothing is reduced."""

LARGE = Limits(bytes=200_000_000, pixels=1 << 28, side=65_535, seconds=10.0)
"""For files of the user's own: 268 million pixels, more than any telephone takes; the side is the longest of a JPEG."""


@dataclass(frozen=True)
class Encoded:
    """A picture file that is to be decoded.

    Args:
        content: Its bytes; or where they lie, for files of many pages, which are not read as a whole.
        where: The name that an error calls it.
        page: Which of its pages, counted from 1; None for the first, with a note where there are more.
        limits: How large it may be.
    """

    content: bytes | Path
    where: object
    page: int | None = None
    limits: Limits = MODEST

    @property
    def data(self) -> bytes:
        """Its bytes; only documents are given by their path."""
        if isinstance(self.content, Path):
            raise TypeError("a file that is not a document is given by its bytes")
        return self.content


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture.

    Args:
        pixels: uint8 (height, width) where the file is grey, else (height, width, 3) red, green, blue;
            upright, on plain ground where it was transparent.
        note: What the user should know of it, "animated: first frame used" for instance, or None.
        scale: Pixels of the picture as it was given for one of these: 2.0 where it was decoded at half its size.
    """

    pixels: Pixels
    note: str | None = None
    scale: float = 1.0


def check_size(width: int, height: int, *, where: object, limits: Limits = LARGE) -> None:
    """Refuse a picture that is larger or smaller than what can be read.

    Raises:
        BadPicture: Too many pixels, a side too long, or too small for a digit.
    """
    size = f"{width:,}x{height:,} pixels"
    if min(width, height) < 1:
        raise BadPicture("unreadable-image", where, f"{size}: there are none")
    if max(width, height) > limits.side:
        raise BadPicture("too-many-pixels", where, f"{size}; no side may be longer than {limits.side:,}")
    if width * height > limits.pixels:
        raise BadPicture("too-many-pixels", where, f"{size}; the limit is {limits.pixels:,} in all")
    if max(width, height) < SMALLEST_SIDE:
        raise BadPicture("too-small", where, f"{size}; the longer side must be at least {SMALLEST_SIDE}")


def reduction(width: int, height: int) -> int:
    """The whole number by which to divide the sides so that no more is left than is read at most.

    >>> reduction(4000, 3000), reduction(8192, 6144)
    (1, 2)
    """
    return max(1, math.ceil(math.sqrt(width * height / MOST_DECODED)), math.ceil(max(width, height) / LONGEST_DECODED))
