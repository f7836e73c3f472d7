"""Graphs of TensorFlow's operations, made here as its converter writes them, computed beside Keras."""

import base64
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import json

import keras
import numpy as np
import pytest
from keras import layers as kl

from foreign_networks import scatter
from inkdigit.errors import BadInput
from inkdigit.models.open import open_model
from inkdigit.sample import sample
from inkdigit.types import Ink

INK: Ink = sample()[0][:30].astype(np.float32) / np.float32(255)


def text(value: str) -> str:
    return base64.b64encode(value.encode()).decode()


class Graph:
    """Nodes and weights as a frozen graph has them."""

    def __init__(self, *sides: int) -> None:
        dims = [{"size": "-1"}, *({"size": str(side)} for side in sides)]
        self.nodes: list[dict[str, Any]] = [
            {
                "name": "input_1",
                "op": "Placeholder",
                "attr": {"dtype": {"type": "DT_FLOAT"}, "shape": {"shape": {"dim": dims}}},
            }
        ]
        self.arrays: dict[str, np.ndarray] = {}

    def constant(self, array: Any, dtype: Any = np.float32) -> str:
        name = f"model/const_{len(self.arrays)}"
        self.arrays[name] = np.asarray(array, dtype)
        self.nodes.append({"name": name, "op": "Const", "attr": {"dtype": {"type": "DT_FLOAT"}}})
        return name

    def add(self, operation: str, *inputs: str, **attributes: Any) -> str:
        name = f"model/{operation}_{len(self.nodes)}"
        written: dict[str, Any] = {}
        for key, value in attributes.items():
            if isinstance(value, str):
                written[key] = {"s": text(value)}
            elif isinstance(value, bool):
                written[key] = {"b": value}
            elif isinstance(value, float):
                written[key] = {"f": value}
            elif value and isinstance(value[0], str):
                written[key] = {"list": {"s": [text(one) for one in value]}}
            else:
                written[key] = {"list": {"i": [str(one) for one in value]}}
        self.nodes.append({"name": name, "op": operation, "input": list(inputs), "attr": written})
        return name

    def write(self, folder: Path) -> Path:
        entries, content = [], b""
        for name, array in self.arrays.items():
            entries.append(
                {"name": name, "shape": array.shape, "dtype": "int32" if array.dtype.kind == "i" else "float32"}
            )
            content += array.tobytes()
        manifest = [{"paths": ["group1-shard1of1.bin"], "weights": entries}]
        model = {"format": "graph-model", "modelTopology": {"node": self.nodes}, "weightsManifest": manifest}
        (folder / "model.json").write_text(json.dumps(model))
        (folder / "group1-shard1of1.bin").write_bytes(content)
        return folder


def network(*layers: Any, shape: Sequence[int]) -> Any:
    return scatter(keras.Sequential([keras.Input(tuple(shape)), *layers]))


def answers(model: Any) -> np.ndarray:
    return np.asarray(model.predict(INK.reshape(-1, *model.input_shape[1:]), verbose=0))


SAME = {"strides": (1, 2, 2, 1), "padding": "SAME", "data_format": "NHWC", "dilations": (1, 1, 1, 1)}
POOL = {"ksize": (1, 2, 2, 1), "strides": (1, 2, 2, 1), "padding": "VALID", "data_format": "NHWC"}


def test_a_convolutional_network_as_the_converter_writes_it(tmp_path: Path) -> None:
    """Fused nodes; the batch of the flattened shape worked out as it goes."""
    model = network(
        kl.Conv2D(4, 3, strides=2, padding="same", activation="relu"), kl.MaxPooling2D(2), kl.Flatten(),
        kl.Dense(8, activation="tanh"), kl.Dense(10, activation="softmax"), shape=(28, 28, 1),
    )  # fmt: skip
    conv, _, _, hidden, last = model.layers
    graph = Graph(28, 28, 1)
    kernel, bias = (graph.constant(weight) for weight in conv.weights)
    value = graph.add("_FusedConv2D", "input_1", kernel, bias, fused_ops=("BiasAdd", "Relu"), **SAME)
    value = graph.add("MaxPool", value, **POOL)
    shape = graph.add("Shape", value)
    batch = graph.add("StridedSlice", shape, *(graph.constant(n, np.int32) for n in ([0], [1], [1])))
    sides = graph.add("Pack", batch, graph.constant(-1, np.int32))
    value = graph.add("Reshape", value, sides)
    kernel, bias = (graph.constant(weight) for weight in hidden.weights)
    value = graph.add("_FusedMatMul", value, kernel, bias, fused_ops=("BiasAdd",), transpose_a=False, transpose_b=False)
    value = graph.add("Tanh", value)
    kernel, bias = (graph.constant(weight) for weight in last.weights)
    value = graph.add("Softmax", graph.add("BiasAdd", graph.add("MatMul", value, kernel), bias))
    graph.add("Identity", value)
    opened = open_model(graph.write(tmp_path))
    np.testing.assert_allclose(opened.outputs(INK), answers(model), atol=1e-5)
    assert {"Conv2D", "MaxPooling2D", "Dense"} <= {layer.kind for layer in opened.chain.layers}


def test_depthwise_normalised_and_pooled(tmp_path: Path) -> None:
    model = network(
        kl.Rescaling(2.0, offset=-1.0), kl.ZeroPadding2D(((1, 0), (0, 2))),
        kl.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=3, use_bias=False),
        kl.BatchNormalization(epsilon=0.01), kl.ReLU(max_value=6.0), kl.AveragePooling2D(2),
        kl.GlobalAveragePooling2D(), kl.Dense(10), kl.Softmax(), shape=(28, 28, 1),
    )  # fmt: skip
    depthwise, norm, dense = model.layers[2], model.layers[3], model.layers[7]
    graph = Graph(28, 28, 1)
    value = graph.add("Sub", graph.add("Mul", "input_1", graph.constant(2.0)), graph.constant(1.0))
    value = graph.add("Pad", value, graph.constant([[0, 0], [1, 0], [0, 2], [0, 0]], np.int32))
    value = graph.add("DepthwiseConv2dNative", value, graph.constant(depthwise.kernel), **SAME)
    parts = [graph.constant(weight) for weight in (norm.gamma, norm.beta, norm.moving_mean, norm.moving_variance)]
    value = graph.add("FusedBatchNormV3", value, *parts, epsilon=0.01)
    value = graph.add("AvgPool", graph.add("Relu6", value), **POOL)
    value = graph.add("Mean", value, graph.constant([1, 2], np.int32), keep_dims=False)
    kernel, bias = (graph.constant(weight) for weight in dense.weights)
    graph.add("Softmax", graph.add("AddV2", graph.add("MatMul", value, kernel), bias))
    np.testing.assert_allclose(open_model(graph.write(tmp_path)).outputs(INK), answers(model), atol=1e-5)


def test_branches_and_logits(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    left, right, last = (rng.normal(0, 0.05, shape).astype(np.float32) for shape in ((784, 8), (784, 8), (16, 10)))
    graph = Graph(784)
    one = graph.add("LeakyRelu", graph.add("MatMul", "input_1", graph.constant(left)), alpha=0.3)
    two = graph.add("Sigmoid", graph.add("MatMul", "input_1", graph.constant(right.T), transpose_b=True))
    both = graph.add("ConcatV2", one, graph.add("AddV2", one, two), graph.constant(-1, np.int32))
    graph.add("MatMul", both, graph.constant(last))
    flat = INK.reshape(-1, 784)
    hidden, gate = flat @ left, 1 / (1 + np.exp(-flat @ right))
    hidden = np.where(hidden < 0, hidden * 0.3, hidden)
    powers = np.exp(np.concatenate([hidden, hidden + gate], axis=1) @ last)
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(open_model(graph.write(tmp_path)).outputs(INK), expected, atol=1e-5)


def refused(graph: Graph, folder: Path) -> str:
    with pytest.raises(BadInput) as caught:
        open_model(graph.write(folder))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_no_chain_can_say_is_named(tmp_path: Path) -> None:
    graph = Graph(28, 28, 1)
    graph.add("Cumprod", "input_1")
    assert "has the operation Cumprod" in refused(graph, tmp_path)
    graph = Graph(784)
    graph.nodes.append({"name": "a", "op": "Relu", "input": ["b"]})
    graph.nodes.append({"name": "b", "op": "Relu", "input": ["a"]})
    graph.nodes.append({"name": "c", "op": "Relu", "input": ["b"]})
    assert "circle" in refused(graph, tmp_path)
    graph = Graph(784)
    graph.add("MatMul", "nowhere", graph.constant(np.zeros((784, 10))))
    assert "damaged" in refused(graph, tmp_path)
    graph = Graph(784)
    graph.nodes.append({**graph.nodes[0], "name": "input_2"})
    assert "takes 2 inputs" in refused(graph, tmp_path)
