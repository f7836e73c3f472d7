"""The table of a page: cells keep their rows and columns, empty ones too; columns without rules are found."""

from inkdigit.present.grid import grid, rows_of
from inkdigit.types import Box, Cell, Character, Line, Number, Page


def number(text: str, box: Box, cell: Cell | None = None, *, unsure: bool = False) -> Number:
    return Number(text, 0.9, unsure, box, tuple(Character(one, 0.9, False, box) for one in text), cell)


def page(*lines: list[Number]) -> Page:
    return Page(tuple(Line(" ".join(n.text for n in line), line[0].box, tuple(line)) for line in lines))


def test_empty_cells_are_kept() -> None:
    found = page(
        [number("5", (10, 10, 10, 10), (0, 0)), number("88", (90, 10, 20, 10), (0, 2))],
        [number("7", (50, 70, 10, 10), (2, 1))],
    )
    assert rows_of(found) == [["5", "", "88"], ["", "", ""], ["", "7", ""]]
    assert grid(found) == "5,,88\r\n,,\r\n,7,\r\n"


def test_two_numbers_of_a_cell_stand_in_it() -> None:
    found = page([number("5", (10, 10, 10, 10), (0, 0)), number("6", (22, 10, 10, 10), (0, 0))])
    assert rows_of(found) == [["5 6"]]


def test_what_stands_beside_a_table_is_not_lost() -> None:
    found = page(
        [number("2026", (10, 0, 40, 10))],
        [number("5", (10, 40, 10, 10), (0, 0)), number("8", (90, 40, 10, 10), (0, 1))],
        [number("13", (10, 90, 20, 10))],
    )
    assert rows_of(found) == [["2026", ""], ["5", "8"], ["13", ""]]


def test_columns_without_rules() -> None:
    found = page(
        [number("5", (10, 10, 10, 10)), number("88", (90, 10, 20, 10))],
        [number("77", (85, 30, 20, 10))],
        [number("123", (0, 50, 30, 10)), number("4", (95, 50, 8, 10), unsure=True)],
    )
    assert rows_of(found) == [["5", "88"], ["", "77"], ["123", "4?"]]


def test_a_minus_is_no_formula() -> None:
    assert grid(page([number("-264", (0, 0, 9, 9))])) == "'-264\r\n"
    assert grid(Page(())) == ""
