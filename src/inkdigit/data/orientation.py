"""Whether the images of a data set lie on their side, as EMNIST's do, whose rows and columns are exchanged.

In: images, their labels, the data's name. Out: the images upright, and whether they were not. Judged by what the images
look like: the mean image of each digit is held against MNIST's, as it is and transposed; the name decides only where
the images are too few to tell. Knows no network.
"""

import re

import numpy as np

from inkdigit.data import mnist_small
from inkdigit.shapes import Float64
from inkdigit.types import Images, Labels

FEWEST_DIGITS, FEWEST_IMAGES = 5, 50
CLEARLY = 0.1
"""By how much the correlation must be higher one way; MNIST's own digits differ by 0.3."""

NAMED = re.compile("emnist", re.IGNORECASE)


def upright(images: Images, labels: Labels, *, name: str) -> tuple[Images, bool]:
    """Turn images that are transposed, all of them or none.

    Args:
        images: Framed.
        labels: Of each, 0 to 9.
        name: What the file is called.

    Returns:
        The images, and whether they were transposed.
    """
    lies = is_transposed(images, labels)
    if lies is None:
        lies = bool(NAMED.search(name))
    return (np.ascontiguousarray(images.transpose(0, 2, 1)), True) if lies else (images, False)


def is_transposed(images: Images, labels: Labels) -> bool | None:
    """Whether images are transposed; None where they do not tell."""
    digits = [digit for digit in range(10) if (labels == digit).sum() >= 3]
    if len(digits) < FEWEST_DIGITS or len(images) < FEWEST_IMAGES:
        return None
    usual = mnist_small.means()
    means = {digit: images[labels == digit].mean(axis=0, dtype=np.float64) for digit in digits}
    as_is = np.mean([_correlation(means[digit], usual[digit]) for digit in digits])
    turned = np.mean([_correlation(means[digit].T, usual[digit]) for digit in digits])
    return bool(turned > as_is) if abs(turned - as_is) > CLEARLY else None


def _correlation(one: Float64[np.ndarray, "28 28"], other: Float64[np.ndarray, "28 28"]) -> float:
    a, b = one.ravel() - one.mean(), other.ravel() - other.mean()
    return float(a @ b / max(float(np.linalg.norm(a) * np.linalg.norm(b)), 1e-9))
