"""Batch normalisation that is gone when the training ends: what it takes off is folded into the weights.

In: the layers of a network, as `forward` composes them, and training images. Out: moments of a batch, to learn with;
and weights with which the plain network gives what the normalised one gives. There is no scale to be learned: a
rectifier passes one on, and the kernel after it can hold it. So a network that was trained so has no layer more than
one that was not, and its weights are as many.

Method: Ioffe & Szegedy, "Batch normalization" (2015). The moments are those of the images that a gradient is taken
of at once, on a processor 32 of a convolutional network (`convolution.PART`); the final ones are of a thousand
training images together, as they are: a network that learned from distorted ones is used on others, and with the
moments of distorted images one misread 25 of 5,000 held-out images, with these 16. Rigid motions do not smooth, and
ten convolutions see at every edge of the frame how far an image was moved: one misread 18 with the moments of moved
images, 29 with those of images as they are. What it does not know: the places that are left empty in the last batch of
an epoch, which repeat one image, are counted as well.
"""

from collections.abc import Sequence

import jax.numpy as jnp
import keras
from jax import Array

from inkdigit.recipes import Precision
from inkdigit.training.forward import Moments, Weights, pure_forward

LEAST = 1e-5
"""Variance that is added, so that a channel that never changes stays finite."""


def of_batch(place: int, given: Sequence[Array]) -> Moments:
    """Return the moments of each channel of this batch, over images and positions."""
    axes = tuple(range(given[0].ndim - 1))
    mean = jnp.mean(jnp.stack([part.mean(axes) for part in given]), axis=0)
    variance = jnp.mean(jnp.stack([jnp.square(part - mean).mean(axes) for part in given]), axis=0)
    return Moments(mean, jnp.sqrt(variance + LEAST))


def fold(model: keras.Sequential, precision: Precision, weights: Weights, ink: Array) -> Weights:
    """Return weights with which `model` without normalisation does what it does with it on these images.

    Args:
        model: As `pure_forward` takes it.
        precision: As in the training.
        weights: As they were trained.
        ink: float32 (n, 28, 28), enough images to know the moments of each channel.
    """
    found: dict[int, Moments] = {}

    def remember(place: int, given: Sequence[Array]) -> Moments:
        return found.setdefault(place, of_batch(place, given))

    pure_forward(model, precision, normalise=remember)(weights, ink, None)
    folded = list(weights)
    for place, (mean, deviation) in found.items():
        folded[place] = weights[place] / deviation
        folded[place + 1] = weights[place + 1] - mean / deviation
    return folded
