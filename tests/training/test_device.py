"""What computations depend on, and arrays handed to JAX: the same numbers, no compiling, never written to."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inkdigit.machine import Machine
from inkdigit.training.device import Device, put


@pytest.mark.parametrize(
    ("features", "accelerator", "expected"),
    [
        ({"avx2"}, "", Device("cpu", False, "Xeon, 2 cores")),
        ({"avx2", "avx512f", "avx512_bf16"}, "", Device("cpu", False, "Xeon, 2 cores")),
        ({"avx512f", "amx_bf16", "amx_tile"}, "", Device("cpu", True, "Xeon, 2 cores")),
        (set(), "NVIDIA H100", Device("gpu", True, "NVIDIA H100, Xeon, 2 cores")),
    ],
    ids=["AVX2", "AVX-512", "AMX", "GPU"],
)
def test_a_machine_computes_on_its_accelerator_or_its_processor(
    features: set[str], accelerator: str, expected: Device
) -> None:
    assert Device.of(Machine("Xeon", frozenset(features), 2), accelerator=accelerator) == expected


def test_jax_is_asked_what_is_here() -> None:
    assert Device.here().name.endswith(str(Machine.here()))


@pytest.mark.parametrize("dtype", [np.float32, np.int32, np.uint8])
def test_the_same_numbers_of_the_same_type(dtype: type) -> None:
    array: np.ndarray = np.arange(12).reshape(3, 4).astype(dtype)
    there = put(array)
    assert there.dtype == dtype
    np.testing.assert_array_equal(there, array)
    assert put(np.float32(0.1)).shape == ()


@pytest.mark.parametrize("offset", [0, 4])
def test_a_program_that_consumes_what_was_put_does_not_write_there(offset: int) -> None:
    memory = np.zeros(4 * 1024 + 128, np.uint8)
    start = -memory.ctypes.data % 64 + offset  # 64 bytes apart an array lies well enough to be used in place
    array = memory[start : start + 4096].view(np.float32)
    array[:] = 1
    add = jax.jit(lambda x: x + 1, donate_argnums=0)
    np.testing.assert_array_equal(add(put(array)), np.full(1024, 2, np.float32))
    np.testing.assert_array_equal(array, np.ones(1024, np.float32))


def test_nothing_is_compiled(caplog: pytest.LogCaptureFixture) -> None:
    with jax.log_compiles(), caplog.at_level("WARNING"):
        put(np.ones((7, 13, 5), np.float32))
        assert "Compiling" not in caplog.text
        jnp.asarray(np.ones((7, 13, 5), np.float32)) + 1
    assert "Compiling" in caplog.text
