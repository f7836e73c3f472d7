"""The product of the training in both precisions, and its gradients, against NumPy in float64."""

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest
from jax import Array

import devices
from devices import FAST, PLAIN
from inkdigit.training.device import Device
from inkdigit.training.matmul import make_matmul

on_each = pytest.mark.parametrize("device", devices.ALL.values(), ids=devices.ALL.keys())


def rounded(x: np.ndarray) -> np.ndarray:
    """What bfloat16 keeps of it, by another implementation of rounding."""
    return x.astype(ml_dtypes.bfloat16).astype(np.float64)


@on_each
@pytest.mark.parametrize(("n", "k", "m"), [(1, 1, 1), (2, 33, 1), (1, 7, 40), (37, 1, 5), (64, 96, 32)])
def test_the_product_and_its_gradients_are_those_of_rounded_factors(device: Device, n: int, k: int, m: int) -> None:
    random = np.random.default_rng(n)
    x, w, slope = (random.normal(size=s).astype(np.float32) for s in ((n, k), (k, m), (n, m)))

    @jax.jit
    def with_gradients(x: Array, w: Array, slope: Array) -> tuple[Array, ...]:
        value, back = jax.vjp(make_matmul("bfloat16", device), x, w)
        return value, *back(slope)

    value, of_x, of_w = with_gradients(x, w, slope)
    assert (value.dtype, of_x.dtype, of_w.dtype) == (jnp.float32,) * 3
    np.testing.assert_allclose(value, rounded(x) @ rounded(w), rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(of_x, rounded(slope) @ rounded(w).T, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(of_w, rounded(x).T @ rounded(slope), rtol=1e-5, atol=1e-4)


@on_each
def test_inside_a_compiled_loop_too(device: Device) -> None:
    """Where XLA lays out memory in its own way."""
    random = np.random.default_rng(0)
    x, w = (jnp.asarray(random.normal(size=s).astype(np.float32)) for s in ((64, 96), (96, 32)))
    of_w = jax.jit(jax.grad(lambda w: (make_matmul("bfloat16", device)(x, w) ** 2).sum()))
    looped = jax.jit(lambda w: jax.lax.fori_loop(0, 3, lambda _, w: w - 1e-4 * of_w(w), w))
    expected = w
    for _ in range(3):
        expected = expected - 1e-4 * of_w(expected)
    np.testing.assert_allclose(looped(w), expected, atol=1e-3)


@on_each
def test_float32_is_the_plain_product(device: Device) -> None:
    assert make_matmul("float32", device) is jnp.matmul


def test_two_devices_in_one_process_do_not_mix() -> None:
    """Nothing is remembered between them: each has its own numbers in the program that is compiled for it."""
    x = jnp.ones((4, 6))
    programs = [str(jax.make_jaxpr(make_matmul("bfloat16", device))(x, x.T)) for device in (PLAIN, FAST, PLAIN)]
    assert programs[0] == programs[2] != programs[1]
    assert "preferred_element_type=float32" in programs[1]
