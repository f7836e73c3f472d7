"""How good a reading network is on made pictures: lines that are read whole, and pixels of numbers that are found.

In: logits, as NumPy arrays, and the truth. Out: a share, and of how many. Knows nothing of how the network was trained.
"""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from inkdigit.architectures import ALPHABET, BLANK, NUMBERS
from inkdigit.shapes import Float32, Int32


def best_path(logits: Float32[np.ndarray, "places classes"]) -> str:
    """The text along the likeliest class of each place: repeated ones once, blanks left out.

    >>> best_path(np.eye(18, dtype=np.float32)[[17, 4, 4, 17, 4, 10]])
    '44.'
    """
    classes = [int(one) for one, _ in groupby(logits.argmax(axis=1).tolist())]
    return "".join(ALPHABET[one] for one in classes if one != BLANK)


def lines_read_whole(
    logits: Float32[np.ndarray, "n 1 places classes"], labels: Int32[np.ndarray, "n longest"],
    lengths: Int32[np.ndarray, " n"],
) -> tuple[float, float]:  # fmt: skip
    """How many lines are read as they are written, and how many there are."""
    truth = ["".join(ALPHABET[i] for i in row[:length]) for row, length in zip(labels, lengths, strict=True)]
    read: Sequence[str] = [best_path(one[0]) for one in logits]
    return float(sum(a == b for a, b in zip(read, truth, strict=True))), float(len(truth))


def numbers_found(
    logits: Float32[np.ndarray, "n rows columns maps"], target: Float32[np.ndarray, "n rows columns all"]
) -> tuple[float, float]:
    """Pixels that are a number's in both the answer and the truth, and in either: their ratio is the Jaccard index."""
    counts = target[..., -1] > 0
    found, there = (logits[..., NUMBERS] > 0) & counts, (target[..., NUMBERS] > 0.5) & counts
    return float((found & there).sum()), float((found | there).sum())
