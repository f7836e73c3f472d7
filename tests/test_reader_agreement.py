"""One digit, read as a page and as a single digit: both say the same, and doubt where they differ."""

from dataclasses import replace

import numpy as np
import pytest

from inkdigit.reader import agreed, flagged_one, may_be_one_digit
from inkdigit.types import Character, Line, Number, Page, Reading

BOX = (4, 5, 10, 20)
SEVEN = Reading(7, 0.9, False, tuple(np.eye(10)[7].tolist()), (3, 5, 11, 20))


def page(text: str, *, unsure: bool = False) -> Page:
    characters = tuple(Character(one, 0.8, unsure, BOX) for one in text)
    return Page((Line(text, BOX, (Number(text, 0.8, unsure, BOX, characters),)),))


@pytest.mark.parametrize(
    ("text", "unsure", "expected"), [("7", False, False), ("7", True, False), ("1", False, True)]
)  # fmt: skip
def test_a_page_of_one_digit_is_as_the_single_one(text: str, unsure: bool, expected: bool) -> None:
    found = agreed(page(text, unsure=unsure), SEVEN)
    [number] = found.lines[0].numbers
    assert (found.text, number.unsure, number.characters[0].unsure) == ("7", expected, expected)
    assert number.box == BOX


def test_where_both_doubt_there_is_no_digit() -> None:
    found = agreed(page("7", unsure=True), replace(SEVEN, unsure=True))
    assert (found.lines, found.note) == ((), "no digits")


def test_an_unsure_digit_is_no_reason_to_see_one_on_a_page() -> None:
    assert agreed(Page((), note="no digits"), replace(SEVEN, unsure=True)).note == "no digits"
    assert agreed(Page((), note="no digits"), SEVEN).text == "7"
    assert agreed(Page((), note="blank"), Reading(None, 0.0, True, None)).note == "blank"


def test_only_one_digit_or_a_small_picture_is_asked_about() -> None:
    large, small = np.zeros((300, 300)), np.zeros((28, 28))
    assert may_be_one_digit(page("7"), large)
    assert not may_be_one_digit(page("70"), small)
    assert not may_be_one_digit(Page(()), large)
    assert may_be_one_digit(Page(()), small)


def test_a_flagged_one_is_in_doubt() -> None:
    one = flagged_one(SEVEN)
    assert (one.digit, one.unsure) == (1, True)
    assert one.probabilities is not None
    assert (one.probabilities[1], one.probabilities[7]) == (1.0, 0.0)
