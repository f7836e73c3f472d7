"""Cells: rows and columns of ruled grids are found in the walls, however the page is turned."""

import math

import cv2
import numpy as np
import pytest

from inkdigit.page.boxes import RotatedBox
from inkdigit.page.cells import Cell, Grid, grids_in, walls_of
from inkdigit.shapes import Float32


def table(*, degrees: float = 0.0) -> tuple[np.ndarray, list[RotatedBox], list[tuple[int, int]]]:
    """Walls of four rows and three columns at a quarter size, a number in each second cell."""
    walls = np.zeros((200, 240), np.float32)
    xs, ys = [40, 80, 150, 200], [30, 60, 90, 130, 160]
    turn = cv2.getRotationMatrix2D((120, 100), -degrees, 1.0)

    def at(x: float, y: float) -> tuple[float, float]:
        across, down = (turn @ (x, y, 1.0)).tolist()
        return across, down

    def pixel(x: float, y: float) -> tuple[int, int]:
        across, down = at(x, y)
        return round(across), round(down)

    for left in xs:
        cv2.line(walls, pixel(left, ys[0]), pixel(left, ys[-1]), 1.0, 1)
    for top in ys:
        cv2.line(walls, pixel(xs[0], top), pixel(xs[-1], top), 1.0, 1)
    boxes, cells = [], []
    for row in range(4):
        for column in range(3):
            if (row + column) % 2 == 0:
                x, y = at((xs[column] + xs[column + 1]) / 2, (ys[row] + ys[row + 1]) / 2)
                boxes.append(RotatedBox(4 * x, 4 * y, 60.0, 40.0, math.radians(degrees)))
                cells.append((row, column))
    return walls, boxes, cells


def cells_of(
    boxes: list[RotatedBox], walls: Float32[np.ndarray, "rows columns"], *, scale: float, angle: float
) -> list[Cell | None]:
    found = walls_of(walls, scale=scale, angle=angle)
    return [found.cell(box.x, box.y) for box in boxes]


@pytest.mark.parametrize("degrees", [0, 2, -3, 90, 180])
def test_numbers_know_their_cells(degrees: float) -> None:
    walls, boxes, cells = table(degrees=degrees)
    assert cells_of(boxes, walls, scale=4.0, angle=math.radians(degrees)) == cells


def test_what_stands_beside_the_table_has_no_cell() -> None:
    walls, _, _ = table()
    assert cells_of([RotatedBox(20.0, 20.0, 30.0, 20.0, 0.0)], walls, scale=4.0, angle=0.0) == [None]


def test_a_rule_is_no_table() -> None:
    walls = np.zeros((100, 100), bool)
    walls[50, 10:90] = True
    assert grids_in(walls) == []
    box = RotatedBox(50.0, 40.0, 20.0, 10.0, 0.0)
    assert cells_of([box], walls.astype(np.float32), scale=1.0, angle=0.0) == [None]


def test_a_row_of_boxes_is_a_grid_of_one_row() -> None:
    walls = np.zeros((60, 200), bool)
    walls[[20, 40], 20:181] = True
    walls[20:41, 20:181:32] = True
    [grid] = grids_in(walls)
    assert grid.rows == pytest.approx((20, 40), abs=1)
    assert grid.columns == pytest.approx(range(20, 181, 32), abs=1)
    assert Grid((0, 10), (0, 10, 20)).cell(15, 5) == (0, 1)
    assert Grid((0, 10), (0, 10, 20)).cell(25, 5) is None
