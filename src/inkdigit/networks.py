"""A recipe's network, as the plain Keras layers it is.

In: a `Recipe` and a seed. Out: a `keras.Sequential` whose input is ink (28, 28) in 0..1 and whose
output is ten probabilities, eleven with a reject class; it opens in Keras anywhere, without this package.
Knows nothing of data or of how a network is trained.
"""

import math
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import numpy as np

from inkdigit.backend import keras
from inkdigit.recipes import Recipe
from inkdigit.types import LayerRow

kl = keras.layers


def build(recipe: Recipe, *, seed: int) -> keras.Sequential:
    """Build the network of `recipe` with fresh weights.

    Args:
        recipe: Architecture, activation, dropout and L2 are taken from it.
        seed: Decides the starting weights (Glorot uniform, as Keras' default), >= 0.

    Returns:
        A built model, (batch, 28, 28) float32 ink in 0..1 -> (batch, 10 or 11) float32 probabilities.

    >>> from inkdigit.recipes import RECIPES
    >>> build(RECIPES["mlp-128"], seed=0).count_params()
    101770
    """
    model = keras.Sequential(list(layers(recipe, seed=seed)), name=_valid_name(recipe.name))
    _draw_weights(model, seed=seed)
    return model


def layers(recipe: Recipe, *, seed: int) -> Iterator[keras.layers.Layer]:
    """Yield the layers from pixels to probabilities, as one would write them in a notebook.

    The kernels begin as zeros; `build` draws them.
    """
    penalty = keras.regularizers.L2(recipe.l2) if recipe.l2 else None
    yield kl.Input((28, 28), name="ink")
    if recipe.convolutions:
        yield kl.Reshape((28, 28, 1), name="channel")
    number = count(1)
    for i, block in enumerate(recipe.convolutions, 1):
        for filters in block:
            name = f"conv_{next(number)}"
            yield kl.Conv2D(filters, 3, activation=recipe.activation, kernel_initializer="zeros", name=name)
        if recipe.pooling:
            yield kl.MaxPooling2D(2, name=f"pool_{i}")
    yield kl.Flatten(name="flatten")
    for i, units in enumerate(recipe.hidden, 1):
        yield kl.Dense(
            units,
            activation=recipe.activation,
            kernel_initializer="zeros",
            kernel_regularizer=penalty,
            name=f"hidden_{i}",
        )
        if recipe.dropout:
            yield kl.Dropout(recipe.dropout, seed=seed, name=f"dropout_{i}")
    if recipe.dropout and not recipe.hidden:
        yield kl.Dropout(recipe.dropout, seed=seed, name="dropout")
    yield kl.Dense(recipe.classes, activation="softmax", kernel_initializer="zeros", name="digits")


def expect_no_digit(model: keras.Sequential, *, shown: float, expected: float) -> None:
    """Let a network with a reject class answer for a world in which what is no digit is as rare as it really is.

    Its last bias moves by the logarithm of the ratio of the odds: Saerens, Latinne and Decaestecker, "Adjusting
    the outputs of a classifier to new a priori probabilities", Neural Computation 14 (2002).

    Args:
        model: Trained, with eleven outputs; changed in place.
        shown: Share of the training images that are no digit, above 0 and below 1.
        expected: The share to answer for, likewise.
    """
    bias = keras.ops.convert_to_numpy(model.layers[-1].bias).copy()
    bias[-1] += math.log(expected / (1 - expected)) - math.log(shown / (1 - shown))
    model.layers[-1].bias.assign(bias)


def _draw_weights(model: keras.Sequential, *, seed: int) -> None:
    """Draw every kernel Glorot-uniform (Glorot & Bengio 2010), as Keras' own initialiser would, which is recorded.

    Drawn by NumPy: Keras on JAX compiles a program for each shape, 0.5 s of a training of two.
    """
    trained = (layer for layer in model.layers if hasattr(layer, "kernel_initializer"))
    for number, layer in enumerate(trained):
        layer.kernel_initializer = keras.initializers.GlorotUniform()
        *window, inputs, outputs = layer.kernel.shape
        limit = math.sqrt(6 / (math.prod(window) * (inputs + outputs)))
        random = np.random.default_rng([seed, number])
        layer.kernel.assign(random.uniform(-limit, limit, layer.kernel.shape).astype(np.float32))


def open_keras(path: Path) -> keras.Sequential:
    """Open a `.keras` file of our own making; nothing in it can run."""
    return keras.saving.load_model(path, safe_mode=True)


def layer_table(model: keras.Sequential) -> tuple[LayerRow, ...]:
    """List the layers of a built model: name, kind, output shape without the batch, trained weights."""
    return tuple(
        LayerRow(layer.name, type(layer).__name__, tuple(layer.output.shape[1:]), layer.count_params())
        for layer in model.layers
    )


def _valid_name(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name).strip("_")
