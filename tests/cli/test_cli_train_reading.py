"""`inkdigit train line` and `detector`: which options they have, and how the end is told."""

from pathlib import Path

import pytest

from inkdigit.cli.train_reading import format_finished, train_reading_network
from inkdigit.errors import UsageError
from inkdigit.learning.reading import FinishedReading, ReadingConfig
from inkdigit.types import Epoch

CONFIG = ReadingConfig("line", 1, 1, 0.1, 0, "strokes")


def test_options_of_single_digits_are_refused() -> None:
    with pytest.raises(UsageError, match="--hidden: the line network has no such option"):
        train_reading_network(
            "line", as_json=False, others={"hidden": (3,), "l2": None}, epochs=1, learning_rate=None, seed=None,
            data="strokes", run=None, resume=False, force=False, processes=1,
        )  # fmt: skip


def test_the_end_is_told() -> None:
    epoch = Epoch(1, 0.5, None, 0.4, 0.875, 0.1, 2.0)
    text = format_finished(FinishedReading(Path("runs/line-1"), CONFIG, 1234, (epoch,), {}), CONFIG)
    assert "lines read whole, made and held out: 87.50 %" in text
    assert "1,234 parameters" in text
    assert text.endswith("runs/line-1")
