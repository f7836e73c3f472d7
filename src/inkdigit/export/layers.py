"""What each Keras layer is in ONNX: one small function per kind, listed in `WRITERS`.

In: a layer and the graph so far. Out: the graph with the layer's nodes. Knows nothing of files,
cards or of the model as a whole.

A layer is looked up by its exact class and an activation by the function itself: a subclass, or
another function called "relu", may compute anything and is refused by name.
"""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import activations, layers

from inkdigit.errors import BadInput
from inkdigit.export.graph import Graph
from inkdigit.shapes import Float32

Weight = Float32[np.ndarray, "..."]
Pair = tuple[int, int]


def write_layer(graph: Graph, layer: keras.Layer) -> None:
    """Add the nodes of one layer to the graph.

    Raises:
        BadInput: The layer, or one of its options, is not supported; the message names it.
    """
    require(type(layer) in WRITERS, layer, f"{type(layer).__name__} is not supported")
    require(layer.compute_dtype == "float32", layer, f"computes in {layer.compute_dtype}, not float32")
    data_format = getattr(layer, "data_format", None) or "channels_last"
    require(data_format == "channels_last", layer, f"data_format {data_format} is not supported")
    graph.layer = layer.name
    WRITERS[type(layer)](graph, layer)
    graph.shape = tuple(layer.compute_output_shape((None, *graph.shape))[1:])


def pixel_scale(model: keras.Sequential) -> int:
    """Return what ink of 0..1 is multiplied by before the model sees it: 255 where the model itself
    first scales grey levels down, as many notebooks do with `Rescaling(1 / 255)`, else 1.
    """
    for layer in model.layers:
        if isinstance(layer, layers.Rescaling):
            return 255 if np.max(np.abs(layer.scale)) < 0.1 else 1
        if layer.weights:
            break
    return 1


def require(condition: bool, layer: keras.Layer, why: str) -> None:
    """Refuse a layer by name.

    Raises:
        BadInput: The condition does not hold.
    """
    if not condition:
        raise BadInput("cannot export to ONNX", f'layer "{layer.name}"', why)


def omit(graph: Graph, layer: keras.Layer) -> None:
    """Add nothing: the layer acts in training only."""


def flatten(graph: Graph, layer: keras.Layer) -> None:
    """Put the channels last again before flattening, because Keras counts them fastest.

    The other way, permuting the rows of the next dense kernel, would save a transpose of a few
    thousand numbers, but the file's kernel would no longer be Keras' kernel.
    """
    graph.reshape((int(np.prod(graph.shape)),))


def reshape(graph: Graph, layer: keras.Layer) -> None:
    """Reshape in Keras' order."""
    graph.reshape(tuple(layer.compute_output_shape((None, *graph.shape))[1:]))


def dense(graph: Graph, layer: keras.Layer) -> None:
    """Multiply the last axis by the kernel (in, units) and add the bias, as Keras does at any rank (Gemm: only at 2).

    ONNX Runtime fuses the two nodes into one Gemm when it loads the file.
    """
    graph.to_channels_last()
    graph.add("MatMul", graph.weight("kernel", _array(layer.kernel)))
    if layer.use_bias:
        graph.add("Add", graph.weight("bias", _array(layer.bias)))
    activate(graph, layer)


def conv2d(graph: Graph, layer: keras.Layer) -> None:
    """Convolve channels first; Keras keeps a kernel as (height, width, in, out), ONNX as (out, in, height, width)."""
    graph.to_channels_first()
    weights = [graph.weight("kernel", np.ascontiguousarray(_array(layer.kernel).transpose(3, 2, 0, 1)))]
    if layer.use_bias:
        weights.append(graph.weight("bias", _array(layer.bias)))
    window = _window(graph, layer, layer.kernel_size, dilation=layer.dilation_rate)
    graph.add("Conv", *weights, dilations=layer.dilation_rate, group=layer.groups, **window)
    activate(graph, layer)


def max_pool(graph: Graph, layer: keras.Layer) -> None:
    """Take the largest of each window."""
    graph.to_channels_first()
    graph.add("MaxPool", **_window(graph, layer, layer.pool_size))


def average_pool(graph: Graph, layer: keras.Layer) -> None:
    """Average each window over the pixels that are inside the image, as Keras does."""
    graph.to_channels_first()
    graph.add("AveragePool", count_include_pad=0, **_window(graph, layer, layer.pool_size))


def global_average_pool(graph: Graph, layer: keras.Layer) -> None:
    """Average each channel over the whole image, in whichever order it is stored."""
    axes = np.array((2, 3) if graph.channels_first else (1, 2), np.int64)
    graph.add("ReduceMean", graph.weight("axes", axes), keepdims=int(layer.keepdims))
    graph.channels_first = graph.channels_first and layer.keepdims


def batch_normalization(graph: Graph, layer: keras.Layer) -> None:
    """Normalise each channel with the mean and variance seen in training."""
    require(layer.axis in (-1, len(graph.shape)), layer, f"axis {layer.axis} is not the last one")
    graph.to_channels_first()
    channels = graph.shape[-1]
    weights = {
        "gamma": _array(layer.gamma) if layer.scale else np.ones(channels, np.float32),
        "beta": _array(layer.beta) if layer.center else np.zeros(channels, np.float32),
        "moving_mean": _array(layer.moving_mean),
        "moving_variance": _array(layer.moving_variance),
    }
    names = [graph.weight(name, array) for name, array in weights.items()]
    graph.add("BatchNormalization", *names, epsilon=layer.epsilon)


def rescaling(graph: Graph, layer: keras.Layer) -> None:
    """Multiply by a scale and add an offset, each one number or one per channel."""
    graph.to_channels_last()
    graph.add("Mul", graph.weight("scale", np.asarray(layer.scale, np.float32)))
    graph.add("Add", graph.weight("offset", np.asarray(layer.offset, np.float32)))


def relu(graph: Graph, layer: keras.Layer) -> None:
    """ReLU with its two common options: a slope below zero and a largest value."""
    require(not layer.threshold, layer, f"threshold {layer.threshold} is not supported")
    if layer.negative_slope:
        graph.add("LeakyRelu", alpha=float(layer.negative_slope))
    else:
        graph.add("Relu")
    if layer.max_value is not None:
        graph.add("Min", graph.weight("max_value", np.asarray(layer.max_value, np.float32)))


def leaky_relu(graph: Graph, layer: keras.Layer) -> None:
    """ReLU with a slope below zero."""
    graph.add("LeakyRelu", alpha=float(layer.negative_slope))


def softmax(graph: Graph, layer: keras.Layer) -> None:
    """Turn the last axis into probabilities."""
    require(layer.axis == -1, layer, f"axis {layer.axis} is not the last one")
    _softmax(graph)


def activate(graph: Graph, layer: keras.Layer) -> None:
    """Add the activation that a layer carries."""
    function = layer.activation
    name = getattr(function, "__name__", type(function).__name__)
    require(function in ACTIVATIONS, layer, f"activation {name} is not supported")
    ACTIVATIONS[function](graph)


def _softmax(graph: Graph) -> None:
    graph.to_channels_last()
    graph.add("Softmax", axis=-1)


def _silu(graph: Graph) -> None:
    """Multiply a value by its own sigmoid; ONNX has no operator for it before version 24."""
    value = graph.value
    graph.add("Sigmoid")
    graph.add("Mul", value)


def _operator(name: str) -> Callable[[Graph], None]:
    """An activation that ONNX has as one operator with the same defaults."""
    return lambda graph: graph.add(name)


def _array(variable: keras.Variable) -> Weight:
    return np.asarray(variable.value, np.float32)


def _window(graph: Graph, layer: keras.Layer, size: Pair, *, dilation: Pair = (1, 1)) -> dict[str, Any]:
    """How a window moves over an image, as the attributes of Conv and of the pools.

    "same" in Keras gives ceil(length / stride) windows and puts the odd pixel of padding last.
    """
    before, after = [], []
    for length, kernel, stride, gap in zip(graph.shape, size, layer.strides, dilation, strict=False):
        reach = (kernel - 1) * gap + 1
        total = max((-(-length // stride) - 1) * stride + reach - length, 0) if layer.padding == "same" else 0
        before.append(total // 2)
        after.append(total - total // 2)
    return {"kernel_shape": tuple(size), "strides": tuple(layer.strides), "pads": (*before, *after)}


ACTIVATIONS: dict[Callable[..., object], Callable[[Graph], None]] = {
    activations.linear: lambda graph: None,
    activations.relu: _operator("Relu"),
    activations.tanh: _operator("Tanh"),
    activations.sigmoid: _operator("Sigmoid"),
    activations.gelu: _operator("Gelu"),
    activations.elu: _operator("Elu"),
    activations.silu: _silu,
    activations.softmax: _softmax,
}

WRITERS: dict[type, Callable[[Graph, keras.Layer], None]] = {
    layers.InputLayer: omit,
    layers.Flatten: flatten,
    layers.Reshape: reshape,
    layers.Dense: dense,
    layers.Dropout: omit,
    layers.Conv2D: conv2d,
    layers.MaxPooling2D: max_pool,
    layers.AveragePooling2D: average_pool,
    layers.GlobalAveragePooling2D: global_average_pool,
    layers.BatchNormalization: batch_normalization,
    layers.Rescaling: rescaling,
    layers.Activation: activate,
    layers.ReLU: relu,
    layers.LeakyReLU: leaky_relu,
    layers.Softmax: softmax,
}
