"""What was read -> the rows of a table as it stands on the page, with its empty cells.

In: a page. Out: CSV as RFC 4180 has it. A ruled table has the rows and columns of its cells; without rules, numbers
that stand above one another are a column. A number in doubt has its question mark. Knows nothing of pixels.
"""

from itertools import pairwise

from inkdigit.present.table import csv_of
from inkdigit.present.text import number_text
from inkdigit.types import Line, Number, Page

Row = list[str]


def grid(page: Page) -> str:
    """The table of a page as CSV, each row with its line end; nothing where there is no number."""
    return csv_of(rows_of(page))


def rows_of(page: Page) -> list[Row]:
    """The rows of a page's table, all equally long."""
    numbers = [number for line in page.lines for number in line.numbers]
    rows = _by_cells(page) if any(number.cell for number in numbers) else _by_columns(page)
    longest = max(map(len, rows), default=0)
    return [row + [""] * (longest - len(row)) for row in rows]


def _by_cells(page: Page) -> list[Row]:
    """The cells of ruled tables; what stands beside them has rows of its own, in reading order."""
    outside = [line for line in page.lines if not any(number.cell for number in line.numbers)]
    inside = [number for line in page.lines for number in line.numbers if number.cell]
    last = max(number.cell[0] for number in inside if number.cell)
    rows: list[Row] = []
    for place in range(last + 1):
        cells = [number for number in inside if number.cell and number.cell[0] == place]
        if cells:
            while outside and _middle(outside[0]) < min(number.box[1] for number in cells):
                rows.append([number_text(number) for number in outside.pop(0).numbers])
        rows.append(_row({number.cell[1]: [] for number in cells if number.cell}, cells))
    return rows + [[number_text(number) for number in line.numbers] for line in outside]


def _row(columns: dict[int, list[str]], cells: list[Number]) -> Row:
    for number in cells:
        if number.cell:
            columns[number.cell[1]].append(number_text(number))
    return [" ".join(columns.get(column, [])) for column in range(max(columns, default=-1) + 1)]


def _middle(line: Line) -> float:
    return line.box[1] + line.box[3] / 2


def _by_columns(page: Page) -> list[Row]:
    """Numbers whose boxes overlap when seen from above are of one column."""
    spans = sorted(
        (number.box[0], number.box[0] + number.box[2]) for line in page.lines for number in line.numbers
    )  # fmt: skip
    reached = 0
    borders = []
    for (_, end), (start, _) in pairwise(spans):
        reached = max(reached, end)
        if start > reached:
            borders.append((reached + start) / 2)
    rows = []
    for line in page.lines:
        columns: dict[int, list[str]] = {}
        for number in line.numbers:
            middle = number.box[0] + number.box[2] / 2
            columns.setdefault(sum(border < middle for border in borders), []).append(number_text(number))
        rows.append([" ".join(columns.get(column, [])) for column in range(len(borders) + 1)])
    return rows
