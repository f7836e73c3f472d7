"""Where JAX computes, and arrays put there.

In: an array of NumPy that nobody changes any more. Out: the same as an array of JAX.
"""

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from inkdigit.shapes import Shaped


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


def on_processor() -> bool:
    """Whether JAX computes on a processor, not on a GPU or another accelerator."""
    return jax.default_backend() == "cpu"


def accelerator() -> str:
    """The name of what JAX computes on, as "NVIDIA H100 80GB HBM3"; "" on a processor."""
    return "" if on_processor() else str(jax.devices()[0].device_kind)
