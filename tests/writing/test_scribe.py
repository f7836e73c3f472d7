"""One hand that writes on one sheet."""

import numpy as np

from inkdigit.writing.digits import DigitSource
from inkdigit.writing.scribe import Scribe
from inkdigit.writing.sheet import numbers_of


def scribe(source: DigitSource, *, seed: int = 0, fresh: int = 6, unit: float = 30) -> Scribe:
    return Scribe(source, np.random.default_rng(seed), unit=unit, fresh=fresh)


def test_a_whole_number_has_digits_and_no_gap_and_is_as_short_as_asked_for(source: DigitSource) -> None:
    one = scribe(source)
    for _ in range(20):
        text = one.number(longest=5, whole=True).text
        assert any(sign.isdigit() for sign in text)
        assert " " not in text
        assert len(text) <= 5


def test_digits_are_about_as_high_as_the_unit(source: DigitSource) -> None:
    heights = [scribe(source, seed=seed).digit().height for seed in range(20)]
    assert 24 <= min(heights) <= max(heights) <= 37
    assert len(set(heights)) > 3


def test_what_is_written_again_has_its_boxes_over_its_ink(source: DigitSource) -> None:
    one = scribe(source, fresh=1)
    first = one.number(longest=6, whole=True)
    again = [one.number(longest=6, whole=True) for _ in range(10)]
    assert {written.text for written in again} == {first.text}
    assert len({written.ink.shape for written in again}) > 3
    for written in again:
        for _, (x, y, w, h) in numbers_of(written):
            assert 0 <= x <= x + w <= written.ink.shape[1] + 1
            assert 0 <= y <= y + h <= written.ink.shape[0] + 1
            assert written.ink[int(y) : int(y + h), int(x) : int(x + w)].max() > 0.8


def test_a_word_is_no_number(source: DigitSource) -> None:
    one = scribe(source)
    assert {one.word().text for _ in range(8)} == {"?"}
