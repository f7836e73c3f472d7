"""The compiled epoch: many training steps in one call, the images resident on the device as uint8.

In: a network, a recipe, the device, labelled images, a seed. Out: a `Program`, which gives new weights, and the loss
and accuracy on the way. Everything random is a function of the seed and the number of the epoch or step, so a training
stopped anywhere and taken up again ends with the same bits. Knows nothing of files or terminals.

Measured on two cores of an AMD EPYC (Zen 4): `mlp-128`, an epoch of 60,000 at batch 32: 0.27 s here,
0.30 s as one `lax.scan` over Keras' `stateless_call` and `stateless_apply`, 2.7 s in Keras on TensorFlow.
"""

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from inkdigit.backend import keras
from inkdigit.recipes import Recipe
from inkdigit.shapes import Float32, Int32
from inkdigit.training.batchnorm import compile_fold, of_batch
from inkdigit.training.device import Device, as_ink, put
from inkdigit.training.forward import Forward, Weights, pure_forward
from inkdigit.training.optimizers import make_optimizer
from inkdigit.training.step import EpochMetrics, State, StepSettings, TrainingData, penalised_kernels, take_step
from inkdigit.training.teachers import make_teacher
from inkdigit.types import Digits, Images, Labels

VALIDATION_BATCH = 100
"""On one core of an Intel Xeon 5,000 images take `cnn-best` 0.82 s, by 500 at once 1.71; `mlp-best` 0.14 and 0.12."""

Validate = Callable[[Weights], tuple[float, float]]


@dataclass(frozen=True, eq=False)
class Program:
    """The compiled training of one network on one set of images.

    Args:
        steps_per_epoch: Batches in one pass, the last one possibly part-filled.
        advance: `advance(state, order, first, last)` runs the steps [first, last) of an epoch; it
            consumes `state`.
        fold_batch_norm: `fold_batch_norm(weights)` gives the weights for use: others than those that are trained,
            where layers are normalised.
        validate: `validate(weights)` gives the mean loss and accuracy of the weights for use on the held-out images,
            or None.
    """

    steps_per_epoch: int
    advance: Callable[[State, Int32[np.ndarray, "steps batch"], int, int], State]
    fold_batch_norm: Callable[[Weights], Weights]
    validate: Validate | None


def no_metrics() -> EpochMetrics:
    """The metrics at the start of an epoch."""
    return EpochMetrics(put(np.float32(0)), put(np.int32(0)), put(np.int32(0)), put(np.int32(-1)))


def first_state(model: keras.Sequential, recipe: Recipe) -> State:
    """The state before the first step, with the model's own weights."""
    weights = [put(keras.ops.convert_to_numpy(v.value)) for v in model.trainable_variables]
    return State(weights, make_optimizer(recipe).init(weights), put(np.int32(0)), no_metrics())


def shuffled(n: int, *, batch: int, seed: int, epoch: int) -> Int32[np.ndarray, "steps batch"]:
    """The order of the images in an epoch: every image once, in rows of `batch`; -1 fills the last row.

    >>> sorted(shuffled(5, batch=2, seed=0, epoch=1).ravel().tolist())
    [-1, 0, 1, 2, 3, 4]
    """
    order = np.random.default_rng([seed, epoch]).permutation(n).astype(np.int32)
    steps = math.ceil(n / batch)
    return np.pad(order, (0, steps * batch - n), constant_values=-1).reshape(steps, batch)


def compile_program(
    model: keras.Sequential,
    recipe: Recipe,
    device: Device,
    *,
    train: Digits,
    validation: Digits | None,
    seed: int,
    teachers: Sequence[keras.Sequential] = (),
) -> Program:
    """Compile the training of `model` by `recipe`, and put the images on the device.

    Args:
        model: As `networks.build` makes it; its weights are not touched.
        recipe: Loss form, optimiser, schedule, batch size and augmentation are taken from it.
        device: What to compute on, or as what.
        train: The images to learn from.
        validation: Held-out images, or None.
        seed: Decides dropout and augmentation; the order of the images is `shuffled`'s.
        teachers: Networks with as many outputs, whose mean answer to every image is learned as well.

    Returns:
        The compiled program; no step was taken yet.
    """
    plain = pure_forward(model, recipe.precision, device)
    forward = pure_forward(model, recipe.precision, device, normalise=of_batch) if recipe.normalise else plain
    teacher, teacher_weights = make_teacher(teachers, recipe.precision, device)
    steps = math.ceil(len(train) / recipe.batch_size)
    data = TrainingData(put(train.images), put(train.labels), teacher_weights)
    settings = StepSettings(
        forward, teacher, make_optimizer(recipe), recipe, device, penalised_kernels(model, recipe),
        recipe.epochs * steps, seed,
    )  # fmt: skip

    @partial(jax.jit, donate_argnums=0)
    def advance(state: State, data: TrainingData, order: Array, first: Array, last: Array) -> State:
        end: State = jax.lax.fori_loop(first, last, lambda i, s: take_step(settings, s, data, order[i]), state)
        return end

    order, place = (jax.ShapeDtypeStruct(shape, jnp.int32) for shape in ((steps, recipe.batch_size), ()))
    start = first_state(model, recipe)
    # XLA compiles outside of Python's lock, so the programs compile side by side.
    with ThreadPoolExecutor(2) as beside:
        folding = beside.submit(compile_fold, model, recipe, device, data.images, start.weights, seed)
        validating = beside.submit(compile_validation, plain, start.weights, validation)
        compiled = advance.lower(start, data, order, place, place).compile()
        fold_batch_norm, validate = folding.result(), validating.result()
    return Program(
        steps,
        lambda state, order, first, last: compiled(state, data, order, np.int32(first), np.int32(last)),
        fold_batch_norm,
        (lambda weights: validate(fold_batch_norm(weights))) if validate else None,
    )


def compile_validation(forward: Forward, weights: Weights, digits: Digits | None) -> Validate | None:
    """Compile the measuring of a network on held-out images, once after every epoch; None without any.

    The function gives the mean loss in nats and the accuracy, 0 to 1. `weights` are looked at for their shapes only.
    """
    if digits is None:
        return None
    images, labels, used = _in_batches(digits.images, digits.labels)

    @jax.jit
    def totals(weights: Weights, images: Array, labels: Array, used: Array) -> tuple[Array, Array]:
        def batch(part: tuple[Array, Array, Array]) -> tuple[Array, Array]:
            logits = forward(weights, as_ink(part[0]), None)
            each = -jnp.take_along_axis(jax.nn.log_softmax(logits), part[1][:, None], axis=-1)[:, 0]
            return (each * part[2]).sum(), ((logits.argmax(-1) == part[1]) * part[2]).sum()

        loss, correct = jax.lax.map(batch, (images, labels, used))
        return loss.sum(), correct.sum()

    compiled = totals.lower(weights, images, labels, used).compile()

    def validate(weights: Weights) -> tuple[float, float]:
        loss, correct = compiled(weights, images, labels, used)
        return float(loss) / len(digits), float(correct) / len(digits)

    return validate


def _in_batches(images: Images, labels: Labels) -> tuple[Array, Array, Float32[Array, "parts batch"]]:
    """Cut images into equal batches; the places that fill up the last one have weight 0."""
    n = len(labels)
    size = min(VALIDATION_BATCH, n)
    parts = math.ceil(n / size)
    rest = parts * size - n
    return (
        put(np.pad(images, ((0, rest), (0, 0), (0, 0))).reshape(parts, size, 28, 28)),
        put(np.pad(labels, (0, rest)).reshape(parts, size).astype(np.int32)),
        put(np.pad(np.ones(n, np.float32), (0, rest)).reshape(parts, size)),
    )
