"""What the two reading networks are to learn, as losses.

In: logits and the truth. Out: one number, and its parts. The line recognizer learns by connectionist temporal
classification (Graves et al., 2006); the detector by weighted cross-entropy and the dice loss (Milletari et al., 2016),
and the direction of reading by the squared error of its cosine and sine.
"""

import jax
import jax.numpy as jnp
from jax import Array

from inkdigit.architectures import BLANK, COSINE, NUMBERS, SINE, WALLS
from inkdigit.backend import keras

NUMBER_WEIGHT, OTHER_WEIGHT = 3.0, 2.0
"""How much a pixel of a number, and of anything else that is marked, counts beside one of paper."""

DIRECTION = 0.5
"""Weight of the squared error of the direction."""

SMOOTH = 20.0
"""Pixels added to both sides of the dice ratio, so that an empty crop has a gradient."""


def ctc_loss(logits: Array, labels: Array, lengths: Array) -> Array:
    """Return the mean negative log-likelihood of each line's text, in nats.

    Args:
        logits: float32 (n, 1, places, BLANK + 1).
        labels: int32 (n, longest), filled up with anything.
        lengths: int32 (n,), how many of a row's labels count; less than the places, one more for each pair of equal
            neighbours.
    """
    n, _, places, _ = logits.shape
    of_each = keras.ops.ctc_loss(labels, logits[:, 0], lengths, jnp.full(n, places), mask_index=BLANK)
    return jnp.asarray(of_each).mean()


def detector_loss(logits: Array, target: Array) -> Array:
    """Return the loss of the detector's maps.

    Args:
        logits: float32 (n, rows, columns, 5).
        target: float32 (n, rows, columns, 6): the maps as `architectures` numbers them, and last how much each pixel
            counts, 0 or 1.
    """
    counts = target[..., -1]
    total = jnp.float32(0)
    for place in range(NUMBERS, WALLS + 1):
        truth, logit = target[..., place], logits[..., place]
        weight = counts * jnp.where(truth > 0.5, NUMBER_WEIGHT if place == NUMBERS else OTHER_WEIGHT, 1.0)
        each = jax.nn.softplus(logit) - truth * logit
        share = jax.nn.sigmoid(logit) * counts
        both = (share * truth).sum((1, 2))
        dice = 1 - (2 * both + SMOOTH) / ((share + truth * counts).sum((1, 2)) + SMOOTH)
        total += (2.0 if place == NUMBERS else 0.7) * (2 * (each * weight).mean() + dice.mean())
    inside = (target[..., NUMBERS] > 0.5) * counts
    error = jnp.square(logits[..., COSINE : SINE + 1] - target[..., COSINE : SINE + 1]).sum(-1)
    return total + DIRECTION * (error * inside).sum() / (inside.sum() + SMOOTH)
