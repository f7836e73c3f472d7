"""The lattice: the best path wins, dots drop out, confidence is shared among readings."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkdigit.page.components import Piece
from inkdigit.page.cuts import Part
from inkdigit.page.lattice import Run, runs_of, solve
from inkdigit.types import Predictions


def part(x: int, *, width: int = 10, height: int = 30, price: float = 0.0) -> Part:
    return Part(Piece(np.ones((height, width), np.float32), x, 40 - height), price)


def answers(runs: list[Run], sure: dict[tuple[int, int], tuple[int, float]]) -> Predictions:
    """A recognizer that knows some runs, and holds all others for no digit."""
    probabilities = np.full((len(runs), 10), 1e-4, np.float32)
    for index, run in enumerate(runs):
        digit, confidence = sure.get((run.start, run.end), (0, 1e-4))
        probabilities[index, digit] = confidence
    confidence = probabilities.max(axis=1, initial=0)
    return Predictions(probabilities.argmax(axis=1).astype(np.uint8), confidence, confidence < 0.5, probabilities)


def read(parts: list[Part], sure: dict[tuple[int, int], tuple[int, float]]) -> str:
    runs = runs_of(parts, height=30)
    return "".join(str(choice.digit) for choice in solve(parts, runs, answers(runs, sure), height=30))


def test_two_halves_are_one_digit_if_the_recognizer_says_so() -> None:
    halves = [part(0), part(10, price=0.1), part(30, width=20)]
    assert read(halves, {(0, 2): (8, 0.99), (2, 3): (5, 0.99), (0, 1): (1, 0.3)}) == "85"
    assert read(halves, {(0, 1): (1, 0.99), (1, 2): (7, 0.99), (2, 3): (5, 0.99), (0, 2): (8, 0.1)}) == "175"


def test_a_dot_drops_out_and_a_tall_stroke_does_not() -> None:
    assert read([part(0, width=20), part(25, width=4, height=4)], {(0, 1): (3, 0.99)}) == "3"
    assert len(read([part(0, width=20), part(25, width=8)], {(0, 1): (3, 0.99), (1, 2): (1, 0.4)})) == 2


def test_confidence_is_shared_with_the_other_reading() -> None:
    halves = [part(0), part(10, price=0.1)]
    runs = runs_of(halves, height=30)
    alone = solve(halves, runs, answers(runs, {(0, 2): (8, 0.99)}), height=30)
    rival = {(0, 2): (8, 0.99), (0, 1): (1, 0.99), (1, 2): (1, 0.99)}
    beside = solve(halves, runs, answers(runs, rival), height=30)
    assert len(alone) == 1
    assert max(choice.confidence for choice in beside) < alone[0].confidence


def test_no_run_spans_a_wide_gap() -> None:
    runs = runs_of([part(0), part(30), part(42)], height=30)
    assert {(run.start, run.end) for run in runs} == {(0, 1), (1, 2), (1, 3), (2, 3)}


def test_nothing_to_read() -> None:
    assert runs_of([], height=30) == []
    assert solve([], [], answers([], {}), height=30) == []


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 5), st.integers(0, 10**6))
def test_the_path_is_the_best_of_all_and_confidences_are_probabilities(count: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    parts = [part(11 * i, width=int(random.integers(4, 14)), price=float(i > 0) * 0.1) for i in range(count)]
    runs = runs_of(parts, height=30)
    sure = {(run.start, run.end): (int(random.integers(10)), float(random.uniform(0, 0.98))) for run in runs}
    chosen = solve(parts, runs, answers(runs, sure), height=30)
    assert all(0 <= choice.confidence <= 1 for choice in chosen)
    assert all(one.run.end <= other.run.start for one, other in itertools.pairwise(chosen))


@pytest.mark.parametrize("digit", range(10))
def test_one_sure_glyph_is_read(digit: int) -> None:
    assert read([part(0, width=18)], {(0, 1): (digit, 0.99)}) == str(digit)
