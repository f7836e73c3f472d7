"""Rotated boxes: where a number lies on a picture, and in which direction it is read.

In: places (x, y) in pixels, y downwards. Out: boxes, corners, what contains them. Knows nothing of pictures.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from inkdigit.shapes import Float64
from inkdigit.types import Box

Points = Float64[np.ndarray, "n 2"]


@dataclass(frozen=True)
class RotatedBox:
    """A box whose sides need not be level.

    Args:
        x: Of its middle.
        y: Of its middle.
        width: Along the direction of reading.
        height: Across it.
        angle: Of the direction of reading, radians clockwise: 0 to the right, pi / 2 downwards.
    """

    x: float
    y: float
    width: float
    height: float
    angle: float

    @property
    def along(self) -> tuple[float, float]:
        """The direction of reading, length 1."""
        return math.cos(self.angle), math.sin(self.angle)

    def scaled(self, factor: float) -> "RotatedBox":
        """The same box in a picture `factor` times as large."""
        return replace(
            self, x=self.x * factor, y=self.y * factor, width=self.width * factor, height=self.height * factor
        )

    def grown(self, sides: float, ends: float) -> "RotatedBox":
        """The box with so much more above and below, and so much more at both ends, in pixels."""
        return replace(self, width=self.width + 2 * ends, height=self.height + 2 * sides)

    def place(self, across: float, down: float) -> tuple[float, float]:
        """Where a place within the box lies: `across` along the direction of reading and `down`, from its corner."""
        cosine, sine = self.along
        u, v = across - self.width / 2, down - self.height / 2
        return self.x + u * cosine - v * sine, self.y + u * sine + v * cosine

    def inside(self, left: float, top: float, width: float, height: float) -> Box:
        """The level box around a part of it, given from its corner, in whole pixels."""
        corners = [self.place(across, down) for across in (left, left + width) for down in (top, top + height)]
        xs, ys = [x for x, _ in corners], [y for _, y in corners]
        x, y = math.floor(min(xs)), math.floor(min(ys))
        return x, y, max(1, math.ceil(max(xs)) - x), max(1, math.ceil(max(ys)) - y)

    @property
    def level(self) -> Box:
        """The level box around it."""
        return self.inside(0.0, 0.0, self.width, self.height)


def box_around(points: Points, angle: float) -> RotatedBox:
    """The smallest box at an angle that contains points."""
    cosine, sine = math.cos(angle), math.sin(angle)
    u = points[:, 0] * cosine + points[:, 1] * sine
    v = points[:, 1] * cosine - points[:, 0] * sine
    left, right, top, bottom = float(u.min()), float(u.max()), float(v.min()), float(v.max())
    middle_u, middle_v = (left + right) / 2, (top + bottom) / 2
    return RotatedBox(
        middle_u * cosine - middle_v * sine, middle_u * sine + middle_v * cosine, right - left, bottom - top, angle
    )


def within(box: Box, shape: tuple[int, int]) -> Box:
    """The part of a box that lies within a picture of so many rows and columns, of one pixel at least."""
    x, y, width, height = box
    left, top = min(max(x, 0), shape[1] - 1), min(max(y, 0), shape[0] - 1)
    right, bottom = min(x + width, shape[1]), min(y + height, shape[0])
    return left, top, max(1, right - left), max(1, bottom - top)


def around(boxes: list[Box]) -> Box:
    """The box around boxes."""
    x, y = min(b[0] for b in boxes), min(b[1] for b in boxes)
    return x, y, max(b[0] + b[2] for b in boxes) - x, max(b[1] + b[3] for b in boxes) - y
