"""The nearest digits: found by a product of matrices, checked against one image at a time."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from inkdigit.explain.neighbours import BLUR, nearest
from inkdigit.types import Digits


def by_hand(frame: np.ndarray, image: np.ndarray) -> float:
    one, other = (
        cv2.GaussianBlur(plane.astype(np.float64), (0, 0), BLUR, borderType=cv2.BORDER_CONSTANT)
        for plane in (frame, image)
    )
    return 1 - float((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()))


def test_an_image_is_nearest_to_itself(made_digits: Digits) -> None:
    for index in (3, 599):
        found = nearest(made_digits.ink[index], made_digits, n=3)
        assert (found[0].index, found[0].label) == (index, made_digits.labels[index])
        assert found[0].distance == pytest.approx(0, abs=1e-6)
        assert np.array_equal(found[0].image, made_digits.images[index])


def test_darkness_does_not_matter(made_digits: Digits) -> None:
    frame = made_digits.ink[7]
    pale, dark = (nearest(ink, made_digits) for ink in (frame * np.float32(0.5), frame))
    assert [one.index for one in pale] == [one.index for one in dark]


def test_distances_are_those_of_the_definition_in_rising_order(made_digits: Digits) -> None:
    frame = made_digits.ink[0][:, ::-1].copy()
    found = nearest(frame, made_digits, n=6)
    distances = [one.distance for one in found]
    assert distances == sorted(distances)
    assert distances == pytest.approx([by_hand(frame, one.image) for one in found], abs=1e-3)
    assert min(by_hand(frame, image) for image in made_digits.images) == pytest.approx(distances[0], abs=1e-3)


def test_blocks_make_no_difference(made_digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = [one.index for one in nearest(made_digits.ink[1], made_digits)]
    monkeypatch.setattr("inkdigit.explain.neighbours.BLOCK", 37)
    assert [one.index for one in nearest(made_digits.ink[1], made_digits)] == whole


def test_what_is_no_digit_is_left_out(made_digits: Digits) -> None:
    labels = made_digits.labels.copy()
    labels[:598] = 10
    found = nearest(made_digits.ink[0], replace(made_digits, labels=labels))
    assert sorted(one.index for one in found) == [598, 599]


def test_among_none(made_digits: Digits) -> None:
    empty = replace(made_digits, images=made_digits.images[:0], labels=made_digits.labels[:0])
    assert nearest(made_digits.ink[0], empty) == ()
