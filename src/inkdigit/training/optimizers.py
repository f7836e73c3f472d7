"""The optimisers of the recipes as pure functions, with Keras' formulas and defaults.

In: weights, gradients, the optimiser's state and the step number. Out: new weights and state.
The tests hold each to `keras.optimizers` over many steps. Written here because the update runs
inside the compiled epoch, where its state must be a plain list that a checkpoint can hold.
"""

from collections.abc import Callable
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jax import Array

from inkdigit.recipes import Recipe
from inkdigit.training.device import put

Tensors = list[Array]
EPSILON = 1e-7  # Keras' default for Adam, AdamW and RMSprop

Update = Callable[[Array, Array, tuple[Array, ...], Array, Array], tuple[Array, tuple[Array, ...]]]


@dataclass(frozen=True)
class Optimizer:
    """How one weight array is updated, and how many arrays of state each needs.

    `update(weight, gradient, slots, step, rate)` gives the new weight and slots; `step` counts from 1.
    """

    slots: int
    update: Update

    def init(self, weights: Tensors) -> Tensors:
        """Make the state of a fresh training: zeros, `slots` arrays for each weight array."""
        return [put(np.zeros(weight.shape, weight.dtype)) for weight in weights for _ in range(self.slots)]

    def apply(
        self, weights: Tensors, gradients: Tensors, state: Tensors, step: Array, rate: Array
    ) -> tuple[Tensors, Tensors]:
        """Take one step with every weight array."""
        n = self.slots
        updated = [
            self.update(weight, gradient, tuple(state[i * n : (i + 1) * n]), step, rate)
            for i, (weight, gradient) in enumerate(zip(weights, gradients, strict=True))
        ]
        return [weight for weight, _ in updated], [part for _, parts in updated for part in parts]


def make_optimizer(recipe: Recipe) -> Optimizer:
    """Return the optimiser that `recipe` names."""
    match recipe.optimizer:
        case "sgd":
            return Optimizer(1, _momentum_update(recipe.momentum)) if recipe.momentum else Optimizer(0, _sgd_update)
        case "adam":
            return Optimizer(2, _adam_update(0.0))
        case "adamw":
            return Optimizer(2, _adam_update(recipe.weight_decay))
        case "rmsprop":
            return Optimizer(1, _rmsprop_update)


def adamw(decay: float) -> Optimizer:
    """Return AdamW with a decay per step, relative to the learning rate."""
    return Optimizer(2, _adam_update(decay))


def _sgd_update(
    weight: Array, gradient: Array, slots: tuple[Array, ...], step: Array, rate: Array
) -> tuple[Array, tuple[Array, ...]]:
    return weight - rate * gradient, ()


def _momentum_update(momentum: float) -> Update:
    def update(
        weight: Array, gradient: Array, slots: tuple[Array, ...], step: Array, rate: Array
    ) -> tuple[Array, tuple[Array, ...]]:
        velocity = momentum * slots[0] - rate * gradient
        return weight + velocity, (velocity,)

    return update


def _adam_update(decay: float, first: float = 0.9, second: float = 0.999) -> Update:
    """Adam (Kingma & Ba 2014); with `decay`, AdamW (Loshchilov & Hutter 2017): the decay comes first, as in Keras."""

    def update(
        weight: Array, gradient: Array, slots: tuple[Array, ...], step: Array, rate: Array
    ) -> tuple[Array, tuple[Array, ...]]:
        mean, variance = slots
        scaled = rate * jnp.sqrt(1 - second**step) / (1 - first**step)
        mean = mean + (gradient - mean) * (1 - first)
        variance = variance + (gradient * gradient - variance) * (1 - second)
        decayed = weight - rate * decay * weight if decay else weight
        return decayed - scaled * mean / (jnp.sqrt(variance) + EPSILON), (mean, variance)

    return update


def _rmsprop_update(
    weight: Array, gradient: Array, slots: tuple[Array, ...], step: Array, rate: Array
) -> tuple[Array, tuple[Array, ...]]:
    """RMSprop (Hinton 2012), rho 0.9, the small number inside the root, as in Keras."""
    variance = 0.9 * slots[0] + 0.1 * gradient * gradient
    return weight - rate * gradient / jnp.sqrt(variance + EPSILON), (variance,)
