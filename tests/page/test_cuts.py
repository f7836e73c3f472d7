"""Cuts: all ink is kept, touching digits come apart, what cannot be two digits stays whole."""

import cv2
import numpy as np
import pytest
from jaxtyping import Float32

from inkdigit.data.strokes import draw
from inkdigit.page.components import Piece, joined
from inkdigit.page.cuts import parts_of


def touching(left: int, right: int, *, seed: int = 0, overlap: int = 3) -> tuple[Float32[np.ndarray, "h w"], int]:
    """Two digits of 40 pixels that run into each other, and the column between them."""
    random = np.random.default_rng(seed)
    one, other = (draw(digit, random=random, height=40, wildness=0.2) for digit in (left, right))
    ink = np.zeros((40, one.shape[1] + other.shape[1] - overlap), np.float32)
    ink[:, : one.shape[1]] = one
    part = ink[:, one.shape[1] - overlap :]
    np.maximum(part, other, out=part)
    return ink, one.shape[1] - overlap // 2


@pytest.mark.parametrize("pair", [(0, 0), (3, 5), (1, 0), (8, 8), (2, 3), (5, 0)])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_one_of_the_cuts_parts_touching_digits(pair: tuple[int, int], seed: int) -> None:
    ink, border = touching(*pair, seed=seed)
    parts = parts_of(Piece(ink, 0, 0), height=40)
    columns = np.arange(ink.shape[1])
    middles = [float((part.piece.ink.sum(axis=0) @ columns[part.piece.x : part.piece.right]) / part.piece.ink.sum())
               for part in parts]  # fmt: skip
    rights = [sum(float(p.piece.ink.sum()) for p, m in zip(parts, middles, strict=True) if m > cut) for cut in middles]
    truth = float(ink[:, border:].sum())
    assert min(abs(right - truth) for right in [*rights, float(ink.sum())]) < 0.15 * float(ink.sum())
    assert len(parts) >= 2


def test_the_parts_together_are_the_piece() -> None:
    ink, _ = touching(4, 7)
    parts = parts_of(Piece(ink, 12, 34), height=40)
    whole = joined([part.piece for part in parts])
    assert sum(float(part.piece.ink.sum()) for part in parts) == pytest.approx(float(ink.sum()))
    top, left, wide, tall = whole.y - 34, whole.x - 12, whole.width, whole.height
    assert np.array_equal(whole.ink, ink[top : top + tall, left : left + wide])


def test_only_what_was_cut_has_a_price() -> None:
    first, *others = parts_of(Piece(touching(0, 0)[0], 0, 0), height=40)
    assert first.price == 0
    assert others
    assert all(part.price > 0 for part in others)


@pytest.mark.parametrize("shape", [(1, 1), (40, 8), (3, 60), (2, 2), (200, 1)])
def test_what_is_one_digit_at_most_stays_whole(shape: tuple[int, int]) -> None:
    piece = Piece(np.ones(shape, np.float32), 0, 0)
    (part,) = parts_of(piece, height=40)
    assert part.piece is piece


def test_a_large_piece_is_cut_at_the_same_places() -> None:
    ink, _ = touching(3, 5)
    large = cv2.resize(ink, None, fx=3, fy=3, interpolation=cv2.INTER_LINEAR)
    small_parts, large_parts = parts_of(Piece(ink, 0, 0), height=40), parts_of(Piece(large, 0, 0), height=120)
    assert abs(len(small_parts) - len(large_parts)) <= 2
    assert len(large_parts) >= 2
