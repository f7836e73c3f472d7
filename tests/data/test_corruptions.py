"""Fifteen ways in which a digit goes bad: each does what it says, and nothing learns from any."""

import ast
from collections.abc import Callable
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

import inkdigit
from inkdigit.data import corruptions
from inkdigit.data.clutter import splashes
from inkdigit.data.corruptions import CORRUPTIONS, Corruption
from inkdigit.types import Digits, Images

FIXED = {"shrunk", "bleached", "inverted bands", "outline"}
"""Those in which nothing is left to chance."""

HARMLESS: dict[str, Corruption] = {
    "grain": partial(corruptions.grain, photons=1e9),
    "salt and pepper": partial(corruptions.salt_and_pepper, share=0.0),
    "frosted glass": partial(corruptions.frosted_glass, sigma=0.0, reach=0),
    "shake": partial(corruptions.shake, length=1.0),
    "lean": partial(corruptions.lean, slope=0.0),
    "shrunk": partial(corruptions.shrunk, factor=1.0),
    "turned": partial(corruptions.turned, angle=0.0),
    "bleached": partial(corruptions.bleached, by=0.0),
    "shifted": partial(corruptions.shifted, by=0),
    "inverted bands": partial(corruptions.inverted_bands, width=0),
    "mist": partial(corruptions.mist, density=0.0),
    "splashes": partial(splashes, drops=0),
}

batches = arrays(np.uint8, st.tuples(st.integers(0, 3), st.just(28), st.just(28)))
seeds = st.integers(0, 2**31)


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def flat(level: int, n: int = 200) -> Images:
    return np.full((n, 28, 28), level, np.uint8)


def boxed(top: int, bottom: int, left: int, right: int, n: int = 1) -> Images:
    """A rectangle of full ink."""
    images = flat(0, n)
    images[:, top:bottom, left:right] = 255
    return images


def row_middles(image: np.ndarray, rows: slice) -> np.ndarray:
    """The centre of mass of each row."""
    part = image[rows].astype(float)
    middles: np.ndarray = part @ np.arange(28) / part.sum(axis=1)
    return middles


@pytest.mark.parametrize("name", CORRUPTIONS)
@pytest.mark.parametrize("n", [0, 1, 5])
def test_the_same_generator_spoils_alike_and_leaves_what_it_was_given(name: str, n: int, made_digits: Digits) -> None:
    images = made_digits.images[:n].copy()
    first, second = (CORRUPTIONS[name](images, rng(3)) for _ in range(2))
    assert first.shape == (n, 28, 28)
    assert first.dtype == np.uint8
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(images, made_digits.images[:n])
    assert not np.shares_memory(first, images)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_digit_changes_and_chance_decides_where_it_should(name: str, made_digits: Digits) -> None:
    images = made_digits.images[:50]
    first, second = (CORRUPTIONS[name](images, rng(seed)) for seed in (0, 1))
    assert (first != images).any(axis=(1, 2)).all()
    assert (first != second).any() == (name not in FIXED)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_images_of_a_batch_do_not_touch_one_another(name: str) -> None:
    """Only the last image differs, so the others come out the same."""
    blank, inked = flat(0, 4), flat(0, 4)
    inked[3, 8:20, 8:20] = 255
    before, after = (CORRUPTIONS[name](images, rng(1)) for images in (blank, inked))
    np.testing.assert_array_equal(before[:3], after[:3])
    assert (before[3] != after[3]).any()


@pytest.mark.parametrize("name", CORRUPTIONS)
@given(images=batches, seed=seeds)
def test_any_images_at_all_can_be_spoiled(name: str, images: Images, seed: int) -> None:
    spoiled = CORRUPTIONS[name](images, rng(seed))
    assert spoiled.shape == images.shape
    assert spoiled.dtype == np.uint8


@pytest.mark.parametrize("name", HARMLESS)
@given(images=batches, seed=seeds)
def test_without_strength_nothing_happens(name: str, images: Images, seed: int) -> None:
    np.testing.assert_array_equal(HARMLESS[name](images, rng(seed)), images)


def test_grain_is_poisson_noise() -> None:
    grey = corruptions.grain(flat(100), rng(), photons=20).astype(float)
    assert grey.mean() == pytest.approx(100, abs=0.5)
    assert grey.var() == pytest.approx(100 * 255 / 20, rel=0.03)
    assert not corruptions.grain(flat(0), rng()).any()


def test_salt_and_pepper_come_in_equal_shares() -> None:
    grey = corruptions.salt_and_pepper(flat(128), rng())
    assert (grey == 255).mean() == pytest.approx(0.085, abs=0.003)
    assert (grey == 0).mean() == pytest.approx(0.085, abs=0.003)
    assert set(np.unique(grey)) == {0, 128, 255}


@given(image=arrays(np.uint8, (28, 28)), reach=st.integers(1, 3), seed=seeds)
def test_through_glass_every_pixel_shows_one_near_it(image: np.ndarray, reach: int, seed: int) -> None:
    [seen] = corruptions.frosted_glass(image[None], rng(seed), sigma=0.0, reach=reach)
    around = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    assert (cv2.erode(image, around) <= seen).all()
    assert (seen <= cv2.dilate(image, around)).all()
    assert set(np.unique(seen)) <= set(np.unique(image))


@given(st.floats(0, np.pi), st.floats(1, 12))
def test_the_trail_of_a_shake_is_an_even_line(angle: float, length: float) -> None:
    trail = corruptions._trail(angle, length)
    places = np.arange(len(trail)) - len(trail) // 2
    along = places[None] * np.cos(angle) + places[:, None] * np.sin(angle)
    across = places[None] * np.sin(angle) - places[:, None] * np.cos(angle)
    assert trail.sum() == pytest.approx(1)
    assert (trail * along).sum() == pytest.approx(0, abs=1e-9)
    assert np.abs(across[trail > 0]).max(initial=0) < np.sqrt(2)
    assert np.abs(along[trail > 0]).max(initial=0) < (length - 1) / 2 + np.sqrt(2)


def test_a_shake_of_seven_pixels_is_as_strong_as_said() -> None:
    trail = corruptions._trail(0.0, 7.0)
    assert np.sqrt((trail.sum(axis=0) * np.arange(-3, 4) ** 2).sum()) == pytest.approx(1.9, abs=0.05)


def test_shaking_keeps_the_ink() -> None:
    shaken = corruptions.shake(boxed(10, 18, 10, 18, n=20), rng())
    assert shaken.sum(axis=(1, 2), dtype=float) == pytest.approx(64 * 255, rel=0.01)


def test_leaning_moves_each_row_against_the_next_and_keeps_its_ink() -> None:
    bars = boxed(7, 21, 13, 15, n=20)
    leant = corruptions.lean(bars, rng())
    slopes = [np.polyfit(np.arange(7, 21), row_middles(image, slice(7, 21)), 1)[0] for image in leant]
    assert np.abs(slopes) == pytest.approx(0.4, abs=0.02)
    assert {bool(slope > 0) for slope in slopes} == {True, False}
    assert leant.sum(axis=2, dtype=float) == pytest.approx(bars.sum(axis=2, dtype=float), rel=0.02)


def test_shrunk_to_the_square_of_the_factor_about_the_middle() -> None:
    [small] = corruptions.shrunk(boxed(4, 24, 4, 24), rng(), factor=0.7)
    assert small.sum(dtype=float) == pytest.approx(255 * 14 * 14, rel=0.02)
    assert cv2.boundingRect(small) in {(7, 7, 14, 14), (6, 6, 16, 16)}
    np.testing.assert_array_equal(small, small[::-1, ::-1])


def test_a_quarter_turn_is_a_quarter_turn(made_digits: Digits) -> None:
    images = made_digits.images[:20]
    turned = corruptions.turned(images, rng(), angle=np.pi / 2)
    quarter = [{np.rot90(image, times).tobytes(): times for times in (1, 3)} for image in images]
    ways = [ways.get(image.tobytes()) for image, ways in zip(turned, quarter, strict=True)]
    assert set(ways) == {1, 3}


def test_turned_by_as_much_as_said() -> None:
    bars = corruptions.turned(boxed(4, 24, 13, 15, n=20), rng())
    slopes = [np.polyfit(np.arange(8, 20), row_middles(image, slice(8, 20)), 1)[0] for image in bars]
    assert np.abs(np.arctan(slopes)) == pytest.approx(0.4, abs=0.02)
    assert {bool(slope > 0) for slope in slopes} == {True, False}


def test_bleached_is_lighter_by_half_the_range() -> None:
    levels = np.resize(np.arange(256, dtype=np.uint8), (1, 28, 28))
    lighter = corruptions.bleached(levels, rng())
    assert np.abs(lighter - np.minimum(levels + 127.5, 255)).max() <= 0.5


@given(images=batches, seed=seeds)
def test_shifted_rolls_all_four_ways_what_stays_within_the_frame(images: Images, seed: int) -> None:
    inner = np.pad(images[:, 3:-3, 3:-3], ((0, 0), (3, 3), (3, 3)))
    for before, after in zip(inner, corruptions.shifted(inner, rng(seed)), strict=True):
        rolled = [np.roll(before, (down, along), (0, 1)) for down in (-3, 3) for along in (-3, 3)]
        assert any(np.array_equal(after, one) for one in rolled)
        assert after.sum() == before.sum()


def test_all_four_ways_of_shifting_occur_and_what_leaves_is_gone() -> None:
    shifted = corruptions.shifted(flat(255, 40), rng())
    assert {cv2.boundingRect(image) for image in shifted} == {(x, y, 25, 25) for x in (0, 3) for y in (0, 3)}


@given(images=batches)
def test_bands_inverted_twice_are_as_they_were(images: Images) -> None:
    once = corruptions.inverted_bands(images, rng())
    np.testing.assert_array_equal(once[:, :, 7:21], images[:, :, 7:21])
    np.testing.assert_array_equal(once[:, :, :7], 255 - images[:, :, :7])
    np.testing.assert_array_equal(corruptions.inverted_bands(once, rng()), images)


def test_mist_lies_over_the_ink_and_leaves_a_quarter_of_its_contrast(made_digits: Digits) -> None:
    images = made_digits.images[:20]
    misty, mist = (corruptions.mist(some, rng(5)).astype(float) for some in (images, np.zeros_like(images)))
    assert np.abs(misty - mist - images / 4).max() <= 1
    assert (mist.min(axis=(1, 2)) == 0).all()
    assert (mist.max(axis=(1, 2)) == 191).all()  # 0.75 * 255


def test_mist_is_smooth() -> None:
    mist = corruptions.mist(flat(0, 50), rng()).astype(float)
    assert np.abs(np.diff(mist, axis=2)).mean() < 0.3 * mist.std()  # independent pixels: 1.13


def test_an_outline_is_hollow_and_of_one_pixel() -> None:
    [ring] = corruptions.outline(boxed(6, 22, 6, 22), rng())
    assert not ring[8:20, 8:20].any()
    assert not ring[:5].any()
    assert ring[6:22].max(axis=1).min() > 100
    assert ring.sum(dtype=float) == pytest.approx(4 * 16 * 255, rel=0.1)  # its length, a pixel wide


def test_an_outline_has_less_ink_than_the_digits_have(made_digits: Digits) -> None:
    before, after = (
        some.sum(dtype=float) for some in (made_digits.images, CORRUPTIONS["outline"](made_digits.images, rng()))
    )
    assert 0.3 * before < after < before


def test_ink_has_an_outline_paper_has_none() -> None:
    assert not corruptions.outline(flat(0, 1), rng()).any()


def test_there_are_fifteen_and_their_names_are_their_functions() -> None:
    assert len(CORRUPTIONS) == 15
    names: list[Callable[..., object]] = list(CORRUPTIONS.values())
    assert [name.replace(" ", "_") for name in CORRUPTIONS] == [one.__name__ for one in names]


def test_nothing_of_the_package_learns_from_them() -> None:
    """No module imports the corruptions, but the one of them the other."""
    source = Path(inkdigit.__file__).parent
    own = {source / "data" / "corruptions.py", source / "data" / "clutter.py"}
    ours = {"inkdigit.data.corruptions", "inkdigit.data.clutter"}
    assert all(path.is_file() for path in own)
    for path in sorted(set(source.rglob("*.py")) - own):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                names = {f"{node.module}", *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Import):
                names = {alias.name for alias in node.names}
            else:
                continue
            assert not names & ours, f"{path.name} imports corruptions"
