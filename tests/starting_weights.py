"""Starting weights of Keras' layers drawn by NumPy, for tests to which they are any numbers.

JAX compiles Keras' own draw anew for each shape: 0.3 s a layer, which was half of the time of the tests of the file
formats. Not for tests of training or of `networks.build`, whose subject these weights are.
"""

import contextlib
import math
import os
from collections.abc import Iterator
from typing import Any
from unittest.mock import patch

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np


@contextlib.contextmanager
def drawn_by_numpy() -> Iterator[None]:
    """Within it NumPy draws every kernel, as uniform and as wide as Glorot's, from the seed that Keras would take."""

    def draw(initializer: Any, shape: tuple[int, ...], dtype: Any = None) -> Any:
        *window, inputs, outputs = shape
        limit = math.sqrt(6 / (math.prod(window) * (inputs + outputs)))
        random = np.random.default_rng(int(initializer.seed))
        return keras.ops.convert_to_tensor(random.uniform(-limit, limit, shape).astype(np.float32))

    with patch.object(keras.initializers.VarianceScaling, "__call__", draw):
        yield
