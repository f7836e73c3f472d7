"""MNIST as other pens would write it, with negatives."""

import numpy as np
import pytest

from inkdigit.data import degraded, mnist, strokes
from inkdigit.data.source import load
from inkdigit.types import NO_DIGIT, Digits


def written(n: int) -> Digits:
    return strokes.strokes(n, seed=3)


def test_two_shapes_that_are_no_digit_for_every_five_digits() -> None:
    digits = written(50)
    images, labels = degraded.make(digits.images, digits.labels, np.random.default_rng(0))
    assert images.shape == (70, 28, 28)
    np.testing.assert_array_equal(labels[:50], digits.labels)
    assert (labels[50:] == NO_DIGIT).all()
    assert (images.reshape(70, -1).max(axis=1) > 60).all()


def test_every_version_is_framed() -> None:
    """The box is at most 20 pixels on both sides, unless a touched centre moved it: that is the framing."""
    digits = written(50)
    images, _ = degraded.make(digits.images, digits.labels, np.random.default_rng(1))
    for image in images:
        rows, columns = np.flatnonzero(image.max(axis=1)), np.flatnonzero(image.max(axis=0))
        assert max(rows[-1] - rows[0], columns[-1] - columns[0]) < 20


def test_some_digits_stay_as_they_are_and_most_do_not() -> None:
    digits = written(400)
    images, _ = degraded.make(digits.images, digits.labels, np.random.default_rng(2))
    same = (images[:400] == digits.images).all(axis=(1, 2)).mean()
    assert 0.06 < same < 0.2


def test_what_is_made_of_the_last_originals_stands_at_the_end() -> None:
    order = list(degraded._order(60_000, rounds=2))
    held_out = [start for start, _ in order][-10:]
    assert min(held_out) == 55_000
    assert max(start for start, _ in order[:-10]) < 55_000
    assert len(set(order)) == len(order) == 120


def test_it_is_the_same_on_any_number_of_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    digits = written(210)
    monkeypatch.setattr(mnist, "load", lambda part: digits)
    monkeypatch.setattr(degraded, "CHUNK", 100)
    monkeypatch.setattr(degraded, "HELD_OUT", 10)
    one = degraded.make_all(processes=1, rounds=1)
    assert degraded.make_all(processes=2, rounds=1).sha256 == one.sha256
    assert one.reserved == 10 * 7 // 5
    assert degraded.originals().labels.tolist() == digits.labels[-10:].tolist()
    assert len(one) == 210 * 7 // 5
    assert one.synthetic is False


@pytest.mark.real
def test_its_test_part_is_mnist() -> None:
    assert load("degraded", part="test").sha256 == load("mnist", part="test").sha256
