"""The one way to make labelled images, whatever they were read from, and to hold some of them out.

In: images and labels. Out: `Digits` that belong together, or an error. Does not know files. The test part is never held
out of anything: it is opened by the evaluation alone.
"""

from typing import Literal

import numpy as np

from inkdigit.errors import BadInput, UsageError
from inkdigit.shapes import Int64, UInt8
from inkdigit.types import NO_DIGIT, Digits, Images, Labels

Part = Literal["train", "validation", "test"]
"""The parts of a data set; where it has no "validation", that is held out of "train" when something is trained."""

PARTS: tuple[Part, ...] = ("train", "validation", "test")

Loaded = dict[Part, Digits]
"""Those parts of a data set that were asked for and that it has."""

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
    """Set images apart for validation: those at the end where some are reserved there, else drawn by `draw`.

    The same data gives the same images every time, so that a resumed training goes on with its own. Where it is
    known who wrote what, whole writers are held out, one at least, until there are `n` images.

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
    if digits.reserved:
        cut = len(digits) - n
        return digits.take(slice(cut)), digits.take(slice(cut, None), part="validation")
    held_out = np.zeros(len(digits), np.bool_)
    held_out[draw_writers(digits.writers, n) if has_writers(digits) else draw(digits.labels, n)] = True
    return digits.take(~held_out), digits.take(held_out, part="validation")


def draw(labels: Labels, n: int, *, seed: int = 0) -> Int64[np.ndarray, " drawn"]:
    """Draw images at random, of each label in proportion; where there is room, one at least of each.

    Args:
        labels: Of all images, in any order.
        n: How many to draw, at most as many as there are.
        seed: The same seed draws the same ones.

    Returns:
        Their indices in rising order. Of a label that only one image has it is the last to be drawn.

    >>> labels = np.repeat(np.arange(10, dtype=np.uint8), 7)
    >>> labels[draw(labels, 10)].tolist()
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    """
    shuffled = np.random.default_rng(seed).permutation(len(labels))
    order = shuffled[np.argsort(labels[shuffled], kind="stable")]  # by label, and at random among its images
    counts = np.bincount(labels)
    starts, there = np.cumsum(counts) - counts, counts[labels[order]]
    rank = np.arange(len(labels)) - starts[labels[order]]
    place = (rank + 0.5) / there  # the k-th of a label's images comes when that share of all has been drawn
    if n >= np.count_nonzero(counts):
        place[rank == 0] = 0.0
    place[there == 1] = 1.0
    return np.sort(order[np.argsort(place, kind="stable")[:n]])


def has_writers(digits: Digits) -> bool:
    """Whether it is known who wrote what, and there is more than one to choose from."""
    return digits.writers is not None and bool((digits.writers != digits.writers[0]).any())


def draw_writers(writers: Int64[np.ndarray, " n"] | None, n: int, *, seed: int = 0) -> Int64[np.ndarray, " drawn"]:
    """Draw writers at random until they have written `n` images, but leave one; the indices of their images."""
    assert writers is not None
    names = np.random.default_rng(seed).permutation(np.unique(writers))
    written = np.cumsum([(writers == name).sum() for name in names])
    chosen = names[: max(1, min(int(np.searchsorted(written, n)) + 1, len(names) - 1))]
    return np.flatnonzero(np.isin(writers, chosen))


def say_what_is_missing(train: Digits, other: Digits, *, called: str) -> str:
    """Say in one line which digits are among some images but not among others, or nothing.

    >>> one, two = (labelled(np.zeros((1, 28, 28), np.uint8), np.uint8([i]), name="d", part="train") for i in (1, 2))
    >>> say_what_is_missing(one, two, called="held-out")
    'no training image shows 2, so it is never learned; no held-out image shows 1, so it is not measured'
    """
    here, there = (set(np.unique(digits.labels).tolist()) - {NO_DIGIT} for digits in (train, other))
    said = [
        f"no {kind} image shows {_listed(absent)}, so {_it(absent)} {what}"
        for kind, absent, what in (
            ("training", there - here, "never learned"), (called, here - there, "not measured"),
        )
        if absent
    ]  # fmt: skip
    return "; ".join(said)


def _listed(digits: set[int]) -> str:
    return ", ".join(map(str, sorted(digits)))


def _it(digits: set[int]) -> str:
    return "it is" if len(digits) == 1 else "they are"
