"""The ink of a whole page: the paper is estimated and divided out, what is darker than it is ink.

In: the pixels of a page, a form field, a cheque amount or a photographed sheet, and the size to work at.
Out: ink of that size, 0 paper to 1 ink, with soft edges. Paper may be coloured, patterned, shaded, and the
picture may be white on black. Knows nothing of lines or digits.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from inkdigit.shapes import Bool, Float32, UInt8

Pixels = UInt8[np.ndarray, "height width"] | UInt8[np.ndarray, "height width 3"]
Plane = Float32[np.ndarray, "height width"]

COARSE = 200
"""Pixels of the longer side of the copy on which the paper's brightness is found."""

STROKE = 0.2
"""No stroke is thicker than this part of the shorter side: a closing this wide wipes out all ink."""

WIDE = 0.35
"""Of the shorter side: what is dark and so wide is no stroke, even where strokes of a broad pen meet."""

MARGIN = 3.0
"""Strokes that cross are no broader than this many single ones."""

DARKEST_PAPER = 0.2
"""Of the page's own brightness: what is darker over a wide area (the table below the sheet) is not paper."""

LOW = 0.4
"""Of the way from paper to the threshold: with less ink a pixel is paper. Amounts on patterned cheques read at
0.2, 0.4, 0.6 and 0.8: 55, 53, 50 and 48 %; a spread is 4 points, and a page's grain is heavier at 0.2."""

FAINTEST = 0.08
"""Ink that takes away less of the light than this is not written: it is the paper's grain."""

LIGHT, INKED, DARK = 0.85, 0.8, 0.5
"""Of the paper's brightness: what is at least so light is paper; what is less than the second is ink; what is wide and
less than the third lies beyond the sheet."""

LITTLE = 1e-3
"""Keeps a mean of nothing finite."""

NOISE = 1.5
"""From the median deviation to the noise."""

PEN, AROUND = 0.998, 9
"""The share of pixels that is less dark than the pen, and how far around its strokes paper is looked at."""

GREY, STEP = 8, 4
"""Levels by which the colours of a grey picture differ at most (JPEG's), told by one pixel in so many."""


@dataclass(frozen=True, eq=False)
class Sheet:
    """The ink of a page.

    Args:
        ink: float32 (height, width), 0.0 paper to 1.0 ink.
        scale: Pixels of `ink` per pixel of the picture.
    """

    ink: Plane
    scale: float


def polarities(pixels: Pixels) -> tuple[bool, ...]:
    """Say whether the ink may be lighter than the paper: (False,), or (True, False) where most of the picture is dark.

    A dark picture may be white writing on black, or a sheet on a dark table: that is for the recognizer to say.

    Args:
        pixels: uint8 grey (height, width) or RGB (height, width, 3).
    """
    small = _coarse(pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[:, :, 1]))
    darkest, middle, lightest = np.percentile(small, (2, 50, 98))
    return (True, False) if middle - darkest < (lightest - darkest) / 2 else (False,)


def paper_ink(pixels: Pixels, *, scale: float = 1.0, inverted: bool = False) -> Sheet:
    """Find the ink of a page.

    Args:
        pixels: uint8 grey (height, width) or RGB (height, width, 3), upright.
        scale: Shrink the picture to this part first, 0 < scale <= 1.
        inverted: Whether the ink is lighter than the paper.

    Returns:
        The ink at that scale; nothing but zeros for a blank page.
    """
    planes = _planes(_shrunk(pixels, scale), inverted=inverted)
    missing = [1 - np.maximum(plane, 1) / _paper(plane) for plane in planes]  # black on black is no ink either
    darkness = np.clip(np.maximum.reduce(missing), 0, 1).astype(np.float32)
    darkness[_edge_of_the_sheet(planes[len(planes) // 2])] = 0
    return Sheet(_stretched(darkness), scale)


def _shrunk(pixels: Pixels, scale: float) -> UInt8[np.ndarray, "rows columns"] | UInt8[np.ndarray, "rows columns 3"]:
    if scale >= 1:
        return pixels
    height, width = pixels.shape[:2]
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def _planes(pixels: Pixels, *, inverted: bool) -> list[UInt8[np.ndarray, "height width"]]:
    """The colours of the picture, one if it has none, dark on light: ink may be dark in one colour only."""
    planes = [pixels] if pixels.ndim == 2 else [np.ascontiguousarray(pixels[:, :, i]) for i in range(3)]
    if pixels.ndim == 3 and _is_grey(pixels):
        planes = planes[1:2]
    return [255 - plane for plane in planes] if inverted else planes


def _is_grey(pixels: UInt8[np.ndarray, "height width 3"]) -> bool:
    few = pixels[::STEP, ::STEP].astype(np.int16)
    return (
        int(np.abs(few[..., 0] - few[..., 1]).max(initial=0)) <= GREY
        and int(np.abs(few[..., 2] - few[..., 1]).max(initial=0)) <= GREY
    )


def _coarse(plane: UInt8[np.ndarray, "height width"]) -> UInt8[np.ndarray, "rows columns"]:
    """A copy small enough for wide windows to be cheap."""
    return cv2.resize(plane, _coarse_size(plane), interpolation=cv2.INTER_AREA)


def _coarse_size(plane: np.ndarray) -> tuple[int, int]:
    """Width and height of that copy."""
    height, width = plane.shape
    factor = min(1.0, COARSE / max(height, width))
    return max(1, round(width * factor)), max(1, round(height * factor))


def _paper(plane: UInt8[np.ndarray, "height width"]) -> Plane:
    """Brightness of the paper at each pixel, as if nothing were written on it.

    Found twice: the first time strokes may be as broad as they ever are, the second time only a little broader
    than the ink found then, so that the paper follows a shadow.
    """
    small = _coarse(plane)
    broadest = STROKE * min(small.shape)
    first = _without_ink(small, broadest)
    stroke = _stroke(small < INKED * first)
    found = _without_ink(small, max(MARGIN * stroke, 5.0)) if 0 < MARGIN * stroke < broadest else first
    floor = DARKEST_PAPER * float(np.percentile(first, 80))
    height, width = plane.shape
    return np.maximum(cv2.resize(found, (width, height)), max(floor, 1.0))


def _without_ink(small: UInt8[np.ndarray, "rows columns"], stroke: float) -> Float32[np.ndarray, "rows columns"]:
    """Fill what is darker than the lightest paper in reach with the mean of the paper around."""
    side = max(3, round(stroke) | 1)
    closed = cv2.morphologyEx(small, cv2.MORPH_CLOSE, np.ones((side, side), np.uint8), borderType=cv2.BORDER_REPLICATE)
    weight = (small >= LIGHT * closed.astype(np.float32)).astype(np.float32)
    spread = max(1.0, side / 2)
    paper = cv2.GaussianBlur(small * weight, (0, 0), spread) + np.float32(LITTLE) * closed
    return (paper / (cv2.GaussianBlur(weight, (0, 0), spread) + np.float32(LITTLE))).astype(np.float32)


def _stroke(ink: Bool[np.ndarray, "rows columns"]) -> float:
    """Width of the strokes: of most components, twice the area over the outline; 0.0 without ink.

    What reaches the edge of the picture may be the table around the sheet: it counts where there is nothing else.
    """
    count, labels, stats, _ = cv2.connectedComponentsWithStats(ink.view(np.uint8), connectivity=8)
    if count == 1:
        return 0.0
    inner = cv2.erode(ink.view(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
    outline = np.bincount(labels[ink & ~inner], minlength=count)[1:]
    width = 2.0 * stats[1:, cv2.CC_STAT_AREA] / np.maximum(outline, 1)
    edge = np.unique(np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]]))
    inside = ~np.isin(np.arange(1, count), edge)
    if inside.any():
        outline, width = outline[inside], width[inside]
    order = np.argsort(width)
    reached = np.cumsum(outline[order])
    return float(width[order][np.searchsorted(reached, reached[-1] / 2)])


def _edge_of_the_sheet(plane: UInt8[np.ndarray, "height width"]) -> Bool[np.ndarray, "height width"]:
    """What is dark from the picture's edge inwards, wider than a stroke: the table, the scanner's lid.

    All beyond the picture counts as dark, so that a narrow strip along the edge is wide as well.
    """
    small = _coarse(plane)
    side = max(3, round(WIDE * min(small.shape)))
    ink = (small < DARK * _without_ink(small, STROKE * min(small.shape))).view(np.uint8)
    dark = cv2.copyMakeBorder(ink, side, side, side, side, cv2.BORDER_CONSTANT, value=1)
    wide = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))[side:-side, side:-side]
    edge = cv2.resize(wide, plane.shape[::-1], interpolation=cv2.INTER_NEAREST)
    reach = 2 * max(1, round(max(plane.shape) / COARSE)) + 1
    return cv2.dilate(edge, np.ones((reach, reach), np.uint8)).astype(bool)


def _stretched(darkness: Plane) -> Plane:
    """Set the paper to 0 and the pen to 1, with the threshold between them at one half."""
    noise = NOISE * float(np.median(np.abs(darkness - np.median(darkness))))
    smooth = cv2.blur(darkness, (3, 3))
    pen = float(np.percentile(smooth, 100 * PEN))
    if pen < max(FAINTEST, 3 * noise):
        return np.zeros_like(darkness)
    near = cv2.dilate((smooth > 0.5 * pen).view(np.uint8), np.ones((AROUND, AROUND), np.uint8)).astype(bool)
    threshold = _otsu(darkness[near])
    ink, paper = darkness[near & (darkness > threshold)], darkness[near & (darkness <= threshold)]
    if not ink.size or not paper.size:
        return np.zeros_like(darkness)
    dark, light = float(np.median(ink)), float(np.median(paper))
    low = light + LOW * (threshold - light)
    high = threshold + max(threshold - low, 0.5 * (dark - threshold))
    return np.clip((darkness - low) / (high - low), 0, 1).astype(np.float32)


def _otsu(values: Float32[np.ndarray, " n"]) -> float:
    """The threshold that parts dark from light best (Otsu 1979)."""
    levels = np.clip(values * 255, 0, 255).astype(np.uint8).reshape(1, -1)
    threshold, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return float(threshold) / 255
