"""Colours: paper stays white, ink takes the side it speaks for."""

import numpy as np

from inkdigit.explain.colours import AGAINST, FOR, INK, NEITHER, ink_on_paper, strength, tinted
from linear import bar


def test_ink_and_paper() -> None:
    colours = ink_on_paper(bar())
    assert tuple(colours[0, 0]) == (255, 255, 255)
    assert tuple(colours[10, 13]) == INK


def test_each_side_has_its_colour() -> None:
    influence = np.zeros((28, 28), np.float32)
    influence[4:8], influence[20:24] = 3.0, -3.0
    colours = tinted(bar(), influence)
    assert tuple(colours[5, 13]) == FOR
    assert tuple(colours[21, 13]) == AGAINST
    assert tuple(colours[14, 13]) == NEITHER
    assert tuple(colours[5, 0]) == (255, 255, 255)


def test_little_influence_is_not_blown_up() -> None:
    small = np.full((28, 28), 0.01, np.float32)
    assert strength(bar(), small).max() < 0.02
    assert strength(bar(), 1000 * small).max() == 1


def test_influence_where_there_is_no_ink_sets_no_scale() -> None:
    influence = np.where(bar() > 0, 2.0, 50.0).astype(np.float32)
    assert strength(bar(), influence)[10, 13] == 1
