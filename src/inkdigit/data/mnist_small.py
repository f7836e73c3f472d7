"""mnist-small: 8,000 of MNIST's digits to learn from and 2,000 to be tested on, which come with the package.

In: a part. Out: its images and labels. Nothing is fetched: it stands in for MNIST where that cannot be had. All 10,000
are MNIST *training* images, drawn by `tools/mnist_small.py`, so a figure measured here is none of MNIST's test figures.
The licence, CC BY-SA 3.0, and the source stand in `mnist-small.txt` beside the file.

The file is xz of the 10,000 labels and then the images as they are: 1.36 MB, opened in 0.15 s. Sorted by label it would
be 1.34 MB, with the pixels transposed 1.51, gzip 1.61.
"""

from functools import cache
from importlib.resources import files

import numpy as np

from inkdigit.data.labelled import Part, labelled
from inkdigit.data.packed import unpacked
from inkdigit.errors import BadInput
from inkdigit.files import sha256
from inkdigit.shapes import Float64
from inkdigit.types import Digits, Images, Labels

NAME, FILE = "mnist-small", "mnist-small.xz"
LEARN, MEASURE = 8_000, 2_000
COUNT = LEARN + MEASURE
BYTES = COUNT * (1 + 28 * 28)
SHA256 = "974a3d70e8cff1789b4af16fa85d65cdca2714bd00d0b661c12bcf2cb6253618"
"""Of what the file unpacks to."""


def load(part: Part) -> Digits:
    """Load one part, "train" or "test"."""
    images, labels = _all()
    which = slice(LEARN) if part == "train" else slice(LEARN, None)
    return labelled(images[which], labels[which], name=NAME, part=part)


@cache
def means() -> Float64[np.ndarray, "10 28 28"]:
    """The mean image of each digit, of those to learn from."""
    digits = load("train")
    found: Float64[np.ndarray, "10 28 28"] = np.stack(
        [digits.images[digits.labels == digit].mean(axis=0, dtype=np.float64) for digit in range(10)]
    )
    found.flags.writeable = False
    return found


def _all() -> tuple[Images, Labels]:
    """Unpack the file, which must be the one that the package was made with."""
    data = unpacked(files("inkdigit.data").joinpath(FILE).read_bytes(), where=FILE, what="cannot read", limit=BYTES)
    if sha256(data) != SHA256:
        raise BadInput("cannot read", FILE, "is not the file that came with the package", hint="install it again")
    values = np.frombuffer(data, np.uint8)
    return values[COUNT:].reshape(-1, 28, 28), values[:COUNT]
