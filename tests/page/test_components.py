"""Connected ink, each piece with its own pixels only."""

import cv2
import numpy as np
import pytest

from inkdigit.page.components import Piece, components_of, digit_height, joined, without_frames


def block(x: int, y: int, width: int, height: int) -> Piece:
    return Piece(np.ones((height, width), np.float32), x, y)


def test_pieces_do_not_hold_their_neighbours_ink() -> None:
    ink = np.zeros((12, 20), np.float32)
    ink[2:10, 2:4] = ink[2:4, 2:12] = 1  # an angle around
    ink[6:9, 7:10] = 0.9  # a block
    pieces = components_of(ink)
    assert [piece.ink.max() for piece in pieces] == [1, np.float32(0.9)]
    assert sum(float(piece.ink.sum()) for piece in pieces) == pytest.approx(float(ink.sum()))


def test_a_piece_keeps_its_soft_edge() -> None:
    ink = np.zeros((9, 9), np.float32)
    ink[2:7, 2:7] = 0.3
    ink[3:6, 3:6] = 1
    (piece,) = components_of(ink)
    assert float(piece.ink.sum()) == pytest.approx(float(ink.sum()))


def test_dust_is_left_out() -> None:
    ink = np.zeros((9, 9), np.float32)
    ink[1, 1] = ink[5, 5:7] = 1
    assert components_of(ink) == []


def test_joined_pieces_lie_where_they_lay() -> None:
    both = joined([block(3, 5, 2, 4), block(10, 1, 3, 3)])
    assert both.box == (3, 1, 10, 8)
    assert float(both.ink.sum()) == 2 * 4 + 3 * 3
    assert both.ink[4, 0] == 1
    assert both.ink[0, 9] == 1


def test_the_digit_height_is_that_of_the_ink_not_of_the_dots() -> None:
    dots = [block(x, 30, 2, 2) for x in range(0, 40, 4)]
    assert digit_height([*dots, block(50, 0, 4, 30), block(60, 0, 4, 32), block(70, 0, 4, 34)]) == 32
    assert digit_height([]) == 0


def test_what_goes_around_the_writing_is_no_writing() -> None:
    ink = np.zeros((120, 200), np.float32)
    cv2.rectangle(ink, (5, 5), (194, 114), 1.0, 4)
    for x in (40, 80, 120):
        ink[40:80, x : x + 8] = 1
    assert len(components_of(ink)) == 4
    assert {piece.height for piece in without_frames(components_of(ink))} == {42}


def test_dust_within_a_large_loop_does_not_make_it_a_frame() -> None:
    ink = np.zeros((120, 120), np.float32)
    cv2.circle(ink, (60, 60), 50, 1.0, 6)
    for x in (40, 60, 80):
        ink[58:61, x : x + 3] = 1
    assert len(without_frames(components_of(ink))) == 4
