"""A number cut out of its picture as the line recognizer sees it: level, 40 pixels high, dark on light.

In: a grey picture and a rotated box. Out: strips, float32 (40, width), 0 about where the paper is and 1 where the ink
is darkest. Nothing is binarised and no rule is taken out: the network has learned what is no digit.
"""

import math
from typing import NamedTuple

import cv2
import numpy as np

from inkdigit.architectures import STEP, STRIP
from inkdigit.page.boxes import RotatedBox
from inkdigit.shapes import Float32, UInt8

Strip = Float32[np.ndarray, "40 _"]
GreyStrip = UInt8[np.ndarray, "40 _"]

ENDS = 0.3
"""Of a number's height: what of its surroundings is seen at both ends."""


class Look(NamedTuple):
    """One way to look at a number.

    Args:
        margin: Of its height: what of its surroundings is seen above and below it.
        stretch: How many times as wide as it is it is shown.
    """

    margin: float
    stretch: float


LOOKS = (Look(0.2, 1.0), Look(0.32, 1.12), Look(0.12, 0.92))
"""The first, and those that follow where it leaves a doubt."""

LONGEST = 1_600
"""Pixels of a strip's length: some sixty digits."""

DARKEST, PAPER = 2, 75
"""Percentiles of a strip's levels that are taken for ink and paper."""

LEAST_CONTRAST = 12.0
"""Levels between them, at least: less is grain."""


def strip_box(number: RotatedBox, look: Look = LOOKS[0]) -> RotatedBox:
    """The part of the picture that is shown with a number."""
    return number.grown(look.margin * number.height, ENDS * number.height)


def cut_strip(grey: UInt8[np.ndarray, "height width"], box: RotatedBox, *, stretch: float = 1.0) -> GreyStrip:
    """Cut a part of a picture out, level, 40 pixels high; its ink is dark.

    Args:
        grey: uint8 (height, width).
        box: What to cut out, in its pixels.
        stretch: How many times as wide as it is.
    """
    width = min(LONGEST, max(4 * STEP, round(stretch * box.width * STRIP / box.height)))
    # Cut out at some whole multiple first, and averaged then: what is shrunk by picking pixels loses thin strokes.
    times = min(16, max(1, round(box.height / STRIP)))
    across, down = box.width / (width * times), box.height / (STRIP * times)
    (x, y), (cosine, sine) = box.place(across / 2, down / 2), box.along
    to_picture = np.array([[across * cosine, -down * sine, x - 0.5], [across * sine, down * cosine, y - 0.5]])
    cut = cv2.warpAffine(
        grey, to_picture, (width * times, STRIP * times), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    strip = cut if times == 1 else cv2.resize(cut, (width, STRIP), interpolation=cv2.INTER_AREA)
    return dark_on_light(np.asarray(strip, np.uint8))


def dark_on_light(strip: GreyStrip) -> GreyStrip:
    """Turn light ink on a dark ground into dark ink: the ground is what the border has most of."""
    border = np.concatenate([strip[0], strip[-1], strip[:, 0], strip[:, -1]])
    ground = float(np.median(border))
    lightest, darkest = np.percentile(strip, (98, 2)).tolist()
    return 255 - strip if lightest - ground > ground - darkest else strip


def normalise_strip(strip: GreyStrip) -> Strip:
    """Scale levels so that paper is about 0 and the darkest ink about 1: what the line recognizer is given."""
    values = strip.astype(np.float32)
    ink, paper = np.percentile(values, (DARKEST, PAPER)).tolist()
    return np.clip((paper - values) / max(paper - ink, LEAST_CONTRAST), -1, 1.5).astype(np.float32)


def joined(strips: list[Strip]) -> Float32[np.ndarray, "n 1 40 length"]:
    """Lay strips into one array, each from the left, with paper behind the shorter ones."""
    width = math.ceil(max(strip.shape[1] for strip in strips) / STEP) * STEP
    batch = np.zeros((len(strips), 1, STRIP, width), np.float32)
    for i, strip in enumerate(strips):
        batch[i, 0, :, : strip.shape[1]] = strip
    return batch
