"""Networks that teach another one: their mean answer to the images that it is shown.

In: trained networks. Out: a pure function from ink to probabilities, and the weights it needs. Method: Hinton,
Vinyals & Dean, "Distilling the knowledge in a neural network" (2015), at temperature 1. Knows nothing of the pupil.
"""

from collections.abc import Callable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array

from inkdigit.backend import keras
from inkdigit.recipes import Precision
from inkdigit.training.convolution import parts_of
from inkdigit.training.device import Device
from inkdigit.training.forward import Weights, pure_forward

TEACHER_SHARE = 0.8
"""How much of what is learned is the teachers' answer; the rest is the label."""

TeacherWeights = list[Weights]
Teacher = Callable[[TeacherWeights, Array], Array]


def make_teacher(
    models: Sequence[keras.Sequential], precision: Precision, device: Device
) -> tuple[Teacher | None, TeacherWeights]:
    """Compose `models` into one teacher.

    Args:
        models: Built and trained, with equally many outputs; of layers that `pure_forward` knows.
        precision: Of their products.
        device: What to compute on.

    Returns:
        `teacher(weights, ink)`, from float32 (batch, 28, 28) to the mean of their probabilities, (batch, outputs), or
        None where there is no model; and the weights of each.

    Raises:
        BadInput: A layer of another kind.
    """
    if not models:
        return None, []
    forwards = [pure_forward(model, precision, device) for model in models]
    teacher_weights = [[jnp.asarray(v.value) for v in model.trainable_variables] for model in models]

    def teacher(teacher_weights: TeacherWeights, ink: Array) -> Array:
        answers = [
            jax.nn.softmax(forward(weights, ink, None))
            for forward, weights in zip(forwards, teacher_weights, strict=True)
        ]
        return sum(answers[1:], answers[0]) / len(answers)

    convolutional = any(isinstance(layer, keras.layers.Conv2D) for model in models for layer in model.layers)
    return (partial(_in_parts, teacher, device) if convolutional else teacher), teacher_weights


def _in_parts(teacher: Teacher, device: Device, teacher_weights: TeacherWeights, ink: Array) -> Array:
    """The same, asked of as many images at once as stay in the cache."""
    parts = parts_of(len(ink), device)
    if parts == 1:
        return teacher(teacher_weights, ink)
    split = ink.reshape(parts, -1, *ink.shape[1:])
    return jax.lax.map(partial(teacher, teacher_weights), split).reshape(len(ink), -1)
