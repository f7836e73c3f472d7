"""A decoded picture, and how large one may be.

Knows no format. The size is checked before a pixel is decoded: every decoder reads the header first.
"""

from dataclasses import dataclass

import numpy as np

from inkdigit.errors import BadPicture
from inkdigit.shapes import UInt8

MOST_PIXELS = 1 << 24
"""16.7 million, a page of A4 at 350 dpi; as RGB 50 MB."""

LONGEST_SIDE = 8192
SMALLEST_SIDE = 8
"""Of the longer side: below it no digit can be told from another. A narrow crop of a 1 has one side that is less."""

Pixels = UInt8[np.ndarray, "height width"] | UInt8[np.ndarray, "height width 3"]


@dataclass(frozen=True, eq=False)
class Picture:
    """A decoded picture.

    Args:
        pixels: uint8 (height, width) where the file is grey, else (height, width, 3) red, green, blue;
            upright, on white where it was transparent.
        note: What the user should know of it, "animated: first frame used" for instance, or None.
    """

    pixels: Pixels
    note: str | None = None


def check_size(width: int, height: int, *, where: object) -> None:
    """Refuse a picture that is larger or smaller than what can be read.

    Raises:
        BadPicture: Too many pixels, a side too long, or too small for a digit.
    """
    size = f"{width:,}x{height:,} pixels"
    if min(width, height) < 1:
        raise BadPicture("unreadable-image", where, f"{size}: there are none")
    if max(width, height) > LONGEST_SIDE:
        raise BadPicture("too-many-pixels", where, f"{size}; no side may be longer than {LONGEST_SIDE:,}")
    if width * height > MOST_PIXELS:
        raise BadPicture("too-many-pixels", where, f"{size}; the limit is {MOST_PIXELS:,} in all")
    if max(width, height) < SMALLEST_SIDE:
        raise BadPicture("too-small", where, f"{size}; the longer side must be at least {SMALLEST_SIDE}")
