"""What a training computes on, decided once and handed down, and arrays put there.

A `Device` says all that the computations depend on; each takes it as an argument, so tests compute on every machine as
any other one would. `Device.here` is the one place that asks JAX what it computes on.
"""

from dataclasses import dataclass
from typing import Literal

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from inkdigit.machine import Machine
from inkdigit.shapes import Shaped


@dataclass(frozen=True)
class Device:
    """What computations depend on.

    Args:
        kind: "cpu", a processor; "gpu", a GPU or another accelerator.
        fast_bfloat16: Whether matrices of bfloat16 multiply faster than those of float32.
        name: For the record: the accelerator, if there is one, processor and usable cores, "AMD EPYC, 2 cores".
    """

    kind: Literal["cpu", "gpu"]
    fast_bfloat16: bool
    name: str = ""

    @classmethod
    def here(cls) -> "Device":
        """Return what JAX computes on in this process; the first call starts JAX, about 0.1 s on a processor."""
        accelerator = "" if jax.default_backend() == "cpu" else str(jax.devices()[0].device_kind)
        return cls.of(Machine.here(), accelerator=accelerator)

    @classmethod
    def of(cls, machine: Machine, *, accelerator: str = "") -> "Device":
        """Return what a machine computes on: its accelerator, or without one its processor.

        >>> Device.of(Machine("Xeon", frozenset({"amx_bf16"}), 2))
        Device(kind='cpu', fast_bfloat16=True, name='Xeon, 2 cores')
        """
        if accelerator:
            return cls("gpu", fast_bfloat16=True, name=f"{accelerator}, {machine}")
        # AMX is the one unit of processors that it was measured to pay with.
        return cls("cpu", fast_bfloat16="amx_bf16" in machine.features, name=str(machine))


def put(array: Shaped[np.ndarray, "..."] | np.generic) -> Array:
    """Hand an array over without compiling anything, on a processor without copying it where it lies well.

    `jnp.asarray` compiles a program for every shape. With these, and those of the learning rate, left out, a training
    of `mlp-quick` compiled for 1.1 instead of 1.3 s and learned for 1.4 instead of 1.8 (two cores of an Intel Xeon, in
    turns, medians of five). A program that consumes what was put writes elsewhere: the memory is not JAX's own.
    """
    return jax.device_put(array)


def as_ink(images: Array) -> Array:
    """Turn uint8 images into ink: float32 in 0..1."""
    return images.astype(jnp.float32) * (1 / 255)
