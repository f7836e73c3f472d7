"""The digits that an export is proven on, and those that eight bits are fitted to.

Out: digits that no recipe of this package trains on, and others that it does. From MNIST where it is on this machine,
else strokes, which are synthetic; nothing is downloaded, and MNIST's test images are never opened.
"""

from inkdigit.types import Digits, Ink

PROVING, REDUCED, CALIBRATION = 1_000, 5_000, 500
"""Digits to prove that nothing changed, to measure what a smaller file lost, and to see how large its values get."""

STROKES, STROKES_SEED, CALIBRATION_SEED = 1_000, 3, 4  # trainings on strokes have the seeds 1 and 2


def held_out(n: int) -> Digits:
    """Return some of MNIST's last training images, which are held out of every training, or strokes.

    Args:
        n: How many; of strokes at most 1,000.
    """
    from inkdigit.data import mnist

    if mnist.available():
        from inkdigit.data.labelled import draw, hold_out

        others = hold_out(mnist.load("train"), mnist.HELD_OUT)[1]
        return others.take(draw(others.labels, n))
    from inkdigit.data.strokes import strokes

    return strokes(min(n, STROKES), seed=STROKES_SEED, part="validation")


def calibration() -> Ink:
    """Return 500 digits of which none is held out."""
    from inkdigit.data import mnist

    if mnist.available():
        from inkdigit.data.labelled import draw, hold_out

        learned = hold_out(mnist.load("train"), mnist.HELD_OUT)[0]
        return learned.take(draw(learned.labels, CALIBRATION)).ink
    from inkdigit.data.strokes import strokes

    return strokes(CALIBRATION, seed=CALIBRATION_SEED).ink
