"""What was read -> lines for a person.

In: a page or a digit. Out: text in which every unsure digit has a question mark, and a picture without
digits is a dash. Knows nothing of files: the names it puts in front it is given.
"""

from inkdigit.types import Line, Number, Page, Reading

BLANK = "-"
SUREST = 99.9
"""No reading of handwriting is certain, whatever is left after rounding."""

LEGEND_UNSURE = "4? is a digit, or the end of a number, that I am not sure of"
LEGEND_BLANK = f"{BLANK} is a picture without digits"


def page_lines(page: Page) -> list[str]:
    """The lines of a page, at least one; unsure digits are marked.

    >>> page_lines(Page(()))
    ['-']
    """
    return [_line(line) for line in page.lines] or [BLANK]


def reading_line(reading: Reading) -> str:
    """One digit and how sure.

    >>> reading_line(Reading(7, 0.9934, False, None))
    '7   99.3 %'
    >>> reading_line(Reading(4, 0.41, True, None))
    '4?  41.0 %  (unsure)'
    """
    if reading.digit is None:
        return BLANK
    digit = f"{reading.digit}{'?' if reading.unsure else ' '}"
    percent = min(reading.confidence * 100, SUREST)
    return f"{digit}  {percent:.1f} %" + ("  (unsure)" if reading.unsure else "")


def lines(answer: Page | Reading) -> list[str]:
    """The lines of either."""
    return page_lines(answer) if isinstance(answer, Page) else [reading_line(answer)]


def legend(answer: Page | Reading) -> list[str]:
    """What the signs mean that stand in the text of an answer: none, one or two of the legends."""
    if isinstance(answer, Reading):  # its line says "unsure" in words
        return [LEGEND_BLANK] if answer.digit is None else []
    if not answer.lines:
        return [LEGEND_BLANK]
    unsure = any(number.unsure for line in answer.lines for number in line.numbers)
    return [LEGEND_UNSURE] if unsure else []


def _line(line: Line) -> str:
    return " ".join(number_text(number) for number in line.numbers)


def number_text(number: Number) -> str:
    """A question mark stands behind each character in doubt; behind the number where it is as a whole."""
    text = "".join(f"{one.text}{'?' if one.unsure else ''}" for one in number.characters)
    return f"{text}?" if number.unsure and "?" not in text else text
