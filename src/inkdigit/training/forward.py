"""A Keras network as one pure function that XLA compiles well inside a loop.

In: a built `keras.Sequential`, and the device. Out: `forward(weights, ink, key) -> logits`, where `weights` are the
values of `model.trainable_variables` in their order. The result equals `model(ink)` before the
softmax; the tests hold the two together. Knows nothing of losses, optimisers or data.

Why not `model.stateless_call`: inside a loop XLA's CPU convolution runs on one thread and about 20
times slower than outside (185 s an epoch of `cnn-small` on two cores). Here a convolution is a
matrix product over shifted copies of its input, and a convolution followed by max pooling never
computes what the pooling throws away: 6.5 s an epoch, against 9.8 s in Keras on TensorFlow.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from typing import NamedTuple, cast

import jax
import jax.numpy as jnp
from jax import Array

from inkdigit.backend import keras
from inkdigit.errors import BadInput
from inkdigit.recipes import Precision
from inkdigit.training.convolution import Convolution, convolve_whole, make_convolution
from inkdigit.training.device import Device
from inkdigit.training.matmul import Matmul, make_matmul

Weights = list[Array]
Forward = Callable[[Weights, Array, Array | None], Array]
Step = Callable[[Weights, Array, Array | None], Array]
Normalise = Callable[[int, Sequence[Array]], "Moments"]
"""From the place of a kernel and all that it gave, channels last, to what is to be taken off it."""


class Moments(NamedTuple):
    """Mean and standard deviation of each channel."""

    mean: Array
    deviation: Array


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


def pure_forward(
    model: keras.Sequential, precision: Precision, device: Device, *, normalise: Normalise | None = None
) -> Forward:
    """Compose the layers of `model` into `forward(weights, ink, key)`.

    Args:
        model: Built; layers Reshape, Flatten, Dense, Dropout, Conv2D (valid, stride 1) and
            MaxPooling2D (2x2), ending in a Dense softmax.
        precision: Of the products.
        device: On a GPU the library convolves; on a processor a convolution is a product of windows.
        normalise: What every hidden layer gives is moved and scaled by this before its bias is added.

    Returns:
        A function of the weights, ink (batch, 28, 28) and a random key, or None for no dropout;
        gives logits (batch, 10 or 11).

    Raises:
        BadInput: A layer of another kind.
    """
    steps = list(_steps(model, precision, device, normalise))

    def forward(weights: Weights, ink: Array, key: Array | None) -> Array:
        x = ink
        for step in steps:
            x = step(weights, x, key)
        return x

    return forward


def _steps(
    model: keras.Sequential, precision: Precision, device: Device, normalise: Normalise | None
) -> Iterator[Step]:
    """Yield a function per layer; a convolution takes the pooling that follows it along."""
    place = 0
    pooled: keras.layers.Layer | None = None
    for number, (layer, following) in enumerate(pairwise([*model.layers, None])):
        if layer is pooled:
            continue
        if isinstance(layer, keras.layers.Conv2D) and _can_pool(layer, following) and device.kind == "cpu":
            pooled = following
            yield _convolve_and_pool(layer, place, make_convolution(precision, device), normalise)
        else:
            # The last layer gives the answer, which nothing takes anything off.
            yield _step(layer, place, number, precision, device, normalise if following else None)
        place += len(layer.trainable_variables)


def _step(
    layer: keras.layers.Layer,
    place: int,
    number: int,
    precision: Precision,
    device: Device,
    normalise: Normalise | None,
) -> Step:
    """A layer as a function: `place` is that of its kernel among the weights, `number` its own among the layers."""
    match layer:
        case keras.layers.Reshape() | keras.layers.Flatten():
            shape = tuple(layer.output.shape[1:])
            return lambda weights, x, key: x.reshape(-1, *shape)
        case keras.layers.Dense():
            return _dense(layer, place, make_matmul(precision, device), normalise)
        case keras.layers.Dropout():
            return _dropout(layer.rate, number)
        case keras.layers.Conv2D() if layer.padding == "valid" and layer.strides == (1, 1):
            return _convolve(layer, place, precision, device, normalise)
        case keras.layers.MaxPooling2D() if _is_halving(layer):
            return lambda weights, x, key: _largest(
                [x[:, i : _even(x, 1) : 2, j : _even(x, 2) : 2] for i, j in CORNERS]
            )
    raise BadInput("cannot train", layer.name, f"layers of kind {type(layer).__name__} have no compiled form here")


CORNERS = ((0, 0), (0, 1), (1, 0), (1, 1))
"""Row and column of each position of a 2x2 pool."""


def _even(x: Array, axis: int) -> int:
    """Where a 2x2 pool ends along an axis: an odd edge is dropped."""
    return x.shape[axis] // 2 * 2


def _largest(parts: Sequence[Array]) -> Array:
    first, second, third, fourth = parts
    return jnp.maximum(jnp.maximum(first, second), jnp.maximum(third, fourth))


def _activation(layer: keras.layers.Layer) -> str:
    name = cast("str", keras.activations.serialize(layer.activation))
    # The loss takes logits: the softmax of the last layer is part of the loss.
    return "linear" if name == "softmax" else name


def _dense(layer: keras.layers.Dense, place: int, matmul: Matmul, normalise: Normalise | None) -> Step:
    activate = ACTIVATIONS[_activation(layer)]

    def multiply(weights: Weights, x: Array, key: Array | None) -> Array:
        given = matmul(x, weights[place])
        return activate(_normalised(given, [given], place, normalise) + weights[place + 1][None])

    return multiply


def _normalised(x: Array, given: Sequence[Array], place: int, normalise: Normalise | None) -> Array:
    """Take off `x` what normalises all that a layer gave, of which `x` is the whole or the largest."""
    if normalise is None:
        return x
    moments = normalise(place, given)
    return (x - moments.mean) / moments.deviation


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


def _convolve(
    layer: keras.layers.Conv2D, place: int, precision: Precision, device: Device, normalise: Normalise | None
) -> Step:
    activate = ACTIVATIONS[_activation(layer)]
    convolution = (
        partial(make_convolution(precision, device), partial(_every, layer.kernel_size))
        if device.kind == "cpu"
        else partial(convolve_whole, precision)
    )

    def convolve(weights: Weights, x: Array, key: Array | None) -> Array:
        given = convolution(x, weights[place])
        return activate(_normalised(given, [given], place, normalise) + weights[place + 1])

    return convolve


def _every(window: tuple[int, int], x: Array) -> list[Array]:
    """Cut `x` at every place: an array for each place of the window."""
    height, width = (side - size + 1 for side, size in zip(x.shape[1:3], window, strict=True))
    return [x[:, i : i + height, j : j + width] for i in range(window[0]) for j in range(window[1])]


def _convolve_and_pool(
    layer: keras.layers.Conv2D, place: int, convolution: Convolution, normalise: Normalise | None
) -> Step:
    """Convolve at the four corners of every 2x2 pool on their own and keep the largest.

    The outputs at an odd edge, which the pooling drops (an 11x11 map pools to 5x5), are never computed.
    """
    activate = ACTIVATIONS[_activation(layer)]

    def convolve(weights: Weights, x: Array, key: Array | None) -> Array:
        corners = [convolution(partial(_every_second, layer.kernel_size, at), x, weights[place]) for at in CORNERS]
        return activate(_normalised(_largest(corners), corners, place, normalise) + weights[place + 1])

    return convolve


def _every_second(window: tuple[int, int], corner: tuple[int, int], x: Array) -> list[Array]:
    """Cut `x` at every second place of each axis, beginning at `corner`: an array for each place of the window."""
    # Place (i, j) of a window whose own corner lies at `corner` of its pool is the pixel (i, j) further on.
    starts = [(i + corner[0], j + corner[1]) for i in range(window[0]) for j in range(window[1])]
    # Of side - size + 1 positions the even number is pooled; from the first to the last but one, every second, that
    # is one less: a slice of 2 n - 1 in steps of 2 has n.
    height, width = ((side - size + 1) // 2 * 2 - 1 for side, size in zip(x.shape[1:3], window, strict=True))
    return [x[:, i : i + height : 2, j : j + width : 2] for i, j in starts]


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
