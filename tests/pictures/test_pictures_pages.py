import pytest

from inkdigit.errors import UsageError
from inkdigit.pictures.pages import ALL, parse_pages


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("1", [1]),
        ("2-3", [2, 3]),
        ("4-", [4, 5]),
        ("-2", [1, 2]),
        ("3,1", [1, 3]),
        ("1-2, 2-4", [1, 2, 3, 4]),
        ("all", [1, 2, 3, 4, 5]),
        ("ALL", [1, 2, 3, 4, 5]),
        ("6", []),
        ("4-999999999", [4, 5]),
    ],
)
def test_the_pages_that_are_meant_of_five(text: str, numbers: list[int]) -> None:
    assert parse_pages(text).of(5) == numbers


@pytest.mark.parametrize("text", ["", "0", "3-1", "a", "1-2-3", "-", "1,", "-0", "1.5", "9" * 20, "²"])
def test_what_names_no_pages(text: str) -> None:
    with pytest.raises(UsageError, match="no pages: --pages"):
        parse_pages(text)


def test_all_of_none() -> None:
    assert ALL.of(0) == []
