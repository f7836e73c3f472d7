"""The digits that an export is proven on, and those that eight bits are fitted to.

Out: digits that no recipe of this package trains on, and others that it does. From MNIST where it is on this machine,
else from mnist-small; nothing is downloaded, and MNIST's test images are never opened.
"""

from inkdigit.data.labelled import draw, hold_out
from inkdigit.types import Digits, Ink

PROVING, REDUCED, CALIBRATION = 1_000, 5_000, 500
"""Digits to prove that nothing changed, to measure what a smaller file lost, and to see how large its values get."""


def held_out(n: int) -> Digits:
    """Return some of MNIST's last training images, which are held out of every training; of mnist-small its test part.

    Args:
        n: How many; of mnist-small at most 2,000.
    """
    from inkdigit.data import mnist, mnist_small

    if mnist.available():
        others = hold_out(mnist.load("train"), mnist.HELD_OUT)[1]
    else:
        others = mnist_small.load("test").take(slice(None), part="validation")
    return others.take(draw(others.labels, min(n, len(others))))


def calibration() -> Ink:
    """Return 500 digits of which none is held out."""
    from inkdigit.data import mnist, mnist_small

    learned = hold_out(mnist.load("train"), mnist.HELD_OUT)[0] if mnist.available() else mnist_small.load("train")
    return learned.take(draw(learned.labels, CALIBRATION)).ink
