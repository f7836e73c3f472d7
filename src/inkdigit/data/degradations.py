"""How pens, paper and cameras degrade writing: bent, thick, thin, broken, faded, ruled, blurred, coarse.

In: the ink of some writing, large (a digit about 60 pixels high), and a random generator. Out: ink of the
same kind. Knows nothing of labels: nothing here makes a 6 of a 9, and at its strongest a person still
reads what was written. Everything is synthetic.
"""

from collections.abc import Callable

import cv2
import numpy as np

from inkdigit.shapes import Float32, UInt8

Drawing = Float32[np.ndarray, "_ _"]
"""Ink from 0.0 to 1.0 with some paper around it."""

Degradation = Callable[[Drawing, np.random.Generator], Drawing]

TALL = 60
"""Pixels of a digit's longer side: three for each pixel of MNIST's box."""

MARGIN = 16
FAINTEST = 0.06  # what a reader would take for paper


def degrade(drawing: Drawing, random: np.random.Generator, *, strength: float = 1.0) -> Drawing:
    """Degrade a drawing: each change happens with its own probability.

    Args:
        drawing: The ink.
        random: Decides everything.
        strength: Factor on every probability but that of bending, which always happens, 0.0 to 1.0.

    >>> bool(degrade(np.ones((60, 20), np.float32), np.random.default_rng(0)).max() > 0.5)
    True
    """
    degraded = bend(drawing, random)
    for chance, change in DEGRADATIONS:
        if random.random() < chance * strength:
            degraded = change(degraded, random)
    # What has faded away is gone, not degraded: such a drawing stays as it was.
    kept = degraded if degraded.max() > 0.3 else drawing
    return np.where(kept < FAINTEST, np.float32(0), np.minimum(kept, 1))


def enlarge(image: Float32[np.ndarray, "28 28"]) -> Drawing:
    """Draw a framed digit at three times its size, with edges as crisp as a pen's."""
    large = cv2.resize(image, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC)
    return _step(large, 0.25, 0.75)


def bend(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """Turn, lean, stretch and warp: one smooth random map of the plane."""
    height, width = drawing.shape
    size = (height + 2 * MARGIN, width + 2 * MARGIN)
    turn, aspect = 0.14 * random.normal(), np.exp(0.15 * random.normal())
    # One hand in five leans far to the right, as clerks of the nineteenth century did.
    lean = random.uniform(0.1, 0.8) if random.random() < 0.2 else 0.16 * random.normal()
    cos, sin = np.cos(turn), np.sin(turn)
    # From a place of the new drawing to that of the old one, (x, y) from the middle: remap reads, it does not push.
    matrix = np.array([[cos / aspect, -sin + lean], [sin, cos * aspect]], np.float32)
    row, column = np.indices(size, np.float32)
    row, column = row - (size[0] - 1) / 2, column - (size[1] - 1) / 2
    # Displacements of 5 x 5 places, (x, y) each, enlarged to all pixels: neighbours move alike.
    coarse = (random.normal(size=(5, 5, 2)) * random.uniform(0.5, 3.0)).astype(np.float32)
    waves = cv2.resize(coarse, (size[1], size[0]), interpolation=cv2.INTER_CUBIC)
    along = matrix[0, 0] * column + matrix[0, 1] * row + waves[..., 0] + (width - 1) / 2
    down = matrix[1, 0] * column + matrix[1, 1] * row + waves[..., 1] + (height - 1) / 2
    return cv2.remap(drawing, along, down, cv2.INTER_LINEAR, borderValue=0)


def thicken_or_thin(drawing: Drawing, random: np.random.Generator, *, tall: int) -> Drawing:
    """One pen for a whole line of digits `tall` pixels high: thinner, thicker, or as it was."""
    size = max(1, round(tall / TALL * random.uniform(1, 6)))
    fate = random.random()
    if fate < 0.3:
        return cv2.dilate(drawing, _disc(size))
    return cv2.erode(drawing, _disc(max(1, size // 2))) if fate < 0.5 else drawing


def soften_edges(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """What a camera makes of a line of digits: nothing moves, all is softer or paler."""
    for chance, change in ((0.4, _fade), (0.3, _pale), (0.3, _soften)):
        if random.random() < chance:
            drawing = change(drawing, random)
    if random.random() < 0.4:
        drawing = cv2.GaussianBlur(drawing, (0, 0), random.uniform(0.5, 1.2))
    return np.clip(drawing, 0, 1)


def _thicken(drawing: Drawing, random: np.random.Generator) -> Drawing:
    return cv2.dilate(drawing, _disc(random.integers(2, 8)))


def _thin(drawing: Drawing, random: np.random.Generator) -> Drawing:
    return cv2.erode(drawing, _disc(random.integers(2, 6)))


def _nib(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """A nib that is thick in one direction and thin in the other, after the hairlines were thinned."""
    length = int(random.integers(5, 13))
    fine = cv2.erode(drawing, _disc(random.integers(1, 6)))
    # Where the slanted nib lies wholly outside, OpenCV's dilation gives the smallest float, not paper.
    return np.maximum(cv2.dilate(fine, (_segment(length, random) > 0).astype(np.uint8)), 0)


def _break(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """A pen that skips: thin lines of paper across the writing."""
    gaps = np.ones(drawing.shape, np.float32)
    for _ in range(random.integers(1, 4)):
        cv2.line(gaps, *_ends(drawing, random), 0, int(random.integers(1, 5)), cv2.LINE_AA)
    return drawing * gaps


def _fade(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """Ink that is paler in some places."""
    coarse = random.uniform(random.uniform(0.15, 0.7), 1.1, (4, 4)).astype(np.float32)
    field = cv2.resize(coarse, drawing.shape[::-1], interpolation=cv2.INTER_LINEAR)
    return drawing * np.minimum(field, 1)


def _rule(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """What is left of a printed line that runs through the writing or under it."""
    left, top, across, down = cv2.boundingRect((drawing > 0.3).view(np.uint8))
    ruled, pen, ink = drawing.copy(), int(random.integers(1, 6)), float(random.uniform(0.4, 1))
    slope = random.normal() * 2
    if random.random() < 0.75:
        place = top + down * (random.choice([random.uniform(0, 1), random.uniform(0.9, 1.05)]))
        first, last = left - random.integers(0, 12), left + across + random.integers(0, 12)
        ends = ((int(first), int(place - slope)), (int(last), int(place + slope)))
    else:
        place = left + across * random.choice([random.uniform(-0.15, 0.0), random.uniform(1.0, 1.15)])
        # Longer than the writing: a line of its height would be a 1.
        over = random.integers(6, 16, 2).tolist()
        ruled = np.pad(ruled, ((16, 16), (0, 0)))
        ends = ((int(place - slope), top + 16 - over[0]), (int(place + slope), top + 16 + down + over[1]))
    lines = np.zeros_like(ruled)
    cv2.line(lines, *ends, ink, pen, cv2.LINE_AA)
    return np.maximum(ruled, lines)


def _specks(drawing: Drawing, random: np.random.Generator) -> Drawing:
    specked = drawing.copy()
    for _ in range(random.integers(1, 6)):
        (place, _), radius = _ends(drawing, random), int(random.integers(1, 4))
        cv2.circle(specked, place, radius, float(random.uniform(0.4, 1)), -1, cv2.LINE_AA)
    return specked


def _point(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """A full stop, a comma or the end of another stroke beside the writing."""
    left, top, across, down = cv2.boundingRect((drawing > 0.3).view(np.uint8))
    side = int(0.35 * TALL)
    pointed = np.pad(drawing, ((0, 4), (side, side)))
    right = random.random() < 0.75
    x = side + left + (across + random.integers(0, 14) if right else -random.integers(0, 14))
    y = top + down * (random.uniform(0.75, 1.0) if random.random() < 0.7 else random.uniform(0, 0.75))
    reach, slope = random.uniform(0, 0.25) * TALL, random.uniform(-0.6, 0.1)
    end = (int(x + slope * reach), min(int(y + reach), drawing.shape[0] + 2))
    cv2.line(pointed, (int(x), int(y)), end, float(random.uniform(0.5, 1)), int(random.integers(2, 9)), cv2.LINE_AA)
    return pointed


def _blur(drawing: Drawing, random: np.random.Generator) -> Drawing:
    return cv2.GaussianBlur(drawing, (0, 0), random.uniform(0.8, 4.0))


def _shake(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """A camera that moved: the mean along a short line."""
    kernel = _segment(int(random.integers(3, 11)), random)
    return cv2.filter2D(drawing, -1, kernel / kernel.sum())


def _coarsen(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """A scan of few pixels: 9 to 32 on the longer side, sometimes noisy, sometimes black and white."""
    height, width = drawing.shape
    _, _, across, down = cv2.boundingRect((drawing > 0.1).view(np.uint8))
    factor = random.uniform(9, 32) / max(across, down, 1)
    size = (max(3, round(width * factor)), max(3, round(height * factor)))
    small = cv2.resize(drawing, size, interpolation=cv2.INTER_AREA)
    if random.random() < 0.4:
        small = small + random.uniform(0.03, 0.18) * np.asarray(random.normal(size=small.shape), np.float32)
        small = _step(small, 0.12, 1.0) if random.random() < 0.7 else np.clip(small, 0, 1)
    if random.random() < 0.35:
        place = random.uniform(0.25, 0.6)
        small = _step(small, place - 0.08, place + 0.08)
    return small


def _harden(drawing: Drawing, random: np.random.Generator) -> Drawing:
    middle, half = random.uniform(0.25, 0.6), random.uniform(0.05, 0.4)
    return _step(drawing, max(middle - half, 0), middle + half)


def _soften(drawing: Drawing, random: np.random.Generator) -> Drawing:
    return drawing ** np.float32(random.uniform(0.6, 1.8))


def _pale(drawing: Drawing, random: np.random.Generator) -> Drawing:
    return drawing * np.float32(random.uniform(0.5, 1.0))


def _clipped(drawing: Drawing, random: np.random.Generator) -> Drawing:
    """A cut too tight: up to an eighth is missing above or below, a quarter where a neighbour touched."""
    left, top, across, down = cv2.boundingRect((drawing > 0.1).view(np.uint8))
    side = random.integers(4)
    lost = random.uniform(0.02, 0.25 if side < 2 else 0.12)
    match side:
        case 0:
            left += round(across * lost)
        case 1:
            across -= round(across * lost)
        case 2:
            top += round(down * lost)
        case _:
            down -= round(down * lost)
    return drawing[top : top + max(down, 2), left : left + max(across, 2)]


# Each with its probability, in the order in which they happen: the pen, the paper, the camera, the program that cuts.
DEGRADATIONS: tuple[tuple[float, Degradation], ...] = (
    (0.25, _thicken), (0.22, _thin), (0.15, _nib), (0.12, _break), (0.15, _fade), (0.08, _rule), (0.07, _specks),
    (0.06, _point),
    (0.25, _blur), (0.06, _shake), (0.35, _coarsen), (0.2, _harden), (0.2, _soften), (0.15, _pale), (0.13, _clipped),
)  # fmt: skip


def _step(ink: Drawing, low: float, high: float) -> Drawing:
    """A smooth step from 0 at `low` to 1 at `high`."""
    t = np.clip((ink - np.float32(low)) / np.float32(high - low), 0, 1)
    return t * t * (3 - 2 * t)


def _disc(size: int | np.integer) -> UInt8[np.ndarray, "size size"]:
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (int(size), int(size))), np.uint8)


def _segment(length: int, random: np.random.Generator) -> Drawing:
    """A line of ones through the middle of a square of `length` pixels, in any direction."""
    square = np.zeros((length, length), np.float32)
    middle, angle = (length - 1) / 2, random.uniform(0, np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * middle
    first, last = (np.rint(middle + sign * reach).astype(int).tolist() for sign in (-1, 1))
    cv2.line(square, first, last, 1.0)
    return square


def _ends(drawing: Drawing, random: np.random.Generator) -> tuple[tuple[int, int], tuple[int, int]]:
    """Two random places on a drawing, (x, y)."""
    height, width = drawing.shape
    x, y = random.integers(0, width, 2).tolist(), random.integers(0, height, 2).tolist()
    return (x[0], y[0]), (x[1], y[1])
