"""The second opinion on a single digit: the mean over the looks of what each gives a digit alone."""

import numpy as np
import pytest

from inkdigit.architectures import ALPHABET, BLANK, STEP
from inkdigit.page.single import digit_probabilities
from inkdigit.page.thresholds import Thresholds
from inkdigit.shapes import Float32


def test_it_is_the_mean_over_the_looks() -> None:
    calls: list[int] = []

    def read(pictures: Float32[np.ndarray, "n 1 40 width"]) -> Float32[np.ndarray, "n classes 1 places"]:
        places = pictures.shape[3] // STEP
        logits = np.full((1, BLANK + 1, 1, places), -30, np.float32)
        logits[:, BLANK] = 0
        logits[:, :, 0, 1] = -30
        logits[:, ALPHABET.index("1"), 0, 1] = np.log(0.9)
        logits[:, ALPHABET.index("7" if calls else "4"), 0, 1] = np.log(0.1)
        calls.append(places)
        return logits

    p = digit_probabilities(np.full((60, 60), 200, np.uint8), (20, 10, 12, 40), read, Thresholds(temperature=1.0))
    assert p[1] == pytest.approx(0.9, abs=1e-3)
    assert p[7] == pytest.approx(0.1 * (len(calls) - 1) / len(calls), abs=1e-3)
    assert p[4] == pytest.approx(0.1 / len(calls), abs=1e-3)
    assert p[[0, 2, 3, 5, 6, 8, 9]].max() < 1e-6
