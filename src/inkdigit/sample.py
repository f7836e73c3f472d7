"""10,000 real digits that come with the package: what a foreign network is asked, and the data set mnist-small.

Out: images and labels. All are MNIST *training* images, drawn by `tools/mnist_small.py`: 8,000 to learn from, then
2,000 to be tested on. The licence, CC BY-SA 3.0, and the source stand in `mnist-small.txt` beside the file.

The file is xz of the 10,000 labels and then the images as they are: 1.36 MB, opened in 0.15 s. Sorted by label it would
be 1.34 MB, with the pixels transposed 1.51, gzip 1.61.
"""

import lzma
from functools import cache
from importlib.resources import files

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.files import sha256
from inkdigit.types import Images, Labels

FILE = "mnist-small.xz"
LEARN, MEASURE = 8_000, 2_000
COUNT = LEARN + MEASURE
SHA256 = "974a3d70e8cff1789b4af16fa85d65cdca2714bd00d0b661c12bcf2cb6253618"
"""Of what the file unpacks to."""

EACH = 40


@cache
def digits() -> tuple[Images, Labels]:
    """Return all 10,000, those to learn from first.

    Raises:
        BadInput: The file is not the one that the package was made with.
    """
    try:
        data = lzma.decompress(files("inkdigit").joinpath(FILE).read_bytes())
    except (lzma.LZMAError, OSError):
        data = b""
    if sha256(data) != SHA256:
        raise BadInput("cannot read", FILE, "is not the file that came with the package", hint="install it again")
    values = np.frombuffer(data, np.uint8)
    return values[COUNT:].reshape(-1, 28, 28), values[:COUNT]


@cache
def sample() -> tuple[Images, Labels]:
    """Return 400 of those to learn from, forty of each digit, one digit after the other and then again."""
    images, labels = digits()
    of_each = [np.flatnonzero(labels[:LEARN] == digit)[:EACH] for digit in range(10)]
    which = np.stack(of_each, axis=1).reshape(-1)
    return images[which], labels[which]
