"""Where the handwritten numbers of a picture are: the detector at a few scales, and the boxes in its maps.

In: a grey picture, and the detector as a function. Out: rotated boxes, one for each number, and the walls. The detector
knows digits of 10 to 90 pixels, so a picture is looked at large for small digits and small for large ones. What it
gives is a shrunk box for each number, grown back here (Liao et al., "Real-time scene text detection with differentiable
binarization", 2020). Knows nothing of what a number says.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import cv2
import numpy as np

from inkdigit.architectures import COSINE, NUMBERS, PYRAMID, SINE, STEP, WALLS
from inkdigit.page.boxes import Points, RotatedBox, box_around
from inkdigit.shapes import Bool, Float32, UInt8

Detect = Callable[[Float32[np.ndarray, "1 1 height width"]], Float32[np.ndarray, "1 maps rows columns"]]
Plane = Float32[np.ndarray, "height width"]

LONGEST, SHORTEST = 1_280, 96
"""Pixels of the longer side of the largest and of the smallest copy that the detector is shown."""

LIKELY = 0.5
"""Probability from which a place of the map belongs to a number."""

SHRUNK = 0.14
"""Of a number's height, by how much its box in the map is smaller on each side."""

LEAST, MOST, LARGE = 8.0, 110.0, 20.0
"""Heights in pixels of the numbers that are taken from the largest copy, and the least in a smaller one: there what is
less high was seen better in the larger one."""

SMALLER = 0.03
"""By how much less sure a number is taken to be for each time the copy was halved: it shows less of its ends."""

ELONGATED = 2.0
"""How many times as long as it is wide a number is, at least, for its length to tell its direction."""

ASTRAY = math.radians(30)
"""A short number further from the page's direction is read the way it lies; and a page of short numbers no further
from level or upright is taken to be so."""

AGREED, ASKEW = math.radians(1.5), math.radians(7)
"""Numbers that on the average differ by more from the page's direction have none in common: then a page so little askew
is taken to be level."""

LONG = 4.0
"""Times its height: the length from which a number's own direction is better than the page's."""

LEAST_SCORE = 0.6
"""Mean probability over a number's box."""

COVERED = 0.4
"""Share of the smaller of two boxes that both cover, from which they are one number seen twice."""

FLOOR = 8.0
"""Levels of spread that a picture is taken to have at least: less is the grain of its paper."""


@dataclass(frozen=True, eq=False)
class Detection:
    """A number that was found.

    Args:
        outline: The places (x, y) of its shrunk box, in pixels of the picture.
        pixel: Extent of one of these places.
        angle: In which direction it is read, radians clockwise.
        exact: Whether its length has told the angle; else the network alone has.
        score: Mean probability that there is a number.
    """

    outline: Points
    pixel: float
    angle: float
    exact: bool
    score: float

    @cached_property
    def box(self) -> RotatedBox:
        """Around its ink, in pixels of the picture."""
        # The places are middles of pixels: half a pixel more on each side. Their corners would make an askew box too
        # large.
        shrunk = box_around(self.outline, self.angle).grown(self.pixel / 2, self.pixel / 2)
        missing = SHRUNK * shrunk.height / (1 - 2 * SHRUNK)
        return shrunk.grown(missing, missing)

    def scaled(self, factor: float) -> "Detection":
        """The same number in a picture `factor` times as large."""
        return replace(self, outline=self.outline * factor, pixel=self.pixel * factor)


@dataclass(frozen=True, eq=False)
class Detected:
    """What the detector saw of a picture.

    Args:
        numbers: In no order.
        angle: In which direction the page is read, radians clockwise.
        walls: The probability of a wall at each place of the map of the largest copy.
        scale: Pixels of the picture for each place of `walls`.
    """

    numbers: tuple[Detection, ...]
    angle: float
    walls: Plane
    scale: float


def detect_numbers(grey: UInt8[np.ndarray, "height width"], detect: Detect) -> Detected:
    """Find the numbers of a picture.

    Args:
        grey: uint8 (height, width), of any size.
        detect: The network.
    """
    scales = scales_of(grey.shape)
    looks = [_maps_at(grey, scale, detect) for scale in scales]
    found: list[tuple[float, Detection]] = []
    for look, (scale, maps) in enumerate(zip(scales, looks, strict=True)):
        least = LARGE if look else LEAST
        seen = [one for one in numbers_in(maps) if least <= one.box.height <= MOST]
        found += [(one.score - SMALLER * look, one.scaled(1 / scale)) for one in seen]
    # Of equals the first: what the largest copy shows.
    kept = _without_doubles([one for _, one in sorted(found, key=lambda pair: -pair[0])])
    angle = _common_angle(kept)
    numbers = tuple(_turned(one, angle) for one in kept)
    return Detected(numbers, angle, _probability(looks[0][WALLS]), STEP / scales[0])


def scales_of(shape: tuple[int, ...]) -> list[float]:
    """By how much to enlarge a picture for each look: the largest first, each next one half as large."""
    longest = max(shape)
    scale = min(1.0, LONGEST / longest)
    scales = [scale if longest >= SHORTEST else SHORTEST / longest]
    while scales[-1] * longest / 2 >= SHORTEST:
        scales.append(scales[-1] / 2)
    return scales


def normalise_page(grey: UInt8[np.ndarray, "height width"]) -> Plane:
    """Take off the mean and divide by the spread: what the detector is given."""
    values = grey.astype(np.float32)
    return (values - values.mean()) / max(float(values.std()), FLOOR)


def _maps_at(
    grey: UInt8[np.ndarray, "height width"], scale: float, detect: Detect
) -> Float32[np.ndarray, "maps rows columns"]:
    rows, columns = (max(1, round(side * scale)) for side in grey.shape)
    smaller = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    copy = grey if (rows, columns) == grey.shape else cv2.resize(grey, (columns, rows), interpolation=smaller)
    normal = normalise_page(np.asarray(copy, np.uint8))
    padded = np.pad(normal, ((0, -rows % PYRAMID), (0, -columns % PYRAMID)), mode="edge")
    # Only the places that lie on the picture.
    return detect(padded[None, None])[0, :, : math.ceil(rows / STEP), : math.ceil(columns / STEP)]


def numbers_in(maps: Float32[np.ndarray, "maps rows columns"]) -> Iterator[Detection]:
    """Find the numbers in the maps of one look; boxes are in pixels of what the detector was shown."""
    # Twice as fine as the map: the edge of a box lies between its places.
    fine = cv2.resize(_probability(maps[NUMBERS]), None, fx=2, fy=2, interpolation=cv2.INTER_LINEAR)
    count, labels, stats, _ = cv2.connectedComponentsWithStats((fine > LIKELY).astype(np.uint8), connectivity=4)
    pixel = STEP / 2
    for label in range(1, count):
        x, y, width, height, area = stats[label].tolist()
        if area < 4:
            continue
        window = slice(y, y + height), slice(x, x + width)
        mask = labels[window] == label
        score = float(fine[window][mask].mean())
        if score < LEAST_SCORE:
            continue
        outline = (_middles(mask) + np.array([x, y])) * pixel
        direction, (axis, ratio) = _direction_in(maps, mask, x, y), _long_axis(mask)
        # A length has no sign: it is read that way round which the network says.
        axis += math.pi * round((direction - axis) / math.pi)
        exact = ratio > ELONGATED and abs(direction - axis) < math.pi / 4
        yield Detection(outline, pixel, axis if exact else direction, exact, score)


def _middles(mask: Bool[np.ndarray, "height width"]) -> Points:
    """The middles (x, y) of the pixels of a shape."""
    rows, columns = np.nonzero(mask)
    return np.stack([columns, rows], axis=1) + 0.5


def _direction_in(
    maps: Float32[np.ndarray, "maps rows columns"], mask: Bool[np.ndarray, "height width"], x: int, y: int
) -> float:
    """The direction of reading that the places of a number tell on the average: right to some 15 degrees."""
    rows, columns = np.nonzero(mask)
    rows, columns = (rows + y) // 2, (columns + x) // 2
    cosine, sine = (float(maps[place, rows, columns].mean()) for place in (COSINE, SINE))
    return math.atan2(sine, cosine)


def _long_axis(mask: Bool[np.ndarray, "height width"]) -> tuple[float, float]:
    """The direction in which a shape is longest, radians, and how many times as long it is as it is wide."""
    moments = cv2.moments(mask.astype(np.uint8), binaryImage=True)
    across, down, both = (moments[name] / moments["m00"] for name in ("mu20", "mu02", "mu11"))
    apart = math.hypot(across - down, 2 * both)
    # A pixel has an extent too: without it a row of single pixels would be infinitely long.
    longest, widest = across + down + apart + 1 / 6, across + down - apart + 1 / 6
    return math.atan2(2 * both, across - down) / 2, math.sqrt(longest / max(widest, 1e-9))


def _without_doubles(found: list[Detection]) -> list[Detection]:
    """Of numbers that were seen at two scales, the first, which is the surer."""
    kept: list[Detection] = []
    for one in found:
        if not any(_covered(one.box, other.box) > COVERED for other in kept):
            kept.append(one)
    return kept


def _covered(one: RotatedBox, other: RotatedBox) -> float:
    """The share of the smaller of two boxes that both cover."""
    reach = (math.hypot(one.width, one.height) + math.hypot(other.width, other.height)) / 2
    if math.hypot(one.x - other.x, one.y - other.y) > reach:
        return 0.0
    first, second = (((b.x, b.y), (b.width, b.height), math.degrees(b.angle)) for b in (one, other))
    kind, corners = cv2.rotatedRectangleIntersection(first, second)
    if kind == cv2.INTERSECT_NONE:
        return 0.0
    smaller = min(one.width * one.height, other.width * other.height)
    return float(cv2.contourArea(cv2.convexHull(corners))) / max(smaller, 1e-6)


def _common_angle(numbers: list[Detection]) -> float:
    """The direction in which most of the page is read: the mean of what is known exactly, each as long as its number.

    Where nothing is, what the network says, level or upright where it is nearly so.
    """
    exact = [one for one in numbers if one.exact] or numbers
    cosine = sum(one.box.width * math.cos(one.angle) for one in exact)
    sine = sum(one.box.width * math.sin(one.angle) for one in exact)
    angle = math.atan2(sine, cosine) if numbers else 0.0
    quarter = round(angle / (math.pi / 2)) * (math.pi / 2)
    if not any(one.exact for one in numbers):
        return angle if abs(angle - quarter) > ASTRAY else quarter
    apart = sum(one.box.width * abs(math.remainder(one.angle - angle, 2 * math.pi)) for one in exact)
    agree = apart <= AGREED * sum(one.box.width for one in exact)
    return angle if agree or abs(angle - quarter) > ASKEW else quarter


def _turned(one: Detection, angle: float) -> Detection:
    """A number nearly in the page's direction lies in it, unless it is so long that its own is exact."""
    away = abs(math.remainder(one.angle - angle, 2 * math.pi))
    is_long = one.exact and one.box.width > LONG * one.box.height
    return one if is_long or away > ASTRAY else replace(one, angle=angle)


def _probability(logits: Plane) -> Plane:
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
