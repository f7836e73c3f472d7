"""Eight bits: a file that every reader of models opens, whose layers compute in bytes, and whose answers stay."""

import logging
import os
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import onnx
from keras import layers as kl

from inkdigit.data.strokes import strokes
from inkdigit.formats.card import from_json
from inkdigit.formats.check import ModelFile, check_model_file
from inkdigit.formats.onnx import onnx_bytes, to_onnx
from inkdigit.formats.quantize import to_int8
from inkdigit.models.model import calibrated
from inkdigit.models.open import open_model
from inkdigit.models.runtime import Network
from inkdigit.models.zoo import NAMES, path_of
from inkdigit.types import Card

CARD = Card("tiny", 7_850, 1.0, 0.5, False, "noise", "", None, "0.1.0")
DIGITS = strokes(120, seed=5)
SEEN, ASKED = DIGITS.ink[:60], DIGITS.ink[60:]


def file_of(*layers: Any, shape: tuple[int, ...] = (28, 28, 1)) -> ModelFile:
    keras.utils.set_random_seed(3)
    model = keras.Sequential([keras.Input(shape), *layers])
    for weight in model.weights:
        if weight.name == "moving_variance":
            weight.assign(np.linspace(0.5, 2, weight.shape[0]))
    return check_model_file(onnx_bytes(to_onnx(model, CARD)), where="m")


def in_eight_bits(file: ModelFile) -> ModelFile:
    return check_model_file(onnx_bytes(to_int8(file, card=file.card, ink=SEEN)), where="m")


def end() -> tuple[Any, ...]:
    return (kl.Flatten(), kl.Dense(10, "softmax", name="last"))


@pytest.mark.parametrize(
    "layers",
    [
        end(),
        (kl.Flatten(), kl.Dense(64, "relu"), kl.Dense(32, "tanh"), *end()),
        (kl.Conv2D(8, 5, activation="relu"), kl.MaxPooling2D(4), *end()),
        (kl.Conv2D(8, 5, strides=2, padding="same"), kl.BatchNormalization(), kl.ReLU(6), kl.AveragePooling2D(2),
         *end()),
        (kl.Conv2D(8, 5, activation="gelu"), kl.Conv2D(8, 3, activation="silu"), kl.GlobalAveragePooling2D(),
         *end()),
        (kl.Conv2D(8, 5, activation="mish"), kl.LeakyReLU(0.2), kl.Conv2D(10, 24), kl.Flatten(), kl.Softmax()),
        (kl.Rescaling(1 / 255), kl.Conv2D(8, 5, use_bias=False, activation="sigmoid"), kl.MaxPooling2D(3), *end()),
        (kl.Conv2D(4, 3, activation="elu"), kl.Conv2D(4, 3, activation="selu"), kl.MaxPooling2D(6), *end()),
        (kl.Flatten(), kl.Dense(40, "softplus", use_bias=False), kl.Activation("softsign"), *end()),
    ],
)  # fmt: skip
def test_every_layer_in_eight_bits_answers_nearly_as_before(layers: tuple[Any, ...]) -> None:
    whole = file_of(*layers)
    small = in_eight_bits(whole)
    before, after = (Network(file, where="m")(ASKED) for file in (whole, small))
    assert np.abs(before - after).mean() < 0.01
    np.testing.assert_allclose(after.sum(axis=1), 1, atol=1e-5)


def test_kernels_are_bytes_and_the_probabilities_are_not() -> None:
    model = onnx.load_model_from_string(in_eight_bits(file_of(kl.Flatten(), kl.Dense(64, "relu"), *end())).content)
    kinds = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    kernels = [kind for name, kind in kinds.items() if "kernel" in name and not name.endswith(("scale", "zero_point"))]
    assert kernels == [onnx.TensorProto.INT8] * 2
    by_output = {output: node for node in model.graph.node for output in node.output}
    softmax = by_output["probabilities"]
    assert (softmax.op_type, by_output[softmax.input[0]].op_type) == ("Softmax", "Add")
    arrays = [onnx.numpy_helper.to_array(one) for one in model.graph.initializer if one.data_type == 3 and one.dims]
    assert max(int(np.abs(array).max()) for array in arrays) <= 64, "seven bits, for processors without VNNI"


def test_the_file_says_what_it_is() -> None:
    model = onnx.load_model_from_string(in_eight_bits(file_of(*end())).content)
    entries = {entry.key: entry.value for entry in model.metadata_props}
    assert set(entries) == {"inkdigit", "inkdigit.sha256"}
    assert from_json(entries["inkdigit"]) == CARD
    assert (model.producer_name, model.ir_version, model.opset_import[0].version) == ("inkdigit", 9, 20)
    assert model.doc_string.endswith("have eight bits.")


def test_the_same_network_and_digits_give_the_same_bytes() -> None:
    whole = file_of(kl.Conv2D(8, 5, activation="relu"), *end())
    assert in_eight_bits(whole).content == in_eight_bits(whole).content


def test_nothing_is_logged_or_printed_and_nothing_is_left_behind(
    capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    root = logging.getLogger()
    before = (list(root.handlers), list(root.filters))
    in_eight_bits(file_of(kl.Conv2D(8, 5), kl.BatchNormalization(), kl.DepthwiseConv2D(3), *end()))
    assert capfd.readouterr() == ("", "")
    assert not caplog.records
    assert (list(root.handlers), list(root.filters)) == before


def test_a_layer_that_normalises_stays_as_it_is() -> None:
    small = in_eight_bits(file_of(kl.Conv2D(8, 5, activation="relu"), kl.BatchNormalization(), *end()))
    model = onnx.load_model_from_string(small.content)
    [node] = [node for node in model.graph.node if node.op_type == "BatchNormalization"]
    kinds = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    assert [kinds[name] for name in node.input[1:]] == [onnx.TensorProto.FLOAT] * 4


@pytest.mark.real
@pytest.mark.parametrize("name", NAMES)
def test_the_shipped_models_lose_next_to_nothing(name: str) -> None:
    """Measured on the 5,000 held-out digits: 2 and -2 of them; the log-loss within 0.001."""
    from inkdigit.export.digits import calibration, held_out

    digits, whole = held_out(2_000), check_model_file(path_of(name).read_bytes(), where=name)
    small = check_model_file(onnx_bytes(to_int8(whole, card=whole.card, ink=calibration())), where=name)
    assert len(whole.content) / len(small.content) > 3.7
    before, after = (Network(file, where=name)(digits.ink) for file in (whole, small))
    right = [(answers[:, :10].argmax(axis=1) == digits.labels).sum() for answers in (before, after)]
    assert right[0] - right[1] <= 4
    assert (before.argmax(axis=1) == after.argmax(axis=1)).mean() >= 0.998
    rows = np.arange(len(digits))
    losses = [
        -np.log(calibrated(answers, temperature=whole.card.temperature)[rows, digits.labels]).mean()
        for answers in (before, after)
    ]
    assert abs(losses[0] - losses[1]) < 0.003, "its temperature still holds"


def test_a_recognizer_opens_it(tmp_path: Any) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(in_eight_bits(file_of(*end())).content)
    assert open_model(path).classify(ASKED).probabilities.shape == (60, 10)
