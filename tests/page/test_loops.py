"""Closed loops of ink and the walls around them."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.page.components import Piece
from inkdigit.page.cuts import parts_of
from inkdigit.page.lattice import runs_of
from inkdigit.page.loops import loops_of, pen_width


def drawn(*ellipses: tuple[int, int, int, int], pen: int = 4) -> Piece:
    """Ellipses by their middle (x, y) and half axes, on a page with the piece at (7, 3)."""
    ink = np.zeros((60, 160), np.uint8)
    for x, y, across, down in ellipses:
        cv2.ellipse(ink, (x, y), (across, down), 0, 0, 360, 255, pen, cv2.LINE_AA)
    left, top, width, height = cv2.boundingRect(ink)
    part = ink[top : top + height, left : left + width].astype(np.float32) / np.float32(255)
    return Piece(np.ascontiguousarray(part), 7, 3)


def test_a_ring_has_one_loop_whose_wall_is_the_ring() -> None:
    piece = drawn((40, 30, 14, 20))
    [loop] = loops_of(piece, height=44)
    assert loop.area == loop.hole.sum() == pytest.approx(np.pi * 11 * 17, rel=0.06)
    assert loop.wall.box == piece.box
    np.testing.assert_array_equal(loop.wall.ink, piece.ink)


def test_the_loops_of_two_rings_that_share_a_wall_have_it_both() -> None:
    piece = drawn((40, 30, 14, 20), (68, 30, 14, 20))
    first, second = sorted(loops_of(piece, height=44), key=lambda loop: loop.wall.x)
    shared = slice(29, 32)  # columns of the piece
    for loop in (first, second):
        wall = np.zeros(piece.ink.shape, np.float32)
        x, y = loop.wall.x - piece.x, loop.wall.y - piece.y
        wall[y : y + loop.wall.height, x : x + loop.wall.width] = loop.wall.ink
        assert wall[10:-10, shared].sum() > 0.95 * piece.ink[10:-10, shared].sum()
    assert first.wall.right < piece.right - 20
    assert second.wall.x > piece.x + 20


def test_a_hole_that_is_open_or_tiny_is_no_loop() -> None:
    ring = drawn((40, 30, 14, 20))
    opened = ring.ink.copy()
    opened[18:24, 20:] = 0
    assert loops_of(Piece(opened, 0, 0), height=44) == []
    dotted = np.ones((30, 30), np.float32)
    dotted[10:13, 10:13] = 0
    assert loops_of(Piece(dotted, 0, 0), height=44) == []


def test_a_net_has_no_loops() -> None:
    net = np.zeros((100, 150), np.float32)
    net[::10] = net[:, ::10] = 1
    assert loops_of(Piece(net, 0, 0), height=20) == []
    assert len(loops_of(Piece(net[:11, :41].copy(), 0, 0), height=10)) == 4


@given(pen=st.integers(1, 12), length=st.integers(40, 90))
def test_the_width_of_a_bar_is_its_width(pen: int, length: int) -> None:
    # A bar of one or two pixels is all edge, and its two ends count in any.
    assert pen_width(np.ones((length, pen), bool)) == pytest.approx(max(pen, 2), rel=0.3)


@given(seed=st.integers(0, 10_000), height=st.floats(1, 100))
def test_walls_are_ink_of_the_piece_whatever_it_is(seed: int, height: float) -> None:
    noise = np.random.default_rng(seed).random((24, 31)).astype(np.float32)
    piece = Piece(noise, 5, 2)
    for loop in loops_of(piece, height=height):
        assert loop.area == loop.hole.sum() == loop.within(np.ones(noise.shape, bool)) > 0
        tall, wide = loop.hole.shape
        assert (noise[loop.y : loop.y + tall, loop.x : loop.x + wide][loop.hole] < 0.4).all()
        x, y = loop.wall.x - piece.x, loop.wall.y - piece.y
        there = noise[y : y + loop.wall.height, x : x + loop.wall.width]
        assert ((loop.wall.ink == there) | (loop.wall.ink == 0)).all()


def test_a_zero_whose_wall_a_cut_took_has_it_back() -> None:
    """Three zeros in a row that share walls: each is among the runs with both of its walls."""
    piece = drawn((40, 30, 14, 20), (68, 30, 14, 20), (96, 30, 14, 20))
    parts = parts_of(piece, height=44)
    assert len(parts) > 1
    assert all(part.loops for part in parts)
    boxes = [run.glyph.box for run in runs_of(parts, height=44)]
    for x in (7, 35, 63):
        assert any(abs(box[0] - x) <= 2 and abs(box[2] - 33) <= 4 for box in boxes), (x, boxes)


def test_parts_that_were_not_cut_have_no_loops() -> None:
    piece = drawn((40, 30, 3, 20))
    [part] = parts_of(piece, height=44)
    assert part.piece is piece
    assert part.loops == ()
