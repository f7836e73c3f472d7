"""What the detector shall say: kernels over numbers, walls where walls are."""

import numpy as np
import pytest

from inkdigit.writing.sheet import Piece, Wall, corners
from inkdigit.writing.targets import COSINE, NUMBER, OTHER, SINE, WALL, WEIGHT, grown, target_maps, visible

PLAIN = np.eye(3)


def number(box: tuple[float, float, float, float], *, height: float = 20) -> Piece:
    return Piece("number", corners(box), height, "12")


def maps(*pieces: Piece, walls: tuple[Wall, ...] = (), matrix: np.ndarray = PLAIN, faint: bool = False) -> np.ndarray:
    return target_maps(pieces, walls, matrix, (80, 80), faint=np.full(len(pieces), faint))


def test_a_kernel_is_the_box_without_a_seventh_of_its_height_on_each_side() -> None:
    target = maps(number((10, 20, 50, 20)))
    assert target.shape == (20, 20, 6)
    assert target[..., NUMBER].sum() * 16 == pytest.approx((50 - 5.6) * (20 - 5.6), rel=0.05)
    ys, xs = np.nonzero(target[..., NUMBER] > 0.5)
    assert (ys.min(), ys.max(), xs.min(), xs.max()) == (6, 8, 3, 13)


def test_a_narrow_number_keeps_half_its_width() -> None:
    quad = grown(corners((10.0, 10.0, 8.0, 40.0)), -0.14)
    assert np.allclose(quad[:, 0].max() - quad[:, 0].min(), 4)


def test_the_direction_follows_the_turn_and_is_nothing_elsewhere() -> None:
    quarter = np.array([[0.0, -1, 80], [1, 0, 0], [0, 0, 1]])  # clockwise
    target = maps(number((10, 20, 50, 20)), matrix=quarter)
    inside = target[..., NUMBER] > 0
    assert np.allclose(target[inside][:, [COSINE, SINE]], [0, 1], atol=1e-6)
    assert not target[~inside][:, [COSINE, SINE]].any()


@pytest.mark.parametrize(
    ("piece", "faint"),
    [(number((60, 20, 60, 20)), False), (number((10, 20, 30, 7), height=7), False), (number((10, 20, 30, 20)), True)],
    ids=["cut", "tiny", "faint"],
)
def test_what_nobody_need_find_does_not_count(piece: Piece, faint: bool) -> None:
    target = maps(piece, faint=faint)
    assert not target[..., NUMBER].any()
    low = np.clip(piece.quad.min(0) / 4, 0, 19).astype(int)
    assert target[low[1] + 1, low[0] + 1, WEIGHT] == 0
    assert target[0, 0, WEIGHT] == 1


def test_a_number_that_is_cut_a_little_counts() -> None:
    piece = number((40, 20, 50, 20))
    assert visible(piece.quad, (80, 80)) == pytest.approx(0.8)
    assert maps(piece)[7, 19, NUMBER] == 1


def test_other_writing_is_filled_whole_and_walls_are_lines() -> None:
    word = Piece("other", corners((8, 8, 40, 12)), 12)
    target = maps(word, walls=(Wall((4, 60), (76, 60), 1),))
    assert np.all(target[2:5, 2:12, OTHER] == 1)
    assert target[..., OTHER].sum() == 30
    assert np.all(target[15, 1:19, WALL] == 1)
    assert target[..., WALL].sum() <= 2 * 20
    assert not target[..., NUMBER].any()


def test_nothing_on_a_sheet_gives_empty_maps_that_count() -> None:
    target = maps()
    assert not target[..., :WEIGHT].any()
    assert np.all(target[..., WEIGHT] == 1)
