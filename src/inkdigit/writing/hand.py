"""A hand: how one person writes with one pen on one occasion.

In: a random generator. Out: a `Hand`, which is the same for all characters of a string. Lengths are shares of the
height of a digit. Knows nothing of forms, images or pixels.
"""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Hand:
    """How one person writes.

    Args:
        lean: How far to the right the top of a digit lies of its foot.
        lean_spread: By how much that differs from digit to digit.
        aspect: Width of the digits, relative to that of their form.
        pen: Width of the stroke.
        nib: How much wider a stroke is across `nib_angle` than along it, as a broad or brush pen draws; 0 for a ball.
        nib_angle: Radians.
        spacing: Paper between neighbours; they touch or overlap if it is negative.
        spacing_spread: By how much that differs from one neighbour to the next.
        kerning: 0.0 if neighbours are kept apart as boxes, 1.0 if a digit moves under the slope of another.
        unevenness: Spread of the logarithm of the sizes.
        bounce: Spread of the digits' feet about the line.
        drift: By how much the line rises (negative) or falls for each height along.
        curve: By how much its middle sags (positive).
        wildness: How far the writing strays from its forms, 1.0 being usual.
        drawn: Share of the digits that are drawn by forms; the others are images.
        habits: One number 0.0 to 1.0 for each digit, by which the hand prefers one form of it.
        loyalty: Share of the digits that have the preferred form.
        zero: Size of a zero relative to the other digits.
        joins: Chance that two neighbours are joined by a stroke.
        chains: Chance that two zeros are joined at their heads, as in one movement of the pen.
        gap: Least paper between two numbers of a line.
    """

    lean: float
    lean_spread: float
    aspect: float
    pen: float
    nib: float
    nib_angle: float
    spacing: float
    spacing_spread: float
    kerning: float
    unevenness: float
    bounce: float
    drift: float
    curve: float
    wildness: float
    drawn: float
    habits: tuple[float, ...]
    loyalty: float
    zero: float
    joins: float
    chains: float
    gap: float

    @staticmethod
    def random(random: np.random.Generator) -> "Hand":
        """Some person with some pen."""
        lean, log_aspect, log_pen, spacing, bounce, drift, curve = random.standard_normal(7).tolist()
        spread, spacing_spread, kerning, unevenness, wildness, loyalty, nib_angle = random.random(7).tolist()
        has_nib, has_small_zeros, zero, joins, chains, gap = random.random(6).tolist()
        between = float(np.clip(0.11 + 0.14 * spacing, -0.12, 0.45))
        return Hand(
            lean=float(np.clip(0.14 + 0.22 * lean, -0.4, 0.8)),
            lean_spread=0.02 + 0.08 * spread,
            aspect=float(np.exp(0.17 * log_aspect)),
            pen=float(np.clip(0.085 * np.exp(0.42 * log_pen), 0.03, 0.22)),
            nib=float(random.uniform(0.2, 1.0)) if has_nib < 0.2 else 0.0,
            nib_angle=nib_angle * float(np.pi),
            spacing=between,
            spacing_spread=0.02 + 0.08 * spacing_spread,
            kerning=kerning,
            unevenness=0.03 + 0.12 * unevenness**2,
            bounce=0.02 + 0.035 * abs(bounce),
            drift=0.04 * drift,
            curve=0.06 * curve,
            wildness=0.5 + 0.7 * wildness,
            drawn=float(random.beta(0.8, 1.1)),
            habits=tuple(random.random(10).tolist()),
            loyalty=0.5 + 0.5 * loyalty,
            zero=0.45 + 0.5 * zero if has_small_zeros < 0.35 else 0.9 + 0.2 * zero,
            joins=0.5 * joins**3,
            chains=max(0.0, 4 * chains - 3.2),
            gap=max(0.55, between + 0.4) + 0.3 * gap,
        )
