"""A convolution, on a processor as one matrix product over the windows of its input.

In: how to cut an input into as many shifted copies as a window has places, the input, a kernel. Out: the products of
every window with every filter, and their gradient. Precisions are those of `matmul`. On a GPU the library's own
convolution is faster, and needs no windows in memory.

In bfloat16 on a processor most of the time is not the products but the copying into windows: XLA moves number by
number. So two channels at a time are moved as one 32-bit word, and for the gradient of the kernel the gradient of the
output is transposed, which is smaller than the windows. Measured on one core of an Intel Xeon with AMX, 32 images,
11x11x64 to 9x9x96, forward and both gradients: 4.1 ms with neither, 3.6 with the words, 2.6 with both; the products
alone take 1.3.
"""

from collections.abc import Callable, Sequence
from functools import partial

import jax
import jax.numpy as jnp
from jax import Array

from inkdigit.recipes import Precision
from inkdigit.training.device import Device
from inkdigit.training.matmul import Matmul, dot, make_matmul, transposed

Cut = Callable[[Array], Sequence[Array]]
"""From (batch, height, width, channels) to one array (batch, rows, columns, channels) for each place of a window."""
Convolution = Callable[[Cut, Array, Array], Array]

PART = 32
"""Images that a convolutional network takes at once on a processor, so that the shifted copies stay in its cache.

An epoch of `cnn-small` 6.5 s, against 10.3 s with the whole batch of 128 at once; 512 answers of `cnn-best` in bfloat16
68 ms against 210.
"""


def parts_of(images: int, device: Device) -> int:
    """In how many parts a convolutional network takes so many images: of `PART`, on a processor, where it divides."""
    return images // PART if device.kind == "cpu" and images % PART == 0 else 1


def make_convolution(precision: Precision, device: Device) -> Convolution:
    """Return `convolve(cut, x, kernel)` in this precision, for a processor.

    x is float32 (batch, height, width, channels), the kernel float32 (..., channels, filters) with as many places as
    `cut` gives arrays, in their order; the result is float32 (batch, rows, columns, filters).
    """
    plain = partial(_convolution, make_matmul(precision, device))
    if precision == "float32" or not device.fast_bfloat16:
        return plain
    in_words = partial(_convolution_in_words, device)
    # An odd number of channels, as the one of the first layer, does not fill words of two.
    return lambda cut, x, kernel: (plain if x.shape[-1] % 2 else in_words)(cut, x, kernel)


def convolve_whole(precision: Precision, x: Array, kernel: Array) -> Array:
    """Convolve with the library's own program: valid, stride 1.

    Args:
        precision: In "bfloat16" the factors and what the convolution gives are rounded; its sums are float32.
        x: float32 (batch, height, width, channels).
        kernel: float32 (rows, columns, channels, filters).

    Returns:
        float32 (batch, height - rows + 1, width - columns + 1, filters).
    """
    dtype = jnp.bfloat16 if precision == "bfloat16" else jnp.float32
    of = jax.lax.conv_general_dilated(
        x.astype(dtype), kernel.astype(dtype), (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC")
    )
    return of.astype(jnp.float32)


def _convolution(matmul: Matmul, cut: Cut, x: Array, kernel: Array) -> Array:
    """One row for each window of each image, one column for each number in a window, times the kernel as a matrix."""
    windows = _joined(cut, x)
    filters = kernel.shape[-1]
    flat = matmul(windows.reshape(-1, windows.shape[-1]), kernel.reshape(-1, filters))
    return flat.reshape(*windows.shape[:-1], filters)


def _joined(cut: Cut, x: Array) -> Array:
    """Lay the places of each window behind one another: (batch, rows, columns, places * channels), as a kernel lies."""
    return jnp.concatenate(cut(x), axis=-1)


@partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def _convolution_in_words(device: Device, cut: Cut, x: Array, kernel: Array) -> Array:
    return _forward(device, cut, x, kernel)[0]


def _forward(device: Device, cut: Cut, x: Array, kernel: Array) -> tuple[Array, tuple[Array, Array, Array]]:
    x, kernel = x.astype(jnp.bfloat16), kernel.astype(jnp.bfloat16)
    windows = _joined_in_words(cut, x)
    flat = dot(windows.reshape(-1, windows.shape[-1]), kernel.reshape(-1, kernel.shape[-1]))
    return flat.reshape(*windows.shape[:-1], -1), (x, windows, kernel)


def _backward(device: Device, cut: Cut, saved: tuple[Array, Array, Array], gradient: Array) -> tuple[Array, Array]:
    x, windows, kernel = saved
    flat = kernel.reshape(windows.shape[-1], -1)
    gradient = gradient.astype(jnp.bfloat16)
    rows = gradient.reshape(-1, gradient.shape[-1])
    # Summed over the filters, the last axis of both.
    of_windows = jax.lax.dot_general(rows, flat, (((1,), (1,)), ((), ())), preferred_element_type=jnp.float32)
    # A pixel lies in many windows: the transpose of copying it into each of them is adding up what comes back.
    spread = jax.linear_transpose(partial(_joined, cut), jax.ShapeDtypeStruct(x.shape, jnp.float32))
    [of_x] = spread(of_windows.reshape(windows.shape))
    # (g' w)' for w' g, as g is smaller than w. The barrier keeps XLA from transposing the windows after all: to it,
    # (ab)' is b'a'.
    transposed_kernel = dot(transposed(rows, device), windows.reshape(-1, windows.shape[-1]))
    of_kernel = jax.lax.optimization_barrier(transposed_kernel).T
    return of_x, of_kernel.reshape(kernel.shape)


_convolution_in_words.defvjp(_forward, _backward)


def _joined_in_words(cut: Cut, x: Array) -> Array:
    """Join what is cut from a bfloat16 array, two channels in a word."""
    # (..., channels) as (..., channels / 2, 2): a bitcast to twice the width takes the last axis away, back it adds it.
    words = jax.lax.bitcast_convert_type(x.reshape(*x.shape[:-1], -1, 2), jnp.uint32)
    joined = jax.lax.bitcast_convert_type(_joined(cut, words), jnp.bfloat16)
    return joined.reshape(*joined.shape[:-2], -1)
