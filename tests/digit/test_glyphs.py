"""Ways to pick a glyph: the right one is among them, and likelier than those with a neighbour."""

import numpy as np
import pytest

from inkdigit.data.strokes import draw
from inkdigit.digit.glyphs import digit_evidence, possible_glyphs
from inkdigit.digit.ink import Ink


def one(digit: int, *, seed: int = 0) -> np.ndarray:
    return draw(digit, random=np.random.default_rng(seed), height=40)


def scene(glyph: np.ndarray, *, margin: int = 20) -> np.ndarray:
    return np.pad(glyph, ((5, 5), (margin, margin)))


def likeness(glyph: np.ndarray, truth: np.ndarray) -> float:
    """Ink that both have over ink that either has."""
    return float(np.minimum(glyph, truth).sum() / np.maximum(glyph, truth).sum())


def found(ink: np.ndarray, *, noise: float = 0.05) -> Ink:
    return Ink(ink.astype(np.float32), 200.0, noise)


@pytest.mark.parametrize("digit", [0, 1, 2, 3, 6, 8, 9])
def test_a_digit_alone_has_one_glyph(digit: int) -> None:
    ink = scene(one(digit))
    [glyph] = possible_glyphs(found(ink))
    assert likeness(glyph.ink, ink) > 0.99


@pytest.mark.parametrize("seed", range(10))
def test_with_a_neighbour_on_either_side_the_digit_is_the_likeliest(seed: int) -> None:
    truth = scene(one(seed, seed=seed))
    ink = truth.copy()
    left, right = one((seed + 3) % 10, seed=seed + 1), one((seed + 7) % 10, seed=seed + 2)
    ink[5:45, :9] = left[:, -9:]
    ink[5:45, -9:] = right[:, :9]
    glyphs = possible_glyphs(found(ink))
    assert max(likeness(glyph.ink, truth) for glyph in glyphs) > 0.97
    best = max(glyphs, key=lambda glyph: glyph.prior)
    assert likeness(best.ink, truth) > 0.9


@pytest.mark.parametrize("gap", [1, 3])
def test_a_broken_digit_can_be_whole(gap: int) -> None:
    truth = scene(one(5))
    ink = truth.copy()
    rows = np.flatnonzero(ink.any(axis=1))
    middle = int(rows.mean())
    ink[middle : middle + gap] = 0
    glyphs = possible_glyphs(found(ink))
    assert max(likeness(glyph.ink, ink) for glyph in glyphs) > 0.97


@pytest.mark.parametrize("digit", [0, 3, 6, 8])
def test_a_neighbour_that_touches_can_be_cut_off(digit: int) -> None:
    truth = scene(one(digit), margin=24)
    ink = truth.copy()
    ink[8:42, -6:] = 1  # a stroke at the right border
    edge = int(np.flatnonzero(truth[25] > 0.5).max())
    ink[24:26, edge:] = 1  # and a thin join
    glyphs = possible_glyphs(found(ink))
    assert max(likeness(glyph.ink, truth) for glyph in glyphs) > 0.85


def test_a_rule_through_the_picture_can_be_left_out() -> None:
    truth = scene(one(6))
    ink = truth.copy()
    ink[:, 5:7] = 0.9
    glyphs = possible_glyphs(found(ink))
    assert max(likeness(glyph.ink, truth) for glyph in glyphs) > 0.97


def test_no_glyph_comes_twice_and_none_is_empty() -> None:
    ink = np.hstack([scene(one(digit), margin=2) for digit in (1, 5, 8)])
    glyphs = possible_glyphs(found(ink))
    assert len({glyph.ink.tobytes() for glyph in glyphs}) == len(glyphs)
    assert all(glyph.ink.any() and (glyph.ink <= ink).all() for glyph in glyphs)


def test_the_evidence_is_for_the_middle_and_against_the_sides() -> None:
    evidence = digit_evidence((41, 61))
    assert evidence[20, 30] == evidence.max() > 1
    assert evidence[20, 0] == evidence[20, -1] == evidence.min() < -1
    assert evidence[20, 0] < evidence[0, 30] < 0
    np.testing.assert_allclose(evidence, evidence[::-1, ::-1], atol=1e-6)
