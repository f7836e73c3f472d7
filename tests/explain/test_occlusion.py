"""Occlusion against a recognizer whose reasons are known."""

from dataclasses import replace

import numpy as np
import pytest

from inkdigit.explain.occlusion import STRIDE, WINDOW, Occlusion, occlude, place_of
from linear import CARD, Linear, bar, upper_weights

PATCH = np.outer(WINDOW, WINDOW)


def explained(recognizer: Linear, frame: np.ndarray) -> Occlusion:
    return occlude(frame, recognizer.classify(frame[None]), recognizer.classify)


def test_ink_speaks_as_the_recognizer_weighs_it() -> None:
    seen = explained(Linear(upper_weights()), bar())
    ink = bar() > 0
    assert (seen.influence[:11][ink[:11]] > 0).all()
    assert (seen.influence[17:][ink[17:]] < 0).all()
    assert np.abs(seen.influence[:, :8]).max() == 0  # no patch that covers these hides any ink
    assert seen.influence.dtype == np.float32


def test_the_effect_is_what_the_hidden_ink_weighed() -> None:
    seen = explained(Linear(upper_weights(against=-0.05)), bar())
    row, column = seen.decisive.row, seen.decisive.column
    # By hand: a patch at an even centre covers the whole width of the bar, and 5 of its rows, softly.
    hidden = PATCH[:, max(0, 12 - (column - 2)) : 16 - (column - 2)].sum()
    assert seen.decisive.effect == pytest.approx(0.1 * hidden, rel=1e-3)
    assert 4 + 2 <= row < 14 - 2
    assert row % STRIDE == 0
    assert "top" in seen.decisive.place or seen.decisive.place == "middle"


def test_the_mean_over_patches_is_a_mean() -> None:
    """With the same weight everywhere a pixel in the middle of a plain of ink has the effect of a whole patch."""
    frame = np.zeros((28, 28), np.float32)
    frame[4:24, 4:24] = 1
    seen = explained(Linear(np.full((28, 28), 0.01, np.float32)), frame)
    assert seen.influence[14, 14] == pytest.approx(0.01 * PATCH.sum(), rel=1e-3)


def test_the_answer_without_the_decisive_ink() -> None:
    weights = np.zeros((28, 28), np.float32)
    weights[4:9, 12:16] = 1.0
    seen = explained(Linear(weights, offset=-12.0), bar())  # sure of 7, and only for the ink at the top
    assert seen.decisive.place == "top"
    assert seen.decisive.digit == 1
    assert seen.decisive.confidence == pytest.approx(0.5, abs=0.01)
    assert seen.decisive.unsure
    assert (seen.rival, seen.separating) == (1, "top")


def test_one_batch_and_the_same_each_time() -> None:
    recognizer = Linear(upper_weights())
    first, second = (explained(recognizer, bar()) for _ in range(2))
    assert recognizer.asked == 4
    assert np.array_equal(first.influence, second.influence)
    assert first.decisive == second.decisive


def test_a_speck_is_hidden_as_a_whole() -> None:
    frame = np.zeros((28, 28), np.float32)
    frame[14, 14] = 0.3
    seen = explained(Linear(upper_weights(for_it=5, against=5)), frame)
    assert seen.decisive.effect == pytest.approx(1.5, rel=1e-3)


def test_certain_probabilities_give_finite_numbers() -> None:
    seen = explained(Linear(100 * upper_weights(), card=replace(CARD, classes="0123456789")), bar())
    assert np.isfinite(seen.influence).all()
    assert np.isfinite(seen.decisive.effect)


@pytest.mark.parametrize(
    ("row", "column", "place"),
    [(5, 5, "top left"), (14, 14, "middle"), (14, 20, "right"), (22, 14, "bottom"), (23, 22, "bottom right")],
)
def test_places(row: int, column: int, place: str) -> None:
    frame = np.zeros((28, 28), np.float32)
    frame[4:24, 4:24] = 1
    assert place_of(row, column, frame) == place


def test_a_narrow_glyph_has_no_left() -> None:
    assert place_of(14, 12, bar()) == "middle"
