"""Windows and filters in both precisions, and their gradients, against XLA's own convolution of rounded numbers."""

from collections.abc import Callable
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

from devices import FAST, GPU, PLAIN
from inkdigit.training.convolution import convolve_whole, make_convolution, parts_of
from inkdigit.training.device import Device

Convolve = Callable[[Array, Array], Array]
PRECISE = jax.lax.Precision.HIGHEST


on_each_processor = pytest.mark.parametrize("device", [FAST, PLAIN], ids=["fast bfloat16", "plain"])
"""Both ways on every machine."""


def cut(x: Array) -> list[Array]:
    """Windows of two rows and three columns."""
    height, width = x.shape[1] - 1, x.shape[2] - 2
    return [x[:, i : i + height, j : j + width] for i in range(2) for j in range(3)]


def by_xla(x: Array, kernel: Array) -> Array:
    return jax.lax.conv_general_dilated(
        x, kernel, (1, 1), "VALID", dimension_numbers=("NHWC", "HWIO", "NHWC"), precision=PRECISE
    )


def rounded(x: Array) -> Array:
    return x.astype(jnp.bfloat16).astype(jnp.float32)


def with_gradients(convolve: Convolve, x: Array, kernel: Array, slope: Array) -> tuple[Array, ...]:
    """What is convolved, and for this slope the gradients of the input and of the kernel, in one program."""

    @jax.jit
    def of(x: Array, kernel: Array, slope: Array) -> tuple[Array, ...]:
        value, back = jax.vjp(convolve, x, kernel)
        return value, *back(slope)

    return of(x, kernel, slope)


def some(*shapes: tuple[int, ...]) -> list[Array]:
    random = np.random.default_rng(sum(map(sum, shapes)))
    return [jnp.asarray(random.normal(size=shape).astype(np.float32)) for shape in shapes]


SHAPES = [(1, 3, 4, 1, 1), (3, 5, 6, 2, 3), (2, 6, 5, 3, 2), (5, 7, 9, 8, 16)]


@on_each_processor
@pytest.mark.parametrize(("n", "height", "width", "channels", "filters"), SHAPES)
def test_the_convolution_and_its_gradients_are_those_of_rounded_numbers(
    device: Device, n: int, height: int, width: int, channels: int, filters: int
) -> None:
    """An odd number of channels does not fit into words."""
    x, kernel, slope = some(
        (n, height, width, channels), (2, 3, channels, filters), (n, height - 1, width - 2, filters)
    )
    value, *back = with_gradients(partial(make_convolution("bfloat16", device), cut), x, kernel, slope)
    expected, *theirs = with_gradients(by_xla, rounded(x), rounded(kernel), rounded(slope))
    np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-4)
    for mine, other in zip(back, theirs, strict=True):
        assert mine.dtype == jnp.float32
        np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-3)


@on_each_processor
def test_inside_a_compiled_loop_too(device: Device) -> None:
    """Where XLA lays out memory in its own way."""
    x, kernel = some((6, 7, 8, 4), (2, 3, 4, 6))
    of_kernel = jax.jit(jax.grad(lambda kernel: (make_convolution("bfloat16", device)(cut, x, kernel) ** 2).sum()))
    looped = jax.jit(lambda k: jax.lax.fori_loop(0, 3, lambda _, k: k - 1e-4 * of_kernel(k), k))
    expected = kernel
    for _ in range(3):
        expected = expected - 1e-4 * of_kernel(expected)
    np.testing.assert_allclose(looped(kernel), expected, atol=1e-2)


def test_float32_rounds_nothing() -> None:
    x, kernel = some((2, 5, 6, 3), (2, 3, 3, 4))
    np.testing.assert_allclose(
        make_convolution("float32", FAST)(cut, x, kernel), by_xla(x, kernel), rtol=1e-5, atol=1e-5
    )


@pytest.mark.parametrize(("n", "height", "width", "channels", "filters"), SHAPES)
def test_the_library_convolves_rounded_numbers(n: int, height: int, width: int, channels: int, filters: int) -> None:
    """What it gives, and its gradients, are rounded as well: to 8 bits of their mantissa."""
    x, kernel, slope = some(
        (n, height, width, channels), (2, 3, channels, filters), (n, height - 1, width - 2, filters)
    )
    value, *back = with_gradients(partial(convolve_whole, "bfloat16"), x, kernel, slope)
    expected, *theirs = with_gradients(by_xla, rounded(x), rounded(kernel), rounded(slope))
    assert value.dtype == jnp.float32
    np.testing.assert_allclose(value, expected, rtol=2**-8, atol=1e-3)
    for mine, other in zip(back, theirs, strict=True):
        assert mine.dtype == jnp.float32
        np.testing.assert_allclose(mine, other, rtol=2**-7, atol=0.05)


def test_the_library_convolves_as_the_windows_do() -> None:
    x, kernel = some((3, 8, 9, 4), (2, 3, 4, 5))
    windows = make_convolution("float32", FAST)(cut, x, kernel)
    np.testing.assert_allclose(convolve_whole("float32", x, kernel), windows, rtol=1e-5, atol=1e-5)


def test_a_processor_takes_a_batch_in_parts_where_it_divides_and_a_gpu_whole() -> None:
    assert [parts_of(n, FAST) for n in (32, 128, 33, 20)] == [1, 4, 1, 1]
    assert [parts_of(n, GPU) for n in (32, 128)] == [1, 1]
