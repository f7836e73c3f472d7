"""What the detector shall say of a picture: maps at a quarter of its size.

In: pieces and walls of a sheet, and the matrix from the sheet to the picture. Out: float32 (h/4, w/4, 6). Each
polygon is moved by the matrix and filled at full size, so that a map's value is the share of its pixel. Knows nothing
of pixels' grey levels: which numbers cannot be read for lack of contrast is told.
"""

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np

from inkdigit.shapes import Bool, Float32, UInt8
from inkdigit.writing.capture import Matrix
from inkdigit.writing.papers import Shape
from inkdigit.writing.sheet import Piece, Quad, Wall

NUMBER, OTHER, WALL, COSINE, SINE, WEIGHT = range(6)
"""The maps: kernels of numbers, other writing and print, walls, direction of reading, and what counts."""

Target: TypeAlias = Float32[np.ndarray, "rows columns 6"]
"""All maps of a picture."""

STEP = 4
"""Pixels of the picture to one of the maps."""

SHRINK = 0.14
"""Of the height of a number's box, by which its kernel is smaller on every side: neighbours come apart."""

LEAST_VISIBLE, LEAST_HEIGHT = 0.6, 8.0
"""Share of a number within the picture, and height of its digits in pixels, below which nobody need find it."""

FRACTION_BITS = 4
"""Of the coordinates that OpenCV fills with: sixteenths of a pixel."""


def target_maps(
    pieces: Sequence[Piece], walls: Sequence[Wall], matrix: Matrix, shape: Shape, *, faint: Bool[np.ndarray, " n"]
) -> Target:
    """Draw the target.

    Args:
        pieces: All that lies on the sheet.
        walls: Its walls.
        matrix: From the sheet to the picture.
        shape: Of the picture; multiples of 4.
        faint: For each piece whether its contrast is too low to find it.

    Returns:
        The maps; 0 to 1, the direction -1 to 1.
    """
    number, other, doubt = (np.zeros(shape, np.uint8) for _ in range(3))
    direction = np.zeros((shape[0] // STEP, shape[1] // STEP, 2), np.float32)
    for piece, quad, is_faint in zip(pieces, moved([piece.quad for piece in pieces], matrix), faint, strict=True):
        if piece.kind == "other":
            _fill(doubt if is_faint else other, quad)
        elif is_faint or not is_findable(piece, quad, shape):
            _fill(doubt, grown(quad, 0.15))
        else:
            _fill(number, grown(quad, -SHRINK))
            _fill_direction(direction, quad)
    kernels = _share(number)
    direction *= kernels[..., None] > 0
    weight = (_most(doubt) < 0.5) | (kernels > 0)
    return np.dstack(
        [kernels, _share(other), _most(_walls(walls, matrix, shape)), direction, weight.astype(np.float32)]
    )


def moved(quads: Sequence[Quad], matrix: Matrix) -> list[Quad]:
    """Corners of the sheet as corners of the picture."""
    if not len(quads):
        return []
    points = np.concatenate(quads).reshape(-1, 1, 2).astype(np.float32)
    return list(np.asarray(cv2.perspectiveTransform(points, matrix), np.float32).reshape(-1, 4, 2))


def is_findable(piece: Piece, quad: Quad, shape: Shape) -> bool:
    """Whether a number is large enough in the picture, and enough of it within the picture."""
    was, now = (float(np.linalg.norm(one[3] - one[0])) for one in (piece.quad, quad))
    return piece.height * now / max(was, 1e-6) >= LEAST_HEIGHT and visible(quad, shape) >= LEAST_VISIBLE


def visible(quad: Quad, shape: Shape) -> float:
    """Share of a box's area that lies within a picture."""
    low, high = quad.min(0), quad.max(0)
    if low[0] >= 0 and low[1] >= 0 and high[0] <= shape[1] and high[1] <= shape[0]:
        return 1.0
    if high[0] <= 0 or high[1] <= 0 or low[0] >= shape[1] or low[1] >= shape[0]:
        return 0.0
    frame = np.array([[0, 0], [shape[1], 0], [shape[1], shape[0]], [0, shape[0]]], np.float32)
    common, _ = cv2.intersectConvexConvex(quad, frame)
    return float(common) / max(float(cv2.contourArea(quad)), 1e-6)


def grown(quad: Quad, share: float) -> Quad:
    """A box larger on every side by a share of its height, or smaller, but never by more than a quarter of a side."""
    along, down = quad[1] - quad[0], quad[3] - quad[0]
    wide, high = max(float(np.linalg.norm(along)), 1e-6), max(float(np.linalg.norm(down)), 1e-6)
    by = share * high
    across = along / wide * max(by, -wide / 4)
    below = down / high * max(by, -high / 4)
    return np.asarray(quad + np.array([-across - below, across - below, across + below, below - across]), np.float32)


def _fixed(points: Quad) -> np.ndarray:
    return np.round(points * 2**FRACTION_BITS).astype(np.int32)


def _fill(mask: UInt8[np.ndarray, "h w"], quad: Quad) -> None:
    """Fill a box; OpenCV also fills the pixels that its outline touches, half a pixel more on every side."""
    high = max(float(np.linalg.norm(quad[3] - quad[0])), 1e-6)
    cv2.fillConvexPoly(mask, _fixed(grown(quad, -0.5 / high) - 0.5), 255.0, shift=FRACTION_BITS)


def _fill_direction(direction: Float32[np.ndarray, "rows columns 2"], quad: Quad) -> None:
    """Write the direction of reading wherever a number's box touches the map."""
    along = (quad[1] - quad[0]) / max(float(np.linalg.norm(quad[1] - quad[0])), 1e-6)
    cv2.fillConvexPoly(direction, _fixed(quad / STEP - 0.5), (float(along[0]), float(along[1])), shift=FRACTION_BITS)


def _walls(walls: Sequence[Wall], matrix: Matrix, shape: Shape) -> UInt8[np.ndarray, "h w"]:
    """The walls' strokes at full size."""
    mask = np.zeros(shape, np.uint8)
    if walls:
        points = np.array([[wall.start, wall.end] for wall in walls], np.float32)
        ends = np.round(cv2.perspectiveTransform(points, matrix)).astype(int)
        for wall, (start, end) in zip(walls, np.clip(ends, -9999, 9999), strict=True):
            cv2.line(mask, tuple(map(int, start)), tuple(map(int, end)), 255.0, wall.thick)
    return mask


def _share(mask: UInt8[np.ndarray, "h w"]) -> Float32[np.ndarray, "rows columns"]:
    """The share of each map pixel that a mask covers."""
    small = cv2.resize(mask, (mask.shape[1] // STEP, mask.shape[0] // STEP), interpolation=cv2.INTER_AREA)
    return small.astype(np.float32) / np.float32(255)


def _most(mask: UInt8[np.ndarray, "h w"]) -> Float32[np.ndarray, "rows columns"]:
    """1 for each map pixel that a mask touches."""
    rows = np.maximum.reduce([mask[start::STEP] for start in range(STEP)])
    most = np.maximum.reduce([rows[:, start::STEP] for start in range(STEP)])
    return most.astype(np.float32) / np.float32(255)
