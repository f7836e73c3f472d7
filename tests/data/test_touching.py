"""Numbers whose digits touch, and what their cuts are called."""

import numpy as np
import pytest

from inkdigit.data import touching
from inkdigit.data.degradations import Drawing, enlarge
from inkdigit.data.negatives import cropped
from inkdigit.data.strokes import strokes
from inkdigit.data.touching import TouchingDigits, cuts_of_touching, is_bar, label_of, write_touching
from inkdigit.page.components import Piece
from inkdigit.page.lattice import Run
from inkdigit.types import NO_DIGIT

DIGITS = strokes(120, seed=5)


def source(random: np.random.Generator) -> touching.DrawLabelled:
    def another(wanted: int | None) -> tuple[Drawing, int]:
        some = np.arange(len(DIGITS)) if wanted is None else np.flatnonzero(DIGITS.labels == wanted)
        i = int(random.choice(some))
        return cropped(enlarge(DIGITS.images[i].astype(np.float32) / np.float32(255))), int(DIGITS.labels[i])

    return another


def two_bars() -> TouchingDigits:
    """A 1 at columns 10 to 15 and a 0, drawn as a block, at columns 20 to 40; 30 rows each."""
    ink = np.zeros((50, 60), np.float32)
    first, second = np.zeros(ink.shape, bool), np.zeros(ink.shape, bool)
    first[10:40, 10:15] = second[10:40, 20:40] = True
    ink[first | second] = 1
    return TouchingDigits(ink, (1, 0), (first, second))


def cut(written: TouchingDigits, left: int, right: int) -> Run:
    return Run(0, 1, Piece(np.ascontiguousarray(written.ink[10:40, left:right]), left, 10))


@pytest.mark.parametrize(
    ("left", "right", "label"),
    [
        (10, 15, 1),  # the whole 1
        (20, 40, 0),  # the whole 0
        (25, 40, 0),  # a 0 that lost a quarter, its wall
        (20, 29, NO_DIGIT),  # less than half of it
        (10, 30, NO_DIGIT),  # the 1 whole, but more of the 0 than of it
        (20, 32, None),  # six tenths of the 0: a matter of taste
    ],
)
def test_what_a_cut_is_called(left: int, right: int, label: int | None) -> None:
    written = two_bars()
    assert label_of(cut(written, left, right), written) == label


def test_another_digit_that_lost_as_much_as_a_zero_may_is_not_called_that_digit() -> None:
    written = two_bars()
    as_eight = TouchingDigits(written.ink, (1, 8), written.own)
    assert label_of(cut(as_eight, 25, 40), as_eight) is None


def test_the_ink_of_a_number_is_its_digits_and_what_joins_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(touching, "JOINED", 0.0)
    random = np.random.default_rng(0)
    for _ in range(20):
        written = write_touching(source(random), random)
        assert 2 <= len(written.digits) == len(written.own) <= 7
        covered = np.logical_or.reduce(written.own)
        assert written.ink[covered].sum() > 0.97 * written.ink.sum()


def test_half_of_the_numbers_end_in_zeros_and_most_digits_touch() -> None:
    random = np.random.default_rng(1)
    written = [write_touching(source(random), random) for _ in range(80)]
    assert 0.4 < np.mean([number.digits[-1] == 0 for number in written]) < 0.75
    touching = [(a & b).any() for number in written for a, b in zip(number.own, number.own[1:], strict=False)]
    assert np.mean(touching) > 0.5


def test_cuts_are_as_many_as_asked_for_framed_and_of_both_kinds() -> None:
    random = np.random.default_rng(2)
    frames, labels = cuts_of_touching(source(random), random, n=150)
    assert len(frames) == len(labels) == 150
    assert 0.25 < np.mean(np.array(labels) == NO_DIGIT) < 0.65
    assert set(labels) >= {0, NO_DIGIT}
    for frame, label in zip(frames, labels, strict=True):
        assert frame.shape == (28, 28)
        assert frame.min() >= 0
        assert 0.3 < frame.max() <= 1
        assert label != NO_DIGIT or not is_bar(frame)


def test_the_same_seed_gives_the_same_cuts() -> None:
    made = []
    for _ in range(2):
        random = np.random.default_rng(3)
        made.append(cuts_of_touching(source(random), random, n=30))
    np.testing.assert_array_equal(made[0][0], made[1][0])
    assert made[0][1] == made[1][1]
