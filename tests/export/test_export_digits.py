"""Exports are proven on digits that were held out, real ones where there are any, and never on the test part."""

import numpy as np
import pytest

from inkdigit import sample
from inkdigit.data import mnist
from inkdigit.data.labelled import Part
from inkdigit.export.digits import CALIBRATION, PROVING, REDUCED, calibration, held_out
from inkdigit.learning.settings import VALIDATION
from inkdigit.types import Digits


@pytest.fixture
def _no_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "available", lambda: False)


@pytest.mark.usefixtures("_no_mnist")
def test_without_mnist_they_are_of_mnist_small_and_called_so() -> None:
    digits = held_out(PROVING)
    assert (len(digits), digits.name, digits.part, digits.synthetic) == (PROVING, "mnist-small", "validation", False)
    assert len(held_out(REDUCED)) == sample.MEASURE
    ink = calibration()
    assert ink.shape == (CALIBRATION, 28, 28)
    asked = {one.tobytes() for one in held_out(REDUCED).ink}
    assert not any(one.tobytes() in asked for one in ink), "none is asked afterwards"


@pytest.mark.real
def test_with_mnist_they_are_of_the_last_training_images_which_no_training_sees() -> None:
    digits, train = held_out(PROVING), mnist.load("train")
    assert (digits.name, digits.part, digits.synthetic) == ("mnist", "validation", False)
    last, others = ({image.tobytes() for image in part} for part in (train.images[-VALIDATION:], train.images))
    assert all(image.tobytes() in last for image in digits.images)
    assert PROVING <= REDUCED <= VALIDATION
    assert (
        np.abs(np.bincount(digits.labels) / PROVING - np.bincount(train.labels[-VALIDATION:]) / VALIDATION).max() < 0.01
    )
    learned = (255 * calibration()).round().astype(np.uint8)
    assert all(image.tobytes() in others - last for image in learned)


@pytest.mark.real
def test_the_test_images_are_never_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    load = mnist.load

    def noted(part: Part) -> Digits:
        asked.append(part)
        return load(part)

    monkeypatch.setattr(mnist, "load", noted)
    held_out(PROVING)
    calibration()
    assert set(asked) == {"train"}
