"""Rules are taken out and digits are left, where both are known."""

import numpy as np
import pytest

from inkdigit.data.strokes import draw
from inkdigit.digit.rules import without_rules


def digit_on(rules: np.ndarray, *, digit: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """A digit in the middle of rules: both, and the digit alone."""
    glyph = draw(digit, random=np.random.default_rng(seed), height=44)
    alone = np.zeros(rules.shape, np.float32)
    left = (rules.shape[1] - glyph.shape[1]) // 2
    alone[18 : 18 + 44, left : left + glyph.shape[1]] = glyph
    return np.maximum(alone, rules), alone


def grid(*, darkness: float, every: int, upright: bool, level: bool) -> np.ndarray:
    rules = np.zeros((80, 80), np.float32)
    if upright:
        rules[:, 5::every] = darkness
    if level:
        rules[5::every] = darkness
    return rules


@pytest.mark.parametrize("darkness", [0.2, 0.5])
@pytest.mark.parametrize(("upright", "level"), [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("digit", [0, 2, 4, 5, 7, 8])
def test_rules_paler_than_the_pen_leave_the_digit_whole(
    digit: int, upright: bool, level: bool, darkness: float
) -> None:
    both, alone = digit_on(grid(darkness=darkness, every=20, upright=upright, level=level), digit=digit)
    left = without_rules(both)
    assert left is not None
    assert np.abs(left - alone).sum() < 0.12 * alone.sum()
    assert left[alone == 0].sum() < 0.03 * alone.sum()


@pytest.mark.parametrize("digit", [0, 3, 8])
def test_a_stroke_across_a_dark_rule_is_mended(digit: int) -> None:
    both, alone = digit_on(grid(darkness=1.0, every=30, upright=False, level=True), digit=digit)
    left = without_rules(both)
    assert left is not None
    assert np.abs(left - alone).sum() < 0.15 * alone.sum()


def test_a_rule_may_lean_a_little() -> None:
    rows = np.arange(80)
    rules = np.zeros((80, 80), np.float32)
    rules[rows, 6 + rows // 16] = 0.9
    rules[rows, 7 + rows // 16] = 0.9
    both, alone = digit_on(rules, digit=6)
    left = without_rules(both)
    assert left is not None
    np.testing.assert_allclose(left, alone, atol=1e-6)


@pytest.mark.parametrize("digit", range(10))
def test_a_digit_with_paper_around_it_has_no_rules(digit: int) -> None:
    _, alone = digit_on(np.zeros((80, 80), np.float32), digit=digit)
    assert without_rules(alone) is None


def test_a_stroke_of_a_small_picture_is_no_rule() -> None:
    ink = np.zeros((16, 16), np.float32)
    ink[:, 7:9] = 1
    assert without_rules(ink) is None
