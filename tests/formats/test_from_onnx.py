"""The way back from ONNX gives the network that was written; a file that another hand changed is refused."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import onnx
import onnxruntime
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from keras import layers as kl

from foreign_networks import FOREIGN, answers, scatter
from inkdigit.errors import BadInput
from inkdigit.formats.chain import Chain
from inkdigit.formats.check import ModelFile, check_model_file
from inkdigit.formats.from_onnx import chain_from_onnx
from inkdigit.formats.keras_chain import chain_from_keras, keras_from_chain
from inkdigit.formats.onnx import onnx_bytes, onnx_from_chain, to_onnx
from inkdigit.formats.reference import run_chain
from inkdigit.formats.tfjs import chain_from_tfjs, tfjs_files
from inkdigit.models.zoo import NAMES, path_of
from inkdigit.types import Card

CARD = Card("tiny", 7_850, 1.0, 0.5, False, "noise", "", None, "0.1.0")
NOISE = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
TEN_CLASSES = [name for name in FOREIGN if name != "oddly named"]


def opened(proto: onnx.ModelProto) -> ModelFile:
    return check_model_file(onnx_bytes(proto), where="model.onnx")


def run(file: ModelFile) -> Any:
    session = onnxruntime.InferenceSession(file.content, providers=["CPUExecutionProvider"])
    return session.run(["probabilities"], {"ink": NOISE.astype(np.float32) / 255})[0]


def in_words(chain: Chain) -> list[tuple[Any, ...]]:
    return [(layer.kind, layer.name, dict(layer.options)) for layer in chain.layers]


@pytest.mark.parametrize("name", TEN_CLASSES)
def test_a_network_comes_back(name: str) -> None:
    file = opened(to_onnx(scatter(FOREIGN[name]()), CARD))
    chain = chain_from_onnx(file)
    np.testing.assert_allclose(run_chain(chain, NOISE.astype(np.float32) / 255), run(file), atol=1e-5)
    assert onnx_bytes(onnx_from_chain(chain, CARD)) == file.content


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_model_comes_back_also_by_way_of_tensorflow_js(name: str) -> None:
    file = check_model_file(path_of(name).read_bytes(), where=name)
    there = chain_from_onnx(file)
    back = chain_from_tfjs(tfjs_files(there, metadata={}))
    np.testing.assert_allclose(answers(keras_from_chain(back), NOISE, scale=1), run(file), atol=1e-5)


def network(*layers: Any) -> keras.Sequential:
    ends = [kl.Flatten(name="flatten"), kl.Dense(10, "softmax", name="digits")]
    return scatter(keras.Sequential([keras.Input((28, 28, 1)), *layers, *ends]))


def test_options_and_names_come_back_as_they_were() -> None:
    model = network(
        kl.Rescaling(1 / 128, offset=-1.0, name="scale"),
        kl.Conv2D(4, (3, 2), strides=(2, 1), padding="same", activation="silu", name="conv"),
        kl.DepthwiseConv2D(3, depth_multiplier=2, dilation_rate=2, activation="relu6", use_bias=False, name="depth"),
        kl.Conv2D(4, 1, groups=2, activation="gelu", name="groups"),
        kl.BatchNormalization(epsilon=0.25, name="norm"),
        kl.LeakyReLU(negative_slope=0.25, name="leaky"),
        kl.ReLU(max_value=3.0, negative_slope=0.5, name="both"),
        kl.AveragePooling2D((2, 1), name="pool"),
        kl.Reshape((5, 12, 2, 4), name="turn"),
        kl.Dense(3, "tanh", use_bias=False, name="hidden"),
    )
    chain = chain_from_keras(model)
    back = chain_from_onnx(opened(to_onnx(model, CARD)))
    assert back.ink_scale == chain.ink_scale == 255
    expected = in_words(chain)
    expected[0][2]["scale"] = float(np.float32(1 / 128))
    assert in_words(back) == expected
    for ours, theirs in zip(chain.layers, back.layers, strict=True):
        for weight, array in ours.weights.items():
            np.testing.assert_array_equal(theirs.weights[weight], array)


def test_what_does_nothing_leaves_no_trace() -> None:
    model = network(kl.Dropout(0.5), kl.Activation("linear"), kl.Reshape((28, 28, 1)))
    assert [layer.kind for layer in chain_from_onnx(opened(to_onnx(model, CARD))).layers] == ["Flatten", "Dense"]


def node(proto: onnx.ModelProto, name: str) -> onnx.NodeProto:
    return next(node for node in proto.graph.node if node.name == name)


def attribute(name: str, option: str, value: Any) -> Callable[[onnx.ModelProto], None]:
    def change(proto: onnx.ModelProto) -> None:
        found = next(attribute for attribute in node(proto, name).attribute if attribute.name == option)
        found.CopyFrom(onnx.helper.make_attribute(option, value))

    return change


def another_input(proto: onnx.ModelProto) -> None:
    node(proto, "digits/Softmax").input[0] = "digits/MatMul"


def twice(proto: onnx.ModelProto) -> None:
    proto.graph.node.append(node(proto, "relu/Relu"))


def another_name(proto: onnx.ModelProto) -> None:
    node(proto, "relu/Relu").name = "conv/Relu"


def another_output(proto: onnx.ModelProto) -> None:
    node(proto, "relu/Relu").output[0] = "elsewhere"


def another_operator(proto: onnx.ModelProto) -> None:
    node(proto, "digits/MatMul").op_type = "Mul"


def unused_weight(proto: onnx.ModelProto) -> None:
    proto.graph.initializer.append(onnx.numpy_helper.from_array(np.ones(3, np.float32), "conv/unused"))


def another_shape(proto: onnx.ModelProto) -> None:
    (found,) = (weight for weight in proto.graph.initializer if weight.name == "flatten/shape")
    found.CopyFrom(onnx.numpy_helper.from_array(np.array([0, 26, 104]), "flatten/shape"))


@pytest.fixture(scope="module")
def convnet() -> onnx.ModelProto:
    layers = (kl.Conv2D(4, 3, name="conv"), kl.BatchNormalization(name="norm"), kl.ReLU(name="relu"))
    return to_onnx(network(*layers), CARD)


@pytest.mark.parametrize(
    "change",
    [
        attribute("conv/to_channels_first", "perm", [0, 3, 2, 1]),
        attribute("flatten/to_channels_last", "perm", [0, 3, 2, 1]),
        attribute("conv/Conv", "pads", [1, 0, 0, 1]),
        attribute("conv/Conv", "group", 4),
        attribute("digits/Softmax", "axis", 1),
        another_input, twice, another_name, another_output, another_operator, unused_weight, another_shape,
    ],
)  # fmt: skip
def test_a_file_that_another_hand_changed_is_refused(
    convnet: onnx.ModelProto, change: Callable[[onnx.ModelProto], None]
) -> None:
    """Sealed anew, most of these pass the check of the file, and would be read as a network that it does not hold."""
    proto = onnx.ModelProto()
    proto.CopyFrom(convnet)
    change(proto)
    with pytest.raises(BadInput, match=r"^cannot read the layers of the model: "):
        chain_from_onnx(replace(opened(convnet), content=onnx_bytes(proto)))


@pytest.mark.parametrize("name", TEN_CLASSES)
def test_a_network_in_half_precision_comes_back(name: str) -> None:
    chain = chain_from_keras(scatter(FOREIGN[name]()))
    file = opened(onnx_from_chain(chain, CARD, half=True))
    back = chain_from_onnx(file)
    np.testing.assert_allclose(run_chain(back, NOISE.astype(np.float32) / 255), run(file), atol=1e-5)
    assert onnx_bytes(onnx_from_chain(back, CARD, half=True)) == file.content


@pytest.fixture(scope="module")
def halves() -> onnx.ModelProto:
    """Two kernels in half precision."""
    chain = chain_from_keras(network(kl.Conv2D(12, 10, name="conv"), kl.MaxPooling2D(name="pool")))
    return onnx_from_chain(chain, CARD, half=True)


def another_cast_name(proto: onnx.ModelProto) -> None:
    node(proto, "conv/Cast").name = "digits/Cast"


def too_late(proto: onnx.ModelProto) -> None:
    """A Cast after the node that takes what it gives."""
    cast = node(proto, "conv/Cast")
    proto.graph.node.remove(cast)
    proto.graph.node.insert(len(proto.graph.node) - 1, cast)


def without_cast(proto: onnx.ModelProto) -> None:
    proto.graph.node.remove(node(proto, "conv/Cast"))


def whole_again(proto: onnx.ModelProto) -> None:
    """A kernel in float32, and no Cast, beside one that is packed."""
    without_cast(proto)
    node(proto, "conv/Conv").input[1] = "conv/kernel"
    (found,) = (weight for weight in proto.graph.initializer if weight.name == "conv/kernel")
    found.CopyFrom(onnx.numpy_helper.from_array(np.full(tuple(found.dims), 1e6, np.float32), "conv/kernel"))


@pytest.mark.parametrize(
    "change",
    [another_cast_name, too_late, without_cast, whole_again, attribute("conv/Cast", "to", 7)],
)
def test_half_precision_in_another_form_is_refused(
    halves: onnx.ModelProto, change: Callable[[onnx.ModelProto], None]
) -> None:
    proto = onnx.ModelProto()
    proto.CopyFrom(halves)
    change(proto)
    with pytest.raises(BadInput, match=r"^cannot read the layers of the model: "):
        chain_from_onnx(replace(opened(halves), content=onnx_bytes(proto)))


@given(st.integers(0, 10**9), st.integers(1, 255))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_damage_is_refused_or_harmless(convnet: onnx.ModelProto, where: int, change: int) -> None:
    """Behind the back of the check, which has the digest: nothing but a refusal, or a chain that can be written."""
    content = bytearray(onnx_bytes(convnet))
    # The nodes come first.
    content[where % (len(content) // 8)] ^= change
    try:
        chain = chain_from_onnx(replace(opened(convnet), content=bytes(content)))
    except BadInput:
        return
    onnx_from_chain(chain, CARD)


def test_a_file_of_eight_bits_is_refused() -> None:
    proto = to_onnx(network(), CARD)
    proto.graph.node[1].op_type = "DequantizeLinear"
    file = replace(opened(to_onnx(network(), CARD)), content=onnx_bytes(proto))
    with pytest.raises(BadInput, match="its weights have eight bits; give the file it was made from"):
        chain_from_onnx(file)
