"""The signs that belong to a number: point, comma, minus, slash and colon, as people write them.

In: a sign and a hand. Out: its `Glyph`. Knows nothing of the digits beside it.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from inkdigit.shapes import Float64
from inkdigit.writing.hand import Hand
from inkdigit.writing.pen import Glyph, draw_strokes

Draw = Callable[[Hand, np.random.Generator, int], Glyph]

POINTS = 5  # that a sign is drawn through


def sign(character: str, hand: Hand, random: np.random.Generator, *, height: int) -> Glyph:
    """Write one of `alphabet.SIGNS` beside digits of a height in pixels."""
    return WRITERS[character](hand, random, height)


def _bent(start: tuple[float, float], end: tuple[float, float], bend: float) -> Float64[np.ndarray, "points 2"]:
    """Points from start to end on an arc that stands off its chord by `bend` of the chord."""
    share = np.linspace(0, 1, POINTS)
    x = start[0] + share * (end[0] - start[0])
    y = start[1] + share * (end[1] - start[1])
    off = 4 * bend * share * (1 - share)
    return np.stack([x - off * (end[1] - start[1]), y + off * (end[0] - start[0])], axis=1)


def _stroke(points: Float64[np.ndarray, "points 2"], hand: Hand, random: np.random.Generator, height: int) -> Glyph:
    return draw_strokes(points, ((0, len(points)),), hand, random, height=height)


def _spot(random: np.random.Generator, x: float, y: float) -> Float64[np.ndarray, "points 2"]:
    """The small movement of a pen that dots: hardly any, a short stroke, a tick, or a ring."""
    kind = random.random()
    if kind < 0.45:
        reach = random.uniform(0, 0.025)
    elif kind < 0.9:
        reach = random.uniform(0.02, 0.1)
    else:
        turn = np.linspace(0, random.uniform(4, 7), POINTS + 3)
        radius = random.uniform(0.02, 0.05)
        return np.stack([x + radius * np.cos(turn), y + radius * np.sin(turn)], axis=1)
    way = random.uniform(0, 2 * np.pi)
    end = (x + reach * float(np.cos(way)), y + reach * float(np.sin(way)))
    return _bent((x, y), end, float(random.normal(0, 0.2)))


def _point(hand: Hand, random: np.random.Generator, height: int) -> Glyph:
    """A dot on the line or a little above or below it."""
    foot = float(random.normal(0.97, 0.04)) - (float(random.uniform(0, 0.45)) if random.random() < 0.14 else 0.0)
    return _stroke(_spot(random, 0.0, foot), _pressed(hand, random), random, height)


def _comma(hand: Hand, random: np.random.Generator, height: int) -> Glyph:
    """From the line downward: straight, curled, with a head, short or as long as half a digit."""
    long = float(np.clip(random.lognormal(np.log(0.24), 0.35), 0.13, 0.55))
    top = float(random.normal(0.93, 0.06)) - 0.25 * max(0.0, long - 0.3)
    slope = float(random.normal(0.35, 0.25)) + 0.5 * hand.lean
    points = _bent((0.0, top), (-slope * long, top + long), float(random.normal(-0.1, 0.16)))
    if random.random() < 0.35:  # a head, as it is printed
        head = _spot(random, float(points[0, 0]) - 0.02, top)
        points = np.concatenate([head, points])
    return _stroke(points, hand, random, height)


def _minus(hand: Hand, random: np.random.Generator, height: int) -> Glyph:
    """A stroke at half the height, short or long, level or slanted."""
    long = float(np.clip(random.lognormal(np.log(0.42), 0.38), 0.16, 1.1))
    middle, rise = float(np.clip(random.normal(0.52, 0.09), 0.3, 0.75)), float(random.normal(0, 0.1)) * long
    bend = float(random.normal(0, 0.06))
    return _stroke(_bent((0.0, middle + rise / 2), (long, middle - rise / 2), bend), hand, random, height)


def _slash(hand: Hand, random: np.random.Generator, height: int) -> Glyph:
    """A slanted stroke, as high as a digit or higher, often reaching below the line."""
    top, bottom = float(random.normal(-0.08, 0.12)), float(random.normal(1.1, 0.12))
    lean = float(np.clip(random.normal(0.32, 0.13) + 0.5 * max(hand.lean, 0.0), 0.12, 0.9))
    return _stroke(_bent((lean, top), (0.0, bottom), float(random.normal(0, 0.04))), hand, random, height)


def _colon(hand: Hand, random: np.random.Generator, height: int) -> Glyph:
    """Two dots above one another."""
    low, apart = float(random.normal(0.9, 0.06)), float(np.clip(random.normal(0.5, 0.12), 0.28, 0.75))
    lower = _spot(random, 0.0, low)
    upper = _spot(random, (hand.lean + float(random.normal(0, 0.05))) * apart, low - apart)
    points, split = np.concatenate([upper, lower]), len(upper)
    return draw_strokes(points, ((0, split), (split, len(points))), _pressed(hand, random), random, height=height)


def _pressed(hand: Hand, random: np.random.Generator) -> Hand:
    """Dots are as thick as the stroke, or thicker."""
    return replace(hand, pen=min(0.2, max(hand.pen * float(random.uniform(1.0, 1.7)), 0.045)))


WRITERS: dict[str, Draw] = {".": _point, ",": _comma, "-": _minus, "/": _slash, ":": _colon}
