"""Every layer, activation and recipe gives the same answers in ONNX Runtime as in Keras, in a graph one can read."""

import gzip
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import onnx
import onnxruntime
from keras import layers as kl

from inkdigit.errors import BadInput
from inkdigit.export.modelfiles import check_parity
from inkdigit.formats.card import from_json
from inkdigit.formats.onnx import onnx_bytes, to_onnx
from inkdigit.recipes import RECIPES, Recipe, change
from inkdigit.types import Card, Images
from inkdigit.version import __version__

CARD = Card("mlp-128", 101_770, 1.0, 0.5, False, "mnist", "ab" * 32, None, __version__)
NOISE = np.random.default_rng(0).integers(0, 256, (40, 28, 28), np.uint8)

# The weights are filled in by NumPy: Keras' random ones compile a program per shape, up to 2 s a network.
Conv2D = partial(kl.Conv2D, kernel_initializer="zeros")
Dense = partial(kl.Dense, kernel_initializer="zeros")


def network(recipe: Recipe) -> keras.Sequential:
    """The recipe in plain Keras, as its source has it."""
    hidden: list[Any] = [kl.Reshape((28, 28, 1))] if recipe.convolutions else []
    for block in recipe.convolutions:
        hidden += [Conv2D(filters, 3, activation=recipe.activation) for filters in block]
        hidden += [kl.MaxPooling2D(2)]
    hidden += [kl.Flatten()]
    for units in recipe.hidden:
        hidden += [Dense(units, recipe.activation), kl.Dropout(recipe.dropout)]
    return chain(*hidden, Dense(10, "softmax"))


def chain(*layers: Any, shape: tuple[int, ...] = (28, 28)) -> keras.Sequential:
    """A network of random weights; all biases, scales and means differ, so that no mistake in them stays hidden."""
    model = keras.Sequential([keras.Input(shape), *layers])
    rng = np.random.default_rng(1)
    for weight in model.weights:
        *inputs, outputs = weight.shape
        kernel = rng.normal(0, np.prod(inputs) ** -0.5, weight.shape)
        weight.assign(kernel if inputs else rng.uniform(0.5, 1.5, outputs))
    return model


def on_image(*layers: Any) -> keras.Sequential:
    """Layers that work on an image of three channels, then an answer."""
    return chain(Conv2D(3, 3), *layers, kl.Flatten(), Dense(10, "softmax"), shape=(28, 28, 1))


def agree(model: keras.Sequential, images: Images = NOISE) -> float:
    return check_parity(model, onnx_bytes(to_onnx(model, CARD)), images)


@pytest.fixture(scope="module")
def real_digits() -> Images:
    path = Path(os.environ.get("INKDIGIT_DATA_DIR", ".")) / "mnist" / "train-images-idx3-ubyte.gz"
    if not path.exists():
        pytest.skip("needs INKDIGIT_DATA_DIR/mnist")
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8, offset=16)[: 784 * 1000].reshape(-1, 28, 28)


OF_EACH_KIND = ("mlp-512x2-dropout", "cnn-small", "cnn-quick", "reader")
"""Dense layers with dropout, convolutions, normalised ones, and an eleventh output; the others are longer of these."""

NAMES = [pytest.param(name, marks=() if name in OF_EACH_KIND else pytest.mark.long) for name in RECIPES]


@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_agrees_on_noise(name: str) -> None:
    agree(network(RECIPES[name]))


@pytest.mark.real
@pytest.mark.parametrize("name", NAMES)
def test_a_recipe_agrees_on_real_digits(name: str, real_digits: Images) -> None:
    agree(network(RECIPES[name]), real_digits)


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid", "gelu", "elu", "silu"])
@pytest.mark.parametrize("convolutions", [(), ((3,),)])
def test_an_activation_agrees(activation: str, convolutions: tuple[int, ...]) -> None:
    agree(network(change(RECIPES["mlp-128"], activation=activation, convolutions=convolutions)))


@pytest.mark.parametrize(
    "activation",
    ["relu6", "leaky_relu", "selu", "swish", "softplus", "softsign", "mish", kl.LeakyReLU(0.4), kl.ReLU(max_value=0.5)],
)
def test_an_activation_of_notebooks_agrees(activation: Any) -> None:
    agree(chain(kl.Flatten(), Dense(32, activation), Dense(32, activation), Dense(10, "softmax")))


@pytest.mark.parametrize(
    "layer",
    [
        Conv2D(4, 3, padding="same"),
        Conv2D(4, 4, padding="same", strides=3),
        Conv2D(4, (2, 5), padding="same", strides=(3, 2), use_bias=False),
        Conv2D(4, 2, strides=5, padding="same"),
        Conv2D(6, 3, groups=3, dilation_rate=2, padding="same"),
        Conv2D(4, 3, activation="softmax"),
        kl.DepthwiseConv2D(3, depth_multiplier=2, strides=2, padding="same", activation="relu"),
        kl.DepthwiseConv2D((2, 5), dilation_rate=(2, 1), use_bias=False),
        kl.MaxPooling2D(3),
        kl.MaxPooling2D(4, strides=3, padding="same"),
        kl.AveragePooling2D((2, 3), strides=1),
        kl.AveragePooling2D(4, padding="same"),
        kl.GlobalAveragePooling2D(),
        kl.GlobalAveragePooling2D(keepdims=True),
        kl.BatchNormalization(),
        kl.BatchNormalization(axis=3, scale=False, center=False, epsilon=0.01),
        kl.Rescaling(0.5, offset=-1.0),
        kl.Rescaling([0.5, 1.0, 2.0], offset=[0.0, 1.0, 2.0]),
        kl.Activation("tanh"),
        kl.ReLU(),
        kl.ReLU(max_value=0.5, negative_slope=0.1),
        kl.LeakyReLU(0.3),
        kl.Softmax(),
        kl.ELU(),
        kl.Dropout(0.5),
        kl.RandomRotation(0.5),
        kl.Reshape((-1, 13, 3)),
        Dense(5, "relu", use_bias=False),
    ],
    ids=lambda layer: layer.name,
)
def test_a_layer_agrees(layer: keras.Layer) -> None:
    agree(on_image(layer))


@pytest.mark.parametrize(
    "make",
    [
        lambda: chain(Dense(10, "softmax"), shape=(784,)),
        lambda: chain(kl.Flatten(), Dense(10), kl.Softmax(), shape=(28, 28, 1)),
        lambda: chain(
            kl.Flatten(), Dense(16), kl.BatchNormalization(), kl.ReLU(), Dense(10, "softmax"), kl.Dropout(0.1)
        ),
        lambda: chain(kl.BatchNormalization(), kl.Flatten(), Dense(10, "softmax")),
        lambda: chain(kl.Rescaling(1 / 255), kl.Flatten(), Dense(10, "softmax")),
        lambda: chain(kl.Reshape((784,)), kl.Reshape((28, 28, 1)), kl.GlobalAveragePooling2D(), Dense(10, "softmax")),
    ],
    ids=["784", "28x28x1", "normalised", "normalised pixels", "grey levels", "reshaped"],
)
def test_a_foreign_network_agrees(make: Callable[[], keras.Sequential]) -> None:
    agree(make())


@pytest.mark.parametrize("layers", [(), (kl.Reshape((28, 28, 1)), Conv2D(3, 3, activation="relu"))])
def test_a_network_with_an_eleventh_class_agrees(layers: tuple[Any, ...]) -> None:
    card = replace(CARD, classes="0123456789-")
    model = chain(*layers, kl.Flatten(), Dense(11, "softmax"))
    proto = to_onnx(model, card)
    check_parity(model, onnx_bytes(proto), NOISE)
    assert run(proto, NOISE / 255).shape == (len(NOISE), 11)
    assert 'of the classes 0123456789- ("-": no digit at all)' in proto.doc_string
    assert proto.graph.output[0].type.tensor_type.shape.dim[1].dim_value == 11


def test_the_classes_of_the_card_are_those_of_the_network() -> None:
    with pytest.raises(BadInput, match="does not end the network with a softmax over 11 classes"):
        to_onnx(ending(Dense(10, "softmax")), replace(CARD, classes="0123456789-"))


def test_a_network_built_by_its_first_batch_agrees() -> None:
    model = keras.Sequential([kl.Flatten(), Dense(10, "softmax")])
    model(np.zeros((32, 28, 28), np.float32))
    agree(model)


def test_ink_is_0_to_1_also_for_a_network_that_takes_grey_levels() -> None:
    """Keras is given 255 for full ink, the file 1.0, and both answer alike."""
    model = chain(kl.Rescaling(1 / 255), kl.Flatten(), Dense(10, "softmax"))
    ours = model.predict_on_batch(NOISE.astype(np.float32))
    np.testing.assert_allclose(run(to_onnx(model, CARD), NOISE / 255), ours, atol=1e-5)


def run(proto: onnx.ModelProto, ink: Any) -> Any:
    session = onnxruntime.InferenceSession(onnx_bytes(proto), providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"ink": np.asarray(ink, np.float32)})[0]


@pytest.mark.parametrize("name", ["mlp-128", "cnn-small"])
@pytest.mark.parametrize("n", [0, 1, 7])
def test_any_number_of_images_is_taken(name: str, n: int) -> None:
    probabilities = run(to_onnx(network(RECIPES[name]), CARD), np.ones((n, 28, 28)))
    assert probabilities.shape == (n, 10)
    assert probabilities.dtype == np.float32


def test_the_graph_of_a_perceptron_reads_as_its_layers() -> None:
    model = chain(
        kl.Flatten(name="flatten"),
        Dense(128, "relu", name="dense"),
        Dense(10, "softmax", name="digits"),
    )
    graph = to_onnx(model, CARD).graph
    assert [node.name for node in graph.node] == [
        "flatten/Reshape", "dense/MatMul", "dense/Add", "dense/Relu", "digits/MatMul", "digits/Add", "digits/Softmax",
    ]  # fmt: skip
    assert {weight.name: tuple(weight.dims) for weight in graph.initializer} == {
        "flatten/shape": (2,),
        "dense/kernel": (784, 128),
        "dense/bias": (128,),
        "digits/kernel": (128, 10),
        "digits/bias": (10,),
    }
    kernel = next(weight for weight in graph.initializer if weight.name == "dense/kernel")
    np.testing.assert_array_equal(onnx.numpy_helper.to_array(kernel), np.asarray(model.layers[1].kernel.value))


def test_the_graph_of_a_convnet_convolves_channels_first_and_flattens_channels_last() -> None:
    model = chain(
        kl.Reshape((28, 28, 1), name="reshape"),
        Conv2D(4, 3, activation="relu", name="conv"),
        kl.MaxPooling2D(name="pool"),
        Conv2D(8, 3, name="conv_2"),
        kl.Flatten(name="flatten"),
        Dense(10, "softmax", name="digits"),
    )
    graph = to_onnx(model, CARD).graph
    assert [node.name for node in graph.node] == [
        "reshape/Reshape", "conv/to_channels_first", "conv/Conv", "conv/Relu", "pool/MaxPool", "conv_2/Conv",
        "flatten/to_channels_last", "flatten/Reshape", "digits/MatMul", "digits/Add", "digits/Softmax",
    ]  # fmt: skip
    kernels = {weight.name: tuple(weight.dims) for weight in graph.initializer if "kernel" in weight.name}
    assert kernels == {"conv/kernel": (4, 1, 3, 3), "conv_2/kernel": (8, 4, 3, 3), "digits/kernel": (968, 10)}


def test_every_value_has_its_shape_in_the_file() -> None:
    graph = to_onnx(network(RECIPES["cnn-small"]), CARD).graph
    assert {value.name for value in graph.value_info} == {node.output[0] for node in graph.node[:-1]}
    for value, name, shape in ((graph.input[0], "ink", [28, 28]), (graph.output[0], "probabilities", [10])):
        batch, *rest = value.type.tensor_type.shape.dim
        assert (value.name, batch.dim_param, [side.dim_value for side in rest]) == (name, "batch", shape)


def test_the_file_says_what_it_is() -> None:
    proto = to_onnx(network(RECIPES["mlp-128"]), CARD)
    onnx.checker.check_model(proto, full_check=True)
    meta = onnxruntime.InferenceSession(onnx_bytes(proto), providers=["CPUExecutionProvider"]).get_modelmeta()
    assert from_json(meta.custom_metadata_map["inkdigit"]) == CARD
    assert (meta.producer_name, meta.graph_name) == ("inkdigit", "mlp-128")
    assert "101,770 parameters, trained on mnist" in meta.description
    assert proto.producer_version == __version__


def test_the_oldest_supported_runtime_reads_the_file() -> None:
    """ONNX Runtime 1.20 reads operator sets up to 21 and IR versions up to 10."""
    proto = to_onnx(network(RECIPES["mlp-128"]), CARD)
    assert (proto.ir_version, [(o.domain, o.version) for o in proto.opset_import]) == (9, [("", 20)])


def test_a_file_that_is_read_and_written_again_is_the_same() -> None:
    content = onnx_bytes(to_onnx(network(RECIPES["mlp-128"]), CARD))
    again = onnx.load_model_from_string(content)
    assert [entry.key for entry in again.metadata_props] == ["inkdigit", "inkdigit.sha256"]
    assert onnx_bytes(again) == content


def test_the_same_network_gives_the_same_bytes() -> None:
    model = network(RECIPES["cnn-small"])
    assert onnx_bytes(to_onnx(model, CARD)) == onnx_bytes(to_onnx(model, CARD))


class Doubling(kl.Dense):  # type: ignore[misc]
    """Looks like a Dense layer and is none."""

    def call(self, inputs: Any, training: Any = None) -> Any:
        return 2 * super().call(inputs)


class Shy(keras.Sequential):  # type: ignore[misc]
    """Looks like a Sequential and may compute anything."""


NO_SOFTMAX = "does not end the network with a softmax over 10 classes"


def ending(*layers: Any) -> keras.Sequential:
    return chain(kl.Flatten(), *layers)


def functional() -> keras.Model:
    ink = keras.Input((784,))
    return keras.Model(ink, Dense(10, "softmax")(ink), name="graph")


def pictures(layer: Any) -> keras.Sequential:
    return chain(layer, kl.Flatten(), Dense(10, "softmax"), shape=(28, 28, 1))


def relu(x: Any) -> Any:
    """Named like Keras' own, and another."""
    return x


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: keras.Sequential([keras.Input((28, 28)), kl.UpSampling1D(name="wider")]),
            'layer "wider": UpSampling1D is not supported',
        ),
        (lambda: ending(Doubling(10, name="twice")), 'layer "twice": Doubling is not supported'),
        (lambda: ending(keras.Sequential([Dense(10)], name="inner")), 'layer "inner": Sequential is not supported'),
        (
            lambda: ending(Dense(10, "exponential", name="soft")),
            'layer "soft": activation exponential is not supported',
        ),
        (lambda: ending(Dense(10, relu, name="mine")), 'layer "mine": activation relu is not supported'),
        (
            lambda: ending(Dense(10, kl.PReLU(), name="nested")),
            'layer "nested": activation PReLU is not supported',
        ),
        (
            lambda: ending(Dense(10, "softmax", dtype="float16", name="half")),
            'layer "half": computes in',
        ),
        (lambda: ending(Dense(10, name="logits")), f'layer "logits": {NO_SOFTMAX}'),
        (
            lambda: ending(Dense(26, "softmax", name="letters")),
            f'layer "letters": {NO_SOFTMAX}',
        ),
        (ending, NO_SOFTMAX),
        (lambda: pictures(kl.ReLU(threshold=0.2, name="late")), 'layer "late": threshold 0.2'),
        (lambda: pictures(kl.Softmax(axis=1, name="rows")), 'layer "rows": axis 1 is not the last'),
        (lambda: pictures(kl.BatchNormalization(axis=1, name="rows")), 'layer "rows": axis 1 is not the last'),
        (
            lambda: pictures(kl.MaxPooling2D(1, data_format="channels_first", name="first")),
            '"first": data_format',
        ),
        (
            lambda: keras.Sequential([kl.Flatten(), Dense(10)], name="unbuilt"),
            "unbuilt: is not built; give it a keras.Inp",
        ),
        (lambda: keras.Sequential(name="empty"), "empty: is not built"),
        (lambda: chain(kl.Flatten(), Dense(10), shape=(32, 32)), r"input: .* got \(32, 32\)"),
        (lambda: Shy([keras.Input((28, 28)), kl.Flatten()], name="shy"), "shy: expected a keras.Sequential, got Shy"),
        (functional, "graph: expected a keras.Sequential"),
    ],
)
def test_what_is_not_supported_is_refused_by_name(make: Callable[[], keras.Model], message: str) -> None:
    with pytest.raises(BadInput, match=message) as caught:
        to_onnx(make(), CARD)
    assert str(caught.value).startswith("cannot export to ONNX: ")
    assert len(str(caught.value)) <= 200


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused(value: float) -> None:
    model = ending(Dense(10, "softmax", name="digits"))
    model.layers[-1].bias.assign(np.full(10, value))
    with pytest.raises(BadInput, match="digits/bias: holds numbers that are not finite"):
        to_onnx(model, CARD)


def test_a_network_too_large_for_one_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inkdigit.formats.onnx.LARGEST_PROTO", 1_000)
    with pytest.raises(BadInput, match="31,400 bytes; the limit is 1,000"):
        to_onnx(ending(Dense(10, "softmax")), CARD)
