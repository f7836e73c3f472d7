"""A picture file with one digit -> an image as MNIST has them.

In: the bytes of a file. Out: 28x28 grey levels, or `BadInput`. A 28x28 picture on a black background is taken as it is;
anything else is framed. Does not know how a page is cut into digits: one picture holds one digit.
"""

import numpy as np
from PIL import Image

from inkdigit.errors import BadInput
from inkdigit.frame import SIDE, centre_glyph
from inkdigit.pictures.decode import decode
from inkdigit.shapes import Float32, UInt8

BLACK = 64
"""A darker border is the black background of a framed picture."""

FAINTEST = 24
"""Grey levels between paper and ink; less is a blank picture."""


def frame_picture(data: bytes) -> UInt8[np.ndarray, "28 28"]:
    """Turn the bytes of a picture file with one digit into an image as MNIST has them.

    Raises:
        BadInput: It is no picture of an accepted format, is damaged, too large, or blank.
    """
    return frame_grey(_grey(data))


def frame_grey(grey: UInt8[np.ndarray, "height width"]) -> UInt8[np.ndarray, "28 28"]:
    """The same for grey levels, ink on paper or paper-white on black.

    Raises:
        BadInput: It is blank.
    """
    paper = np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])).astype(np.float32)
    if grey.shape == (SIDE, SIDE) and paper < BLACK:
        return grey
    distance = grey - paper if grey.max() - paper > paper - grey.min() else paper - grey
    return np.rint(centre_glyph(_ink(distance)) * 255).astype(np.uint8)


def _grey(data: bytes) -> UInt8[np.ndarray, "height width"]:
    """Decode a picture to grey levels, upright, on white where it is transparent."""
    pixels = decode(data, where="").pixels
    return pixels if pixels.ndim == 2 else np.asarray(Image.fromarray(pixels).convert("L"))


def _ink(distance: Float32[np.ndarray, "height width"]) -> Float32[np.ndarray, "height width"]:
    """Grey levels from the paper, as a fraction of the strongest ink; the faint noise of a scan is paper."""
    strongest = distance.max()
    if strongest < FAINTEST:
        raise BadInput("blank picture", "", "blank")
    return np.clip((distance / strongest - 0.2) / 0.6, 0, 1)
