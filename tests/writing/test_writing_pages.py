"""Pages, crops of pages, and their truth."""

import numpy as np
import pytest

from inkdigit.writing.digits import DigitSource
from inkdigit.writing.pages import KINDS, page_sample, page_views, whole_page
from inkdigit.writing.targets import NUMBER, OTHER, WALL, WEIGHT


def test_the_same_seed_gives_the_same_sample(source: DigitSource) -> None:
    first, second = (page_sample(source, np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(first.grey, second.grey)
    assert np.array_equal(first.target, second.target)


@pytest.mark.parametrize("seed", range(12))
def test_a_sample_has_its_shapes_and_ranges(seed: int, source: DigitSource) -> None:
    sample = page_sample(source, np.random.default_rng(seed), size=256)
    assert sample.grey.shape == (256, 256)
    assert sample.grey.dtype == np.uint8
    assert sample.target.shape == (64, 64, 6)
    assert sample.target.dtype == np.float32
    assert sample.target.min() >= -1
    assert sample.target.max() <= 1
    inside = sample.target[..., NUMBER] > 0
    assert np.allclose(np.hypot(*sample.target[inside][:, 3:5].T), 1, atol=1e-3)
    assert np.all(sample.target[inside][:, WEIGHT] == 1)


def test_no_kernel_on_a_page_without_numbers(source: DigitSource) -> None:
    page = whole_page("nothing", source, np.random.default_rng(0))
    assert page.lines == []
    assert sum(
        page_sample(source, np.random.default_rng(seed)).target[..., NUMBER].max() == 0 for seed in range(60)
    ) in range(4, 26)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_whole_page_says_what_stands_where(kind: str, source: DigitSource) -> None:
    page = whole_page(kind, source, np.random.default_rng(3))
    assert min(page.grey.shape) > (20 if kind == "strip" else 300)
    assert max(page.grey.shape) < 2600
    assert (
        [len(line) for line in page.lines] == [len(line) for line in page.boxes] == [len(line) for line in page.cells]
    )
    for line in page.boxes:
        for x, y, w, h in line:
            assert np.ptp(page.grey[max(0, y) : y + h, max(0, x) : x + w]) > 8
    assert kind in ("nothing", "sparse", "strip") or page.lines


def test_print_is_other(source: DigitSource) -> None:
    target = [page_sample(source, np.random.default_rng(seed)).target for seed in range(20)]
    assert sum(one[..., OTHER].any() for one in target) > 5
    assert sum(one[..., WALL].any() for one in target) > 2


def test_views_of_one_sheet_differ(source: DigitSource) -> None:
    views = page_views(source, np.random.default_rng(1), views=3, size=256)
    assert len({view.grey.tobytes() for view in views}) == 3
    assert {view.target.shape for view in views} == {(64, 64, 6)}
    alone, one = (
        page_sample(source, np.random.default_rng(1), size=256),
        page_views(source, np.random.default_rng(1), views=1, size=256),
    )
    assert np.array_equal(alone.grey, one[0].grey)


def test_views_of_a_sheet_with_numbers_show_numbers(source: DigitSource) -> None:
    agree = [
        len({bool(view.target[..., NUMBER].any()) for view in page_views(source, np.random.default_rng(seed), views=2)})
        == 1
        for seed in range(20)
    ]
    assert sum(agree) > 14
