import pytest

from inkdigit.present.text import LEGEND_BLANK, LEGEND_UNSURE, legend, lines, page_lines, reading_line
from inkdigit.types import Box, Character, Line, Number, Page, Reading

BOX: Box = (0, 0, 9, 9)


def number(text: str, *, unsure: str = "") -> Number:
    """A number of which these digits are unsure."""
    characters = tuple(Character(d, 0.3 if d in unsure else 0.99, d in unsure, BOX) for d in text)
    return Number(text, 0.9, bool(unsure), BOX, characters)


def page(*rows: tuple[Number, ...]) -> Page:
    return Page(tuple(Line(" ".join(one.text for one in row), BOX, row) for row in rows))


def test_numbers_have_a_space_and_lines_a_line_between_them() -> None:
    read = page((number("0123"), number("45")), (number("6"),))
    assert page_lines(read) == ["0123 45", "6"] == read.text.split("\n")
    assert legend(read) == []


def test_every_unsure_digit_is_marked_and_the_mark_explained() -> None:
    read = page((number("0417", unsure="47"),))
    assert page_lines(read) == ["04?17?"]
    assert legend(read) == [LEGEND_UNSURE]


def test_a_blank_page_is_a_dash() -> None:
    assert lines(Page((), note="blank")) == ["-"]
    assert legend(Page((), note="blank")) == [LEGEND_BLANK]


@pytest.mark.parametrize(
    ("confidence", "unsure", "expected"),
    [
        (0.9934, False, "7   99.3 %"),
        (0.41, True, "7?  41.0 %  (unsure)"),
        (1.0, False, "7   99.9 %"),  # nothing is certain
        (0.0, True, "7?  0.0 %  (unsure)"),
    ],
)
def test_a_single_digit_says_how_sure(confidence: float, unsure: bool, expected: str) -> None:
    assert reading_line(Reading(7, confidence, unsure, None)) == expected


def test_a_blank_picture_is_a_dash() -> None:
    blank = Reading(None, 0.0, True, None, note="blank")
    assert lines(blank) == ["-"]
    assert legend(blank) == [LEGEND_BLANK]
