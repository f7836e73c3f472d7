"""How likely ink is one digit by its size, its proportions and the cuts around it, before anybody looks at its shape.

In: sizes in digit heights of the line. Out: log-probabilities, up to a constant, from what is known of handwriting.
Knows nothing of pixels or models.

Set by reasoning, looked after on every other cheque amount (54 % of 135 were read then, one spread is 4 points):
halving or doubling one number changes that by 1.5 points at most, except that half of `WIDER` or `USUAL_ONE` costs 10.
"""

import math

import numpy as np

from inkdigit.shapes import Float64

WIDEST, TALLEST = 1.7, 3.0
"""Digit heights: what is wider, or taller, is no digit. The tail of a 9 or a 7 may be long."""

LARGER, SMALLER = 0.4, 0.6
"""Spread of the logarithm of the height; many a 0 is half as tall as the digits beside it."""

USUAL, USUAL_ONE = 0.7, 0.55
"""Width of a digit over its height; of a 1 with a long upstroke."""

WIDER, NARROWER = 0.4, 0.6
"""Spread of the logarithm of width over height."""

DROPPED, STEEP = -0.3, 10.0
"""Log-probability that a dot is no digit, and by how much less for each digit height by which a part is larger."""

DOT, WHOLE = 0.25, 0.75
"""Digit heights: a part no larger is a dot; one that is larger is as tall as digits are."""

FLAT = 0.4
"""How much the width of a part counts beside its height: a dash is as wide as a digit, and none."""

TOUCHING, STICKING = -1.5, 8.0
"""Log-probability that two neighbours touch, and by how much less for each digit height of ink that joins them."""


def shape(tall: int, wide: int, *, height: float) -> Float64[np.ndarray, "10"]:
    """Log-probability of the size and the proportions of each digit.

    A digit is seldom much smaller or taller than its neighbours, nor much wider than tall; a 1 may be narrow.

    Args:
        tall: Rows of the ink.
        wide: Columns of it.
        height: How tall digits are in the line.
    """
    if wide > WIDEST * height or tall > TALLEST * height:
        return np.full(10, -np.inf)
    larger = math.log(tall / height)
    aspect = math.log(wide / (USUAL * tall))
    found = np.full(10, -0.5 * (aspect / (WIDER if aspect > 0 else NARROWER)) ** 2)
    found[1] = -0.5 * (max(math.log(wide / (USUAL_ONE * tall)), 0.0) / WIDER) ** 2
    return found - 0.5 * (larger / (LARGER if larger > 0 else SMALLER)) ** 2


def no_digit(tall: int, wide: int, *, height: float) -> float:
    """Log-probability that a part belongs to no digit: a dot or a dash likely, a tall stroke hardly."""
    size = max(tall, FLAT * wide) / height
    return DROPPED - STEEP * min(max(size - DOT, 0.0), WHOLE - DOT)


def touching(prices: Float64[np.ndarray, " parts"]) -> Float64[np.ndarray, " parts"]:
    """Log-probability that two digits touch at a cut of this price; where nothing was cut (0.0), no news."""
    return np.where(prices > 0, TOUCHING - STICKING * prices, 0.0)
