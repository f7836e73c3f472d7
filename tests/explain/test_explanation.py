"""The composition: what is found, asked and handed on."""

from dataclasses import replace

import numpy as np
import pytest

from inkdigit.digit.reading import find_digits
from inkdigit.errors import BadPicture
from inkdigit.explain import Explanation, explain
from inkdigit.types import Digits
from linear import CARD, Linear, bar, picture_of_bar, upper_weights


def test_it_holds_what_the_recognizer_says() -> None:
    recognizer = Linear(upper_weights(), offset=-1.0)
    seen = explain(picture_of_bar(), recognizer)
    assert isinstance(seen, Explanation)
    answer = recognizer.classify(seen.frame[None])
    assert (seen.digit, seen.confidence) == (answer.digit[0], answer.confidence[0])
    assert np.array_equal(seen.probabilities, answer.probabilities[0])
    assert seen.no_digit == pytest.approx(1 - float(answer.probabilities.sum()), abs=1e-6)
    assert seen.threshold == CARD.threshold
    assert (seen.rival, seen.nearest, seen.note) == (1, (), None)


def test_the_frame_is_the_ink_and_the_box_is_where_it_was() -> None:
    seen = explain(picture_of_bar(), Linear(upper_weights()))
    assert seen is not None
    x, y, width, height = seen.box
    assert abs(x - 60) + abs(y - 20) + abs(width - 20) + abs(height - 100) <= 12
    assert float((seen.frame * bar()).sum() / bar().sum()) > 0.8


def test_framed_ink_is_seen_as_it_is() -> None:
    """An image of MNIST's kind, light ink on black, is not framed again."""
    seen = explain((bar() * 255).astype(np.uint8), Linear(upper_weights()))
    assert seen is not None
    assert np.array_equal(seen.frame, bar())


def test_the_view_that_the_answer_rests_on_is_explained() -> None:
    """A bar between two bands as black as it: only without them it is the bar that the recognizer knows."""
    picture = picture_of_bar()
    picture[:, :40] = picture[:, -40:] = 0
    recognizer = Linear(np.where(bar() > 0, 0.1, -0.3).astype(np.float32), offset=-3.0)
    [found] = find_digits([picture], recognizer.classify)
    seen = explain(picture, recognizer)
    assert found is not None
    assert seen is not None
    assert seen.view == found.view == "dark"
    assert np.array_equal(seen.frame, found.candidate.frame)
    assert (seen.digit, seen.confidence, seen.unsure) == (found.digit, found.confidence, True)
    assert seen.confidence < float(recognizer.classify(seen.frame[None]).confidence[0])


def test_a_model_of_ten_classes_looks_once() -> None:
    ten = Linear(upper_weights(), offset=-2.0, card=replace(CARD, classes="0123456789"))
    seen = explain(picture_of_bar(), ten)
    assert seen is not None
    assert (seen.view, ten.asked) == ("first", 2)  # once to read it, once with ink hidden


def test_blank() -> None:
    assert explain(np.full((60, 60), 240, np.uint8), Linear(upper_weights())) is None


def test_a_model_of_ten_classes_knows_no_no_digit() -> None:
    seen = explain(picture_of_bar(), Linear(upper_weights(), card=replace(CARD, classes="0123456789")))
    assert seen is not None
    assert seen.no_digit == 0
    assert not seen.is_likelier_no_digit


def test_the_nearest_of_the_training_digits(made_digits: Digits) -> None:
    seen = explain(made_digits.images[5], Linear(upper_weights()), training=made_digits)
    assert seen is not None
    assert seen.nearest[0].index == 5
    assert len(seen.nearest) == 5


def test_no_picture() -> None:
    with pytest.raises(BadPicture):
        explain(b"no picture", Linear(upper_weights()))
