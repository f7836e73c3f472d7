"""Marks that are no number."""

import numpy as np
import pytest

from inkdigit.writing.hand import Hand
from inkdigit.writing.letters import LETTERS
from inkdigit.writing.marks import CLOSE, WORDS, Place, mark, random_word, struck


def test_every_mark_that_is_named_can_be_drawn() -> None:
    assert set().union(*CLOSE.values(), *WORDS) <= set(LETTERS)


def test_no_mark_that_stands_alone_could_be_a_digit_or_a_sign() -> None:
    assert not set(CLOSE["alone"]) & set("OoIlSsZzBbqgG|,.-/:")


def test_words_are_letters() -> None:
    random = np.random.default_rng(0)
    words = [random_word(random) for _ in range(200)]
    assert all(word.isalpha() and 2 <= len(word) <= 9 and set(word) <= set(LETTERS) for word in words)


@pytest.mark.parametrize("place", ["before", "after", "between", "alone"])
def test_marks_have_ink_near_the_line(hand: Hand, place: Place) -> None:
    random = np.random.default_rng(0)
    for _ in range(60):
        glyph = mark(place, hand, random, height=40)
        assert glyph.ink.max() > 0.5
        assert -40 < glyph.rise < 40
        assert glyph.ink.shape[0] < 100


def test_what_is_struck_out_has_more_ink_across(hand: Hand) -> None:
    ink = np.zeros((40, 120), np.float32)
    struck(ink, hand, np.random.default_rng(0), height=40)
    assert (ink.max(axis=0) > 0.3).mean() > 0.9
