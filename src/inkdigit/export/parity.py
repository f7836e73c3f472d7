"""The proof that a network and a file made from it give the same answers, or how far a smaller file is off.

In: the answers of both to the same labelled digits. Out: a `Parity`, or an error. Knows nothing of how either was
computed, and needs no more than NumPy.

What it proves and what not is said in docs/export.md.
"""

from dataclasses import dataclass

import numpy as np

from inkdigit.errors import BadInput, Disagreement
from inkdigit.types import Digits, Outputs

PARITY_KEY = "inkdigit.parity"
"""Under which a file's metadata holds the measured difference."""

TOLERANCE = 1e-5

# Of weights in eight bits or sixteen: more than this is no longer the same network to its user. Measured on both
# shipped models: at most 0.0006, see docs/export.md.
LARGEST_LOSS = 0.01


@dataclass(frozen=True)
class Parity:
    """How alike a network and the file made from it answer; in the metadata of every file, as JSON where there is room.

    Args:
        data: Which digits were asked.
        images: How many.
        same: For how many of them both give the same digit.
        difference: The largest difference between two probabilities.
        source_accuracy: Fraction of the digits that the network reads right.
        accuracy: Fraction that the file reads right.
    """

    data: str
    images: int
    same: int
    difference: float
    source_accuracy: float
    accuracy: float


def check_same(ours: Outputs, theirs: Outputs, *, digits: Digits, tolerance: float = TOLERANCE) -> Parity:
    """Measure how alike two forms of one network answer, and refuse what is not the same.

    Args:
        ours: Of the network, float32 (n, classes).
        theirs: Of the file made from it.
        digits: What both were asked.
        tolerance: As for `compare`.

    Raises:
        Disagreement: As `compare` does.
    """
    compare(ours, theirs, tolerance=tolerance, what="the network and its file disagree")
    return measure(ours, theirs, digits=digits)


def check_reduced(ours: Outputs, theirs: Outputs, *, digits: Digits, largest_loss: float = LARGEST_LOSS) -> Parity:
    """Measure what a file with smaller weights lost, and refuse what lost too much.

    Args:
        ours: Of the network, float32 (n, classes).
        theirs: Of the smaller file.
        digits: What both were asked.
        largest_loss: The fraction of the digits that may be read wrong in addition.

    Raises:
        Disagreement: More is lost, or an answer is not a number.
    """
    parity = measure(ours, theirs, digits=digits)
    what = "the smaller file is not good enough"
    if not np.isfinite(theirs).all():
        raise Disagreement(what, "", "it gives answers that are not numbers")
    lost = parity.source_accuracy - parity.accuracy
    if lost > largest_loss + 1e-9:  # 1 - 0.99 is more than 0.01 to a float
        why = f"{100 * lost:.2f} points of accuracy lost on {parity.data}; at most {100 * largest_loss:g} expected"
        raise Disagreement(what, "", why, hint="export without --quantize")
    return parity


def measure(ours: Outputs, theirs: Outputs, *, digits: Digits) -> Parity:
    """Count and compare; which digit it is, is the likeliest of the ten.

    Raises:
        BadInput: There are no digits.
    """
    if len(digits) == 0:
        raise BadInput("cannot compare a network with its file", "images", "expected at least 1, got 0")
    before, after = (answers[:, :10].argmax(axis=1) for answers in (ours, theirs))
    return Parity(
        data=f"{digits.name} {digits.part}" + (" (synthetic)" if digits.synthetic else ""),
        images=len(digits),
        same=int((before == after).sum()),
        difference=float(np.abs(ours - theirs).max()),
        source_accuracy=float((before == digits.labels).mean()),
        accuracy=float((after == digits.labels).mean()),
    )


def compare(
    ours: Outputs, theirs: Outputs, *, tolerance: float = TOLERANCE, what: str = "Keras and ONNX disagree"
) -> float:
    """Return the largest difference between two sets of answers to the same images.

    Args:
        ours: float32 (n, classes).
        theirs: Likewise.
        tolerance: The largest difference allowed, and how far apart the two best digits must be for
            their order to count. Float32 sums in another order differ by about 1e-6.
        what: How an error begins.

    Raises:
        Disagreement: They differ by more, or an answer is not a number, or the digit is another one.
    """
    difference = float(np.abs(ours - theirs).max())
    if not difference <= tolerance:  # so written, NaN is refused too
        raise Disagreement(what, "", f"probabilities differ by {difference:.2g}; at most {tolerance:.2g} expected")
    second, best = np.sort(ours, axis=1)[:, -2:].T
    changed = (ours.argmax(axis=1) != theirs.argmax(axis=1)) & (best - second > tolerance)
    if changed.any():
        first = int(changed.argmax())
        classes = f"{ours[first].argmax()} and {theirs[first].argmax()}"
        raise Disagreement(what, f"image {first}", f"read as {classes}")
    return difference
