"""mnist-small: 8,000 of MNIST's digits to learn from and 2,000 to be tested on, which come with the package.

In: a part. Out: its images and labels. Nothing is fetched: it stands in for MNIST where that cannot be had. All 10,000
are MNIST *training* images, so a figure measured here is none of MNIST's test figures. Where they are kept is the
business of `sample`.
"""

from functools import cache

import numpy as np

from inkdigit.data.labelled import Part, labelled
from inkdigit.sample import LEARN, digits
from inkdigit.shapes import Float64
from inkdigit.types import Digits

NAME = "mnist-small"


def load(part: Part) -> Digits:
    """Load one part, "train" or "test"."""
    images, labels = digits()
    which = slice(LEARN) if part == "train" else slice(LEARN, None)
    return labelled(images[which], labels[which], name=NAME, part=part)


@cache
def means() -> Float64[np.ndarray, "10 28 28"]:
    """The mean image of each digit, of those to learn from."""
    learned = load("train")
    found: Float64[np.ndarray, "10 28 28"] = np.stack(
        [learned.images[learned.labels == digit].mean(axis=0, dtype=np.float64) for digit in range(10)]
    )
    found.flags.writeable = False
    return found
