"""What lies over a digit: drops of mud, a dotted line, a zigzag."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from inkdigit.data import clutter
from inkdigit.data.corruptions import Corruption
from inkdigit.types import Images

batches = arrays(np.uint8, st.tuples(st.integers(0, 3), st.just(28), st.just(28)))
seeds = st.integers(0, 2**31)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def flat(level: int, n: int = 40) -> Images:
    return np.full((n, 28, 28), level, np.uint8)


@given(images=batches, seed=seeds)
def test_mud_makes_paper_darker_and_ink_lighter(images: Images, seed: int) -> None:
    muddy = clutter.splashes(images, rng(seed))
    lighter, darker = muddy < images, muddy > images
    assert (muddy[lighter] >= 51).all()
    assert (muddy[darker] <= 102).all()


def test_mud_hides_as_much_of_ink_as_of_paper() -> None:
    on_paper, on_ink = (clutter.splashes(flat(level), rng(1)).astype(float) for level in (0, 255))
    mud = on_paper.max(axis=(1, 2), keepdims=True)
    hidden = on_paper / mud
    # Whole grey levels: mud of at least 51 is known to 1 / 51, that on ink to half a level in 153.
    np.testing.assert_allclose((255 - on_ink) / (255 - mud), hidden, atol=0.03)
    assert 0.05 < hidden.mean() < 0.2
    assert (mud >= 50).all()


def test_a_disc_covers_its_area_at_its_place() -> None:
    [covered] = clutter._discs(np.array([[[10.0], [15.5]]]), np.array([[4.0]]))
    rows, columns = np.indices((28, 28))
    assert covered.sum() == pytest.approx(np.pi * 16, rel=0.02)
    assert (covered * rows).sum() / covered.sum() == pytest.approx(15.5)
    assert (covered * columns).sum() / covered.sum() == pytest.approx(10.0)
    assert covered.max() == 1


@pytest.mark.parametrize("mark", [clutter.dotted_line, clutter.zigzag])
@given(images=batches, seed=seeds)
def test_lines_only_add_ink(mark: Corruption, images: Images, seed: int) -> None:
    assert (mark(images, rng(seed)) >= images).all()


def test_the_dots_lie_on_a_straight_line_and_apart() -> None:
    for image in clutter.dotted_line(flat(0), rng(2)):
        rows, columns = np.nonzero(image > 100)
        places = np.stack([rows, columns]).astype(float)
        spread = np.linalg.svd(places - places.mean(axis=1, keepdims=True), compute_uv=False) / np.sqrt(len(rows))
        assert spread[1] < 1
        assert spread[0] > 4
        dots = cv2.connectedComponents((image > 100).view(np.uint8), connectivity=4)[0] - 1
        assert dots == pytest.approx(np.hypot(np.ptp(rows), np.ptp(columns)) / 3 + 1, abs=1.5)


def test_a_zigzag_is_one_line_from_border_to_border() -> None:
    for image in clutter.zigzag(flat(0), rng(3)):
        count, _, stats, _ = cv2.connectedComponentsWithStats((image > 0).view(np.uint8))
        largest = stats[1:, cv2.CC_STAT_AREA].max()
        assert count >= 2
        assert largest > 0.6 * (image > 0).sum()  # where it turns at the border, a corner of it may be cut off
        at_border = [image[0].any(), image[-1].any(), image[:, 0].any(), image[:, -1].any()]
        assert sum(at_border) >= 2


def test_a_zigzag_goes_to_both_sides_of_its_line() -> None:
    straight, bent = (clutter.zigzag(flat(0), rng(4), swing=swing) for swing in (0.0, 3.0))
    thickness = []
    for lines in (straight, bent):
        for image in lines:
            places = np.stack(np.nonzero(image > 100)).astype(float)
            thickness.append(np.linalg.svd(places - places.mean(axis=1, keepdims=True), compute_uv=False)[1])
            thickness[-1] /= np.sqrt(places.shape[1])
    assert max(thickness[:40]) < 0.6
    assert np.median(thickness[40:]) > 1.2
