"""What was read -> the rows of a spreadsheet.

In: a page or a digit, and the picture's name. Out: CSV as RFC 4180 has it, a row per number; a picture
without digits has one row with an empty text. No cell can be taken for a formula.
"""

import csv
import io
from collections.abc import Iterable, Iterator

from inkdigit.types import Box, Page, Reading

HEADER = ("file", "line", "number", "text", "confidence", "box", "unsure")
FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet computes what begins like this: a quote in front makes it text (OWASP, "CSV Injection")."""

SUBMISSION = ("ImageId", "Label")
"""The columns that Kaggle's digit recognizer takes."""

Row = tuple[str, int | str, int | str, str, str, str, str]


def header() -> str:
    """The first line of the table, with its line end."""
    return csv_of([HEADER])


def rows(file: str, answer: Page | Reading) -> str:
    """The lines of the table for one picture, each with its line end.

    Args:
        file: What the picture is called.
        answer: What was read. `line` and `number` are counted from 1; `box` is x, y, width and height
            with spaces between; `unsure` is true where the number is in doubt.
    """
    return csv_of(_page(file, answer) if isinstance(answer, Page) else _single(file, answer))


def submission_header() -> str:
    """The first line of a submission, with its line end."""
    return csv_of([SUBMISSION])


def submission_row(file: str, answer: Page | Reading) -> str:
    """The line of a submission for one image, with its line end; the label is empty where it is blank.

    Args:
        file: "test.csv#0" for the first image, which Kaggle calls 1.
        answer: What was read.

    >>> submission_row("test.csv#0", Reading(7, 0.9, False, None)).strip()
    '1,7'
    """
    digit = answer.digit if isinstance(answer, Reading) else None
    return csv_of([(str(int(file.rpartition("#")[2]) + 1), "" if digit is None else str(digit))])


def _page(file: str, page: Page) -> Iterator[Row]:
    if not page.lines:
        yield _row(file, "", "", "", 0.0, None, unsure=True)
    for index, line in enumerate(page.lines, 1):
        for place, number in enumerate(line.numbers, 1):
            yield _row(file, index, place, number.text, number.confidence, number.box, unsure=number.unsure)


def _single(file: str, reading: Reading) -> Iterator[Row]:
    text = "" if reading.digit is None else str(reading.digit)
    place = 1 if text else ""
    yield _row(file, place, place, text, reading.confidence, reading.box, unsure=reading.unsure)


def _row(
    file: str, line: int | str, number: int | str, text: str, confidence: float, box: Box | None, *, unsure: bool
) -> Row:
    place = "" if box is None else " ".join(map(str, box))
    return file, line, number, text, f"{confidence:.4f}", place, "true" if unsure else "false"


def csv_of(table: Iterable[Iterable[int | str]]) -> str:
    """Lines of CSV in which no cell can be taken for a formula."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([_harmless(cell) for cell in row] for row in table)
    return text.getvalue()


def _harmless(cell: int | str) -> int | str:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell
