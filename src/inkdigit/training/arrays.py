"""Arrays put where JAX computes.

In: an array of NumPy that nobody changes any more. Out: the same as an array of JAX.
"""

import jax
import numpy as np
from jax import Array

from inkdigit.shapes import Shaped


def put(array: Shaped[np.ndarray, "..."] | np.generic) -> Array:
    """Hand an array over without compiling anything, on a processor without copying it where it lies well.

    `jnp.asarray` compiles a program for every shape, 20 of them in a training of `mlp-quick`: 0.3 of its 5 seconds. A
    program that consumes what was put writes elsewhere, since the memory is not JAX's own.
    """
    return jax.device_put(array)
