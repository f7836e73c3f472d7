"""Confidence that means what it says: how far off it is, and one number that puts it right.

In: probabilities and the true digits of held-out images. Out: a calibration error, a temperature,
a threshold of "unsure". Knows nothing of networks; a softmax output is all it needs, because
log p is the logit up to a constant that the next softmax removes.
"""

from collections.abc import Callable

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.shapes import Bool, Float, Float32, Float64
from inkdigit.types import Labels, ReliabilityBin

Softmax = Float32[np.ndarray, "n classes"]
"""Rows that add up to 1: ten digits, or eleven classes, the last "no digit"."""

BINS = 15
# Beyond these the fit has run away: without a single mistake the likelihood wants the temperature 0.
COLDEST, HOTTEST = 0.25, 10.0
SMALLEST = np.finfo(np.float32).tiny  # a float32 softmax underflows to 0, whose log is no number


def reliability(
    confidence: Float[np.ndarray, " n"], correct: Bool[np.ndarray, " n"], *, bins: int = BINS
) -> tuple[ReliabilityBin, ...]:
    """Sort the answers into equal-width bins of confidence and see how often each bin is right.

    Args:
        confidence: Probability given to each answer, 0 to 1.
        correct: Whether each answer was right.
        bins: Number of bins over [0, 1]; an answer given with exactly 1 falls in the last.

    Returns:
        One record per bin, in order; an empty bin has the figures 0.0.

    >>> reliability(np.array([0.9, 1.0]), np.array([True, False]), bins=2)[1].accuracy
    0.5
    """
    # Weighted counts give the sum of each bin in one pass; an empty one is divided by 1.
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    counts = np.bincount(place, minlength=bins)
    sure = np.bincount(place, weights=confidence, minlength=bins) / np.maximum(counts, 1)
    right = np.bincount(place, weights=correct, minlength=bins) / np.maximum(counts, 1)
    return tuple(
        ReliabilityBin(i / bins, (i + 1) / bins, int(counts[i]), float(sure[i]), float(right[i])) for i in range(bins)
    )


def ece(confidence: Float[np.ndarray, " n"], correct: Bool[np.ndarray, " n"], *, bins: int = BINS) -> float:
    """Return the expected calibration error: the mean distance of confidence from accuracy, bin by bin.

    After Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian
    binning", AAAI 2015. A fraction from 0 (of the answers given with 0.9, nine in ten are right) to 1.

    >>> ece(np.array([0.75, 0.75, 0.75, 0.75]), np.array([True, True, True, False]))
    0.0
    """
    rows = reliability(confidence, correct, bins=bins)
    return sum(row.n * abs(row.accuracy - row.confidence) for row in rows) / max(len(confidence), 1)


def fit_temperature(probabilities: Softmax, labels: Labels) -> float:
    """Find the temperature under which the true digits of held-out images are likeliest.

    Temperature scaling: Guo, Pleiss, Sun and Weinberger, "On calibration of modern neural
    networks", ICML 2017. The loss is convex in 1/temperature, so a golden-section search finds
    its one minimum.

    Args:
        probabilities: Softmax outputs for images that were not trained on.
        labels: The class of each.

    Returns:
        A temperature from 0.25 to 10; at an end of that range when the best lies outside.

    Raises:
        BadInput: There are no images.
    """
    if len(labels) == 0:
        raise BadInput("cannot calibrate", "held-out images", "there are none", hint="hold some training images back")
    logits, rows = _logits(probabilities), np.arange(len(labels))

    def loss(log_inverse: float) -> float:
        return float(-_log_softmax(logits * np.exp(log_inverse))[rows, labels].mean())

    return float(np.exp(-_golden_section(loss, -np.log(HOTTEST), -np.log(COLDEST))))


def unsure_threshold(confidence: Float[np.ndarray, " n"], *, rate: float = 0.01) -> float:
    """Return the highest confidence that at most a fraction `rate` of these answers falls below.

    Args:
        confidence: Calibrated confidences of held-out digits.
        rate: Fraction of good digits that may be called unsure, 0 <= rate < 1.

    Raises:
        BadInput: There are no confidences.

    >>> unsure_threshold(np.array([0.2, 0.9, 0.95, 0.99]), rate=0.25)
    0.9
    """
    if len(confidence) == 0:
        raise BadInput("cannot calibrate", "held-out images", "there are none", hint="hold some training images back")
    return float(np.sort(confidence)[int(rate * len(confidence))])


def _logits(probabilities: Softmax) -> Float64[np.ndarray, "n classes"]:
    return np.log(np.maximum(probabilities.astype(np.float64), SMALLEST))


def _log_softmax(logits: Float64[np.ndarray, "n classes"]) -> Float64[np.ndarray, "n classes"]:
    shifted = logits - logits.max(axis=1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True)))


def _golden_section(function: Callable[[float], float], low: float, high: float, *, width: float = 1e-4) -> float:
    """Return where a function with one valley is lowest between `low` and `high`, to within `width`.

    Kiefer, "Sequential minimax search for a maximum", Proc. AMS 4 (1953).
    """
    golden = (5**0.5 - 1) / 2
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = function(left), function(right)
    while high - low > width:
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = function(right)
    return (low + high) / 2
