"""A table of layers as a pure function with its gradient, and what of its weights goes into a file.

In: an `Architecture`, weights, pictures. Out: logits and, while training, the moments of each normalised layer. The
normalisation (Ioffe & Szegedy, 2015) is over the pictures of one part; `fold` makes it part of the kernels. Products
are those of `convolution`. Knows nothing of losses or of where the pictures come from.
"""

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from inkdigit.architectures import Architecture, Layer
from inkdigit.recipes import Precision
from inkdigit.shapes import Float32
from inkdigit.training.convolution import Convolution, make_convolution
from inkdigit.training.device import Device

EPSILON = 1e-3
"""Added to a variance before its root is taken, as in Keras."""

Weights = list[Array]
"""For each convolution in its order: kernel, scale and offset; of a plain one kernel and bias."""


class Moments(NamedTuple):
    """Mean and variance of each channel of each normalised convolution."""

    mean: list[Array]
    variance: list[Array]


Forward = Callable[[Weights, Array], tuple[Array, Moments]]


class Folded(NamedTuple):
    """A convolution as a file has it: kernel (rows, columns, channels, filters) and bias, float32."""

    kernel: Float32[np.ndarray, "rows columns channels filters"]
    bias: Float32[np.ndarray, " filters"]


def first_weights(architecture: Architecture, seed: int) -> Weights:
    """Draw kernels as He et al. (2015) do; scales are 1, offsets and biases 0."""
    random = np.random.default_rng(seed)
    weights: Weights = []
    for layer in architecture.convolutions:
        shape = architecture.kernel_shape(layer)
        spread = np.sqrt(2 / np.prod(shape[:3]))
        weights.append(jnp.asarray(random.normal(0, spread, shape), jnp.float32))
        if not layer.plain:
            weights.append(jnp.ones(layer.filters, jnp.float32))
        weights.append(jnp.zeros(layer.filters, jnp.float32))
    return weights


def first_moments(architecture: Architecture) -> Moments:
    """The moments before anything was seen: mean 0, variance 1."""
    filters = [layer.filters for layer in architecture.convolutions if not layer.plain]
    return Moments([jnp.zeros(n, jnp.float32) for n in filters], [jnp.ones(n, jnp.float32) for n in filters])


def make_forward(
    architecture: Architecture, precision: Precision, device: Device, *, moments: Moments | None = None
) -> Forward:
    """Compose the layers into `forward(weights, pictures)`.

    Args:
        architecture: The table.
        precision: Of the products.
        device: What they are computed on.
        moments: Normalise by these, as the network does when it is used, and not by those of the pictures.

    Returns:
        A function of the weights and pictures float32 (n, height, width, 1); gives logits (n, rows, columns, filters)
        and the moments by which it normalised.
    """
    convolution = make_convolution(precision, device)

    def forward(weights: Weights, pictures: Array) -> tuple[Array, Moments]:
        values, rest, used = {"": pictures}, list(weights), Moments([], [])
        for layer in architecture.layers:
            inputs = [values[name] for name in layer.inputs]
            if layer.kind != "convolution":
                values[layer.name] = OTHERS[layer.kind](*inputs)
                continue
            given = convolve(convolution, layer, inputs[0], rest.pop(0))
            if layer.plain:
                values[layer.name] = given + rest.pop(0)
                continue
            place = len(used.mean)
            mean, variance = (
                (moments.mean[place], moments.variance[place])
                if moments
                else (given.mean((0, 1, 2)), given.var((0, 1, 2)))
            )
            used.mean.append(mean)
            used.variance.append(variance)
            scale = rest.pop(0) * jax.lax.rsqrt(variance + EPSILON)
            values[layer.name] = jax.nn.relu((given - mean) * scale + rest.pop(0))
        return values[architecture.layers[-1].name], used

    return forward


def convolve(convolution: Convolution, layer: Layer, x: Array, kernel: Array) -> Array:
    """One convolution: (n, height, width, channels) to (n, rows, columns, filters)."""
    rows, columns, channels, filters = kernel.shape
    places = kernel.reshape(rows * columns, channels, filters)
    return convolution(partial(_windows, layer), x, places)


def _windows(layer: Layer, x: Array) -> list[Array]:
    """A shifted copy of the input for each place of a window."""
    (above, left), (down, right) = layer.padding, layer.stride
    padded = jnp.pad(x, ((0, 0), (above, above), (left, left), (0, 0)))
    # The last row and the last column at which a window still begins.
    last_row = padded.shape[1] - (layer.kernel[0] - 1) * layer.dilation[0]
    last_column = padded.shape[2] - (layer.kernel[1] - 1) * layer.dilation[1]
    offsets = [
        (row * layer.dilation[0], column * layer.dilation[1])
        for row in range(layer.kernel[0])
        for column in range(layer.kernel[1])
    ]
    return [padded[:, y : y + last_row : down, x0 : x0 + last_column : right] for y, x0 in offsets]


OTHERS: dict[str, Callable[..., Array]] = {
    "pool": lambda x: jnp.maximum(x[:, 0::2], x[:, 1::2]),
    "upsample": lambda x: jnp.repeat(jnp.repeat(x, 2, axis=1), 2, axis=2),
    "add": lambda x, y: x + y,
}


def fold(architecture: Architecture, weights: Weights, moments: Moments) -> tuple[Folded, ...]:
    """Make the normalisation part of the kernels: one kernel and one bias for each convolution."""
    rest = [np.asarray(weight) for weight in weights]
    means, variances = (iter([np.asarray(one) for one in part]) for part in moments)
    folded = []
    for layer in architecture.convolutions:
        kernel = rest.pop(0)
        if layer.plain:
            folded.append(Folded(kernel, rest.pop(0)))
            continue
        scale = rest.pop(0) / np.sqrt(next(variances) + EPSILON)
        folded.append(Folded(kernel * scale, rest.pop(0) - next(means) * scale))
    return tuple(folded)
