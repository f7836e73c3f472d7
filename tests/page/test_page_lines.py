"""Lines: numbers at one height are one line, whichever way the page is read."""

import math
from dataclasses import replace

import numpy as np
import pytest

from inkdigit.page.boxes import RotatedBox
from inkdigit.page.lines import lines_of


def rows(*, columns: int = 3, lines: int = 4, skew: float = 0.0) -> list[RotatedBox]:
    """Numbers of a page in reading order; each line climbs by `skew` pixels for each."""
    return [
        RotatedBox(100.0 + 150 * column, 100.0 + 70 * line + skew * column, 90.0, 30.0, 0.0)
        for line in range(lines)
        for column in range(columns)
    ]


@pytest.mark.parametrize("degrees", [0, 5, 90, 180, 270, 37])
def test_lines_come_in_reading_order(degrees: float) -> None:
    angle = math.radians(degrees)
    turned = [
        replace(
            box,
            x=box.x * math.cos(angle) - box.y * math.sin(angle),
            y=box.x * math.sin(angle) + box.y * math.cos(angle),
        )
        for box in rows()
    ]
    order = np.random.default_rng(0).permutation(len(turned)).tolist()
    found = lines_of([turned[i] for i in order], angle)
    assert [[order[i] for i in line] for line in found] == [[0, 1, 2], [3, 4, 5], [6, 7, 8], [9, 10, 11]]


def test_a_line_that_climbs_is_one() -> None:
    assert lines_of(rows(columns=6, lines=2, skew=-12), 0.0) == [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]]


def test_a_small_number_below_the_line_is_none_of_it() -> None:
    boxes = [RotatedBox(50.0, 50.0, 80.0, 40.0, 0.0), RotatedBox(120.0, 75.0, 30.0, 16.0, 0.0)]
    assert lines_of(boxes, 0.0) == [[0], [1]]
    assert lines_of([], 0.0) == []
