"""Pages, crops of pages, and their truth."""

from functools import cache

import numpy as np
import pytest

from inkdigit.writing.digits import DigitSource
from inkdigit.writing.layouts import ARRANGEMENTS
from inkdigit.writing.pages import KINDS, page_sample, whole_page
from inkdigit.writing.scribe import Scribe
from inkdigit.writing.sheet import Sheet
from inkdigit.writing.targets import NUMBER, OTHER, WALL, WEIGHT


@cache
def source() -> DigitSource:
    return DigitSource(None, None)


def filled(name: str, seed: int, *, whole: bool = True) -> Sheet:
    random, sheet = np.random.default_rng(seed), Sheet((384, 384), whole=whole)
    ARRANGEMENTS[name].fill(sheet, Scribe(source(), random, unit=24), random)
    return sheet


def test_the_same_seed_gives_the_same_sample() -> None:
    first, second = (page_sample(source(), np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(first.grey, second.grey)
    assert np.array_equal(first.target, second.target)


@pytest.mark.parametrize("seed", range(12))
def test_a_sample_has_its_shapes_and_ranges(seed: int) -> None:
    sample = page_sample(source(), np.random.default_rng(seed), size=256)
    assert sample.grey.shape == (256, 256)
    assert sample.grey.dtype == np.uint8
    assert sample.target.shape == (64, 64, 6)
    assert sample.target.dtype == np.float32
    assert sample.target.min() >= -1
    assert sample.target.max() <= 1
    inside = sample.target[..., NUMBER] > 0
    assert np.allclose(np.hypot(*sample.target[inside][:, 3:5].T), 1, atol=1e-3)
    assert np.all(sample.target[inside][:, WEIGHT] == 1)


@pytest.mark.parametrize("name", sorted(set(ARRANGEMENTS) - {"nothing"}))
def test_numbers_lie_over_ink(name: str) -> None:
    for seed in range(3):
        sheet = filled(name, seed)
        numbers = [piece for piece in sheet.pieces if piece.kind == "number"]
        for piece in numbers:
            (left, top), (right, foot) = piece.quad.min(0).astype(int), piece.quad.max(0).astype(int)
            assert sheet.ink[max(0, top) : foot + 1, max(0, left) : right + 1].max() > 150, piece.text
            assert any(sign.isdigit() for sign in piece.text)


def test_most_arrangements_hold_numbers_and_one_never_does() -> None:
    counts = {
        name: [sum(piece.kind == "number" for piece in filled(name, seed).pieces) for seed in range(6)]
        for name in ARRANGEMENTS
    }
    assert sum(counts.pop("nothing")) == 0
    assert all(sum(count) >= 3 for count in counts.values()), counts


def test_no_kernel_on_a_page_without_numbers() -> None:
    page = whole_page("nothing", source(), np.random.default_rng(0))
    assert page.lines == []
    assert sum(
        page_sample(source(), np.random.default_rng(seed)).target[..., NUMBER].max() == 0 for seed in range(60)
    ) in range(4, 26)


def test_tables_and_boxes_have_walls_and_notes_have_none() -> None:
    assert all(filled(name, seed).walls for name in ("table", "comb") for seed in range(4))
    assert not any(filled(name, seed).walls for name in ("notes", "list", "columns", "sparse") for seed in range(4))
    for seed in range(3):
        sheet = filled("table", seed)
        for wall in sheet.walls:
            middle = (np.array(wall.start) + wall.end) / 2
            x, y = np.clip(np.round(middle), 3, 380).astype(int)
            drawn = np.maximum(sheet.print, sheet.ink)[y - 3 : y + 4, x - 3 : x + 4]
            assert drawn.max() > 40


def test_cells_have_the_rows_and_columns_of_the_lattice() -> None:
    found = 0
    for seed in range(6):
        pieces = [piece for piece in filled("table", seed).pieces if piece.kind == "number" and piece.cell]
        for first in pieces:
            for second in pieces:
                assert first.cell is not None
                assert second.cell is not None
                if first.cell[0] < second.cell[0]:
                    assert first.quad[:, 1].mean() < second.quad[:, 1].mean()
                    found += 1
                if first.cell[1] < second.cell[1]:
                    assert first.quad[:, 0].mean() < second.quad[:, 0].mean()
    assert found > 20


def test_the_digits_of_a_row_of_boxes_are_one_number() -> None:
    for seed in range(4):
        sheet = filled("comb", seed)
        for piece in sheet.pieces:
            if piece.kind == "number":
                assert piece.text.isdigit()
                wide = float(np.ptp(piece.quad[:, 0]))
                assert wide > (len(piece.text) - 1) * 0.85 * 24, "the boxes are wider than a digit"


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_whole_page_says_what_stands_where(kind: str) -> None:
    page = whole_page(kind, source(), np.random.default_rng(3))
    assert min(page.grey.shape) > 300
    assert max(page.grey.shape) < 2600
    assert (
        [len(line) for line in page.lines] == [len(line) for line in page.boxes] == [len(line) for line in page.cells]
    )
    for line in page.boxes:
        for x, y, w, h in line:
            assert np.ptp(page.grey[max(0, y) : y + h, max(0, x) : x + w]) > 8
    assert kind in ("nothing", "sparse") or page.lines


def test_print_is_other() -> None:
    target = [page_sample(source(), np.random.default_rng(seed)).target for seed in range(20)]
    assert sum(one[..., OTHER].any() for one in target) > 5
    assert sum(one[..., WALL].any() for one in target) > 2
