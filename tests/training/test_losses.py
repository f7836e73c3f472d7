"""The losses: that of a line is the negative logarithm of its text's probability, counted path by path."""

from itertools import product

import jax.numpy as jnp
import numpy as np
import pytest

from inkdigit.architectures import ALPHABET, BLANK, NUMBERS, WALLS
from inkdigit.training.losses import ctc_loss, detector_loss


def test_the_loss_of_a_line_counts_every_path() -> None:
    random = np.random.default_rng(0)
    logits = random.normal(0, 1, (1, 1, 4, BLANK + 1)).astype(np.float32)
    p = np.exp(logits[0, 0]) / np.exp(logits[0, 0]).sum(axis=1, keepdims=True)
    text = "11"
    label = ALPHABET.index("1")
    total = 0.0
    for path in product((label, BLANK), repeat=4):
        kept = [one for place, one in enumerate(path) if place == 0 or path[place - 1] != one]
        if [one for one in kept if one != BLANK] == [label] * len(text):
            total += float(np.prod(p[range(4), path]))
    loss = ctc_loss(jnp.asarray(logits), jnp.asarray([[label, label, 0]]), jnp.asarray([2]))
    assert float(loss) == pytest.approx(-np.log(total), rel=1e-4)


def truth(rows: int = 8, columns: int = 8) -> np.ndarray:
    target = np.zeros((1, rows, columns, 6), np.float32)
    target[..., -1] = 1
    target[0, 2:5, 1:7, NUMBERS] = 1
    target[0, 2:5, 1:7, 3] = 1
    target[0, 6, :, WALLS] = 1
    return target


def answer(target: np.ndarray, size: float) -> np.ndarray:
    logits = size * (2 * target[..., :5] - 1)
    logits[..., 3:] = target[..., 3:5]
    return logits


def test_the_right_maps_cost_least() -> None:
    target = truth()
    right = float(detector_loss(jnp.asarray(answer(target, 8.0)), jnp.asarray(target)))
    unsure = float(detector_loss(jnp.asarray(answer(target, 0.5)), jnp.asarray(target)))
    wrong = float(detector_loss(jnp.asarray(answer(target, -8.0)), jnp.asarray(target)))
    assert right < unsure < wrong
    assert right < 0.1


def test_a_wrong_direction_costs() -> None:
    target = truth()
    logits = answer(target, 8.0)
    turned = logits.copy()
    turned[..., 3] *= -1
    assert float(detector_loss(jnp.asarray(turned), jnp.asarray(target))) > float(
        detector_loss(jnp.asarray(logits), jnp.asarray(target))
    )


def test_what_does_not_count_costs_nothing() -> None:
    target = truth()
    logits = answer(target, 8.0)
    spoiled = logits.copy()
    spoiled[0, 0, 0, NUMBERS] = 9
    target[0, 0, 0, -1] = 0
    same = [float(detector_loss(jnp.asarray(one), jnp.asarray(target))) for one in (logits, spoiled)]
    assert same[0] == pytest.approx(same[1], abs=1e-3)
