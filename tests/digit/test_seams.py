"""Seams against every way there is, in pictures small enough to try them all."""

import itertools

import numpy as np
import pytest

from inkdigit.digit.seams import SIDESTEP, cheapest_ways, seams


def all_ways(ink: np.ndarray) -> dict[int, float]:
    """The least cost through each column of the middle row, by trying every way."""
    height, width = ink.shape
    least = dict.fromkeys(range(width), np.inf)
    for start in range(width):
        for steps in itertools.product((-1, 0, 1), repeat=height - 1):
            way = start + np.concatenate([[0], np.cumsum(steps)]).astype(int)
            if way.min() >= 0 and way.max() < width:
                cost = ink[np.arange(height), way].sum() + SIDESTEP * np.abs(steps).sum()
                least[int(way[height // 2])] = min(least[int(way[height // 2])], cost)
    return least


@pytest.mark.parametrize("height", [1, 2, 3, 6])
@pytest.mark.parametrize("seed", range(3))
def test_no_way_is_cheaper(seed: int, height: int) -> None:
    ink = np.random.default_rng(seed).random((height, 5)).astype(np.float32)
    ways = cheapest_ways(ink)
    assert ways.costs == pytest.approx(list(all_ways(ink).values()), abs=1e-5)


@pytest.mark.parametrize("seed", range(5))
def test_a_seam_goes_where_it_costs_what_it_says(seed: int) -> None:
    ink = np.random.default_rng(seed).random((31, 40)).astype(np.float32)
    for seam in seams(cheapest_ways(ink), between=(0, 40), towards=20, most=100, n=3):
        steps = np.diff(seam.columns)
        assert len(seam.columns) == 31
        assert np.abs(steps).max() <= 1
        cost = ink[np.arange(31), seam.columns].sum() + SIDESTEP * np.abs(steps).sum()
        assert seam.cost == pytest.approx(cost, rel=1e-4)


def test_between_leaning_neighbours_there_is_a_way_through_paper() -> None:
    rows, columns = np.indices((40, 40))
    ink = ((columns + rows // 2) % 20 < 8).astype(np.float32)  # no column is free of ink
    [seam] = seams(cheapest_ways(ink), between=(0, 20), towards=20, most=1, n=1)
    assert ink[np.arange(40), seam.columns].sum() == 0


def test_none_is_dearer_than_asked_and_none_outside() -> None:
    ink = np.ones((10, 30), np.float32)
    ways = cheapest_ways(ink)
    assert seams(ways, between=(0, 30), towards=0, most=9) == []
    assert [seam.columns[5] for seam in seams(ways, between=(4, 9), towards=20, most=11)] == [8, 5]
