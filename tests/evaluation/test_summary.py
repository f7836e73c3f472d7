"""The short form for the terminal."""

import numpy as np
import pytest

from inkdigit.evaluation.look import percent
from inkdigit.evaluation.metrics import evaluate
from inkdigit.evaluation.summary import format_summary
from inkdigit.types import Evaluation


def evaluation(n: int, *, wrong: int = 0, temperature: float = 1.0) -> Evaluation:
    labels = (np.arange(n) % 10).astype(np.uint8)
    answers = labels.copy()
    answers[:wrong] = (answers[:wrong] + 1) % 10
    probabilities = (np.eye(10, dtype=np.float32) * 0.9 + np.float32(0.01))[answers]
    return evaluate(probabilities, labels, model="m", data="d", temperature=temperature)


@pytest.mark.parametrize(("n", "wrong"), [(1, 0), (1, 1), (200, 13), (60_000, 30_000)])
def test_it_fits_a_terminal_and_needs_no_colour(n: int, wrong: int) -> None:
    text = format_summary(evaluation(n, wrong=wrong, temperature=1.25))
    assert max(map(len, text.splitlines())) <= 78
    assert "\x1b" not in text


def test_it_says_what_matters() -> None:
    text = format_summary(evaluation(200, wrong=13))
    assert "accuracy     93.50 %   95 % interval 89.20 % to 96.16 %" in text
    assert "13 of 200 misread" in text
    assert "0 as 1 (twice)" in text
    assert "weakest      0 (90.0 %), 1 (90.0 %), 2 (90.0 %) read right" in text


def test_without_mistakes_it_says_none() -> None:
    assert "confused     none" in format_summary(evaluation(50))


def test_the_matrix_holds_every_count() -> None:
    result = evaluation(200, wrong=13)
    rows = [line.split("|")[1].split() for line in format_summary(result).splitlines()[-10:]]
    assert [[0 if cell == "·" else int(cell) for cell in row] for row in rows] == result.confusion.tolist()


def test_a_mistake_is_never_rounded_away() -> None:
    assert percent(9999 / 10_000, 1) == ">99.9 %"
    assert percent(1 / 100_000, 2) == "<0.01 %"
