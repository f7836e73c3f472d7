"""Each optimiser against Keras' own, over many steps."""

from dataclasses import replace
from typing import Any

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest

from inkdigit.recipes import Recipe
from inkdigit.training.optimizers import make_optimizer

STEPS = 50
BASE = Recipe("any", (), learning_rate=0.013)
PAIRS: list[tuple[Recipe, Any]] = [
    (replace(BASE, optimizer="sgd"), lambda: keras.optimizers.SGD(0.013)),
    (replace(BASE, optimizer="sgd", momentum=0.9), lambda: keras.optimizers.SGD(0.013, momentum=0.9)),
    (replace(BASE, optimizer="adam"), lambda: keras.optimizers.Adam(0.013)),
    (replace(BASE, optimizer="adamw", weight_decay=0.1), lambda: keras.optimizers.AdamW(0.013, weight_decay=0.1)),
    (replace(BASE, optimizer="adamw"), lambda: keras.optimizers.AdamW(0.013, weight_decay=0.0)),
    (replace(BASE, optimizer="rmsprop"), lambda: keras.optimizers.RMSprop(0.013)),
]
SLOTS = list(zip([recipe for recipe, _ in PAIRS], [0, 1, 2, 2, 2, 1], strict=True))
NAMES = ["sgd", "momentum", "adam", "adamw", "adamw without decay", "rmsprop"]


def gradients() -> list[list[np.ndarray]]:
    """Of two weight arrays: of very different sizes, and some exactly zero, as those of blank pixels are."""
    random = np.random.default_rng(0)
    scale = 10.0 ** random.integers(-6, 3, (5, 4))
    return [
        [
            (random.normal(size=(5, 4)) * scale * (scale > 1e-6)).astype(np.float32),
            random.normal(size=3).astype(np.float32),
        ]
        for _ in range(STEPS)
    ]


@pytest.mark.parametrize(("recipe", "theirs"), PAIRS, ids=NAMES)
def test_fifty_steps_are_those_of_keras(recipe: Recipe, theirs: Any) -> None:
    random = np.random.default_rng(1)
    start = [random.normal(size=(5, 4)).astype(np.float32), random.normal(size=3).astype(np.float32)]
    optimizer, keras_optimizer = make_optimizer(recipe), theirs()
    weights = [jnp.asarray(w) for w in start]
    state = optimizer.init(weights)
    keras_optimizer.build([keras.Variable(w) for w in start])
    keras_weights, keras_memory = weights, [v.value for v in keras_optimizer.variables]
    apply, keras_apply = jax.jit(optimizer.apply), jax.jit(keras_optimizer.stateless_apply)
    for number, gradient in enumerate(gradients(), 1):
        step = [jnp.asarray(g) for g in gradient]
        weights, state = apply(weights, step, state, jnp.float32(number), jnp.float32(recipe.learning_rate))
        keras_weights, keras_memory = keras_apply(keras_memory, step, keras_weights)
        for mine, other in zip(weights, keras_weights, strict=True):
            np.testing.assert_allclose(mine, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("recipe", "slots"), SLOTS, ids=NAMES)
def test_the_state_is_a_flat_list_of_zeros(recipe: Recipe, slots: int) -> None:
    state = make_optimizer(recipe).init([jnp.ones((5, 4)), jnp.ones(3)])
    assert [s.shape for s in state] == [(5, 4)] * slots + [(3,)] * slots
    assert not any(np.asarray(s).any() for s in state)


@pytest.mark.parametrize("recipe", [r for r, _ in PAIRS], ids=NAMES)
def test_no_gradient_and_no_decay_change_nothing(recipe: Recipe) -> None:
    optimizer = make_optimizer(replace(recipe, weight_decay=0.0))
    weights = [jnp.ones((5, 4))]
    after, _ = optimizer.apply(weights, [jnp.zeros((5, 4))], optimizer.init(weights), jnp.float32(1), jnp.float32(0.1))
    assert np.array_equal(after[0], weights[0])
