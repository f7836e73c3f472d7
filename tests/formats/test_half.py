"""Half precision: the file is half as large, it is computed in float32, and what is stored comes back exactly."""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import onnx
import onnxruntime
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from keras import layers as kl

from foreign_networks import scatter
from inkdigit.data.strokes import strokes
from inkdigit.errors import BadInput
from inkdigit.formats.chain import Chain
from inkdigit.formats.check import ModelFile, check_model_file
from inkdigit.formats.from_onnx import chain_from_onnx
from inkdigit.formats.half import LARGEST, SMALLEST, is_half_already, is_worth_it, to_half
from inkdigit.formats.keras_chain import chain_from_keras, keras_from_chain
from inkdigit.formats.onnx import onnx_bytes, onnx_from_chain
from inkdigit.formats.quantize import to_int8
from inkdigit.formats.reference import run_chain
from inkdigit.formats.tfjs import chain_from_tfjs, tfjs_files
from inkdigit.models.runtime import Network
from inkdigit.models.zoo import path_of
from inkdigit.types import Card

CARD = Card("tiny", 7_850, 1.0, 0.5, False, "noise", "", None, "0.1.0")
INK = np.random.default_rng(0).random((5, 28, 28), np.float32)
FLOAT, FLOAT16 = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16


@pytest.fixture(scope="module")
def chain() -> Chain:
    """Every layer with a kernel, large and small ones."""
    return chain_from_keras(
        scatter(
            keras.Sequential(
                [
                    keras.Input((28, 28, 1)),
                    kl.Conv2D(8, 3, strides=2, activation="relu", name="little"),
                    kl.Conv2D(16, 3, padding="same", use_bias=False, name="conv"),
                    kl.BatchNormalization(name="norm"),
                    kl.DepthwiseConv2D(5, depth_multiplier=3, activation="silu", name="depth"),
                    kl.MaxPooling2D(2, name="pool"),
                    kl.Flatten(name="flatten"),
                    kl.Dense(32, "tanh", use_bias=False, name="hidden"),
                    kl.Dense(40, name="more"),
                    kl.Dense(10, "softmax", name="digits"),
                ]
            )
        )
    )


def halved(chain: Chain) -> ModelFile:
    return check_model_file(onnx_bytes(onnx_from_chain(chain, CARD, half=True)), where="half.onnx")


def arrays(chain: Chain) -> dict[str, np.ndarray]:
    return {f"{layer.name}/{name}": array for layer in chain.layers for name, array in layer.weights.items()}


def changed(chain: Chain, name: str, value: float) -> Chain:
    """The chain with another first number in one of its weights."""

    def weights(layer: Any) -> dict[str, np.ndarray]:
        copies = {key: array.copy() for key, array in layer.weights.items()}
        if name.startswith(f"{layer.name}/"):
            copies[name.split("/")[1]].flat[0] = value
        return copies

    return replace(chain, layers=tuple(replace(layer, weights=weights(layer)) for layer in chain.layers))


def test_large_kernels_are_halves_and_all_else_is_not(chain: Chain) -> None:
    model = onnx.load_model_from_string(halved(chain).content)
    kinds = {tensor.name: tensor.data_type for tensor in model.graph.initializer}
    halves = {name for name, kind in kinds.items() if kind == FLOAT16}
    assert halves == {"conv/kernel", "depth/kernel", "hidden/kernel", "more/kernel"}
    casts = [node for node in model.graph.node if node.op_type == "Cast"]
    assert [tuple(node.input) for node in casts] == [(name,) for name in kinds if name in halves]
    assert all(onnx.helper.get_node_attr_value(node, "to") == FLOAT for node in casts)
    assert model.doc_string.endswith("\nIts kernels are stored as float16; it computes in float32.")


def test_what_comes_back_is_each_number_rounded_once(chain: Chain) -> None:
    before, after = arrays(chain), arrays(chain_from_onnx(halved(chain)))
    assert before.keys() == after.keys()
    for name, array in before.items():
        expected = array.astype(np.float16).astype(np.float32) if array.ndim > 1 and array.size >= 1_000 else array
        assert after[name].dtype == np.float32
        np.testing.assert_array_equal(after[name], expected, err_msg=name)


def test_half_of_half_is_the_same_file(chain: Chain) -> None:
    file = halved(chain)
    back = chain_from_onnx(file)
    assert halved(back).content == file.content
    assert is_half_already(back)
    assert not is_half_already(chain)


def test_onnx_runtime_computes_what_numpy_does_with_the_rounded_weights(chain: Chain) -> None:
    file = halved(chain)
    np.testing.assert_allclose(Network(file, where="m")(INK), run_chain(chain_from_onnx(file), INK), atol=1e-6)


@pytest.mark.parametrize("threads", [1, 2])
def test_no_cast_is_left_once_it_is_loaded(chain: Chain, tmp_path: Path, threads: int) -> None:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4
    options.intra_op_num_threads = threads
    options.optimized_model_filepath = str(tmp_path / "loaded.onnx")
    onnxruntime.InferenceSession(halved(chain).content, options, providers=["CPUExecutionProvider"])
    loaded = onnx.load(tmp_path / "loaded.onnx")
    assert "Cast" not in {node.op_type for node in loaded.graph.node}
    assert FLOAT16 not in {tensor.data_type for tensor in loaded.graph.initializer}


@pytest.mark.parametrize("name", ["cnn", "mlp"])
def test_the_shipped_models_are_half_as_large(name: str) -> None:
    content = path_of(name).read_bytes()
    file = check_model_file(content, where=name)
    half = check_model_file(onnx_bytes(onnx_from_chain(chain_from_onnx(file), file.card, half=True)), where=name)
    assert len(half.content) < 0.51 * len(content)
    digits = strokes(100, seed=4).ink  # of noise a reader is so sure that it is no digit that nothing differs
    difference = np.abs(Network(file, where=name)(digits) - Network(half, where=name)(digits)).max()
    assert 0 < difference < 0.01


def test_every_other_format_is_written_from_it(chain: Chain) -> None:
    back = chain_from_onnx(halved(chain))
    truth = run_chain(back, INK)
    np.testing.assert_allclose(run_chain(chain_from_tfjs(tfjs_files(back, metadata={})), INK), truth, atol=1e-6)
    np.testing.assert_allclose(np.asarray(keras_from_chain(back)(INK)), truth, atol=1e-5)
    whole = check_model_file(onnx_bytes(onnx_from_chain(back, CARD)), where="m")
    np.testing.assert_allclose(Network(whole, where="m")(INK), truth, atol=1e-6)
    eight = check_model_file(onnx_bytes(to_int8(whole, card=CARD, ink=INK)), where="m")
    assert Network(eight, where="m")(INK).shape == (5, 10)


@pytest.mark.parametrize("name", ["conv/kernel", "depth/depthwise_kernel", "hidden/kernel"])
@pytest.mark.parametrize("value", [65_505.0, -1e30])
def test_a_number_that_is_too_large_is_refused_by_name(chain: Chain, name: str, value: float) -> None:
    with pytest.raises(BadInput) as caught:
        halved(changed(chain, name, value))
    said = str(caught.value)
    assert said.startswith(f"cannot store in half precision: {name.replace('depthwise_', '')}: holds ")
    assert said.endswith("; the largest number of float16 is 65,504; export without --quantize float16")


def test_the_largest_number_and_a_large_bias_are_kept(chain: Chain) -> None:
    back = arrays(chain_from_onnx(halved(changed(changed(chain, "hidden/kernel", -LARGEST), "more/bias", 1e6))))
    assert back["hidden/kernel"].flat[0] == -65_504
    assert back["more/bias"].flat[0] == 1e6


def test_a_number_between_the_smallest_two_becomes_zero(chain: Chain) -> None:
    assert arrays(chain_from_onnx(halved(changed(chain, "hidden/kernel", 1e-8))))["hidden/kernel"].flat[0] == 0


FLOATS = hnp.arrays(np.float32, st.integers(1, 30), elements=st.floats(-LARGEST, LARGEST, width=32))


@given(FLOATS)
def test_rounding_is_as_near_as_the_standard_says_and_happens_once(numbers: np.ndarray) -> None:
    half = to_half(numbers, name="x")
    back = half.astype(np.float32)
    assert half.dtype == np.float16
    assert (np.abs(back - numbers) <= np.maximum(np.abs(numbers) / 2_048, 3e-8)).all()
    np.testing.assert_array_equal(to_half(back, name="x"), half)


def test_biases_and_little_kernels_are_not_worth_it() -> None:
    assert is_worth_it(np.zeros((SMALLEST, 1), np.float32))
    assert not is_worth_it(np.zeros((SMALLEST - 1, 1), np.float32))
    assert not is_worth_it(np.zeros(10 * SMALLEST, np.float32))
    assert not is_worth_it(np.zeros((SMALLEST, 1), np.int64))


def test_a_network_of_little_kernels_stays_as_it_is() -> None:
    model = scatter(keras.Sequential([keras.Input((28, 28, 1)), kl.Conv2D(10, 5), kl.GlobalAveragePooling2D(),
                                      kl.Softmax()]))  # fmt: skip
    little = chain_from_keras(model)
    assert is_half_already(little)
    assert onnx_bytes(onnx_from_chain(little, CARD, half=True)) == onnx_bytes(onnx_from_chain(little, CARD))
