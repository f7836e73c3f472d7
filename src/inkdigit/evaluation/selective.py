"""What confidence is worth for refusing: the error of what is left when the least sure answers are put aside.

In: how sure each answer was, and whether it was right. Out: fractions. Knows nothing of networks, of thresholds
or of why an answer was sure.

The error of what is answered, as a function of how much is, is the risk-coverage curve of selective classification:
El-Yaniv and Wiener, "On the foundations of noise-free selective classification", JMLR 11 (2010).
"""

from collections.abc import Sequence

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.shapes import Bool, Float


def selective_risk(
    confidence: Float[np.ndarray, " n"], correct: Bool[np.ndarray, " n"], *, refused: Sequence[float]
) -> tuple[float, ...]:
    """Return the error of the answers that are left when a share of them, the least sure, is refused.

    Of answers that are equally sure, those that come last are refused first.

    Args:
        confidence: How sure each answer is; only their order matters.
        correct: Whether each answer is right.
        refused: Shares to refuse, each at least 0 and below 1, rounded to whole answers; one answer always stays.

    Returns:
        For each share the fraction of the answers left that is wrong.

    Raises:
        BadInput: There are no answers.

    >>> selective_risk(np.array([0.9, 0.5, 0.8, 0.7]), np.array([True, False, True, False]), refused=(0, 0.25, 0.5))
    (0.5, 0.3333333333333333, 0.0)
    """
    _check(confidence)
    order = np.argsort(-confidence, kind="stable")
    wrong = np.cumsum(~correct[order])
    kept = [max(1, len(wrong) - round(share * len(wrong))) for share in refused]
    return tuple(float(wrong[n - 1] / n) for n in kept)


def auroc(confidence: Float[np.ndarray, " n"], correct: Bool[np.ndarray, " n"]) -> float:
    """Return how often a right answer is surer than a wrong one, a tie counting half.

    The area under the ROC curve of confidence as a detector of mistakes (Hendrycks and Gimpel, "A baseline for
    detecting misclassified and out-of-distribution examples", ICLR 2017), by the ranks of Mann and Whitney (1947).

    Args:
        confidence: How sure each answer is; only their order matters.
        correct: Whether each answer is right.

    Returns:
        From 0 to 1; 0.5 for a confidence that tells nothing, and where there is no mistake or nothing but mistakes.

    Raises:
        BadInput: There are no answers.

    >>> auroc(np.array([0.9, 0.6, 0.7]), np.array([True, False, True]))
    1.0
    """
    _check(confidence)
    right = int(correct.sum())
    wrong = len(correct) - right
    if not right or not wrong:
        return 0.5
    _, place, counts = np.unique(confidence, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2)[place]  # of equals, the mean of the ranks they share
    return float((rank[correct].sum() - right * (right + 1) / 2) / (right * wrong))


def _check(confidence: Float[np.ndarray, " n"]) -> None:
    if not len(confidence):
        raise BadInput("cannot measure confidence", "answers", "there are none")
