"""What does not belong to a digit and lies over it: drops of mud, a dotted line, a zigzag.

In: framed images, uint8 (n, 28, 28), 0 paper to 255 ink, and a random generator. Out: new images of the same
shape. Three of the kinds of `corruptions`, which says where they come from; never to learn from.
"""

import cv2
import numpy as np

from inkdigit.shapes import Float64
from inkdigit.types import Images

SIDE = 28

REACH = 29.0
"""Pixels from any place of the middle half beyond which there is only outside: to a far corner it is 28.6."""

FRACTION_BITS = 4
"""Of the coordinates that OpenCV draws with: sixteenths of a pixel."""


def splashes(images: Images, random: np.random.Generator, *, drops: int = 12, radius: float = 1.8) -> Images:
    """Splash mud on it: opaque drops, a fifth to two fifths as dark as ink, hiding strokes and spotting paper.

    Args:
        images: As for every corruption.
        random: As for every corruption.
        drops: How many fall on each image.
        radius: Of the largest, pixels; the smallest have a third of it.
    """
    n = len(images)
    places, radii = random.uniform(0, SIDE - 1, (drops, 2, n)), random.uniform(radius / 3, radius, (drops, n))
    mud = random.uniform(0.2, 0.4, (n, 1, 1)) * 255
    hidden = _discs(places, radii)
    return np.rint(images * (1 - hidden) + mud * hidden).astype(np.uint8)


def dotted_line(images: Images, random: np.random.Generator, *, gap: float = 3.0, radius: float = 0.7) -> Images:
    """Draw dots of full ink on a straight line, somewhere through the middle half and in any direction.

    Args:
        images: As for every corruption.
        random: As for every corruption.
        gap: From one dot to the next, pixels.
        radius: Of a dot, pixels.
    """
    n = len(images)
    start, way = _lines(n, random)
    steps = np.arange(-REACH, REACH, gap) + random.uniform(0, gap)
    places = start + way * steps[:, None, None]
    inked = _discs(places, np.full((len(steps), n), radius))
    return np.maximum(images, np.rint(255 * inked)).astype(np.uint8)


def zigzag(images: Images, random: np.random.Generator, *, swing: float = 3.0, turns: int = 10) -> Images:
    """Scrawl a line of one pixel across it that turns to and fro.

    Args:
        images: As for every corruption.
        random: As for every corruption.
        swing: How far it goes to either side, pixels; each turn goes half as far again, more or less.
        turns: How many on its way across.
    """
    n = len(images)
    start, way = _lines(n, random)
    aside = np.stack([-way[1], way[0]])
    steps = np.linspace(-REACH, REACH, turns)[:, None, None]
    sides = np.resize([-1.0, 1.0], turns)[:, None, None] * random.uniform(0.5, 1.5, (turns, 1, n)) * swing
    corners = np.rint((start + way * steps + aside * sides) * 2**FRACTION_BITS).astype(np.int32)
    scrawled = images.copy()
    for i, image in enumerate(scrawled):
        cv2.polylines(image, [corners[:, :, i]], False, 255, 1, cv2.LINE_AA, FRACTION_BITS)
    return scrawled


def _lines(n: int, random: np.random.Generator) -> tuple[Float64[np.ndarray, "2 n"], Float64[np.ndarray, "2 n"]]:
    """A point in the middle half of each image and a direction of length 1, both (x, y)."""
    start, angle = random.uniform(SIDE / 4, 3 * SIDE / 4 - 1, (2, n)), random.uniform(0, np.pi, n)
    return start, np.stack([np.cos(angle), np.sin(angle)])


def _discs(
    places: Float64[np.ndarray, "discs 2 n"], radii: Float64[np.ndarray, "discs n"]
) -> Float64[np.ndarray, "n 28 28"]:
    """How much of each pixel the discs cover, 0.0 to 1.0; the discs are at (x, y)."""
    covered = np.zeros((places.shape[2], SIDE, SIDE))
    row, column = np.ogrid[:SIDE, :SIDE]
    for (x, y), radius in zip(places[..., None, None], radii[..., None, None], strict=True):
        distance = np.hypot(row - y, column - x)
        np.maximum(covered, np.clip(radius + 0.5 - distance, 0, 1), out=covered)
    return covered
