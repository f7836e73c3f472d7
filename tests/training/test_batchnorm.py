"""Batch normalisation: the moments against NumPy, and that folding them into the weights changes no answer."""

from dataclasses import replace
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from devices import PLAIN
from inkdigit import networks
from inkdigit.data.augment import augment
from inkdigit.data.labelled import hold_out, labelled
from inkdigit.data.source import load
from inkdigit.learning.train import train
from inkdigit.models.open import open_model
from inkdigit.recipes import Augmentation, Recipe
from inkdigit.training.batchnorm import LEAST, compile_fold, fold, of_batch
from inkdigit.training.forward import pure_forward
from inkdigit.training.loop import compile_program, first_state
from inkdigit.types import Digits

INK = jnp.asarray(np.random.default_rng(0).random((40, 28, 28), np.float32))
DENSE = Recipe("dense", (12, 9), normalise=True, batch_size=50, epochs=1)
# 28 pools to 13, and 11 to 5: at an odd edge there are positions that are never computed.
CONVOLUTIONAL = Recipe("conv", (8,), convolutions=((3, 4), (5,)), normalise=True, batch_size=64, epochs=1)


def test_the_moments_are_those_of_all_parts_together() -> None:
    random = np.random.default_rng(1)
    parts = [random.normal(3, 2, (6, 5, 4, 7)).astype(np.float32) for _ in range(4)]
    mean, deviation = of_batch(0, [jnp.asarray(part) for part in parts])
    values = np.concatenate([part.reshape(-1, 7) for part in parts]).astype(np.float64)
    np.testing.assert_allclose(mean, values.mean(0), rtol=1e-5)
    np.testing.assert_allclose(deviation, np.sqrt(values.var(0) + LEAST), rtol=1e-5)


def test_a_channel_that_never_changes_stays_finite() -> None:
    mean, deviation = of_batch(0, [jnp.full((5, 3), 2.0)])
    assert mean.tolist() == [2, 2, 2]
    np.testing.assert_allclose(deviation, LEAST**0.5)


@pytest.mark.parametrize("recipe", [DENSE, CONVOLUTIONAL], ids=lambda recipe: recipe.name)
def test_the_folded_network_answers_as_the_normalised_one(recipe: Recipe) -> None:
    model = networks.build(recipe, seed=0)
    random = np.random.default_rng(2)
    weights = [jnp.asarray(random.normal(0, 0.3, v.shape).astype(np.float32)) for v in model.trainable_variables]
    normalised = jax.jit(pure_forward(model, "float32", PLAIN, normalise=of_batch))(weights, INK, None)
    folded = jax.jit(lambda weights: fold(model, "float32", PLAIN, weights, INK))(weights)
    assert [w.shape for w in folded] == [w.shape for w in weights]
    np.testing.assert_allclose(
        jax.jit(pure_forward(model, "float32", PLAIN))(folded, INK, None), normalised, rtol=1e-3, atol=1e-3
    )
    # The last layer gives the answer and is left alone.
    for before, after in zip(weights[-2:], folded[-2:], strict=True):
        np.testing.assert_array_equal(before, after)


@pytest.fixture(scope="module")
def digits(made_digits: Digits) -> Digits:
    return labelled(made_digits.images[:150], made_digits.labels[:150], name="made", part="train", synthetic=True)


def test_what_is_measured_is_what_comes_out(digits: Digits) -> None:
    learned, held_out = hold_out(digits, 50)
    model = networks.build(DENSE, seed=0)
    program = compile_program(model, DENSE, PLAIN, train=learned, validation=held_out, seed=0)
    weights = first_state(model, DENSE).weights
    logits = jax.jit(pure_forward(model, "float32", PLAIN))(
        program.fold_batch_norm(weights), jnp.asarray(held_out.images / np.float32(255)), None
    )
    assert program.validate is not None
    assert program.validate(weights)[1] == pytest.approx(float((logits.argmax(-1) == held_out.labels).mean()))


def test_the_moments_are_those_of_images_from_all_over(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 150 images at most 50, at random: not the first ones, and of labels that come in turn not only one."""
    monkeypatch.setattr("inkdigit.training.batchnorm.FOLDED_FROM", 50)
    model = networks.build(DENSE, seed=0)
    weights = first_state(model, DENSE).weights
    folded = compile_fold(model, DENSE, PLAIN, jnp.asarray(digits.images), weights, 0)(weights)
    chosen = np.sort(np.random.default_rng(0).permutation(150)[:50])
    some = jnp.asarray(digits.images[chosen] / np.float32(255))
    for got, expected in zip(folded, jax.jit(partial(fold, model, DENSE.precision, PLAIN))(weights, some), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-3, atol=1e-4)


@pytest.mark.long
def test_what_learned_from_moved_images_has_the_moments_of_moved_images(digits: Digits) -> None:
    """Of images as they are, where they are only bent or turned a little."""
    outcomes = []
    kinds: tuple[Augmentation, ...] = ("none", "elastic", "rigid")
    for kind in kinds:
        recipe = replace(DENSE, augment=kind)
        model = networks.build(recipe, seed=0)
        weights = first_state(model, recipe).weights
        outcomes.append(compile_fold(model, recipe, PLAIN, jnp.asarray(digits.images), weights, 3)(weights))
    moved = augment(jnp.asarray(digits.images / np.float32(255)), jax.random.key(3), kind="rigid")
    expected = jax.jit(partial(fold, model, DENSE.precision, PLAIN))(weights, moved)
    for plain, elastic, rigid, wanted in zip(*outcomes, expected, strict=True):
        np.testing.assert_array_equal(plain, elastic)
        np.testing.assert_allclose(rigid, wanted, rtol=1e-3, atol=1e-4)
    assert any(float(jnp.abs(a - b).max()) > 0.01 for a, b in zip(outcomes[0], outcomes[2], strict=True))


def test_without_it_the_weights_are_used_as_they_are(digits: Digits) -> None:
    recipe = Recipe("plain", (4,), batch_size=50)
    model = networks.build(recipe, seed=0)
    weights = first_state(model, recipe).weights
    assert compile_fold(model, recipe, PLAIN, jnp.asarray(digits.images), weights, 0)(weights) is weights


def test_a_normalised_training_ends_in_a_plain_network_that_learned(small_npz: Path, tmp_path: Path) -> None:
    recipe = Recipe("conv", (16,), convolutions=((4,),), normalise=True, learning_rate=0.01, batch_size=64, epochs=8)
    run = train(recipe, data=str(small_npz), run=tmp_path / "run", report=False)
    assert [type(layer).__name__ for layer in run.model.layers] == [
        "Reshape", "Conv2D", "MaxPooling2D", "Flatten", "Dense", "Dense",
    ]  # fmt: skip
    assert run.accuracy > 0.6  # 0.75 to 0.84 with other seeds and devices; without the folding, chance is 0.1
    images = load(str(small_npz), part="test").images
    np.testing.assert_allclose(open_model(run.folder).predict(images), run.predict(images), atol=1e-6)
