import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.present import table
from inkdigit.types import Character, Line, Number, Page, Reading

ONE = Number(
    "12",
    0.75,
    True,
    (1, 2, 30, 40),
    (Character("1", 0.9, False, (1, 2, 9, 9)), Character("2", 0.8, True, (9, 2, 9, 9))),
)
TWO = Number("3", 0.99, False, (50, 2, 3, 4), (Character("3", 0.99, False, (50, 2, 3, 4)),))
PAGE = Page((Line("12 3", (1, 2, 60, 40), (ONE, TWO)), Line("3", (0, 60, 9, 9), (TWO,))))


def parsed(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


def test_a_row_per_number() -> None:
    assert parsed(table.header() + table.rows("a.png", PAGE)) == [
        ["file", "line", "number", "text", "confidence", "box", "unsure"],
        ["a.png", "1", "1", "12", "0.7500", "1 2 30 40", "true"],
        ["a.png", "1", "2", "3", "0.9900", "50 2 3 4", "false"],
        ["a.png", "2", "1", "3", "0.9900", "50 2 3 4", "false"],
    ]


def test_a_single_digit_and_a_blank_picture() -> None:
    single = Reading(7, 0.5, True, None, (1, 2, 3, 4))
    assert parsed(table.rows("a", single)) == [["a", "1", "1", "7", "0.5000", "1 2 3 4", "true"]]
    for blank in (Reading(None, 0.0, True, None), Page(())):
        assert parsed(table.rows("a", blank)) == [["a", "", "", "", "0.0000", "", "true"]]


@pytest.mark.parametrize("start", "=+-@")
def test_i26_no_name_is_a_formula(start: str) -> None:
    assert parsed(table.rows(f"{start}cmd()", Page(()))) == [[f"'{start}cmd()", "", "", "", "0.0000", "", "true"]]


@given(st.text())
def test_any_name_comes_back(name: str) -> None:
    """Quotes, commas and line breaks in names are quoted as RFC 4180 says; a lone CR or NUL too."""
    text = table.rows(name, PAGE)
    assert text.endswith("\r\n")
    shown = f"'{name}" if name.startswith(table.FORMULAS) else name
    assert {row[0] for row in parsed(text)} == {shown}
