"""Pieces: what touches is one, what is left out is gone, and soft edges stay."""

import numpy as np
import pytest

from inkdigit.data.strokes import draw
from inkdigit.digit.pieces import EDGE, take_apart


def page() -> tuple[np.ndarray, list[np.ndarray]]:
    """Three digits side by side, the last one cut by the right border; and the ink of each alone."""
    glyphs = [draw(digit, random=np.random.default_rng(digit), height=30) for digit in (0, 3, 8)]
    alone, left = [], 4
    width = sum(glyph.shape[1] + 6 for glyph in glyphs)
    for glyph in glyphs:
        ink = np.zeros((40, width), np.float32)
        ink[5 : 5 + len(glyph), left : left + glyph.shape[1]] = glyph
        alone.append(ink)
        left += glyph.shape[1] + 6
    cut = left - 6 - glyphs[-1].shape[1] // 3
    alone = [ink[:, :cut] for ink in alone]
    return np.sum(alone, axis=0).astype(np.float32), alone


def test_what_touches_is_one_piece() -> None:
    ink, alone = page()
    pieces = take_apart(ink)
    assert len(pieces) == 3
    assert pieces.at_a_side == {int(np.argmax(pieces.boxes[:, 0]))}
    np.testing.assert_array_equal(sorted(pieces.areas), sorted((one > 0.35).sum() for one in alone))


def test_a_union_has_all_of_its_pieces_and_nothing_of_the_others() -> None:
    ink, alone = page()
    pieces = take_apart(ink)
    for number, left in enumerate(pieces.boxes[:, 0]):
        [own] = [one for one in alone if one[:, left].any() and not one[:, max(left - 3, 0)].any()]
        np.testing.assert_allclose(pieces.of([number]), np.where(own > EDGE, own, 0))
    np.testing.assert_allclose(pieces.of(range(3)), np.where(ink > EDGE, ink, 0))
    assert not pieces.of([]).any()


def test_faint_ink_stays_with_what_it_hangs_on_to() -> None:
    ink = np.zeros((40, 40), np.float32)
    ink[10:30, 10:13] = 1
    ink[20, 13:17] = 0.12  # a thin stroke that fades
    ink[5, 30] = 0.12  # dirt
    alone = take_apart(ink).of([0])
    assert alone[20, 16] == np.float32(0.12)
    assert alone[5, 30] == 0


def test_weights_are_added_up_by_piece() -> None:
    ink, _ = page()
    pieces = take_apart(ink)
    assert pieces.sums(np.ones(ink.shape, np.float32)) == pytest.approx(pieces.areas)


def test_no_ink_no_pieces() -> None:
    pieces = take_apart(np.zeros((5, 7), np.float32))
    assert len(pieces) == 0
    assert not pieces.of([]).any()
