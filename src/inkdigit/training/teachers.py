"""Networks that teach another one: their mean answer to the images that it is shown.

In: trained networks. Out: a pure function from ink to probabilities, and the weights it needs. Method: Hinton,
Vinyals & Dean, "Distilling the knowledge in a neural network" (2015), at temperature 1. Knows nothing of the pupil.
"""

from collections.abc import Callable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
import keras
from jax import Array

from inkdigit.recipes import Precision
from inkdigit.training.convolution import parts_of
from inkdigit.training.forward import Weights, pure_forward

TAUGHT = 0.8
"""How much of what is learned is the teachers' answer; the rest is the label."""

Lessons = list[Weights]
Teach = Callable[[Lessons, Array], Array]


def make_teacher(models: Sequence[keras.Sequential], precision: Precision) -> tuple[Teach | None, Lessons]:
    """Compose `models` into one teacher.

    Args:
        models: Built and trained, with equally many outputs; of layers that `pure_forward` knows.
        precision: Of their products.

    Returns:
        `teach(lessons, ink)`, from float32 (batch, 28, 28) to the mean of their probabilities, (batch, outputs), or
        None where there is no model; and the lessons, the weights of each.

    Raises:
        BadInput: A layer of another kind.
    """
    if not models:
        return None, []
    forwards = [pure_forward(model, precision) for model in models]
    lessons = [[jnp.asarray(v.value) for v in model.trainable_variables] for model in models]

    def teach(lessons: Lessons, ink: Array) -> Array:
        answers = [
            jax.nn.softmax(forward(weights, ink, None)) for forward, weights in zip(forwards, lessons, strict=True)
        ]
        return sum(answers[1:], answers[0]) / len(answers)

    convolutional = any(isinstance(layer, keras.layers.Conv2D) for model in models for layer in model.layers)
    return (partial(_in_parts, teach) if convolutional else teach), lessons


def _in_parts(teach: Teach, lessons: Lessons, ink: Array) -> Array:
    """The same, asked of as many images at once as stay in the cache."""
    parts = parts_of(len(ink))
    if parts == 1:
        return teach(lessons, ink)
    split = ink.reshape(parts, -1, *ink.shape[1:])
    return jax.lax.map(partial(teach, lessons), split).reshape(len(ink), -1)
