"""Exports are proven on digits that were held out, real ones where there are any, and never on the test part."""

import numpy as np
import pytest

from inkdigit.data import mnist
from inkdigit.data.labelled import Part
from inkdigit.export import digits as digits_module
from inkdigit.export.digits import CALIBRATION, PROVING, REDUCED, calibration, held_out
from inkdigit.learning.settings import VALIDATION
from inkdigit.types import Digits


@pytest.fixture
def _no_mnist(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mnist, "available", lambda: False)


@pytest.mark.usefixtures("_no_mnist")
def test_without_mnist_they_are_strokes_and_called_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digits_module, "STROKES", 40)
    digits = held_out(REDUCED)
    assert (len(digits), digits.name, digits.part, digits.synthetic) == (40, "strokes", "validation", True)
    monkeypatch.setattr(digits_module, "CALIBRATION", 30)
    ink = calibration()
    assert ink.shape == (30, 28, 28)
    assert not any(np.array_equal(one, other) for one in ink for other in digits.ink), "none is asked afterwards"


@pytest.mark.real
def test_with_mnist_they_are_the_last_training_images_which_no_training_sees() -> None:
    digits, train = held_out(PROVING), mnist.load("train")
    assert (digits.name, digits.part, digits.synthetic) == ("mnist", "validation", False)
    np.testing.assert_array_equal(digits.images, train.images[-PROVING:])
    assert PROVING <= REDUCED <= VALIDATION
    np.testing.assert_array_equal(calibration(), train.ink[:CALIBRATION])


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
