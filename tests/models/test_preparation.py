"""What a foreign network wants to be given: found, said, and carried into what is exported."""

import logging
import os
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest
from keras import layers as kl

from inkdigit.export import export
from inkdigit.formats.chain import Chain, Layer, check_chain
from inkdigit.formats.reference import run_chain
from inkdigit.models.open import open_model
from inkdigit.models.preparation import LEVELS, SHAPES, Preparation, find_preparation, prepared
from inkdigit.sample import sample
from inkdigit.types import Ink, Outputs

INK: Ink = sample()[0].astype(np.float32) / np.float32(255)

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy:DeprecationWarning")


def of_keras(before: list[kl.Layer], shape: tuple[int, ...]) -> keras.Model:
    """A network that reads digits once `before` has made ink of its pixels: with the weights of a shipped one."""
    layers = [layer for layer in open_model("mlp-plain").chain.layers if layer.weights]
    dense = [kl.Dense(**layer.options, name=layer.name) for layer in layers]
    model = keras.Sequential([keras.Input(shape), *before, kl.Flatten(), *dense])
    for built, layer in zip(dense, layers, strict=True):
        built.set_weights(list(layer.weights.values()))
    return model


def test_grey_levels_are_found_said_and_exported(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    model = of_keras([kl.Flatten(), kl.Dense(784, use_bias=False, name="down")], (28, 28))
    model.get_layer("down").set_weights([np.eye(784, dtype=np.float32) / 255])  # nothing says that it scales
    model.save(tmp_path / "levels.keras")
    with caplog.at_level(logging.WARNING):
        opened = open_model(tmp_path / "levels.keras")
    assert "takes 0 paper to 255 ink" in caplog.text
    assert caplog.text.count("\n") == 1
    expected = open_model("mlp-plain").outputs(INK)
    np.testing.assert_allclose(opened.outputs(INK), expected, atol=1e-5)
    np.testing.assert_allclose(run_chain(opened.chain, INK), expected, atol=1e-5)
    assert opened.chain.ink_scale == 255
    assert opened.card.levels == "0 paper to 255 ink"
    export(tmp_path / "levels.keras", format="onnx", out=tmp_path / "levels.onnx")
    written = open_model(tmp_path / "levels.onnx")
    assert written.card.levels == "0 paper to 255 ink"
    np.testing.assert_allclose(written.outputs(INK), expected, atol=1e-5)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_as_layers_it_does_the_same(shape: tuple[int, ...]) -> None:
    for preparation in (
        Preparation(shape), Preparation(shape, 255), Preparation(shape, -1, 1), Preparation(shape, transposed=True),
        Preparation(shape, 2, -1, transposed=True),
    ):  # fmt: skip
        rng, pixels = np.random.default_rng(0), int(np.prod(shape))
        kernel = rng.normal(0, 0.01, (pixels, 10)).astype(np.float32)
        options = {"units": 10, "activation": "softmax", "use_bias": False}
        chain = Chain((Layer("Reshape", "flat", {"target_shape": (pixels,)}, {}),
                       Layer("Dense", "digits", options, {"kernel": kernel})), shape)  # fmt: skip
        whole = prepared(chain, preparation)
        check_chain(whole, what="test", classes=10)
        logits = preparation.apply(INK[:8]).reshape(8, -1) @ kernel
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        np.testing.assert_allclose(run_chain(whole, INK[:8]), powers / powers.sum(1, keepdims=True), atol=1e-5)


def test_one_that_guesses_keeps_the_usual_way() -> None:
    answers = np.random.default_rng(0).dirichlet(np.ones(10), 400).astype(np.float32)
    usual = Preparation((28, 28))
    trial = find_preparation(lambda _, ink: answers, usual=usual, images=sample()[0], labels=sample()[1])
    assert trial.preparation == usual
    assert trial.right < 0.3


def test_of_two_ways_that_are_as_good_the_usual_one_is_taken() -> None:
    right = np.eye(10, dtype=np.float32)[sample()[1]]
    usual = Preparation((28, 28))
    assert find_preparation(lambda *_: right, usual=usual, images=sample()[0], labels=sample()[1]).preparation == usual


@pytest.mark.parametrize("levels", [*LEVELS][1:])
def test_the_best_way_is_taken(levels: tuple[float, float]) -> None:
    right = np.eye(10, dtype=np.float32)[sample()[1]]
    wanted = Preparation((28, 28), *levels)

    def ask(preparation: Preparation, ink: Ink) -> Outputs:
        return right if preparation == wanted else np.roll(right, 1, axis=1)

    found = find_preparation(ask, usual=Preparation((28, 28)), images=sample()[0], labels=sample()[1])
    assert found == (wanted, 1.0, 0.0)
    assert found.preparation.words == LEVELS[levels]
    assert replace(wanted, transposed=True).words == f"{LEVELS[levels]}, rows as columns"
