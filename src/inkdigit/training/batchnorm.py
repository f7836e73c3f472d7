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

from collections.abc import Callable, Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from inkdigit.backend import keras
from inkdigit.data.augment import augment
from inkdigit.recipes import Precision, Recipe
from inkdigit.training.device import Device, as_ink
from inkdigit.training.forward import Moments, Weights, pure_forward

LEAST = 1e-5
"""Variance that is added, so that a channel that never changes stays finite."""

FOLDED_FROM = 1_024
"""At most so many training images, whose moments stand for those of all."""


def of_batch(place: int, given: Sequence[Array]) -> Moments:
    """Return the moments of each channel of this batch, over images and positions."""
    axes = tuple(range(given[0].ndim - 1))  # all but the channels
    # A convolution with pooling comes as its four corners, of one shape: the mean of their means is that of all.
    mean = jnp.mean(jnp.stack([part.mean(axes) for part in given]), axis=0)
    variance = jnp.mean(jnp.stack([jnp.square(part - mean).mean(axes) for part in given]), axis=0)
    return Moments(mean, jnp.sqrt(variance + LEAST))


def fold(model: keras.Sequential, precision: Precision, device: Device, weights: Weights, ink: Array) -> Weights:
    """Return weights with which `model` without normalisation does what it does with it on these images.

    Args:
        model: As `pure_forward` takes it.
        precision: As in the training.
        device: Likewise.
        weights: As they were trained.
        ink: float32 (n, 28, 28), enough images to know the moments of each channel.
    """
    found: dict[int, Moments] = {}

    def remember(place: int, given: Sequence[Array]) -> Moments:
        return found.setdefault(place, of_batch(place, given))

    pure_forward(model, precision, device, normalise=remember)(weights, ink, None)
    folded = list(weights)
    # (x k - mean) / deviation + bias = x (k / deviation) + (bias - mean / deviation); output channels are the last axis
    # of a kernel, and the bias lies behind its kernel.
    for place, (mean, deviation) in found.items():
        folded[place] = weights[place] / deviation
        folded[place + 1] = weights[place + 1] - mean / deviation
    return folded


def compile_fold(
    model: keras.Sequential, recipe: Recipe, device: Device, images: Array, weights: Weights, seed: int
) -> Callable[[Weights], Weights]:
    """Compile the folding of the moments of some training images into the weights.

    Args:
        model: As `pure_forward` takes it.
        recipe: Whether it normalises, how precisely, and what is learned from.
        device: What to compute on.
        images: The training images, uint8 (n, 28, 28).
        weights: Looked at for their shapes.
        seed: Decides how images are moved.

    Returns:
        `fold_batch_norm(weights)`, which gives the weights for use; the same ones where nothing is normalised.
    """
    if not recipe.normalise:
        return lambda weights: weights
    # From all over, for what is no digit stands together; at random, for labels may come in turn.
    order = np.random.default_rng(0).permutation(len(images))
    some = images[np.sort(order[:FOLDED_FROM])]

    @jax.jit
    def fold_batch_norm(weights: Weights, images: Array) -> Weights:
        return fold(model, recipe.precision, device, weights, _as_learned(images, recipe, seed))

    compiled = fold_batch_norm.lower(weights, some).compile()
    return lambda weights: compiled(weights, some)


def _as_learned(images: Array, recipe: Recipe, seed: int) -> Array:
    """The images as they are, which interpolation does not smooth, but moved where that is what was learned from."""
    ink = as_ink(images)
    if recipe.augment != "rigid":
        return ink
    return augment(
        ink, jax.random.key(seed), kind="rigid", strength=recipe.augment_strength, p_identity=recipe.p_identity
    )
