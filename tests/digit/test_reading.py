"""When a picture is looked at again, and which look is believed; with a recognizer whose answers are made up."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.digit.reading import FAIRLY_SURE, LOOKS, Found, believed, find_digits
from inkdigit.digit.single import Candidate, candidates
from inkdigit.types import Ink, Predictions
from twins import grey, written

THRESHOLD = 0.6


def said(*answers: tuple[int, float]) -> Predictions:
    """Digits with their probability; the rest says no digit."""
    probabilities = np.zeros((len(answers), 10), np.float32)
    for row, (digit, probability) in enumerate(answers):
        probabilities[row, digit] = probability
    confidence = probabilities.max(axis=1)
    unsure = (confidence < THRESHOLD) | (1 - probabilities.sum(axis=1) > confidence)
    return Predictions(probabilities.argmax(axis=1).astype(np.uint8), confidence, unsure, probabilities)


def look(digit: int, confidence: float) -> Found:
    answer = said((digit, confidence))
    candidate = Candidate(np.full((28, 28), confidence, np.float32), (0, 0, 9, 9), 0.0)
    return Found(candidate, answer, float(answer.confidence[0]), bool(answer.unsure[0]))


class Judge:
    """Sure, by `sureness`, of a digit that depends on how much ink there is; counts what it is asked."""

    def __init__(self, sureness: float) -> None:
        self.sureness = sureness
        self.asked: list[int] = []

    def classify(self, ink: Ink) -> Predictions:
        self.asked.append(len(ink))
        return said(*((int(one.sum()) % 10, self.sureness) for one in ink))


PICTURES = [grey(written(digit, seed=2)) for digit in range(10)]


def test_sure_answers_are_those_of_the_first_look_and_nothing_more_is_asked() -> None:
    judge = Judge(0.95)
    found = find_digits(PICTURES, judge.classify)
    firsts = [candidates(picture) for picture in PICTURES]
    assert judge.asked == [sum(map(len, firsts))]
    for one, first in zip(found, firsts, strict=True):
        assert one is not None
        assert one.view == "first"
        assert any(np.array_equal(one.candidate.frame, candidate.frame) for candidate in first)
    for one, alone in zip(found, find_digits(PICTURES, judge.classify, again=False), strict=True):
        assert one is not None
        assert alone is not None
        assert (one.digit, one.confidence, one.unsure) == (alone.digit, alone.confidence, alone.unsure)


def test_pictures_in_doubt_are_looked_at_again_all_at_once() -> None:
    judge = Judge(0.8)
    assert FAIRLY_SURE > 0.8
    find_digits(PICTURES, judge.classify)
    assert len(judge.asked) == 2
    assert judge.asked[1] >= 2 * len(PICTURES)


def test_the_order_of_pictures_does_not_matter() -> None:
    pictures = [*PICTURES, np.full((30, 30), 200, np.uint8)]
    together = find_digits(pictures, Judge(0.7).classify)
    for found, picture in zip(find_digits(pictures[::-1], Judge(0.7).classify)[::-1], pictures, strict=True):
        [alone] = find_digits([picture], Judge(0.7).classify)
        assert (found is None) == (alone is None)
        if found and alone:
            assert (found.digit, found.confidence, found.unsure) == (alone.digit, alone.confidence, alone.unsure)
            assert np.array_equal(found.candidate.frame, alone.candidate.frame)
    assert together[-1] is None


def test_a_blank_picture_stays_blank() -> None:
    """One colour has no view, so not even a recognizer that is sure of anything is asked; others must be sure."""
    shade = np.tile(np.linspace(90, 200, 60).astype(np.uint8), (50, 1))
    noise = np.clip(np.random.default_rng(0).normal(128, 12, (50, 60)), 0, 255).astype(np.uint8)
    even = np.full((50, 60), 128, np.uint8)
    assert find_digits([even], Judge(0.999).classify) == [None]
    assert find_digits([even, shade, noise], Judge(0.55).classify) == [None] * 3


def test_nothing_is_asked_where_nothing_is() -> None:
    judge = Judge(0.9)
    assert find_digits([], judge.classify) == []
    assert find_digits([np.zeros((9, 9), np.uint8)], judge.classify) == [None]
    assert judge.asked == []


# -- which look is believed

looks = st.tuples(st.integers(0, 9), st.floats(0.01, 0.999)).map(lambda one: look(*one))
maybe = st.none() | looks


@given(maybe, maybe, maybe, maybe)
def test_no_look_after_the_first_makes_an_answer_sure(
    first: Found | None, light: Found | None, dark: Found | None, thick: Found | None
) -> None:
    found = believed(first, {"light": light, "dark": dark, "thick": thick})
    if found is not None and not found.unsure:
        assert first is not None
        assert not first.unsure
        assert found.digit == first.digit
    if first is not None:
        assert found is not None
        assert found.confidence >= first.confidence


@given(looks, st.floats(0.01, 0.999))
def test_the_odds_of_another_look_are_divided_by_the_number_of_looks(first: Found, confidence: float) -> None:
    other = look(3, confidence)
    found = believed(first, {"dark": other})
    assert found is not None
    if found.view == "first":
        assert found is first
        return
    odds = found.confidence / (1 - found.confidence)
    assert odds * LOOKS == pytest.approx(other.confidence / (1 - other.confidence), rel=1e-3)
    assert found.view == "dark"
    assert np.array_equal(found.candidate.frame, other.candidate.frame)


def test_the_surest_look_is_believed_and_doubted() -> None:
    found = believed(look(4, 0.2), {"light": look(7, 0.97), "dark": look(1, 0.8), "thick": look(7, 0.9)})
    assert found is not None
    assert (found.digit, found.view, found.unsure) == (7, "light", True)
    assert found.confidence == pytest.approx(0.843, abs=0.005)


def test_a_look_that_the_recognizer_doubts_does_not_count() -> None:
    first = look(4, 0.05)
    assert believed(first, {"light": look(7, 0.55)}) is first
    assert believed(None, {"light": look(7, 0.55)}) is None
    found = believed(None, {"light": look(7, 0.9)})
    assert found is not None
    assert (found.digit, found.unsure) == (7, True)


def test_a_fairly_sure_answer_that_another_look_confirms_stays_sure() -> None:
    confirmed = believed(look(4, 0.7), {"thick": look(4, 0.98)})
    contradicted = believed(look(4, 0.7), {"thick": look(9, 0.98)})
    assert confirmed is not None
    assert contradicted is not None
    assert (confirmed.digit, confirmed.unsure) == (4, False)
    assert (contradicted.digit, contradicted.unsure) == (9, True)


def test_doubt_of_a_contested_first_look_stays() -> None:
    first = replace(look(4, 0.7), unsure=True)
    found = believed(first, {"thick": look(4, 0.98)})
    assert found is not None
    assert found.unsure
