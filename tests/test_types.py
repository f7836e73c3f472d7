"""The shapes in the annotations are checked while the tests run: `addopts` in pyproject.toml sees to it."""

from typing import Any

import numpy as np
import pytest

from inkdigit.training.loop import shuffled
from inkdigit.types import Digits

LABELS = np.zeros(3, np.uint8)


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        (np.zeros((3, 28, 27), np.uint8), LABELS),
        (np.zeros((3, 28, 28), np.float32), LABELS),
        (np.zeros((2, 28, 28), np.uint8), LABELS),
        (np.zeros((3, 28, 28), np.uint8), LABELS[None]),
    ],
    ids=["shape", "type", "number", "dimensions"],
)
def test_a_record_refuses_arrays_of_another_form(images: Any, labels: Any) -> None:
    with pytest.raises(Exception, match="Type-check error"):
        Digits(images, labels, "made", "train", "")


def test_so_does_a_function() -> None:
    wrong: Any = "5"
    with pytest.raises(Exception, match="Type-check error"):
        shuffled(wrong, batch=1, seed=0, epoch=1)
