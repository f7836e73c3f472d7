"""A Keras model from somebody's notebook as the plain chain of layers that the exports take.

In: a model that was opened safely. Out: a `keras.Sequential` of its layers that gives probabilities, and a function
that answers as the model itself does. Knows nothing of files.

A model made with the functional interface is unrolled where it is a chain, models within it are opened, and one that
gives logits gets the softmax that its loss applied. Whether the result is still the model, its answers tell: they are
compared here on a few images, and in the end on a thousand digits.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import keras
import numpy as np
from keras import layers as kl

from inkdigit.errors import BadInput
from inkdigit.formats.from_keras import pixel_scale
from inkdigit.formats.keras import run_keras
from inkdigit.types import Ink, Outputs

WHAT = "cannot export"
TOLERANCE = 1e-5


class Plain(NamedTuple):
    """A model in two forms.

    Args:
        network: Its layers one after the other; gives probabilities.
        answers: What the model itself answers to ink (n, 28, 28), as probabilities.
        has_logits: Whether a softmax had to be added.
    """

    network: keras.Sequential
    answers: Callable[[Ink], Outputs]
    has_logits: bool


def plain(model: keras.Model, *, where: object) -> Plain:
    """Unroll a model.

    Args:
        model: With one input and one output of ten or eleven numbers.
        where: Where it came from, for messages.

    Raises:
        BadInput: It is no chain of layers.
    """
    layers = [layer for layer in _leaves(model) if not isinstance(layer, kl.InputLayer)]
    try:
        chain = keras.Sequential([keras.Input(tuple(model.inputs[0].shape[1:])), *layers])
        scale = pixel_scale(chain)
        ours, theirs = (run_keras(one, _probes(), scale=scale) for one in (chain, model))
    except Exception as error:  # a layer that joins two others, for instance, cannot follow a single one
        raise _no_chain(where) from error
    if ours.shape != theirs.shape or not np.allclose(ours, theirs, rtol=TOLERANCE, atol=TOLERANCE):
        raise _no_chain(where)
    has_logits = not _are_probabilities(theirs)
    if has_logits:
        chain = keras.Sequential([keras.Input(tuple(model.inputs[0].shape[1:])), *layers, kl.Softmax()])

    def answers(ink: Ink) -> Outputs:
        outputs = run_keras(model, ink, scale=scale)
        return _softmax(outputs) if has_logits else outputs

    is_plain = type(model) is keras.Sequential and not has_logits and layers == model.layers
    return Plain(model if is_plain else chain, answers, has_logits)


def _no_chain(where: object) -> BadInput:
    return BadInput(WHAT, where, "is no chain of layers: it branches, or computes something between two of them")


def _leaves(model: keras.Model) -> Iterator[keras.Layer]:
    """The layers in order, models within the model opened up."""
    for layer in model.layers:
        if isinstance(layer, keras.Model):
            yield from _leaves(layer)
        else:
            yield layer


def _probes() -> Ink:
    """Paper, full ink, and noise that is always the same."""
    noise = np.random.default_rng(0).random((6, 28, 28), np.float32)
    return np.concatenate([np.zeros((1, 28, 28), np.float32), np.ones((1, 28, 28), np.float32), noise])


def _are_probabilities(outputs: Outputs) -> bool:
    return bool((outputs >= 0).all() and (np.abs(outputs.sum(axis=1) - 1) < 1e-3).all())


def _softmax(logits: Outputs) -> Outputs:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float32)
