"""The measuring of a network on the images held out, compiled, once after every epoch.

In: a pure forward pass and the images. Out: a function of the weights. Knows nothing of training.
"""

import math
from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from inkdigit.shapes import Float32
from inkdigit.training.arrays import as_ink, put
from inkdigit.training.forward import Forward, Weights
from inkdigit.types import Digits, Images, Labels

VALIDATION_BATCH = 100
"""On one core of an Intel Xeon 5,000 images take `cnn-best` 0.82 s, by 500 at once 1.71; `mlp-best` 0.14 and 0.12."""


def compile_validation(
    forward: Forward, weights: Weights, digits: Digits | None
) -> Callable[[Weights], tuple[float, float]] | None:
    """Compile the measuring of a network on `digits`; `weights` are only looked at for their shapes.

    Returns:
        `validate(weights)`, which gives the mean loss in nats and the accuracy, 0 to 1; None without digits.
    """
    if digits is None:
        return None
    images, labels, used = _in_batches(digits.images, digits.labels)

    @jax.jit
    def totals(weights: Weights, images: Array, labels: Array, used: Array) -> tuple[Array, Array]:
        def batch(part: tuple[Array, Array, Array]) -> tuple[Array, Array]:
            logits = forward(weights, as_ink(part[0]), None)
            each = -jnp.take_along_axis(jax.nn.log_softmax(logits), part[1][:, None], axis=-1)[:, 0]
            return (each * part[2]).sum(), ((logits.argmax(-1) == part[1]) * part[2]).sum()

        loss, correct = jax.lax.map(batch, (images, labels, used))
        return loss.sum(), correct.sum()

    compiled = totals.lower(weights, images, labels, used).compile()

    def validate(weights: Weights) -> tuple[float, float]:
        loss, correct = compiled(weights, images, labels, used)
        return float(loss) / len(digits), float(correct) / len(digits)

    return validate


def _in_batches(images: Images, labels: Labels) -> tuple[Array, Array, Float32[Array, "parts batch"]]:
    """Cut images into equal batches; the places that fill up the last one have weight 0."""
    n = len(labels)
    size = min(VALIDATION_BATCH, n)
    parts = math.ceil(n / size)
    rest = parts * size - n
    return (
        put(np.pad(images, ((0, rest), (0, 0), (0, 0))).reshape(parts, size, 28, 28)),
        put(np.pad(labels, (0, rest)).reshape(parts, size).astype(np.int32)),
        put(np.pad(np.ones(n, np.float32), (0, rest)).reshape(parts, size)),
    )
