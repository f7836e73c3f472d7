"""A Keras model becomes a chain of the same layers; what is left out does nothing, what is refused is named."""

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import pytest
from keras import activations
from keras import layers as kl

from inkdigit.errors import BadInput
from inkdigit.formats.chain import Layer
from inkdigit.formats.keras_chain import chain_from_keras, pixel_scale
from inkdigit.formats.keras_layers import FUNCTIONS, LEFT_OUT
from inkdigit.formats.kinds import ACTIVATIONS

IMAGES = np.random.default_rng(0).uniform(0, 255, (3, 28, 28, 1)).astype(np.float32)
ARGUMENTS: dict[type, dict[str, Any]] = {
    kl.GaussianNoise: {"stddev": 1.0}, kl.GaussianDropout: {"rate": 0.5}, kl.AlphaDropout: {"rate": 0.5},
    kl.SpatialDropout1D: {"rate": 0.5}, kl.SpatialDropout2D: {"rate": 0.5},
    kl.RandomRotation: {"factor": 0.5}, kl.RandomTranslation: {"height_factor": 0.5, "width_factor": 0.5},
    kl.RandomZoom: {"height_factor": 0.5}, kl.RandomContrast: {"factor": 0.5}, kl.RandomBrightness: {"factor": 0.5},
    kl.RandomShear: {"x_factor": 0.5, "y_factor": 0.5},
}  # fmt: skip


def network(*layers: Any, shape: tuple[int, ...] = (28, 28, 1)) -> keras.Sequential:
    ends = [kl.Flatten(), kl.Dense(10, "softmax", kernel_initializer="zeros", name="digits")]
    return keras.Sequential([keras.Input(shape), *layers, *ends])


def first(*layers: Any) -> Layer:
    return chain_from_keras(network(*layers)).layers[0]


@pytest.mark.parametrize("kind", sorted(LEFT_OUT - {kl.InputLayer}, key=str))
def test_what_is_left_out_changes_nothing_outside_of_training(kind: type) -> None:
    layer = kind(**ARGUMENTS.get(kind, {}))
    images = IMAGES[..., 0] if kind is kl.SpatialDropout1D else IMAGES
    np.testing.assert_array_equal(layer(images, training=False), images)
    if kind is not kl.SpatialDropout1D:
        assert [layer.kind for layer in chain_from_keras(network(layer)).layers] == ["Flatten", "Dense"]


def test_random_cropping_cuts_also_outside_of_training_and_is_refused() -> None:
    with pytest.raises(BadInput, match='layer "crop": RandomCrop is not supported'):
        chain_from_keras(network(kl.RandomCrop(20, 20, name="crop")))


def test_every_activation_is_a_function_of_keras() -> None:
    assert sorted(FUNCTIONS.values()) == sorted(ACTIVATIONS)
    for function, name in FUNCTIONS.items():
        assert getattr(activations, name) is function


@pytest.mark.parametrize("given", ["swish", keras.activations.silu, "silu"])
def test_an_activation_may_be_a_name_or_a_function(given: Any) -> None:
    assert first(kl.Conv2D(2, 3, activation=given)).options["activation"] == "silu"
    assert first(kl.Activation(given)).options == {"activation": "silu"}


@pytest.mark.parametrize(
    ("activation", "kind", "options"),
    [
        ("leaky_relu", "LeakyReLU", {"negative_slope": 0.2}),
        (kl.LeakyReLU(negative_slope=0.4), "LeakyReLU", {"negative_slope": 0.4}),
        (kl.ReLU(max_value=2.0), "ReLU", {"max_value": 2.0, "negative_slope": 0.0}),
    ],
)
def test_an_activation_with_options_becomes_a_layer(activation: Any, kind: str, options: dict[str, Any]) -> None:
    dense, following, *_ = chain_from_keras(network(kl.Dense(3, activation, name="a"))).layers
    assert (dense.options["activation"], following.kind, following.name) == ("linear", kind, "a_activation")
    assert following.options == options


def test_the_name_of_such_a_layer_is_a_new_one() -> None:
    layers = (kl.Dense(3, "leaky_relu", name="a"), kl.ReLU(name="a_activation"))
    names = [layer.name for layer in chain_from_keras(network(*layers)).layers]
    assert names[:3] == ["a", "a_activation_", "a_activation"]


def test_elu_as_a_layer_is_the_activation() -> None:
    assert first(kl.ELU()).options == {"activation": "elu"}


def test_options_are_plain_values() -> None:
    layer = first(kl.Conv2D(np.int64(4), [np.int64(3), 5], strides=2, padding="SAME"))
    assert layer.options == {
        "filters": 4, "kernel_size": (3, 5), "strides": (2, 2), "padding": "same", "dilation_rate": (1, 1),
        "groups": 1, "activation": "linear", "use_bias": True,
    }  # fmt: skip
    assert {type(layer.options["filters"]), type(layer.options["kernel_size"][0])} == {int}


def test_what_keras_works_out_is_written_out() -> None:
    assert first(kl.Reshape((-1, 14, 2))).options["target_shape"] == (28, 14, 2)
    assert first(kl.MaxPooling2D(3)).options["strides"] == (3, 3)


def test_weights_are_copies_in_keras_order() -> None:
    model = network(kl.DepthwiseConv2D((2, 3), depth_multiplier=4))
    model.layers[0].kernel.assign(np.arange(24).reshape(2, 3, 1, 4))
    layer = chain_from_keras(model).layers[0]
    model.layers[0].kernel.assign(np.zeros((2, 3, 1, 4)))
    assert list(layer.weights) == ["depthwise_kernel", "bias"]
    np.testing.assert_array_equal(layer.weights["depthwise_kernel"], np.arange(24).reshape(2, 3, 1, 4))


@pytest.mark.parametrize(
    ("layers", "scale"),
    [
        ((kl.Rescaling(1 / 255),), 255), ((kl.Rescaling(1 / 127.5, offset=-1),), 255), ((kl.Rescaling(2.0),), 1),
        ((), 1), ((kl.RandomFlip(), kl.Rescaling(1 / 255)), 255), ((kl.Conv2D(1, 1), kl.Rescaling(1 / 255)), 1),
    ],
)  # fmt: skip
def test_grey_levels_are_told_by_the_layer_that_scales_them(layers: tuple[Any, ...], scale: int) -> None:
    model = network(*layers)
    assert pixel_scale(model) == chain_from_keras(model).ink_scale == scale


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: kl.GroupNormalization(1, name="g"), 'layer "g": GroupNormalization is not supported'),
        (lambda: kl.Normalization(axis=(1, 2), mean=0.0, variance=1.0, name="n"), 'layer "n": axis '),
        (lambda: kl.UpSampling2D(2, interpolation="bilinear", name="u"), 'layer "u": interpolation bilinear'),
        (lambda: kl.LayerNormalization(axis=(1, 2), name="l"), 'layer "l": axis '),
        (lambda: kl.Conv2D(2, 3, activation="hard_sigmoid", name="c"), 'layer "c": activation hard_sigmoid'),
        (lambda: kl.Activation("log_softmax", name="a"), 'layer "a": activation log_softmax'),
        (lambda: kl.ELU(alpha=0.5, name="e"), 'layer "e": alpha 0.5'),
        (lambda: kl.ReLU(threshold=1.0, name="r"), 'layer "r": threshold 1.0'),
        (lambda: kl.Dense(3, activation=kl.ReLU(threshold=1.0), name="d"), 'layer "d": threshold 1.0'),
        (lambda: kl.Conv2D(2, 3, data_format="channels_first", padding="same", name="f"), 'layer "f": data_format'),
    ],
)
def test_what_is_not_supported_is_refused_by_name(make: Callable[[], keras.Layer], message: str) -> None:
    with pytest.raises(BadInput, match=f"cannot export to TensorFlow.js: {message}"):
        chain_from_keras(network(make()), what="cannot export to TensorFlow.js")


def test_a_picture_of_any_size_is_refused() -> None:
    layers = [kl.Conv2D(4, 3), kl.GlobalAveragePooling2D(), kl.Dense(10, "softmax")]
    with pytest.raises(BadInput, match=r"input: expected .*, got \(None, None, 1\)"):
        chain_from_keras(keras.Sequential([keras.Input((None, None, 1)), *layers]))


@pytest.mark.filterwarnings("ignore")
def test_quantised_weights_are_refused() -> None:
    model = network(kl.Dense(4, name="small"))
    model.quantize("int8")
    with pytest.raises(BadInput, match='layer "small": has quantised weights'):
        chain_from_keras(model)
