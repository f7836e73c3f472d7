"""How somebody writes."""

import numpy as np

from inkdigit.writing.hand import Hand


def test_the_same_seed_gives_the_same_hand_and_another_another() -> None:
    one, again, other = (Hand.random(np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == again
    assert one != other


def test_numbers_stand_further_apart_than_digits() -> None:
    random = np.random.default_rng(3)
    for hand in (Hand.random(random) for _ in range(300)):
        assert hand.gap >= 0.55
        assert hand.gap > hand.spacing + 2 * hand.spacing_spread
