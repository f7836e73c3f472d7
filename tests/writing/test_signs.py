"""Signs beside digits."""

from dataclasses import replace

import numpy as np
import pytest

from inkdigit.writing.hand import Hand
from inkdigit.writing.signs import sign

HEIGHT = 50


def boxes(character: str, n: int = 80) -> np.ndarray:
    """Top and bottom of many writings of a sign, in heights below the top of a digit."""
    random = np.random.default_rng(0)
    found = []
    for _ in range(n):
        hand = replace(Hand.random(random), pen=0.08)
        glyph = sign(character, hand, random, height=HEIGHT)
        bottom = HEIGHT - glyph.rise
        found.append(((bottom - glyph.ink.shape[0]) / HEIGHT, bottom / HEIGHT, glyph.ink.shape[1] / HEIGHT))
    return np.array(found)


@pytest.mark.parametrize(
    ("character", "top", "bottom"),
    [(".", (0.35, 1.1), (0.5, 1.2)), (",", (0.5, 1.1), (0.9, 1.6)), ("-", (0.1, 0.75), (0.3, 0.95)),
     ("/", (-0.6, 0.4), (0.7, 1.7)), (":", (-0.05, 0.7), (0.7, 1.2))],
)  # fmt: skip
def test_signs_stand_at_their_height(character: str, top: tuple[float, float], bottom: tuple[float, float]) -> None:
    found = boxes(character)
    assert np.mean((found[:, 0] > top[0]) & (found[:, 0] < top[1])) > 0.95
    assert np.mean((found[:, 1] > bottom[0]) & (found[:, 1] < bottom[1])) > 0.95


def test_a_dot_is_small_a_minus_flat_and_a_slash_high() -> None:
    dot, minus, slash = (boxes(character) for character in ".-/")
    assert np.median(dot[:, 1] - dot[:, 0]) < 0.22
    assert np.median(minus[:, 2]) > 2 * np.median(minus[:, 1] - minus[:, 0])
    assert np.median(slash[:, 1] - slash[:, 0]) > 0.9
