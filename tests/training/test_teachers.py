"""Learning from the answers of other networks, against the same written out in Keras."""

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from devices import GPU, PLAIN
from inkdigit import networks
from inkdigit.data.labelled import labelled
from inkdigit.recipes import Recipe
from inkdigit.training.device import Device
from inkdigit.training.loop import compile_program, first_state, shuffled
from inkdigit.training.teachers import TEACHER_SHARE, make_teacher
from inkdigit.types import Digits

PUPIL = Recipe("pupil", (6,), optimizer="sgd", learning_rate=0.1, batch_size=25)
TEACHERS = [Recipe("dense", (9,)), Recipe("conv", (), convolutions=((2,),), dropout=0.5)]


@pytest.fixture(scope="module")
def teachers() -> list[keras.Sequential]:
    return [networks.build(recipe, seed=seed) for seed, recipe in enumerate(TEACHERS, 5)]


@pytest.fixture(scope="module")
def digits(made_digits: Digits) -> Digits:
    return labelled(made_digits.images[:50], made_digits.labels[:50], name="made", part="train", synthetic=True)


def ink_of(digits: Digits) -> np.ndarray:
    return digits.images.astype(np.float32) / 255


@pytest.mark.parametrize("device", [PLAIN, GPU], ids=["processor", "GPU"])
def test_the_mean_answer_is_that_of_keras(teachers: list[keras.Sequential], digits: Digits, device: Device) -> None:
    """Without dropout, which only a training has."""
    teacher, weights = make_teacher(teachers, "float32", device)
    assert teacher is not None
    mean = np.mean([np.asarray(model(ink_of(digits), training=False)) for model in teachers], axis=0)
    np.testing.assert_allclose(jax.jit(teacher)(weights, jnp.asarray(ink_of(digits))), mean, atol=1e-5)
    twice = np.resize(ink_of(digits), (64, 28, 28))  # two parts that stay in the cache
    np.testing.assert_allclose(jax.jit(teacher)(weights, jnp.asarray(twice)), np.resize(mean, (64, 10)), atol=1e-5)


def test_without_teachers_nothing_is_taught() -> None:
    assert make_teacher([], "float32", PLAIN) == (None, [])


def test_an_epoch_with_teachers_is_the_one_of_keras(teachers: list[keras.Sequential], digits: Digits) -> None:
    model = networks.build(PUPIL, seed=0)
    program = compile_program(model, PUPIL, PLAIN, train=digits, validation=None, seed=0, teachers=teachers)
    order = shuffled(50, batch=25, seed=0, epoch=1)
    state = program.advance(first_state(model, PUPIL), order, 0, 2)

    soft_targets = np.mean([np.asarray(teacher(ink_of(digits), training=False)) for teacher in teachers], axis=0)
    wanted = (1 - TEACHER_SHARE) * np.eye(10)[digits.labels] + TEACHER_SHARE * soft_targets
    weights = [v.value for v in model.trainable_variables]

    @jax.jit
    def learn(weights: list[jax.Array], ink: jax.Array, wanted: jax.Array) -> tuple[jax.Array, list[jax.Array]]:
        def loss(weights: list[jax.Array]) -> jax.Array:
            answers, _ = model.stateless_call(weights, [], ink)
            return -(wanted * jnp.log(answers)).sum(-1).mean()

        return jax.value_and_grad(loss)(weights)

    total = 0.0
    for row in order:
        batch = row[row >= 0]
        value, gradients = learn(weights, ink_of(digits)[batch], wanted[batch])
        total += float(value) * len(batch)
        weights = [w - np.float32(0.1) * g for w, g in zip(weights, gradients, strict=True)]
    for mine, theirs in zip(state.weights, weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-5)
    assert float(state.metrics.loss) == pytest.approx(total, rel=1e-5)
