"""Real digits that come with the package: what a foreign model is asked when it is opened.

Out: images and labels. They are of MNIST's training images, drawn by seed; see `sample.txt` beside them.
"""

from functools import cache
from importlib.resources import files

import numpy as np
from PIL import Image

from inkdigit.types import Images, Labels

SIDE, ROW = 28, 20
LABELS = "0123456789" * 40


@cache
def sample() -> tuple[Images, Labels]:
    """Return 400 digits, forty of each."""
    with (files("inkdigit") / "sample.png").open("rb") as file, Image.open(file) as picture:
        pixels = np.asarray(picture)
    images = pixels.reshape(-1, SIDE, ROW, SIDE).swapaxes(1, 2).reshape(-1, SIDE, SIDE)
    return np.ascontiguousarray(images), np.array([int(label) for label in LABELS], np.uint8)
