"""Steps of a reading network: it learns what it is shown, the same on every way of taking a batch apart."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from inkdigit.architectures import Architecture, Layer
from inkdigit.training.device import Device
from inkdigit.training.reading_step import Batch, Schedule, compile_answer, compile_step, first_state, make_optimizer

PLAIN = Device("cpu", fast_bfloat16=False)
SMALL = Architecture(
    "small",
    (
        Layer("first", "convolution", ("",), 8, (3, 3), (2, 2), (1, 1), (1, 1)),
        Layer("last", "convolution", ("first",), 1, plain=True),
    ),
)


def squared(logits: jax.Array, truth: jax.Array) -> jax.Array:
    return jnp.square(logits - truth).mean()


def bright(seed: int, *, parts: int = 2, n: int = 4) -> Batch:
    """Pictures, and where they are brighter than the middle."""
    pictures = np.random.default_rng(seed).normal(size=(parts, n, 16, 16, 1)).astype(np.float16)
    truth = (pictures[:, :, ::2, ::2] > 0).astype(np.float32)
    return pictures, truth


def test_it_learns() -> None:
    step = compile_step(SMALL, squared, Schedule(0.02, 400), precision="float32", device=PLAIN)
    state = first_state(SMALL, make_optimizer(), seed=0)
    for number in range(400):
        state = step(state, bright(number))
        if number == 0:
            first = float(state.loss)
    answer = compile_answer(SMALL, precision="float32", device=PLAIN)
    pictures, truth = bright(999)
    found = np.asarray(answer(state, pictures[0]))
    assert float(np.square(found - truth[0]).mean()) < 0.5 * first
    assert int(state.step) == 400


def test_the_same_seed_gives_the_same_weights() -> None:
    step = compile_step(SMALL, squared, Schedule(0.02, 10), precision="float32", device=PLAIN)
    ends = []
    for _ in range(2):
        state = first_state(SMALL, make_optimizer(), seed=4)
        for number in range(3):
            state = step(state, bright(number))
        ends.append([np.asarray(weight) for weight in state.weights])
    assert all(np.array_equal(a, b) for a, b in zip(*ends, strict=True))


def test_the_learning_rate_rises_and_falls() -> None:
    schedule = Schedule(0.1, 1000)
    rates = [float(schedule.rate(step)) for step in (0, 100, 199, 600, 999)]
    assert rates[0] < rates[1] < rates[2]
    assert rates[2] > rates[3] > rates[4]
    assert rates[4] == pytest.approx(0, abs=1e-4)
