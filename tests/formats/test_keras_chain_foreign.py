"""Models as notebooks make them: functional, nested, with logits; what is no chain is found out by its answers."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from keras import layers as kl

from foreign_networks import branched
from inkdigit.data.strokes import strokes
from inkdigit.errors import BadInput
from inkdigit.formats.keras import keras_bytes
from inkdigit.formats.keras_chain import read_chain, unrolled
from inkdigit.formats.reference import run_chain
from inkdigit.models.open import opened_from

INK = strokes(30, seed=6).ink


def functional(*layers: Any, shape: tuple[int, ...] = (28, 28)) -> keras.Model:
    values = first = keras.Input(shape)
    for layer in layers:
        values = layer(values)
    return keras.Model(first, values)


def nested() -> keras.Model:
    inner = keras.Sequential([kl.Flatten(), kl.Dense(16, "relu")])
    return keras.Sequential([keras.Input((28, 28)), inner, functional(kl.Dense(10, "softmax"), shape=(16,))])


def grey_levels() -> keras.Model:
    return functional(kl.Rescaling(1 / 255), kl.Flatten(), kl.Dense(10))


def residual() -> keras.Model:
    first = keras.Input((784,))
    values = kl.Dense(784, "relu")(first)
    return keras.Model(first, kl.Dense(10, "softmax")(kl.Add()([first, values])))


MAKE: dict[str, tuple[Callable[[], keras.Model], bool]] = {
    "sequential": (lambda: keras.Sequential([keras.Input((784,)), kl.Dense(10, "softmax")]), False),
    "logits": (lambda: keras.Sequential([keras.Input((28, 28)), kl.Flatten(), kl.Dense(10)]), True),
    "functional": (lambda: functional(kl.Flatten(), kl.Dense(16, "relu"), kl.Dense(10, "softmax")), False),
    "functional logits": (lambda: functional(kl.Flatten(), kl.Dense(11)), True),
    "nested": (nested, False),
    "grey levels": (grey_levels, True),
    "residual": (residual, False),
    "branched, grey levels": (branched, True),
}


@pytest.mark.parametrize("name", MAKE)
def test_its_chain_answers_as_it_does(name: str) -> None:
    make, has_logits = MAKE[name]
    model = make()
    opened = opened_from(keras_bytes(model, ".keras"), where=Path("m.keras"))
    scale = 255 if "grey levels" in name else 1
    outputs = model.predict_on_batch(scale * INK.reshape(-1, *model.inputs[0].shape[1:]))
    if has_logits:
        powers = np.exp(outputs - outputs.max(axis=1, keepdims=True))
        outputs = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(opened.outputs(INK), outputs, atol=1e-5)
    np.testing.assert_allclose(run_chain(opened.chain, INK), outputs, atol=1e-5)


def test_a_plain_model_stays_as_it_is() -> None:
    model = MAKE["sequential"][0]()
    assert unrolled(model) is model


def between() -> keras.Model:
    """Computes between two layers, which leaves no layer behind."""
    first = keras.Input((784,))
    return keras.Model(first, kl.Dense(10, "softmax")(kl.Dense(16, "relu")(first) * 3.0 - 1.0))


def twice() -> keras.Model:
    """Uses one layer two times; in the list of layers it stands once."""
    first, layer = keras.Input((784,)), kl.Dense(784, "tanh", name="again")
    return keras.Model(first, kl.Dense(10, "softmax")(layer(layer(first))))


def product() -> keras.Model:
    first = keras.Input((784,))
    return keras.Model(first, kl.Dense(10, "softmax")(kl.Multiply(name="both")([first, kl.Dense(784)(first)])))


def aside() -> keras.Model:
    first = keras.Input((4, 7, 28))
    return keras.Model(first, kl.Dense(10, "softmax")(kl.Flatten()(kl.Concatenate(axis=1, name="on")([first, first]))))


@pytest.mark.parametrize(
    ("make", "why"),
    [(between, r'layer "multiply.*": Multiply is not supported'), (twice, 'layer "again": is used 2 times'),
     (product, 'layer "both": Multiply is not supported'), (aside, 'layer "on": axis 1 is not the last one')],
    ids=["between", "twice", "product", "aside"],
)  # fmt: skip
def test_what_no_chain_can_say_is_refused_by_name(make: Callable[[], keras.Model], why: str) -> None:
    with pytest.raises(BadInput, match=why):
        read_chain(unrolled(make()))
