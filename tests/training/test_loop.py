"""The compiled epoch against Keras' own steps, and what it promises: every image once, the same bits every time."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import devices
from devices import PLAIN
from inkdigit import networks
from inkdigit.data.labelled import labelled
from inkdigit.recipes import Recipe
from inkdigit.training import loop
from inkdigit.training.device import Device
from inkdigit.training.forward import pure_forward
from inkdigit.training.loop import compile_program, compile_validation, first_state, shuffled
from inkdigit.training.optimizers import make_optimizer
from inkdigit.training.step import State, StepSettings, TrainingData, learning_rate, take_step
from inkdigit.types import Digits

SMALL = Recipe("small", (12,), batch_size=32, epochs=2)
CONVOLUTIONAL = Recipe("conv", (8,), convolutions=((3,), (2,)), batch_size=64, epochs=2)
EVERYTHING = Recipe(
    "everything", (12,), dropout=0.3, l2=0.01, optimizer="rmsprop", schedule="cosine", augment="elastic", epochs=2
)


@pytest.fixture(scope="module")
def digits(made_digits: Digits) -> Digits:
    """100 images: three batches of 32 and one of 4."""
    return labelled(made_digits.images[:100], made_digits.labels[:100], name="made", part="train", synthetic=True)


def epoch(
    recipe: Recipe, digits: Digits, device: Device = PLAIN, *, seed: int = 0, cuts: tuple[int, ...] = ()
) -> State:
    """The first epoch, in chunks that end at `cuts`."""
    model = networks.build(recipe, seed=seed)
    program = compile_program(model, recipe, device, train=digits, validation=None, seed=seed)
    return _advance(program, recipe, digits, seed, cuts, first_state(model, recipe))


def _advance(
    program: loop.Program, recipe: Recipe, digits: Digits, seed: int, cuts: tuple[int, ...], state: State
) -> State:
    order = shuffled(len(digits), batch=recipe.batch_size, seed=seed, epoch=1)
    ends = (*cuts, program.steps_per_epoch)
    for first, last in zip((0, *cuts), ends, strict=True):
        state = program.advance(state, order, first, last)
    return state


OPTIMIZERS: dict[str, Callable[[Recipe], Any]] = {
    "sgd": lambda r: keras.optimizers.SGD(r.learning_rate, momentum=r.momentum),
    "adam": lambda r: keras.optimizers.Adam(r.learning_rate),
    "adamw": lambda r: keras.optimizers.AdamW(r.learning_rate, weight_decay=r.weight_decay),
    "rmsprop": lambda r: keras.optimizers.RMSprop(r.learning_rate),
}


def keras_epoch(recipe: Recipe, digits: Digits) -> tuple[list[Any], float, float]:
    """The same epoch as one would write it with Keras: weights, mean loss without the penalty, accuracy."""
    model, optimizer = networks.build(recipe, seed=0), OPTIMIZERS[recipe.optimizer](recipe)
    optimizer.build(model.trainable_variables)
    one_hot = recipe.labels == "one-hot"
    kind = keras.losses.CategoricalCrossentropy if one_hot else keras.losses.SparseCategoricalCrossentropy
    cross_entropy = kind()

    def loss(weights: list[Any], ink: Any, labels: Any) -> tuple[Any, tuple[Any, Any]]:
        answers, _, penalties = model.stateless_call(weights, [], ink, training=True, return_losses=True)
        data_loss = cross_entropy(keras.ops.one_hot(labels, 10) if one_hot else labels, answers)
        right = (answers.argmax(-1) == labels)[: len(ink) // 2 if recipe.adversarial else None].sum()
        return data_loss + sum(penalties), (data_loss, right)

    @jax.jit
    def step(weights: list[Any], memory: list[Any], ink: Any, labels: Any) -> Any:
        if recipe.adversarial:
            slope = jax.grad(loss, argnums=1, has_aux=True)(weights, jnp.tile(ink, (2, 1, 1)), jnp.tile(labels, 2))[0]
            slope = slope[: len(ink)]
            length = jnp.linalg.norm(slope.reshape(len(ink), -1), axis=1)[:, None, None]
            ink = jnp.concatenate([ink, ink + recipe.adversarial * slope / jnp.maximum(length, 1e-30)])
            labels = jnp.tile(labels, 2)
        (_, seen), gradients = jax.value_and_grad(loss, has_aux=True)(weights, ink, labels)
        return *optimizer.stateless_apply(memory, gradients, weights), seen

    weights, memory = [v.value for v in model.trainable_variables], [v.value for v in optimizer.variables]
    total, right = 0.0, 0
    for row in shuffled(len(digits), batch=recipe.batch_size, seed=0, epoch=1):
        batch = row[row >= 0]
        ink, labels = digits.images[batch].astype(np.float32) / 255, digits.labels[batch].astype(np.int32)
        weights, memory, (data_loss, correct) = step(weights, memory, ink, labels)
        total, right = total + float(data_loss) * len(batch), right + int(correct)
    return weights, total / len(digits), right / len(digits)


@pytest.mark.parametrize(
    "recipe",
    [
        SMALL,
        replace(SMALL, labels="one-hot", optimizer="sgd", learning_rate=0.1, momentum=0.5, batch_size=50),
        replace(SMALL, hidden=(12, 11), l2=0.05, activation="tanh", batch_size=100),
        replace(SMALL, hidden=(), optimizer="adamw", weight_decay=0.1, batch_size=1, activation="gelu"),
        CONVOLUTIONAL,
        replace(SMALL, adversarial=1.5, l2=0.01, batch_size=50),
        replace(CONVOLUTIONAL, activation="silu", optimizer="rmsprop", hidden=(), l2=0.1, batch_size=50),
    ],
    ids=[
        "adam",
        "one-hot, momentum",
        "L2, one batch",
        "single images",
        "convolutional, in parts",
        "adversarial",
        "convolutional",
    ],
)
def test_an_epoch_is_the_one_of_keras(recipe: Recipe, digits: Digits) -> None:
    if recipe.batch_size == 64:
        digits = digits.take(slice(60))  # one batch with four places left empty, of two parts
    n = len(digits)
    state, (weights, loss, accuracy) = epoch(recipe, digits), keras_epoch(recipe, digits)
    for mine, theirs in zip(state.weights, weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=2e-5)
    assert float(state.metrics.loss) / n == pytest.approx(loss, rel=1e-5)
    assert int(state.metrics.correct) / n == accuracy
    assert (int(state.metrics.seen), int(state.metrics.diverged)) == (n, -1)


@pytest.fixture(scope="module")
def in_float32(digits: Digits) -> State:
    return epoch(IN_WORDS, digits)


IN_WORDS = Recipe("words", (8,), convolutions=((2, 4),), batch_size=64, epochs=2)
"""The second convolution has an even number of channels, which fit into words; the dense layers are products."""


@pytest.mark.parametrize("device", devices.ALL.values(), ids=devices.ALL.keys())
@pytest.mark.long
def test_bfloat16_learns_what_float32_learns(device: Device, digits: Digits, in_float32: State) -> None:
    rounded = epoch(replace(IN_WORDS, precision="bfloat16"), digits, device)
    assert float(rounded.metrics.loss) == pytest.approx(float(in_float32.metrics.loss), rel=0.01)
    # Adam's first steps have the full length whatever the gradient: few weights may take one the other way.
    pairs = zip(in_float32.weights, rounded.weights, strict=True)
    moved = np.concatenate([np.abs(a - b).ravel() for a, b in pairs])
    assert np.quantile(moved, 0.9) < 5e-4
    assert moved.max() > 0


def test_integer_and_one_hot_labels_give_the_same_weights(digits: Digits) -> None:
    integer, one_hot = epoch(SMALL, digits), epoch(replace(SMALL, labels="one-hot"), digits)
    for mine, theirs in zip(integer.weights, one_hot.weights, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-6)


@given(st.integers(1, 300), st.integers(1, 320), st.integers(0, 2**31 - 1), st.integers(1, 100_000))
def test_every_image_is_seen_once_an_epoch(n: int, batch: int, seed: int, number: int) -> None:
    order = shuffled(n, batch=batch, seed=seed, epoch=number)
    assert order.shape == (-(-n // batch), batch)
    seen = order.ravel()
    assert sorted(seen[:n].tolist()) == list(range(n))
    assert (seen[n:] == -1).all()
    assert np.array_equal(order, shuffled(n, batch=batch, seed=seed, epoch=number))


def test_the_order_is_another_in_each_epoch_and_for_each_seed() -> None:
    orders = {shuffled(100, batch=10, seed=s, epoch=e).tobytes() for s in range(20) for e in range(1, 21)}
    assert len(orders) == 400


@pytest.mark.parametrize(
    "recipe", [EVERYTHING, replace(CONVOLUTIONAL, dropout=0.3, augment="affine")], ids=["mlp", "cnn"]
)
def test_where_the_chunks_end_changes_not_a_bit(recipe: Recipe, digits: Digits) -> None:
    model = networks.build(recipe, seed=0)
    program = compile_program(model, recipe, PLAIN, train=digits, validation=None, seed=0)
    every_step = tuple(range(1, program.steps_per_epoch))
    whole, cut = (_advance(program, recipe, digits, 0, cuts, first_state(model, recipe)) for cuts in ((), every_step))
    assert all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(whole), jax.tree.leaves(cut), strict=True))


@pytest.mark.long
def test_the_seed_decides_every_bit(digits: Digits) -> None:
    """Compiled anew each time, as another process would; the weights at the start are the same."""
    recipe = replace(EVERYTHING, augment="affine")
    model = networks.build(recipe, seed=0)
    ends = []
    for seed in (5, 5, 6):
        program = compile_program(model, recipe, PLAIN, train=digits, validation=None, seed=seed)
        ends.append(_advance(program, recipe, digits, 0, (), first_state(model, recipe)))
    first, again, other = ends
    assert all(np.array_equal(a, b) for a, b in zip(jax.tree.leaves(first), jax.tree.leaves(again), strict=True))
    assert not any(np.array_equal(a, b) for a, b in zip(first.weights, other.weights, strict=True))


def test_every_option_of_the_augmentation_reaches_the_images(digits: Digits) -> None:
    """What an option does is tested in `test_augment`; here, that each gives another training."""
    options: list[dict[str, Any]] = [
        {}, {"augment": "affine"}, {"augment": "elastic"}, {"augment": "affine", "augment_strength": 0.5},
        {"augment": "affine", "thickness": 0.5}, {"augment": "affine", "p_identity": 0.5},
    ]  # fmt: skip
    assert len({step_of(replace(SMALL, **given), digits) for given in options}) == len(options)
    assert step_of(SMALL, digits) == step_of(SMALL, digits)


def step_of(recipe: Recipe, digits: Digits) -> str:
    """The program of one step, as JAX writes it down before it is compiled."""
    model = networks.build(recipe, seed=0)
    forward = pure_forward(model, recipe.precision, PLAIN)
    settings = StepSettings(forward, None, make_optimizer(recipe), recipe, PLAIN, (), 8, 0)
    data = TrainingData(jnp.asarray(digits.images), jnp.asarray(digits.labels), [])
    return str(jax.make_jaxpr(partial(take_step, settings))(first_state(model, recipe), data, jnp.arange(32)))


@pytest.fixture(scope="module")
def small_model() -> keras.Sequential:
    return networks.build(SMALL, seed=0)


@pytest.fixture(scope="module")
def small_program(small_model: keras.Sequential, digits: Digits) -> loop.Program:
    """Without held-out images."""
    return compile_program(small_model, SMALL, PLAIN, train=digits, validation=None, seed=0)


def test_the_model_is_not_touched(small_model: keras.Sequential, small_program: loop.Program, digits: Digits) -> None:
    before = [np.array(v.value) for v in small_model.trainable_variables]
    _advance(small_program, SMALL, digits, 0, (), first_state(small_model, SMALL))
    assert all(np.array_equal(b, v.value) for b, v in zip(before, small_model.trainable_variables, strict=True))


@pytest.mark.parametrize("total", [1, 7, 1000])
def test_the_cosine_schedule_is_that_of_keras(total: int) -> None:
    recipe = replace(SMALL, schedule="cosine", learning_rate=0.004)
    theirs = keras.optimizers.schedules.CosineDecay(0.004, total)
    for step in range(0, total + 1, max(1, total // 20)):
        assert float(learning_rate(recipe, step, total=total)) == pytest.approx(float(theirs(step)), abs=1e-8)
    assert float(learning_rate(recipe, 0, total=total)) == np.float32(0.004)


def test_the_schedule_runs_over_all_epochs(digits: Digits) -> None:
    """The last step of one epoch of two is at half of the way: plain SGD shows the rate as the size of its step."""
    recipe = replace(SMALL, hidden=(), optimizer="sgd", schedule="cosine", batch_size=50, learning_rate=0.5)
    model = networks.build(recipe, seed=0)
    program = compile_program(model, recipe, PLAIN, train=digits, validation=None, seed=0)
    constant = compile_program(
        model, replace(recipe, schedule="constant"), PLAIN, train=digits, validation=None, seed=0
    )
    order = shuffled(100, batch=50, seed=0, epoch=1)

    def moved(which: loop.Program, step: int) -> np.ndarray:
        start = first_state(model, recipe)._replace(step=jnp.int32(step))
        before = np.array(start.weights[0])
        return np.asarray(which.advance(start, order, 0, 1).weights[0]) - before

    for step in range(4):
        expected = moved(constant, step) * (1 + np.cos(np.pi * step / 4)) / 2
        np.testing.assert_allclose(moved(program, step), expected, atol=1e-6)


@pytest.mark.parametrize("held_out", [1, 16, 37])
def test_validation_is_what_keras_says(digits: Digits, held_out: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """In batches of 16, so that the last one is part-filled; dropout and the penalty are left out."""
    monkeypatch.setattr(loop, "VALIDATION_BATCH", 16)
    recipe = replace(SMALL, dropout=0.5, l2=0.1)
    validation = labelled(digits.images[:held_out], digits.labels[:held_out], name="made", part="validation")
    model = networks.build(recipe, seed=0)
    weights = first_state(model, recipe).weights
    validate = compile_validation(pure_forward(model, recipe.precision, PLAIN), weights, validation)
    assert validate is not None
    loss, accuracy = validate(weights)
    answers = np.asarray(model(validation.images.astype(np.float32) / 255, training=False))
    truth = validation.labels.astype(int)
    assert loss == pytest.approx(-np.log(answers[range(held_out), truth]).mean(), rel=1e-5)
    assert accuracy == (answers.argmax(1) == truth).mean()


def test_without_held_out_images_there_is_no_validation(small_program: loop.Program) -> None:
    assert small_program.validate is None


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_loss_that_is_no_number_is_noticed_with_its_step(
    small_model: keras.Sequential, small_program: loop.Program, value: float
) -> None:
    """Poison in one weight from the third step on: the first bad step is the one that is told."""
    order = shuffled(100, batch=32, seed=0, epoch=1)
    state = small_program.advance(first_state(small_model, SMALL), order, 0, 2)
    assert int(state.metrics.diverged) == -1
    poisoned = state._replace(weights=[w.at[..., 0].set(value) for w in state.weights])
    assert int(small_program.advance(poisoned, order, 2, 4).metrics.diverged) == 2


def test_a_sum_that_overflows_is_noticed(small_model: keras.Sequential, small_program: loop.Program) -> None:
    """Every loss of such a training is finite, their sum is not, and is written down as no number."""
    start = first_state(small_model, SMALL)
    huge = start._replace(metrics=start.metrics._replace(loss=jnp.float32(3.4028235e38)))
    weights = [w.at[...].set(1e35) if w.shape == (10,) else w for w in huge.weights]
    weights[-1] = weights[-1].at[0].set(-1e35)
    order = shuffled(100, batch=32, seed=0, epoch=1)
    assert int(small_program.advance(huge._replace(weights=weights), order, 0, 4).metrics.diverged) >= 0


def test_a_labelled_image_of_one_class_can_be_learned() -> None:
    """One image, one class: the loss falls at once."""
    one = labelled(np.full((1, 28, 28), 128, np.uint8), np.array([3], np.uint8), name="one", part="train")
    recipe = replace(SMALL, epochs=1)
    model = networks.build(recipe, seed=0)
    program = compile_program(model, recipe, PLAIN, train=one, validation=one, seed=0)
    assert program.validate is not None
    before, _ = program.validate(first_state(model, recipe).weights)
    after, _ = program.validate(_advance(program, recipe, one, 0, (), first_state(model, recipe)).weights)
    assert after < before
