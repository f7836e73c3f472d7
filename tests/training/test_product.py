"""The product of the training in both precisions, and its gradients, against NumPy in float64."""

from collections.abc import Iterator

import jax
import jax.numpy as jnp
import ml_dtypes
import numpy as np
import pytest

from inkdigit.training import product
from inkdigit.training.product import make_product


@pytest.fixture(params=[True, False], ids=["with a unit for it", "without"])
def _unit(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Both ways on every machine: XLA multiplies bfloat16 matrices everywhere, only not everywhere fast."""
    monkeypatch.setattr(product, "has_unit", lambda: request.param)
    jax.clear_caches()
    yield
    jax.clear_caches()


def rounded(x: np.ndarray) -> np.ndarray:
    """What bfloat16 keeps of it, by another implementation of rounding."""
    return x.astype(ml_dtypes.bfloat16).astype(np.float64)


@pytest.mark.usefixtures("_unit")
@pytest.mark.parametrize(("n", "k", "m"), [(1, 1, 1), (2, 33, 1), (1, 7, 40), (37, 1, 5), (64, 96, 32)])
def test_the_product_and_its_gradients_are_those_of_rounded_factors(n: int, k: int, m: int) -> None:
    random = np.random.default_rng(n)
    x, w, slope = (random.normal(size=s).astype(np.float32) for s in ((n, k), (k, m), (n, m)))
    value, back = jax.vjp(make_product("bfloat16"), jnp.asarray(x), jnp.asarray(w))
    of_x, of_w = back(jnp.asarray(slope))
    assert (value.dtype, of_x.dtype, of_w.dtype) == (jnp.float32,) * 3
    np.testing.assert_allclose(value, rounded(x) @ rounded(w), rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(of_x, rounded(slope) @ rounded(w).T, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(of_w, rounded(x).T @ rounded(slope), rtol=1e-5, atol=1e-4)


@pytest.mark.usefixtures("_unit")
def test_inside_a_compiled_loop_too() -> None:
    """Where XLA lays out memory in its own way."""
    random = np.random.default_rng(0)
    x, w = (jnp.asarray(random.normal(size=s).astype(np.float32)) for s in ((64, 96), (96, 32)))
    of_w = jax.grad(lambda w: (make_product("bfloat16")(x, w) ** 2).sum())
    looped = jax.jit(lambda w: jax.lax.fori_loop(0, 3, lambda _, w: w - 1e-4 * of_w(w), w))
    expected = w
    for _ in range(3):
        expected = expected - 1e-4 * of_w(expected)
    np.testing.assert_allclose(looped(w), expected, atol=1e-3)


def test_float32_is_the_plain_product() -> None:
    assert make_product("float32") is jnp.matmul


def test_the_processor_is_asked_once_and_answers() -> None:
    assert product.has_unit() in {True, False}
    if jax.default_backend() != "cpu":
        assert product.has_unit()
