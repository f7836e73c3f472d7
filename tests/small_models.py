"""Model files for tests: one that was exported, and one whose answers are known without running it."""

import os
from functools import cache
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import numpy as np
import onnx
from keras import layers as kl
from onnx import TensorProto, helper, numpy_helper

from inkdigit.formats.card import to_json
from inkdigit.formats.onnx import onnx_bytes, to_onnx
from inkdigit.types import Card

CARD = Card("tiny", 1_000, 1.0, 0.5, True, "noise (synthetic)", "ab" * 32, None, "0.1.0", classes="0123456789-")


@cache
def exported() -> bytes:
    """A small convnet with eleven outputs, written as `inkdigit train` writes it; 12 kB."""
    zeros = "zeros"  # Keras' own initializers are compiled for each shape: seconds, where NumPy takes none
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            kl.Reshape((28, 28, 1)),
            kl.Conv2D(4, 3, strides=2, activation="relu", kernel_initializer=zeros),
            kl.BatchNormalization(),
            kl.LeakyReLU(0.1),
            kl.MaxPooling2D(2),
            kl.Flatten(),
            kl.Dense(11, activation="softmax", kernel_initializer=zeros),
        ]
    )
    random = np.random.default_rng(0)
    for layer in (model.layers[1], model.layers[-1]):
        kernel = layer.kernel.shape
        layer.kernel.assign(random.normal(0, np.prod(kernel[:-1]) ** -0.5, kernel).astype(np.float32))
    return onnx_bytes(to_onnx(model, CARD))


def echo(card: Card = CARD) -> onnx.ModelProto:
    """A network whose logits are the first pixels of the picture, ten or eleven of them."""
    classes = len(card.classes)
    weights: dict[str, Any] = {"flat": np.array([-1, 784], np.int64), "kernel": np.eye(784, classes, dtype=np.float32)}
    nodes = [
        helper.make_node("Reshape", ["ink", "flat"], ["pixels"]),
        helper.make_node("MatMul", ["pixels", "kernel"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=-1),
    ]
    graph = helper.make_graph(
        nodes,
        "echo",
        [helper.make_tensor_value_info("ink", TensorProto.FLOAT, ["batch", 28, 28])],
        [helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, ["batch", classes])],
        [numpy_helper.from_array(value, name) for name, value in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    helper.set_model_props(model, {"inkdigit": to_json(card)})
    return model
