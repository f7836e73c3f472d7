"""The one way to make labelled images, whatever they were read from, and to hold some of them out.

In: images and labels. Out: `Digits` that belong together, or an error. Does not know files. The test part is never held
out of anything: it is opened by the evaluation alone.
"""

from typing import Literal

import numpy as np

from inkdigit.errors import BadInput, UsageError
from inkdigit.shapes import UInt8
from inkdigit.types import Digits, Images

Part = Literal["train", "test"]
"""The parts of a data set; "validation" is held out of "train" when something is trained."""

CLASSES = 10

LARGEST_FILE = 1 << 30
"""Bytes of a file of images, and of what it unpacks to: 1.3 million images of 28x28."""

CANNOT_READ_ARCHIVE = "cannot read archive"


def labelled(
    images: Images, labels: UInt8[np.ndarray, " m"], *, name: str, part: str, synthetic: bool = False
) -> Digits:
    """Join images with their labels.

    Args:
        images: uint8 (n, 28, 28), 0 paper, 255 ink, at least one.
        labels: uint8, as many, 0 to 9.
        name: What the user called the data.
        part: "train", "validation" or "test".
        synthetic: Whether a program made the images.

    Raises:
        BadInput: There are none, their numbers differ, or a label is above 9.

    >>> len(labelled(np.zeros((3, 28, 28), np.uint8), np.arange(3, dtype=np.uint8), name="demo", part="test"))
    3
    """
    if len(images) != len(labels):
        why = f"{part}: {len(images):,} images but {len(labels):,} labels"
        raise BadInput("images and labels differ in number", name, why)
    if not len(images):
        raise BadInput("no images", name, f"the {part} part is empty")
    check_labels(labels, where=name)
    return Digits(images, labels, name, part, synthetic)


def check_labels(labels: UInt8[np.ndarray, " n"], *, where: object) -> None:
    """Refuse a label that is no digit.

    Raises:
        BadInput: A label is above 9; names the first one and its index.
    """
    if labels.size and labels.max() >= CLASSES:
        index = int(np.argmax(labels >= CLASSES))
        raise BadInput("cannot use labels", where, f"label {labels[index]} at index {index:,}; expected 0 to 9")


def hold_out(digits: Digits, n: int) -> tuple[Digits, Digits]:
    """Cut off the last `n` images for validation; both parts are views, nothing is copied.

    Args:
        digits: The training part.
        n: Images to hold out, 1 to one less than there are.

    Returns:
        What is left to train on, and the part called "validation", each with its own digest.

    Raises:
        UsageError: `n` is out of range.
    """
    if not 0 < n < len(digits):
        why = f"asked for {n:,} of {len(digits):,} images"
        raise UsageError("cannot hold out images", digits.name, why, hint=f"choose 1 to {len(digits) - 1:,}")
    cut = len(digits) - n
    return digits.take(slice(cut)), digits.take(slice(cut, None), part="validation")
