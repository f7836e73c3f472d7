"""NumPy computes what Keras computes, for every kind of layer, every activation and every option of a window."""

import os
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from keras import layers as kl

from inkdigit.formats import kinds as chains
from inkdigit.formats.keras_chain import chain_from_keras
from inkdigit.formats.reference import BATCH, FORWARD, FUNCTIONS, JOINING, run_chain

INK = np.random.default_rng(0).random((7, 28, 28), np.float32)


def chain_of(*layers: Any, shape: tuple[int, ...] = (28, 28, 1)) -> keras.Sequential:
    """Layers with random weights between an input and a softmax; variances are above 0."""
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input(shape), *layers, kl.Flatten(), kl.Dense(10, "softmax")])
    dice = np.random.default_rng(2)
    for weight in model.weights:
        spread = dice.normal(0, 0.3, weight.shape).astype(np.float32)
        weight.assign(np.abs(spread) + 0.5 if weight.name == "moving_variance" else spread)
    return model


CONV = kl.Conv2D
SMALL = {"strides": 3, "activation": "tanh"}


@pytest.mark.parametrize("activation", [name for name in chains.ACTIVATIONS if name != "softmax"])
def test_every_activation(activation: str) -> None:
    agree(chain_of(CONV(3, 5, activation=activation), kl.MaxPooling2D(4)))
    agree(chain_of(kl.Flatten(), kl.Dense(12), kl.Activation(activation)))


@pytest.mark.parametrize(
    "layers",
    [
        (CONV(4, 3, padding="same", **SMALL),),
        (CONV(4, (2, 5), strides=(2, 1), use_bias=False), kl.MaxPooling2D((3, 2), strides=(2, 3), padding="same")),
        (CONV(4, 3, dilation_rate=(2, 3), padding="same"), kl.AveragePooling2D(3, padding="same")),
        (CONV(4, 3, **SMALL), CONV(6, 3, groups=2), kl.GlobalAveragePooling2D()),
        (kl.DepthwiseConv2D(3, depth_multiplier=3, **SMALL), kl.DepthwiseConv2D(2, depth_multiplier=2)),
        (kl.DepthwiseConv2D((3, 2), strides=1, dilation_rate=(1, 2), padding="same", use_bias=False),),
        (CONV(3, 3, **SMALL), kl.BatchNormalization(), kl.ReLU(max_value=0.4, negative_slope=0.2)),
        (CONV(3, 3, **SMALL), kl.BatchNormalization(center=False, scale=False, epsilon=0.1), kl.LeakyReLU(0.3)),
        (kl.Rescaling(2.0, offset=-0.5), CONV(2, 3, **SMALL), kl.Rescaling([2.0, -1.0], offset=[0.1, 0.2])),
        (kl.Rescaling(1 / 255), kl.Flatten(), kl.Dropout(0.3), kl.Dense(8, "relu")),
        (kl.Reshape((14, 56)), kl.Dense(5, "elu"), kl.Softmax()),
        (CONV(2, 3, **SMALL), kl.GlobalAveragePooling2D(keepdims=True)),
        (kl.ReLU(),),
        (CONV(3, 3, **SMALL), kl.GlobalMaxPooling2D()),
        (CONV(3, 3, **SMALL), kl.GlobalMaxPooling2D(keepdims=True), kl.ZeroPadding2D(1)),
        (kl.ZeroPadding2D(((1, 2), (3, 0))), CONV(3, 3, **SMALL), kl.Cropping2D(((1, 0), (2, 3)))),
        (CONV(1, 7, strides=7, activation="tanh"), kl.UpSampling2D((2, 3))),
        (CONV(3, 3, **SMALL), kl.Permute((3, 1, 2))),
        (CONV(3, 3, **SMALL), kl.PReLU(), kl.Flatten(), kl.Dense(5), kl.PReLU()),
        (CONV(3, 3, **SMALL), kl.PReLU(shared_axes=[1, 2])),
        (CONV(8, 3, **SMALL), kl.LayerNormalization(epsilon=0.1), kl.LayerNormalization(center=False, scale=False)),
        (kl.SeparableConv2D(4, 3, depth_multiplier=2, **SMALL), kl.SeparableConv2D(3, 3, use_bias=False)),
        (kl.Normalization(mean=0.2, variance=4), CONV(2, 3, **SMALL), kl.Normalization(mean=[0.1, 2], variance=[1, 3])),
    ],
)  # fmt: skip
def test_every_kind_of_layer(layers: tuple[Any, ...]) -> None:
    agree(chain_of(*layers))


@pytest.mark.parametrize("shape", [(28, 28), (784,), (28, 28, 1)])
def test_every_form_of_the_input(shape: tuple[int, ...]) -> None:
    agree(chain_of(kl.Flatten(), kl.Dense(8, "relu"), shape=shape))


def agree(model: keras.Sequential) -> None:
    chain = chain_from_keras(model)
    expected = model.predict_on_batch((INK * chain.ink_scale).reshape(-1, *chain.input_shape))
    answers = run_chain(chain, INK)
    assert answers.shape == (7, 10)
    assert answers.dtype == np.float32
    assert answers.std(axis=0).max() > 1e-3, "the answers depend on the picture"
    # Sums in another order: on one processor 2.4e-6 apart, of probabilities.
    np.testing.assert_allclose(answers, expected, atol=5e-6)


def test_every_kind_and_activation_that_a_chain_may_have_is_computed() -> None:
    assert set(FORWARD) == set(chains.KINDS)
    assert set(JOINING) == set(chains.JOINS)
    assert set(FUNCTIONS) == set(chains.ACTIVATIONS)


def test_the_batches_change_nothing() -> None:
    chain = chain_from_keras(chain_of(kl.Flatten(), kl.Dense(8, "relu")))
    ink = np.random.default_rng(3).random((BATCH + 3, 28, 28), np.float32)
    np.testing.assert_allclose(run_chain(chain, ink)[-3:], run_chain(chain, ink[-3:]), atol=1e-6)
