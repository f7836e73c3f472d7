"""A picture of numbers in, a page of them out: the composition of this room.

In: decoded pixels, and the two networks as functions. Out: lines, numbers and characters with boxes in the picture as
given. Knows nothing of files, models, or how the answer is shown.
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np

from inkdigit.page.boxes import around
from inkdigit.page.cells import walls_of
from inkdigit.page.detect import Detect, detect_numbers
from inkdigit.page.lines import lines_of
from inkdigit.page.looks import Read, read_boxes
from inkdigit.page.numbers import numbers_of
from inkdigit.page.parting import parted_and_joined
from inkdigit.page.thresholds import Thresholds
from inkdigit.page.turning import read_in_any_turn
from inkdigit.shapes import UInt8
from inkdigit.types import Line, Number, Page

Pixels = UInt8[np.ndarray, "height width"] | UInt8[np.ndarray, "height width 3"]

BLANK, NO_DIGITS = "blank", "no digits"

PLAIN = 40.0
"""Levels by which nothing on a blank page stands out of its surroundings: grain and shadows do by less."""


@dataclass(frozen=True)
class Networks:
    """The two networks that read a page."""

    detect: Detect
    read: Read


def read_page(pixels: Pixels, networks: Networks, thresholds: Thresholds) -> Page:
    """Read the numbers of a picture.

    Args:
        pixels: uint8 grey (height, width) or RGB (height, width, 3), upright after EXIF.
        networks: Which find the numbers and read them.
        thresholds: When an answer is unsure.

    Returns:
        The page; without lines, and with the note "blank" where nothing is written, or "no digits" where what there is
        are none: a drawing, a texture, a photograph of anything else.
    """
    grey = as_grey(pixels)
    page = read_in_any_turn(grey, lambda turned: read_as_it_lies(turned, networks, thresholds))
    if page.lines:
        return page
    return replace(page, note=BLANK if is_blank(grey) else NO_DIGITS)


def as_grey(pixels: Pixels) -> UInt8[np.ndarray, "height width"]:
    """The luminance of a picture, as both networks see it."""
    return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.ndim == 3 else pixels, np.uint8)


def read_as_it_lies(grey: UInt8[np.ndarray, "height width"], networks: Networks, thresholds: Thresholds) -> Page:
    """Read a grey picture in the direction that the detector tells."""
    detected = detect_numbers(grey, networks.detect)
    walls = walls_of(detected.walls, scale=detected.scale, angle=detected.angle)
    found = parted_and_joined(list(detected.numbers), walls)
    boxes = [one.box for one in found]
    cells = [walls.cell(box.x, box.y) for box in boxes]
    numbers = [
        [replace(number, cell=cell) for number in numbers_of(read, one.score, thresholds, shape=grey.shape)]
        for read, one, cell in zip(read_boxes(grey, boxes, networks.read, thresholds), found, cells, strict=True)
    ]
    lines = [[number for i in line for number in numbers[i]] for line in lines_of(boxes, detected.angle)]
    written = tuple(_line(line) for line in lines if line)
    return Page(written, rotation=_rotation(detected.angle))


def _line(numbers: list[Number]) -> Line:
    text = " ".join(number.text for number in numbers)
    return Line(text, around([number.box for number in numbers]), tuple(numbers))


def is_blank(grey: UInt8[np.ndarray, "height width"]) -> bool:
    """Whether there is nothing but paper: no level that stands out of its grain and shadows."""
    small = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) if min(grey.shape) > 64 else grey
    ground = cv2.medianBlur(np.asarray(small, np.uint8), 31 if min(small.shape) > 31 else 3)
    return bool(np.abs(small.astype(np.float32) - ground).max() < PLAIN)


def _rotation(angle: float) -> int:
    """By how many degrees, 0, 90, 180 or 270, to turn the picture clockwise so that it is read to the right."""
    return round(-angle / (math.pi / 2)) % 4 * 90
