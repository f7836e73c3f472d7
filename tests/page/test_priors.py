"""What is known of digits before they are looked at."""

import numpy as np
import pytest

from inkdigit.page.priors import TALLEST, WIDEST, no_digit, shape, touching


def test_a_digit_as_tall_as_its_neighbours_is_likeliest() -> None:
    found = [shape(tall, round(0.65 * tall), height=40).max() for tall in (15, 25, 40, 60, 90)]
    assert int(np.argmax(found)) == 2


def test_a_narrow_stroke_is_a_1_sooner_than_a_0() -> None:
    likely = shape(40, 5, height=40)
    assert likely.argmax() == 1


@pytest.mark.parametrize(("tall", "wide"), [(TALLEST * 40 + 1, 20), (40, WIDEST * 40 + 1)])
def test_what_is_too_large_is_impossible(tall: float, wide: float) -> None:
    assert np.isneginf(shape(int(tall), int(wide), height=40)).all()


def test_the_larger_a_part_the_less_likely_it_is_no_digit() -> None:
    sizes = [no_digit(tall, 8, height=40) for tall in (5, 15, 25, 40)]
    assert sizes == sorted(sizes, reverse=True)
    assert no_digit(5, 24, height=40) == sizes[0]  # a dash


def test_the_more_ink_a_cut_crosses_the_less_likely_it_is() -> None:
    free, thin, thick = touching(np.array([0.0, 0.1, 0.5]))
    assert free == 0 > thin > thick
