"""Ink and paper told apart, whatever their colours and whichever is the lighter.

In: the decoded pixels of a picture, grey or RGB. Out: how much ink each pixel holds, 0.0 paper to 1.0
ink, soft edges kept; nothing where no ink stands out. Does not know what the ink is: a digit, its
neighbour, a rule of the form and a stain are all ink here. A whole page with hard shadows needs more
than the smooth paper of this module.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from inkdigit.shapes import Bool, Float32, UInt8

Pixels = UInt8[np.ndarray, "height width"] | UInt8[np.ndarray, "height width 3"]

LEAST_DEPTH = 5.0
"""Grey levels between ink and paper below which nothing was written: the noise of JPEG stays below
from quality 30 up, the faintest pen that must be read, 5 % contrast, is 12."""

LEAST_CLEARNESS = 4.5
"""Ink must be as many times deeper than the paper is noisy: the deeper half of pure noise is 1.5 times."""

FULL_DEPTH = 230.0
"""Ink this deep is as black as a picture can show and is not stretched: MNIST's darkest pixel is 254 or 255."""

FLAT_SHARE = 0.5
"""Where this share of the paper has one and the same value, a program made the picture and the paper is even."""

FRAMED = 0.9
"""A border so much of one kind, while most of the picture is of the other, is a frame around the paper: ink."""

ROOM = 40
"""Pixels of the shorter side from which on so much "ink" that the paper has less than 0.7 may be a shadow."""

NOISY = 0.2
"""Paper as noisy as this part of the depth of ink is smoothed first."""

FIT_SIDE = 32
"""Pixels of the longer side of the small picture that the shading of paper is fitted on."""


@dataclass(frozen=True, eq=False)
class Ink:
    """The ink of a picture.

    Args:
        ink: float32 (height, width), 0.0 paper, 1.0 ink; what is no clearer than the noise of the paper is 0.0.
        depth: Grey levels, 0 to 255, between the paper and full ink.
        noise: Standard deviation of the paper in units of `ink`; 0.0 for what a program drew.
    """

    ink: Float32[np.ndarray, "height width"]
    depth: float
    noise: float


def find_ink(pixels: Pixels) -> Ink | None:
    """Measure how much ink each pixel holds.

    The paper is a smooth surface fitted to what is no ink; the ink is what differs from it, dark or
    light, whichever covers less of the picture and of its border, stretched so that full ink is 1.0.

    Args:
        pixels: uint8, grey (h, w) or RGB (h, w, 3), each side at least 1.

    Returns:
        The ink, or None where the picture is blank: one colour, shading or noise only.
    """
    grey = to_grey(pixels)
    found = _measured(grey)
    if found is None or found.noise > NOISY:
        return _measured(cv2.GaussianBlur(grey, (3, 3), 0))
    return found


def _measured(grey: Float32[np.ndarray, "height width"]) -> Ink | None:
    """Measure the ink of a grey picture, None where nothing stands out."""
    paper, threshold, dark = paper_and_threshold(grey)
    depth = paper - grey if dark else grey - paper
    is_ink = depth > threshold
    if not is_ink.any() or is_ink.all():
        return None
    noise = spread(depth[~is_ink])
    full = full_depth(depth, is_ink)
    if full < max(LEAST_DEPTH, LEAST_CLEARNESS * noise):
        return None
    return Ink(stretch(depth, floor=2.5 * noise, full=full), full, noise / full)


def to_grey(pixels: Pixels) -> Float32[np.ndarray, "height width"]:
    """Project colours on the direction in which ink differs most from paper; grey stays as it is.

    That direction is the first principal component of the colours less their blurred surroundings, so
    that neither the colour of the paper nor slow shading has a say.

    Returns:
        float32 (h, w) in levels of 0 to 255; a darker colour has the lower value.
    """
    if pixels.ndim == 2:
        return pixels.astype(np.float32)
    colours = pixels.astype(np.float32)
    window = max(3, min(pixels.shape[:2]) // 2)
    detail = (colours - cv2.blur(colours, (window, window))).reshape(-1, 3)
    direction = np.linalg.eigh(detail.T @ detail)[1][:, -1].astype(np.float32)
    direction /= np.abs(direction).sum()
    if direction @ np.array([0.299, 0.587, 0.114], np.float32) < 0:
        direction = -direction
    # Opposite signs would give values below 0: from the middle of the range they stay within it.
    middle = np.float32(127.5) * (1 - direction.sum())
    return colours.reshape(-1, 3).dot(direction).reshape(pixels.shape[:2]) + middle


def paper_and_threshold(
    grey: Float32[np.ndarray, "height width"],
) -> tuple[Float32[np.ndarray, "..."], float, bool]:
    """Fit the paper.

    Returns:
        The value of the paper, one for all or one for each pixel; the depth above which a pixel is more
        ink than paper; and whether the ink is the darker.
    """
    level, dark = _two_classes(grey)
    paper_values = grey[grey > level] if dark else grey[grey <= level]
    if not paper_values.size:
        return np.float32(level) * np.ones(1, np.float32), 0.0, dark
    middle = np.median(paper_values)
    small = min(grey.shape) < ROOM or paper_values.size > 0.7 * grey.size
    if small and (paper_values == middle).mean() >= FLAT_SHARE:
        return np.full(1, middle, np.float32), abs(float(middle) - level), dark
    paper = _uneven(grey)
    level, dark = _two_classes(grey - paper)
    return paper, abs(level), dark


def _uneven(grey: Float32[np.ndarray, "height width"]) -> Float32[np.ndarray, "height width"]:
    """Estimate paper that is not of one value: a smooth surface, or where that does not fit, what lies around.

    The median of a wide window steps with the edge of a shadow, but sees strokes in a crowded one; the
    surface is no servant of strokes, but cannot step.
    """
    around = _around(grey)
    is_paper = _is_paper(grey - around)
    smooth = _fitted(grey, is_paper=is_paper)
    smooth = _fitted(grey, is_paper=_is_paper(grey - smooth) & is_paper)
    misfit, grain = (spread((grey - paper)[is_paper]) for paper in (smooth, around))
    return around if misfit > 2 * grain + 2 else smooth


def _around(grey: Float32[np.ndarray, "height width"]) -> Float32[np.ndarray, "height width"]:
    """Take the median of a window of half the picture's shorter side around each pixel."""
    window = max(3, min(grey.shape) // 4 * 2 + 1)
    low, high = float(grey.min()), float(grey.max())
    scale = 255.0 / max(high - low, 1e-6)
    levels = cv2.medianBlur(((grey - low) * scale + 0.5).astype(np.uint8), min(window, 255))
    return levels.astype(np.float32) / np.float32(scale) + np.float32(low)


def _is_paper(difference: Float32[np.ndarray, "height width"]) -> Bool[np.ndarray, "height width"]:
    level, dark = _two_classes(difference)
    return difference > level if dark else difference <= level


def spread(values: Float32[np.ndarray, " n"]) -> float:
    """Standard deviation, unmoved by outliers: from the median absolute deviation of the values."""
    return 1.4826 * float(np.median(np.abs(values - np.median(values)))) if values.size else 0.0


def full_depth(depth: Float32[np.ndarray, "height width"], is_ink: np.ndarray) -> float:
    """How deep full ink lies: the upper quarter of the ink pixels, the rest being edges."""
    inside = depth[is_ink]
    deepest = float(inside.max())
    return 255.0 if deepest >= FULL_DEPTH else float(np.quantile(inside, 0.75))


def stretch(
    depth: Float32[np.ndarray, "height width"], *, floor: float, full: float
) -> Float32[np.ndarray, "height width"]:
    """Make `floor` and less 0.0 and `full` and more 1.0, in proportion between."""
    return np.clip((depth - np.float32(floor)) / np.float32(full - floor), 0, 1, dtype=np.float32)


def _two_classes(values: Float32[np.ndarray, "height width"]) -> tuple[float, bool]:
    """Otsu's threshold, and whether the values up to it are the ink: the class that covers less of picture and border.

    Of 3,000 MNIST digits, 2,007 tight 16 x 16 envelope digits, 500 drawn and 1,000 crops of old books no
    polarity is mistaken: ink covers up to 0.65 of a picture and up to 0.48 of a border, never much of both.
    """
    low, high = float(values.min()), float(values.max())
    scale = 255.0 / (high - low) if high > low else 0.0
    level, upper = cv2.threshold(((values - low) * scale).astype(np.uint8), 0, 1, cv2.THRESH_OTSU)
    border = np.concatenate([upper[0], upper[-1], upper[:, 0], upper[:, -1]])
    share, at_border = float(upper.mean()), float(border.mean())
    framed = abs(2 * at_border - 1) > FRAMED and (share < 0.5) == (at_border > 0.5)
    dark = share >= 0.5 if framed else share + at_border >= 1.0
    return low + (level + 0.5) / scale if scale else low, dark


def _fitted(
    grey: Float32[np.ndarray, "height width"], *, is_paper: np.ndarray | None = None
) -> Float32[np.ndarray, "height width"]:
    """Fit a quadratic surface to the paper by least squares."""
    height, width = grey.shape
    step = max(1, max(height, width) // FIT_SIDE)
    sample = grey[::step, ::step]
    terms = _terms(*sample.shape)
    if is_paper is None:
        weights = np.ones(sample.size, np.float32)
    else:
        weights = is_paper[::step, ::step].ravel().astype(np.float32) + np.float32(1e-3)
    weighted = terms * weights[:, None]
    normal = weighted.T @ terms
    factors = np.linalg.solve(normal + np.eye(6) * 1e-4 * normal[0, 0], weighted.T @ sample.ravel())
    return (_terms(height, width) @ factors.astype(np.float32)).reshape(height, width)


def _terms(height: int, width: int) -> Float32[np.ndarray, "n 6"]:
    """1, x, y, x², xy, y² of every pixel, x and y from -1 to 1."""
    y, x = np.meshgrid(np.linspace(-1, 1, height), np.linspace(-1, 1, width), indexing="ij")
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=-1).reshape(-1, 6).astype(np.float32)
