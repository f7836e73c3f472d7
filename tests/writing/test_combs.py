"""Numbers in rows of boxes."""

import numpy as np
import pytest

from inkdigit.writing.combs import write_comb
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.hand import Hand


@pytest.mark.parametrize("seed", range(12))
def test_digits_stand_in_boxes_of_their_own(source: DigitSource, seed: int) -> None:
    random = np.random.default_rng(seed)
    comb = write_comb("98401", Hand.random(random), source, random, height=40)
    assert comb.written.text == "98401"
    assert comb.written.ink.shape == comb.walls.shape
    middles = [x + wide / 2 for x, _, wide, _ in comb.written.boxes]
    cells = [next(i for i, (x, _, wide, _) in enumerate(comb.cells) if x <= middle <= x + wide) for middle in middles]
    assert np.diff(cells).tolist() == [1, 1, 1, 1]


@pytest.mark.parametrize("seed", range(12))
def test_walls_lie_around_the_cells_not_in_them(source: DigitSource, seed: int) -> None:
    random = np.random.default_rng(seed)
    comb = write_comb("406", Hand.random(random), source, random, height=40)
    for x, y, wide, tall in comb.cells:
        assert comb.walls[y + 6 : y + tall - 6, x + 6 : x + wide - 6].max() == 0
        assert comb.walls[y + tall - 1 : y + tall + 2, x : x + wide].max() > 0.9
