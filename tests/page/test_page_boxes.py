"""Rotated boxes: places within them come back, and a box around points contains them whatever its angle."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.page.boxes import RotatedBox, around, box_around, within

ANGLES = st.floats(-math.pi, math.pi)


@given(angle=ANGLES, width=st.floats(1, 200), height=st.floats(1, 200))
def test_the_box_around_its_own_corners_is_the_box(angle: float, width: float, height: float) -> None:
    box = RotatedBox(70.0, 40.0, width, height, angle)
    corners = np.array([box.place(u, v) for u in (0, width) for v in (0, height)])
    found = box_around(corners, angle)
    assert [found.x, found.y, found.width, found.height] == pytest.approx([70, 40, width, height], abs=1e-6)


@given(angle=ANGLES)
def test_growing_keeps_the_middle(angle: float) -> None:
    box = RotatedBox(5.0, 6.0, 20.0, 10.0, angle)
    assert box.grown(2, 3) == RotatedBox(5.0, 6.0, 26.0, 14.0, angle)
    assert box.scaled(2) == RotatedBox(10.0, 12.0, 40.0, 20.0, angle)


def test_a_level_box_has_whole_pixels_around_it() -> None:
    assert RotatedBox(10.0, 20.0, 5.0, 3.0, 0.0).level == (7, 18, 6, 4)
    assert RotatedBox(10.0, 20.0, 6.0, 2.0, math.pi / 2).level == (9, 17, 2, 6)


def test_a_part_of_a_turned_box_lies_where_it_was_written() -> None:
    # Read downwards: the beginning of the box is at its top.
    assert RotatedBox(50.0, 50.0, 40.0, 10.0, math.pi / 2).inside(0, 0, 10, 10) == (45, 30, 10, 10)


def test_a_box_stays_within_the_picture() -> None:
    assert within((-3, 5, 10, 100), (20, 30)) == (0, 5, 7, 15)
    assert within((40, 40, 5, 5), (20, 30)) == (29, 19, 1, 1)
    assert around([(1, 2, 3, 4), (2, 0, 9, 3)]) == (1, 0, 10, 6)
