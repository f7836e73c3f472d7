"""Rules go, strokes stay."""

import numpy as np
import pytest
from jaxtyping import Float32

from inkdigit.page.ruling import without_ruling
from written import write_page

PAGE = write_page(["20718", "28459"], seed=2, pitch=2.0, margin=40)
INK = np.clip((225 - PAGE.pixels.astype(np.float32)) / 165, 0, 1)


def ruled(*, rise: float = 0.0, upright: bool = False) -> Float32[np.ndarray, "height width"]:
    """The page with rules of two pixels, one below each line and more between."""
    y, x = np.indices(INK.shape)
    along, across = (y, x) if upright else (x, y)
    lines = (across - rise * along) % 44 // 2 == 0
    return np.maximum(INK, lines.astype(np.float32))


@pytest.mark.parametrize("rise", [0.0, 0.02, -0.03])
@pytest.mark.parametrize("upright", [False, True])
def test_rules_go_and_most_of_the_writing_stays(rise: float, upright: bool) -> None:
    left = without_ruling(ruled(rise=rise, upright=upright), height=40)
    paper, written = INK < 0.05, INK > 0.9
    assert left[paper].mean() < 0.25 * ruled(rise=rise, upright=upright)[paper].mean()
    assert left[written].mean() > 0.85


def test_a_page_without_rules_is_left_alone() -> None:
    assert np.array_equal(without_ruling(INK, height=40), INK)


@pytest.mark.parametrize("shape", [(1, 1), (5, 400), (400, 5), (60, 60)])
def test_blank_paper_stays_blank(shape: tuple[int, int]) -> None:
    assert not without_ruling(np.zeros(shape, np.float32), height=30).any()
