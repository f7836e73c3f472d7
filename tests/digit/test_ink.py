"""Ink and paper told apart: polarity, colour, contrast, shading, noise, and nothing where nothing is written."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from jaxtyping import Float32, UInt8
from PIL import Image

from inkdigit.data.strokes import draw
from inkdigit.digit.ink import find_ink, to_grey
from inkdigit.types import Digits


def written(digit: int = 5, *, seed: int = 0) -> Float32[np.ndarray, "height width"]:
    """A digit with paper around it."""
    return np.pad(draw(digit, random=np.random.default_rng(seed), height=50), 16)


def grey(ink: Float32[np.ndarray, "height width"], *, paper: float, pen: float) -> UInt8[np.ndarray, "height width"]:
    return np.round(paper + (pen - paper) * ink).astype(np.uint8)


def close(found: np.ndarray, ink: np.ndarray, *, within: float) -> bool:
    """Whether the two differ little over the ink, and not at all far away from it."""
    return float(np.abs(found - ink).sum()) <= within * float(ink.sum())


@pytest.mark.parametrize(("paper", "pen"), [(255, 0), (0, 255), (250, 20), (200, 187), (30, 43), (128, 100)])
def test_ink_is_measured_whatever_is_the_lighter(paper: int, pen: int) -> None:
    ink = written()
    found = find_ink(grey(ink, paper=paper, pen=pen))
    assert found is not None
    assert found.ink.dtype == np.float32
    assert close(found.ink, ink, within=0.08)  # 13 grey levels: a step is 0.08
    assert found.depth == pytest.approx(abs(pen - paper), abs=25)


def test_what_is_framed_keeps_its_grey_levels_to_the_bit(made_digits: Digits) -> None:
    for image, ink in zip(made_digits.images[:100], made_digits.ink[:100], strict=True):
        if image.max() < 230:
            continue
        for picture in (image, 255 - image):
            found = find_ink(picture)
            assert found is not None
            assert np.array_equal(found.ink, ink)
            assert found.noise == 0


@pytest.mark.parametrize(
    ("paper", "pen"),
    [((240, 220, 150), (30, 60, 160)), ((235, 235, 225), (190, 200, 235)), ((200, 120, 120), (90, 170, 120))],
)
def test_colour_separates_where_brightness_does_not(paper: tuple[int, ...], pen: tuple[int, ...]) -> None:
    ink = written()
    mixed = np.array(paper) + (np.array(pen) - np.array(paper)) * ink[..., None]
    found = find_ink(np.round(mixed).astype(np.uint8))
    assert found is not None
    assert close(found.ink, ink, within=0.05)


def test_a_grey_picture_in_colour_is_the_same() -> None:
    picture = grey(written(), paper=230, pen=40)
    np.testing.assert_allclose(to_grey(np.stack([picture] * 3, axis=-1)), picture, atol=1e-3)


@pytest.mark.parametrize("darkest", [0.8, 0.5, 0.3])
def test_shading_is_no_ink(darkest: float) -> None:
    ink = written()
    light = np.linspace(1, darkest, ink.shape[1])
    found = find_ink(np.round(grey(ink, paper=240, pen=60) * light).astype(np.uint8))
    assert found is not None
    assert found.ink[:12].max() < 0.15
    assert float(np.corrcoef(found.ink.ravel(), ink.ravel())[0, 1]) > 0.95


def test_the_edge_of_a_shadow_is_no_ink() -> None:
    ink = written()
    rows, columns = np.indices(ink.shape)
    light = 0.8 + 0.2 * np.tanh((0.55 * sum(ink.shape) - rows - columns) / 2)
    found = find_ink(np.round(grey(ink, paper=240, pen=40) * light).astype(np.uint8))
    assert found is not None
    assert (found.ink[-8:] > 0.35).mean() < 0.1
    assert float(np.corrcoef(found.ink.ravel(), ink.ravel())[0, 1]) > 0.85


@pytest.mark.parametrize("noise", [2, 10, 25])
def test_noise_is_no_ink(noise: float) -> None:
    ink = written()
    random = np.random.default_rng(0)
    picture = np.clip(grey(ink, paper=200, pen=40) + random.normal(0, noise, ink.shape), 0, 255).astype(np.uint8)
    found = find_ink(picture)
    assert found is not None
    assert (found.ink[:12] > 0.35).mean() < 0.02
    assert float(np.corrcoef(found.ink.ravel(), ink.ravel())[0, 1]) > 0.9


def test_a_black_frame_does_not_turn_ink_into_paper() -> None:
    ink = np.pad(written(), 2, constant_values=1)
    found = find_ink(grey(ink, paper=255, pen=0))
    assert found is not None
    assert np.array_equal(found.ink > 0.5, ink > 0.5)


def blanks() -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    slope = np.tile(np.linspace(60, 220, 80), (60, 1))
    round_light = np.clip(255 - 120 * np.hypot(*np.mgrid[-1:1:90j, -1:1:120j]), 0, 255)
    some: dict[str, np.ndarray] = {
        "one pixel": np.zeros((1, 1)),
        "white": np.full((60, 50), 255),
        "black": np.zeros((60, 50)),
        "grey": np.full((300, 200, 3), 128),
        "slope": slope,
        "lamp": round_light,
    }
    for noise in (1, 5, 25):
        some |= {f"slope, noise {noise}": slope + random.normal(0, noise, slope.shape)}
        some |= {f"lamp, noise {noise}": round_light + random.normal(0, noise, round_light.shape)}
        for shape in ((28, 28), (300, 200), (64, 64, 3)):
            some |= {f"noise {noise}, {shape}": 150 + random.normal(0, noise, shape)}
    return {name: np.clip(np.round(picture), 0, 255).astype(np.uint8) for name, picture in some.items()}


@pytest.mark.parametrize("quality", [None, 70, 30])
@pytest.mark.parametrize("name", blanks())
def test_where_nothing_is_written_there_is_no_ink(name: str, quality: int | None) -> None:
    picture = blanks()[name]
    if quality is not None:
        file = io.BytesIO()
        Image.fromarray(picture).save(file, "JPEG", quality=quality)
        picture = np.asarray(Image.open(file))
    assert find_ink(picture) is None


@settings(deadline=None, max_examples=100)
@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))), st.booleans())
def test_any_picture_has_ink_between_none_and_full(picture: np.ndarray, in_colour: bool) -> None:
    found = find_ink(picture if in_colour else picture[..., 0])
    if found is not None:
        assert found.ink.shape == picture.shape[:2]
        assert np.isfinite(found.ink).all()
        assert 0 <= found.ink.min() <= found.ink.max() <= 1
        assert found.ink.any()
