"""Numbers at walls: tables part them, boxes and small gaps join them."""

import numpy as np
import pytest

from inkdigit.page.cells import Grid, Walls
from inkdigit.page.detect import Detection
from inkdigit.page.parting import joined, parted_and_joined, rows_of_boxes

PLAIN = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])


def number(left: float, right: float, top: float = 20.0, bottom: float = 40.0) -> Detection:
    """A number whose shrunk box fills a level rectangle."""
    xs, ys = np.meshgrid(np.arange(left, right) + 0.5, np.arange(top, bottom) + 0.5)
    return Detection(np.stack([xs.ravel(), ys.ravel()], axis=1), 1.0, 0.0, exact=True, score=0.9)


def spans(numbers: list[Detection]) -> list[tuple[float, float]]:
    found = [(float(one.outline[:, 0].min()) - 0.5, float(one.outline[:, 0].max()) + 0.5) for one in numbers]
    return sorted(found)


def walls(*grids: Grid) -> Walls:
    return Walls(grids, PLAIN)


def test_a_wall_of_a_table_parts_a_number() -> None:
    table = walls(Grid((0, 50, 100), (0, 100, 200)))
    assert spans(parted_and_joined([number(60, 140)], table)) == [(60, 100), (100, 140)]
    # A wall at its very end is none of its own.
    assert spans(parted_and_joined([number(60, 104)], table)) == [(60, 104)]


def test_a_row_of_boxes_joins_what_stands_in_it() -> None:
    row = walls(Grid((10, 50), (0, 40, 80, 120, 160)))
    found = parted_and_joined([number(5, 30), number(50, 110), number(125, 150)], row)
    assert spans(found) == [(5, 150)]
    assert found[0].score == 0.9


def test_boxes_a_little_apart_are_one_row() -> None:
    boxes = [Grid((10, 50), (start, start + 40)) for start in (0, 50, 100, 300)]
    assert [row.columns for row in rows_of_boxes(boxes)] == [(0, 40, 50, 90, 100, 140)]
    # Of another height, or much lower: none of it.
    assert rows_of_boxes([boxes[0], Grid((10, 80), (50, 90)), Grid((60, 100), (50, 90))]) == []


def test_a_small_gap_joins_and_a_large_one_does_not() -> None:
    assert spans(parted_and_joined([number(0, 40), number(50, 90)], walls())) == [(0, 90)]
    assert spans(parted_and_joined([number(0, 40), number(75, 110)], walls())) == [(0, 40), (75, 110)]
    lower = number(55, 90, 35, 55)
    assert len(parted_and_joined([number(0, 40), lower], walls())) == 2


def test_two_cells_stay_apart_however_close() -> None:
    table = walls(Grid((0, 50, 100), (0, 48, 200)))
    assert len(parted_and_joined([number(5, 42), number(52, 90)], table)) == 2


def test_joined_is_as_sure_as_the_least_sure() -> None:
    one, other = number(0, 40), number(50, 60)
    doubtful = Detection(other.outline, 1.0, 0.1, exact=False, score=0.4)
    both = joined([one, doubtful])
    assert (both.score, both.angle, both.exact) == (0.4, 0.0, True)
    assert both.box.width == pytest.approx(60 + 2 * 0.14 * 20 / 0.72, abs=0.5)
