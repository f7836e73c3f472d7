"""Augmented digits are still digits: their range, their ink, and the randomness of their key alone."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from inkdigit.data import augment as augmentation
from inkdigit.data.augment import Kind, augment
from inkdigit.types import Digits

KINDS: list[Kind] = ["affine", "elastic", "rigid"]


@pytest.fixture(scope="module")
def ink(made_digits: Digits) -> Array:
    return jnp.asarray(made_digits.images[:N], jnp.float32) / 255


N = 200
"""Images that are augmented together, nearly everywhere: for another number each step is compiled anew."""


def apply(ink: Array, key: int, *, kind: Kind, **options: float) -> np.ndarray:
    return np.asarray(augment(ink, jax.random.key(key), kind=kind, **options))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("level", [0.0, 1.0])
def test_paper_stays_paper_and_ink_stays_in_range(level: float, kind: Kind) -> None:
    out = apply(jnp.full((N, 28, 28), level), 0, kind=kind)
    assert out.shape == (N, 28, 28)
    assert out.dtype == np.float32
    assert (out.min(), out.max()) == (0, level) if level == 0 else out.max() == pytest.approx(1)
    assert out.min() >= 0


@pytest.mark.parametrize("kind", KINDS)
def test_a_single_image(kind: Kind, ink: Array) -> None:
    assert apply(ink[:1], 0, kind=kind).shape == (1, 28, 28)


@pytest.mark.parametrize("kind", KINDS)
def test_digits_keep_their_range_and_their_ink(ink: Array, kind: Kind) -> None:
    for key in range(5):
        out = apply(ink, key, kind=kind)
        assert np.isfinite(out).all()
        assert out.min() >= 0
        assert out.max() <= 1 + 1e-6
        assert out.mean() == pytest.approx(float(ink.mean()), rel=0.05)
        kept = out.mean((1, 2)) / np.asarray(ink.mean((1, 2)))
        assert 0.55 < kept.min() < kept.max() < 1.8


@pytest.mark.parametrize("kind", KINDS)
def test_every_image_changes_and_in_its_own_way(ink: Array, kind: Kind) -> None:
    same = jnp.broadcast_to(ink[:1], (N, 28, 28))
    out = apply(same, 0, kind=kind)
    assert len({image.tobytes() for image in out[:50]}) >= 48  # rigid motions are so many that two may be the same
    assert np.abs(out - np.asarray(same)).max((1, 2)).min() > 0.05


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_a_function_of_its_key(ink: Array, kind: Kind) -> None:
    first, again, other = (apply(ink, key, kind=kind) for key in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize("kind", KINDS)
def test_compiled_as_a_training_does_it_is_the_same(ink: Array, kind: Kind) -> None:
    whole = jax.jit(lambda images, key: augment(images, key, kind=kind))(ink, jax.random.key(1))
    # Of a pixel halfway between two, the rounding decides which is the nearest.
    assert np.isclose(whole, apply(ink, 1, kind=kind), atol=1e-4).mean() > 0.999


def test_a_shift_moves_the_ink_by_so_many_pixels(ink: Array, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the shift alone, the centre of mass moves by at most 1.6 pixels along each axis, and reaches almost that."""
    for strength in ("ROTATION", "SCALE", "SHEAR"):
        monkeypatch.setattr(augmentation, strength, 0.0)
    out = apply(ink, 0, kind="affine")
    moved = np.abs(_centres(out) - _centres(np.asarray(ink)))
    assert 1.5 < moved.max() < 1.65


def test_rigid_motions_keep_every_pixel_as_it_is(ink: Array, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is between what there was: turned or moved, the greys are those of the image."""
    out = apply(ink, 0, kind="rigid")
    for image, before in zip(out, np.asarray(ink), strict=True):
        assert set(image.ravel().tolist()) <= {0.0, *before.ravel().tolist()}
    monkeypatch.setattr(augmentation, "TURN", 0.0)
    framed = jnp.zeros_like(ink).at[:, 6:22, 6:22].set(ink[:, 6:22, 6:22])
    moved = apply(framed, 1, kind="rigid")
    np.testing.assert_allclose(moved.sum((1, 2)), framed.sum((1, 2)), rtol=1e-6)
    steps = _centres(moved) - _centres(np.asarray(framed))
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-4)
    assert np.unique(np.round(steps)).tolist() == list(range(-6, 7))


def test_rigid_motions_turn_up_to_twenty_degrees(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(augmentation, "MOVE", 0.0)
    bar = jnp.zeros((N, 28, 28)).at[:, 13:15, 4:24].set(1)
    out = apply(bar, 2, kind="rigid")
    rows, columns = np.arange(28)[:, None] - 13.5, np.arange(28)[None] - 13.5
    slope = (out * rows * columns).sum((1, 2)) / (out * columns**2).sum((1, 2))
    degrees = np.degrees(np.arctan(slope))
    assert 18.5 < degrees.max() < 21
    assert -21 < degrees.min() < -18.5


def _centres(images: np.ndarray) -> np.ndarray:
    place = np.arange(28)
    weights = images.sum((1, 2))
    return np.stack([images.sum(2) @ place / weights, images.sum(1) @ place / weights], axis=1)


def test_the_displacements_are_smooth(ink: Array) -> None:
    """Between neighbours on the grid, 4.5 pixels apart, the field runs as a cubic through them."""
    enlarge = augmentation._enlargement()
    np.testing.assert_allclose(enlarge.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(enlarge[[0, 27]], np.eye(7)[[0, 6]], atol=1e-6)
    np.testing.assert_allclose((enlarge @ np.arange(7.0))[5:23], np.arange(5, 23) * 6 / 27, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_so_many_images_stay_untouched_to_the_bit(ink: Array, kind: Kind) -> None:
    """One in three here, and others under another key; the rest are what they are without it."""
    plain = apply(ink, 4, kind=kind)
    some, others = (apply(ink, k, kind=kind, p_identity=1 / 3) for k in (4, 5))
    stays = [np.asarray(out == ink).all((1, 2)) for out in (some, others)]
    assert 0.2 < stays[0].mean() < 0.5
    assert not np.array_equal(stays[0], stays[1])
    np.testing.assert_array_equal(some[~stays[0]], plain[~stays[0]])


@pytest.mark.parametrize("kind", KINDS)
def test_strength_says_how_far_the_ink_goes(ink: Array, kind: Kind) -> None:
    """Nothing at 0; and the stronger, the less a digit is like itself."""
    key = jax.random.key(3)
    away = [float(jnp.abs(augment(ink, key, kind=kind, strength=s) - ink).mean()) for s in (0.0, 0.3, 0.6, 1.0)]
    assert away[0] < 1e-5
    assert away == sorted(away)
    assert away[-1] > 0.02
    np.testing.assert_array_equal(augment(ink, key, kind=kind), augment(ink, key, kind=kind, strength=1.0))


def _greyness(images: np.ndarray) -> float:
    """Pixels of an edge for each that is all ink."""
    return float(((images > 0.1) & (images < 0.9)).sum() / (images >= 0.9).sum())


@pytest.mark.long
def test_strokes_become_thinner_and_thicker_with_sharp_edges(ink: Array) -> None:
    """Half of the images, in place; the ink of some shrinks and of some grows, and what was sharp is not blurred."""
    key = jax.random.key(6)
    still = np.asarray(augment(ink, key, kind="elastic", strength=0.0))
    out = np.asarray(augment(ink, key, kind="elastic", strength=0.0, thickness=0.5))
    changed = np.abs(out - still).max((1, 2)) > 0.01
    assert 0.35 < changed.mean() < 0.65
    ratio = out[changed].mean((1, 2)) / still[changed].mean((1, 2))
    assert 0.4 < ratio.min() < 0.85
    assert 1.15 < ratio.max() < 2
    moved = np.abs(_centres(out) - _centres(still))
    assert moved.mean() < 0.1
    assert moved.max() < 1
    assert _greyness(out[changed]) < 1.5 * _greyness(still[changed])


def test_a_thicker_stroke_is_nearly_a_pixel_wider(monkeypatch: pytest.MonkeyPatch) -> None:
    bar = jnp.zeros((N, 28, 28)).at[:, :, 12:16].set(1)
    for level, width in ((0.27, 4.92), (0.5, 4.0), (0.67, 3.32)):
        monkeypatch.setattr(augmentation, "LEVELS", (level, level))
        out = apply(bar, 0, kind="affine", strength=0, thickness=1.0)
        assert out[0, 14].sum() == pytest.approx(width, abs=0.05)
