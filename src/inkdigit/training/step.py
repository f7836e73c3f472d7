"""One training step as a pure function: a batch drawn, shown, answered; the gradient taken, the weights moved.

In: the state, what is learned from, and which images are the batch's. Out: the next state. Everything random is a
function of the seed and the number of the step. Knows nothing of epochs, files or terminals.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from inkdigit.backend import keras
from inkdigit.data.augment import augment
from inkdigit.recipes import Recipe
from inkdigit.training.convolution import parts_of
from inkdigit.training.device import Device, as_ink
from inkdigit.training.forward import Forward, Weights
from inkdigit.training.optimizers import Optimizer, Tensors
from inkdigit.training.teachers import TEACHER_SHARE, Teacher, TeacherWeights


class EpochMetrics(NamedTuple):
    """What an epoch has gathered so far: summed loss, right answers, images seen, first step with a bad loss or -1."""

    loss: Array
    correct: Array
    seen: Array
    diverged: Array


class TrainingData(NamedTuple):
    """What is learned from: the images, uint8, their labels, and the weights of the teachers."""

    images: Array
    labels: Array
    teacher_weights: TeacherWeights


class Target(NamedTuple):
    """What is to be answered to each image: its label, and the probabilities that the teachers give, or None."""

    labels: Array
    soft_targets: Array | None


class Batch(NamedTuple):
    """Images of a step as the network sees them: how much each counts, and of how many in the whole batch."""

    ink: Array
    target: Target
    share: Array
    filled: Array


class State(NamedTuple):
    """Everything that changes while training; all of it is saved in a checkpoint."""

    weights: Weights
    optimizer_state: Tensors
    step: Array
    metrics: EpochMetrics


Measure = Callable[[Weights, Batch, Array], tuple[Array, tuple[Array, Array]]]
"""From weights, a batch and a random key to the loss that is differentiated, and for the record the summed loss and
whose answer is right."""


class StepSettings(NamedTuple):
    """What stays the same from step to step."""

    forward: Forward
    teacher: Teacher | None
    optimizer: Optimizer
    recipe: Recipe
    device: Device
    penalised: tuple[int, ...]
    total_steps: int
    seed: int


def take_step(settings: StepSettings, state: State, data: TrainingData, rows: Array) -> State:
    """Learn from one batch.

    Args:
        settings: What stays the same.
        state: Of which the step's number decides what is random, and the learning rate.
        data: Of what is learned.
        rows: int32 (batch,), the numbers of its images, -1 for a place left empty.
    """
    recipe = settings.recipe
    key = jax.random.fold_in(jax.random.key(settings.seed), state.step)
    gradients, loss, correct = _gradients(settings, state.weights, data, rows, key)
    gradients = _with_penalty(gradients, state.weights, recipe, settings.penalised)
    rate = jnp.asarray(learning_rate(recipe, state.step, total=settings.total_steps))
    weights, optimizer_state = settings.optimizer.apply(
        state.weights, gradients, state.optimizer_state, (state.step + 1).astype(jnp.float32), rate
    )
    before = state.metrics
    bad = ~jnp.isfinite(before.loss + loss) & (before.diverged < 0)
    metrics = EpochMetrics(
        before.loss + loss,
        before.correct + correct,
        before.seen + (rows >= 0).sum(dtype=jnp.int32),
        jnp.where(bad, state.step, before.diverged),
    )
    return State(weights, optimizer_state, state.step + 1, metrics)


def learning_rate(recipe: Recipe, step: Array | int, *, total: int) -> Array | np.float32:
    """The learning rate of a step, counted from 0, in a training of `total` steps; of a traced one, traced."""
    if recipe.schedule == "constant":
        return np.float32(recipe.learning_rate)
    # A number by NumPy: each of these operations on JAX compiles a program, on a busy machine 0.3 s together.
    of = np if isinstance(step, int) else jnp
    progress = of.float32(step) / total
    return of.float32(recipe.learning_rate) * 0.5 * (1 + of.cos(of.pi * progress))


def penalised_kernels(model: keras.Sequential, recipe: Recipe) -> tuple[int, ...]:
    """The places, among the weights, of the kernels that the L2 penalty is on."""
    if not recipe.l2:
        return ()
    penalised = {id(layer.kernel) for layer in model.layers if getattr(layer, "kernel_regularizer", None)}
    return tuple(i for i, v in enumerate(model.trainable_variables) if id(v) in penalised)


def _gradients(
    settings: StepSettings, weights: Weights, data: TrainingData, rows: Array, key: Array
) -> tuple[Weights, Array, Array]:
    """The gradient of a batch's mean loss, its summed loss and right answers, taken in parts where that is faster."""
    measure = partial(_mean_loss, settings.forward, settings.recipe)
    learn = jax.value_and_grad(measure, has_aux=True)
    used = (rows >= 0).astype(jnp.float32)
    filled = used.sum()

    def part(part_rows: Array, part_used: Array, part_key: Array) -> tuple[Weights, Array, Array]:
        batch = _make_batch(settings, measure, weights, data, part_rows, part_used, filled, part_key)
        (_, (loss, right)), gradient = learn(weights, batch, part_key)
        # Behind the images may stand the same ones made worse, whose answers do not count; empty places do not either.
        correct = (right[: len(part_used)] & (part_used > 0)).sum(dtype=jnp.int32)
        return gradient, loss, correct

    parts = parts_of(settings.recipe.batch_size, settings.device) if settings.recipe.convolutions else 1
    if parts == 1:
        return part(rows, used, key)
    split = (rows.reshape(parts, -1), used.reshape(parts, -1), jax.random.split(key, parts))
    nothing = ([jnp.zeros_like(w) for w in weights], jnp.float32(0), jnp.int32(0))
    # Every part's gradient is of its share of the mean over the whole batch, so they add up to the batch's.
    total, _ = jax.lax.scan(lambda sums, p: (jax.tree.map(jnp.add, sums, part(*p)), None), nothing, split)
    return total


def _make_batch(
    settings: StepSettings,
    measure: Measure,
    weights: Weights,
    data: TrainingData,
    rows: Array,
    used: Array,
    filled: Array,
    key: Array,
) -> Batch:
    """The images of these rows as the network sees them, and what it is to answer.

    A place left empty, -1, shows the last image of all, as JAX indexes; its share of the loss is 0.
    """
    recipe = settings.recipe
    ink = as_ink(data.images[rows])
    if recipe.augment != "none":
        drawn = jax.random.fold_in(key, AUGMENT_KEY)
        ink = augment(
            ink, drawn, kind=recipe.augment, strength=recipe.augment_strength, thickness=recipe.thickness,
            p_identity=recipe.p_identity,
        )  # fmt: skip
    teacher = settings.teacher
    target = Target(data.labels[rows], teacher(data.teacher_weights, ink) if teacher else None)
    batch = Batch(ink, target, used, filled)
    if not recipe.adversarial:
        return batch
    worse = _worsened(measure, recipe.adversarial, weights, batch, key)
    return Batch(jnp.concatenate([ink, worse]), jax.tree.map(_twice, target), _twice(used / 2), filled)


AUGMENT_KEY = 1_000
"""The key of the augmentation, beyond those of the layers, which are their numbers."""


def _twice(x: Array) -> Array:
    return jnp.concatenate([x, x])


def _worsened(measure: Measure, length: float, weights: Weights, batch: Batch, key: Array) -> Array:
    """The images after a step of `length` along the gradient of their loss: (batch, 28, 28), no longer within 0..1.

    Adversarial training: Goodfellow, Shlens & Szegedy, "Explaining and harnessing adversarial examples" (2015), with
    the gradient scaled to a length as in Miyato et al., "Virtual adversarial training" (2018).
    """
    slope = jax.grad(lambda ink: measure(weights, batch._replace(ink=ink), key)[0])(batch.ink)
    norm = jnp.sqrt((slope * slope).sum((1, 2), keepdims=True))
    # Where an image is certain beyond float32, or its place is empty, there is no direction, and it stays.
    return batch.ink + length * slope / jnp.maximum(norm, 1e-30)


def _mean_loss(
    forward: Forward, recipe: Recipe, weights: Weights, batch: Batch, key: Array
) -> tuple[Array, tuple[Array, Array]]:
    """This part's share of the batch's mean cross-entropy; for the record its sum, and whose answer is right."""
    logits = forward(weights, batch.ink, key)
    loss = (_cross_entropy(logits, batch.target, recipe) * batch.share).sum()
    return loss / batch.filled, (loss, logits.argmax(-1) == batch.target.labels)


def _with_penalty(gradients: Weights, weights: Weights, recipe: Recipe, penalised: tuple[int, ...]) -> Weights:
    """Add the gradient of the L2 penalty, `l2 * sum(w * w)`, to those of the kernels it is on."""
    return [
        g + 2 * recipe.l2 * w if i in penalised else g for i, (g, w) in enumerate(zip(gradients, weights, strict=True))
    ]


def _cross_entropy(logits: Array, target: Target, recipe: Recipe) -> Array:
    """Categorical cross-entropy on one-hot labels or soft targets, or sparse on integers: (batch,) in nats."""
    log_probabilities = jax.nn.log_softmax(logits)
    if target.soft_targets is not None or recipe.labels == "one-hot":
        wanted = jax.nn.one_hot(target.labels, logits.shape[-1])
        if target.soft_targets is not None:
            wanted = (1 - TEACHER_SHARE) * wanted + TEACHER_SHARE * target.soft_targets
        return -(wanted * log_probabilities).sum(-1)
    # Of each row the number at its label; the index must have as many axes as what it picks from.
    return -jnp.take_along_axis(log_probabilities, target.labels[:, None].astype(jnp.int32), axis=-1)[:, 0]
