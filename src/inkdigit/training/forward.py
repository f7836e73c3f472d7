"""A Keras network as one pure function that XLA compiles well inside a loop.

In: a built `keras.Sequential`. Out: `forward(weights, ink, key) -> logits`, where `weights` are the
values of `model.trainable_variables` in their order. The result equals `model(ink)` before the
softmax; the tests hold the two together. Knows nothing of losses, optimisers or data.

Why not `model.stateless_call`: inside a loop XLA's CPU convolution runs on one thread and about 20
times slower than outside (185 s an epoch of `cnn-small` on two cores). Here a convolution is a
matrix product over shifted copies of its input, and a convolution followed by max pooling never
computes what the pooling throws away: 6.5 s an epoch, against 9.8 s in Keras on TensorFlow.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from typing import cast

import jax
import jax.numpy as jnp
import keras
from jax import Array

from inkdigit.errors import BadInput
from inkdigit.recipes import Precision
from inkdigit.training.product import Product, make_product

Weights = list[Array]
Forward = Callable[[Weights, Array, Array | None], Array]
Step = Callable[[Weights, Array, Array | None], Array]

ACTIVATIONS: dict[str, Callable[[Array], Array]] = {
    "linear": lambda x: x,
    "relu": jax.nn.relu,
    "tanh": jnp.tanh,
    "sigmoid": jax.nn.sigmoid,
    "gelu": lambda x: jax.nn.gelu(x, approximate=False),
    "elu": jax.nn.elu,
    "silu": jax.nn.silu,
}
# For these, the largest activation of a pool is the activation of its largest input.
MONOTONE = {"linear", "relu", "tanh", "sigmoid", "elu"}


def pure_forward(model: keras.Sequential, precision: Precision = "float32") -> Forward:
    """Compose the layers of `model` into `forward(weights, ink, key)`.

    Args:
        model: Built; layers Reshape, Flatten, Dense, Dropout, Conv2D (valid, stride 1) and
            MaxPooling2D (2x2), ending in a Dense softmax.

    Returns:
        A function of the weights, ink (batch, 28, 28) and a random key, or None for no dropout;
        gives logits (batch, 10 or 11).

    Raises:
        BadInput: A layer of another kind.
    """
    steps = list(_steps(model, make_product(precision)))

    def forward(weights: Weights, ink: Array, key: Array | None) -> Array:
        x = ink
        for step in steps:
            x = step(weights, x, key)
        return x

    return forward


def _steps(model: keras.Sequential, product: Product) -> Iterator[Step]:
    """Yield a function per layer; a convolution takes the pooling that follows it along."""
    place = 0
    pooled: keras.layers.Layer | None = None
    for number, (layer, following) in enumerate(pairwise([*model.layers, None])):
        if layer is pooled:
            continue
        if isinstance(layer, keras.layers.Conv2D) and _can_pool(layer, following):
            pooled = following
            yield _convolve_and_pool(layer, place, product)
        else:
            yield _step(layer, place, number, product)
        place += len(layer.trainable_variables)


def _step(layer: keras.layers.Layer, place: int, number: int, product: Product) -> Step:
    match layer:
        case keras.layers.Reshape() | keras.layers.Flatten():
            shape = tuple(layer.output.shape[1:])
            return lambda weights, x, key: x.reshape(-1, *shape)
        case keras.layers.Dense():
            return _dense(layer, place, product)
        case keras.layers.Dropout():
            return _dropout(layer.rate, number)
        case keras.layers.Conv2D() if layer.padding == "valid" and layer.strides == (1, 1):
            return _convolve(layer, place, product)
        case keras.layers.MaxPooling2D() if _is_halving(layer):
            return lambda weights, x, key: _largest(
                [x[:, i : _even(x, 1) : 2, j : _even(x, 2) : 2] for i, j in CORNERS]
            )
    raise BadInput("cannot train", layer.name, f"layers of kind {type(layer).__name__} have no compiled form here")


CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))


def _even(x: Array, axis: int) -> int:
    return x.shape[axis] // 2 * 2


def _largest(parts: Sequence[Array]) -> Array:
    first, second, third, fourth = parts
    return jnp.maximum(jnp.maximum(first, second), jnp.maximum(third, fourth))


def _activation(layer: keras.layers.Layer) -> str:
    name = cast("str", keras.activations.serialize(layer.activation))
    # The loss takes logits: the softmax of the last layer is part of the loss.
    return "linear" if name == "softmax" else name


def _dense(layer: keras.layers.Dense, place: int, product: Product) -> Step:
    activate = ACTIVATIONS[_activation(layer)]
    return lambda weights, x, key: activate(product(x, weights[place]) + weights[place + 1][None])


def _dropout(rate: float, number: int) -> Step:
    """Drop each unit with probability `rate`, in steps of 1/65,536, and scale up the rest.

    16 random bits a unit: a third of the time of the 32 that `jax.random.bernoulli` takes.
    """
    limit = round(rate * 65_536)

    def drop(weights: Weights, x: Array, key: Array | None) -> Array:
        if key is None:
            return x
        kept = jax.random.bits(jax.random.fold_in(key, number), x.shape, jnp.uint16) >= limit
        return jnp.where(kept, x * (65_536 / (65_536 - limit)), 0.0)

    return drop


def _convolve(layer: keras.layers.Conv2D, place: int, product: Product) -> Step:
    rows, columns = layer.kernel_size
    activate = ACTIVATIONS[_activation(layer)]

    def convolve(weights: Weights, x: Array, key: Array | None) -> Array:
        height, width = x.shape[1] - rows + 1, x.shape[2] - columns + 1
        shifted = [x[:, i : i + height, j : j + width] for i in range(rows) for j in range(columns)]
        return activate(_over_windows(shifted, weights[place], product) + weights[place + 1])

    return convolve


def _convolve_and_pool(layer: keras.layers.Conv2D, place: int, product: Product) -> Step:
    """Convolve at the four corners of every 2x2 pool on their own and keep the largest.

    The outputs at an odd edge, which the pooling drops (an 11x11 map pools to 5x5), are never computed.
    """
    rows, columns = layer.kernel_size
    activate = ACTIVATIONS[_activation(layer)]

    def convolve(weights: Weights, x: Array, key: Array | None) -> Array:
        height, width = 2 * ((x.shape[1] - rows + 1) // 2), 2 * ((x.shape[2] - columns + 1) // 2)

        def corner(a: int, b: int) -> Array:
            shifted = [
                x[:, i + a : i + a + height - 1 : 2, j + b : j + b + width - 1 : 2]
                for i in range(rows)
                for j in range(columns)
            ]
            return _over_windows(shifted, weights[place], product)

        return activate(_largest([corner(a, b) for a, b in CORNERS]) + weights[place + 1])

    return convolve


def _over_windows(shifted: Sequence[Array], kernel: Array, product: Product) -> Array:
    """Multiply shifted inputs, each (batch, height, width, channels), by a kernel (rows, columns, channels, out)."""
    patches = jnp.concatenate(shifted, axis=-1)
    filters = kernel.shape[-1]
    flat = product(patches.reshape(-1, patches.shape[-1]), kernel.reshape(-1, filters))
    return flat.reshape(*patches.shape[:-1], filters)


def _can_pool(layer: keras.layers.Conv2D, following: keras.layers.Layer | None) -> bool:
    plain = layer.padding == "valid" and layer.strides == (1, 1)
    return plain and _activation(layer) in MONOTONE and following is not None and _is_halving(following)


def _is_halving(layer: keras.layers.Layer) -> bool:
    return (
        isinstance(layer, keras.layers.MaxPooling2D)
        and layer.pool_size == (2, 2)
        and tuple(layer.strides) == (2, 2)
        and layer.padding == "valid"
    )
