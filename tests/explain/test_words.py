"""The sentences, for answers of every kind, and the record."""

import json
from dataclasses import replace

import numpy as np
import pytest

from inkdigit.digit.views import NAMES
from inkdigit.explain import Explanation, explain
from inkdigit.explain.neighbours import Neighbour
from inkdigit.explain.words import SEEN, record, sentences, verdict
from linear import Linear, picture_of_bar, upper_weights

IMAGE = np.zeros((28, 28), np.uint8)


@pytest.fixture
def sure() -> Explanation:
    seen = explain(picture_of_bar(), Linear(upper_weights()))
    assert seen is not None
    return replace(seen, view="first", confidence=0.97, unsure=False, no_digit=0.01)


def test_sure(sure: Explanation) -> None:
    assert verdict(sure) == "A 7: 97.0 %."


def test_unsure_says_what_was_asked_for(sure: Explanation) -> None:
    unsure = replace(sure, confidence=0.45, unsure=True)
    assert verdict(unsure) == "Perhaps a 7, but unsure: 45.0 %, below the 60 % that this model asks for."


@pytest.mark.parametrize(
    ("view", "said"),
    [
        ("light", "this is what is lighter than its surroundings."),
        ("dark", "this is what is darker than its surroundings."),
        ("fine dark", "this is what is darker than its close surroundings."),
        ("thick", "this is the ink without its thin lines."),
    ],
)
def test_another_view_is_named(sure: Explanation, view: str, said: str) -> None:
    assert not any("look" in sentence for sentence in sentences(sure))
    unsure = replace(sure, view=view, unsure=True)
    assert verdict(unsure) == "Perhaps a 7, but unsure: 97.0 %, since the first look left doubt."
    assert sentences(unsure)[0] == f"The first look left doubt; {said}"


def test_every_view_has_words() -> None:
    assert set(SEEN) == set(NAMES)


def test_no_digit(sure: Explanation) -> None:
    none = replace(sure, confidence=0.05, unsure=True, no_digit=0.9)
    assert verdict(none) == "Likely no digit (90.0 %). The nearest digit is a 7, 5.0 %."
    assert not any("decides" in sentence for sentence in sentences(none))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"digit": 1, "confidence": 0.88, "unsure": False}, "decides: without it, it would be read as 1 (88.0 %)."),
        ({"digit": 1, "confidence": 0.4, "unsure": True}, "decides: without it, 1 would be likeliest, but unsure"),
        ({"digit": 7, "confidence": 0.9, "unsure": False}, "still read as 7 (90.0 %)."),
        ({"effect": 0.01}, "No spot of ink matters by itself."),
    ],
)
def test_the_decisive_ink(sure: Explanation, changes: dict[str, object], said: str) -> None:
    spot = replace(sure.decisive, **{"place": "top left", "effect": 2.0, **changes})  # type: ignore[arg-type]
    first = sentences(replace(sure, decisive=spot))[0]
    assert said in first
    assert "at the top left" in first or "No spot" in first


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ((7, 7, 7), "The 3 nearest training digits are all labelled 7."),
        ((7, 1, 7), "Of the 3 nearest training digits 2 are labelled 7 and 1 is labelled 1."),
        ((9, 1, 7), "Of the 3 nearest training digits 1 is labelled 9, 1 is labelled 1 and 1 is labelled 7."),
    ],
)
def test_the_nearest(sure: Explanation, labels: tuple[int, ...], said: str) -> None:
    assert len(sentences(sure)) == 2
    near = tuple(Neighbour(label, 0, 0.1, IMAGE) for label in labels)
    assert sentences(replace(sure, nearest=near))[2] == said


def test_the_record_is_json_with_all_that_was_asked_for(sure: Explanation) -> None:
    seen = replace(sure, nearest=(Neighbour(7, 41, 0.12345, IMAGE),))
    back = json.loads(json.dumps(record("a.png", seen), allow_nan=False))
    assert list(back)[:6] == ["file", "digit", "confidence", "unsure", "probabilities", "no_digit"]
    assert np.allclose(back["frame"], seen.frame, atol=0.0006)
    assert np.allclose(back["occlusion"], seen.influence, atol=0.0006)
    assert back["nearest"] == [{"label": 7, "index": 41, "distance": 0.1235}]
    assert len(back["probabilities"]) == 10


def test_the_record_of_a_blank_picture_has_the_same_keys(sure: Explanation) -> None:
    blank = record("a.png", None)
    assert list(blank) == list(record("a.png", sure))
    assert (blank["digit"], blank["unsure"], blank["note"]) == (None, True, "blank")
