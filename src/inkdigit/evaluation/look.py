"""What the summary, the pictures and the report share: colours, words for figures, the order of things.

In: arrays, records and numbers of an evaluation. Out: arrays, choices and words ready to show. Draws nothing.

The colours are those of a corrected school exercise: blue ink for what is right, red pencil for
what is wrong. They stay apart for every kind of colour blindness, and a sign always says the same.
"""

import numpy as np

from inkdigit.shapes import Float, Float32, Float64, Int64, Shaped
from inkdigit.types import Confusion

BLUE, RED = "#2457b3", "#c7351f"
INK, GREY, HAIRLINE, PAPER = "#1a2238", "#687086", "#d8dce6", "#ffffff"
RIGHT_SIGN, WRONG_SIGN = "✓", "✗"
DIVERGING = (RED, PAPER, BLUE)
PLURALS = ("zeros", "ones", "twos", "threes", "fours", "fives", "sixes", "sevens", "eights", "nines")


def error_shares(confusion: Confusion) -> Float64[np.ndarray, "10 10"]:
    """Return, of each digit's images, the fraction read as each other digit; the diagonal is 0.

    The right answers are left out, for beside them no mistake would show.
    """
    shares = np.asarray(confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1))
    np.fill_diagonal(shares, 0)
    return shares


def mosaic(
    images: Shaped[np.ndarray, "n height width"], *, columns: int, gap: int = 2, below: int = 0, fill: float = 0
) -> Shaped[np.ndarray, "high wide"]:
    """Lay images out in rows as one array.

    Args:
        images: All of one size, at least one.
        columns: Images per row.
        gap: Pixels between neighbours.
        below: Further pixels under each row, for a caption.
        fill: Value of the empty pixels.
    """
    n, height, width = images.shape
    rows = -(-n // columns)
    step_down, step_right = height + gap + below, width + gap
    canvas = np.full((rows * step_down - gap, columns * step_right - gap), fill, images.dtype)
    for i, image in enumerate(images):
        top, left = i // columns * step_down, i % columns * step_right
        canvas[top : top + height, left : left + width] = image
    return canvas


def sample(n: int, *, most: int) -> Int64[np.ndarray, " shown"]:
    """Numbers of at most `most` of `n` images, spread evenly over all of them.

    MNIST's first 5,000 test images are the easier half: the first few would flatter.

    >>> sample(10, most=3).tolist()
    [0, 4, 9]
    """
    return np.unique(np.linspace(0, n - 1, min(most, n)).astype(np.int64)) if n else np.zeros(0, np.int64)


def strongest(weights: Float32[np.ndarray, "units 28 28"], *, most: int) -> Int64[np.ndarray, " shown"]:
    """Return the units with the largest weights, the largest first."""
    return np.argsort(-np.linalg.norm(weights.reshape(len(weights), -1), axis=1), kind="stable")[:most]


def weight_scale(weights: Float[np.ndarray, "units 28 28"]) -> float:
    """Return the weight that gets full colour: all but one in two hundred are smaller, so outliers do not rule."""
    return float(np.quantile(np.abs(weights), 0.995)) or 1.0


def percent(fraction: float, digits: int = 1) -> str:
    """Write a fraction as a percentage, and never round a mistake away.

    >>> percent(0.97823), percent(1.0), percent(0.99998), percent(0.00002)
    ('97.8 %', '100 %', '>99.9 %', '<0.1 %')
    """
    shown = f"{100 * fraction:.{digits}f}"
    step = 10.0**-digits
    if fraction == 1:
        return "100 %"
    if fraction == 0:
        return "0 %"
    if float(shown) >= 100:
        return f">{100 - step:.{digits}f} %"
    return f"<{step:.{digits}f} %" if float(shown) == 0 else f"{shown} %"


def times(count: int) -> str:
    """Write how often: "once", "twice", "21 times".

    >>> times(1), times(3)
    ('once', '3 times')
    """
    return {1: "once", 2: "twice"}.get(count, f"{count:,} times")


def plural(count: int, noun: str) -> str:
    """Write a count with its noun.

    >>> plural(1, "image"), plural(10000, "image")
    ('1 image', '10,000 images')
    """
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def per_hundred(fraction: float) -> str:
    """Write how many of a hundred, never as 100 unless it is all of them.

    >>> per_hundred(0.97823), per_hundred(0.9999), per_hundred(1.0)
    ('97.8', '99.99', '100')
    """
    if fraction == 1:
        return "100"
    digits = next((digits for digits in (1, 2, 3) if float(f"{100 * fraction:.{digits}f}") < 100), 4)
    return f"{100 * fraction:.{digits}f}"
