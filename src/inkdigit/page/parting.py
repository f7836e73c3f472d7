"""Numbers parted where a wall of a table runs through them, and joined across the walls of boxes and small gaps.

In: the numbers that the detector found, and the walls. Out: numbers again. The detector sees ink, and little of what
lies far apart: ten boxes side by side hold one number, two cells of a table two. Knows nothing of what they say.
"""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np

from inkdigit.page.cells import Grid, Walls
from inkdigit.page.detect import Detection

NEAR, LEVEL, ALIKE = 0.1, 0.35, 0.6
"""Of the smaller height of two numbers: the gap and the step between them up to which they are one, and how high the
smaller one is at least beside the larger."""

END = 0.5
"""Of a number's height: a wall so near to its end parts nothing."""

APART, EVEN = 0.8, 0.25
"""Of their height: the gap between two boxes up to which they are of one number, and by how much they may differ."""


def parted_and_joined(numbers: list[Detection], walls: Walls) -> list[Detection]:
    """Part numbers at the walls of tables, and join what stands in one row of boxes, or close together."""
    tables = [grid for grid in walls.grids if len(grid.rows) > 2]
    parts = [part for number in numbers for part in _parted(number, tables, walls)]
    for row in rows_of_boxes(list(walls.grids)):
        inside = [number for number in parts if _within(number, row, walls)]
        if len(inside) > 1:
            parts = [number for number in parts if number not in inside] + [joined(inside)]
    return _closed(parts, walls)


def _parted(number: Detection, tables: list[Grid], walls: Walls) -> list[Detection]:
    """The parts of a number on either side of each wall that runs through it."""
    places = walls.places(number.outline)
    low, high = places.min(axis=0), places.max(axis=0)
    middle = (low[1] + high[1]) / 2
    height = max(high[1] - low[1], 1e-6)
    for table in tables:
        if not table.rows[0] < middle < table.rows[-1]:
            continue
        inner = [x for x in table.columns[1:-1] if low[0] + END * height < x < high[0] - END * height]
        if inner:
            sides = np.searchsorted(inner, places[:, 0])
            return [replace(number, outline=number.outline[sides == side]) for side in sorted(set(sides.tolist()))]
    return [number]


def rows_of_boxes(grids: list[Grid]) -> list[Grid]:
    """Rows of boxes for one digit each: side by side as they are, or boxes a little apart put together."""
    boxes = sorted((grid for grid in grids if grid.is_row), key=lambda grid: grid.columns[0])
    rows: list[Grid] = []
    for box in boxes:
        height = box.rows[1] - box.rows[0]
        for place, row in enumerate(rows):
            near = 0 <= box.columns[0] - row.columns[-1] <= APART * height
            if near and all(abs(a - b) <= EVEN * height for a, b in zip(row.rows, box.rows, strict=True)):
                rows[place] = Grid(row.rows, row.columns + box.columns)
                break
        else:
            rows.append(box)
    return [row for row in rows if len(row.columns) > 2]


def _within(number: Detection, row: Grid, walls: Walls) -> bool:
    middle = walls.places(np.array([[number.box.x, number.box.y]]))[0].tolist()
    return row.columns[0] < middle[0] < row.columns[-1] and row.rows[0] < middle[1] < row.rows[1]


def joined(numbers: list[Detection]) -> Detection:
    """Several numbers as one, as sure as the least sure of them, in the direction of the longest."""
    longest = max(numbers, key=lambda number: number.box.width)
    outline = np.concatenate([number.outline for number in numbers])
    return replace(longest, outline=outline, score=min(number.score for number in numbers))


def _closed(numbers: list[Detection], walls: Walls) -> list[Detection]:
    """Join numbers between which there is hardly a gap; those in two cells of a table stay apart."""
    order = sorted(
        numbers, key=lambda number: number.box.x * math.cos(number.angle) + number.box.y * math.sin(number.angle)
    )
    for one, other in pairwise(order):
        if _is_one(one, other) and walls.cell(one.box.x, one.box.y) == walls.cell(other.box.x, other.box.y):
            rest = [number for number in numbers if number is not one and number is not other]
            return _closed([*rest, joined([one, other])], walls)
    return numbers


def _is_one(one: Detection, other: Detection) -> bool:
    """Whether the second number follows the first so closely that both are one."""
    first, second = one.box, other.box
    smaller, larger = sorted((first.height, second.height))
    cosine, sine = first.along
    across, down = second.x - first.x, second.y - first.y
    gap = across * cosine + down * sine - (first.width + second.width) / 2
    step = abs(down * cosine - across * sine)
    alike = smaller >= ALIKE * larger and abs(math.remainder(one.angle - other.angle, 2 * math.pi)) < 0.3
    return alike and -smaller < gap <= NEAR * smaller and step <= LEVEL * smaller
