"""A chain of layers as the graph that ONNX has.

In: a chain that fits. Out: a `Graph`; what each kind of layer is, one small function says, listed in `WRITERS`. Knows
nothing of files, of cards or of Keras.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from inkdigit.formats.chain import Chain, Layer
from inkdigit.formats.check import INPUT
from inkdigit.formats.graph import Graph, Value
from inkdigit.formats.kinds import JOINS, KINDS, pads

PREPARE = f"{INPUT}/prepare"
"""What stands for a layer in the names of the nodes before the first one."""

TO_THE_END = 2**31 - 1
"""To ONNX's Slice, where an axis ends; other ends are counted from there."""


def graph_of(chain: Chain, *, half: bool = False) -> Graph:
    """Write a network node by node.

    Args:
        chain: One that `check_chain` lets pass.
        half: Whether its kernels are stored in half precision; it is computed in float32 all the same.

    Returns:
        A graph that takes "ink", (batch, 28, 28) of 0..1, whatever shape and scale the chain takes.

    Raises:
        BadInput: A weight is larger than half precision has.
    """
    graph = Graph(value=INPUT, shape=(28, 28), layer=PREPARE, half=half)
    if chain.ink_scale != 1:
        graph.add("Mul", graph.weight("scale", np.asarray(chain.ink_scale, np.float32)))
    graph.reshape(chain.input_shape)
    given, made = graph.at, list[Value]()
    for layer, taken in zip(chain.layers, chain.sources(), strict=True):
        graph.layer = layer.name
        values = [made[at] if at >= 0 else given for at in taken]
        if layer.kind in JOINS:
            shape = JOINS[layer.kind](layer.options, tuple(value.shape for value in values))
            JOINING[layer.kind](graph, values)
        else:
            shape = KINDS[layer.kind].gives(layer.options, values[0].shape)
            graph.go_to(values[0])
            WRITERS[layer.kind](graph, layer)
        graph.shape = shape
        made.append(graph.at)
    return graph


def omit(graph: Graph, layer: Layer) -> None:
    """Add nothing: the layer acts in training only."""


def flatten(graph: Graph, layer: Layer) -> None:
    """Put the channels last again before flattening, because Keras counts them fastest.

    The other way, permuting the rows of the next dense kernel, would save a transpose of a few
    thousand numbers, but the file's kernel would no longer be Keras' kernel.
    """
    graph.reshape((int(np.prod(graph.shape)),))


def reshape(graph: Graph, layer: Layer) -> None:
    """Reshape in Keras' order."""
    graph.reshape(layer.options["target_shape"])


def dense(graph: Graph, layer: Layer) -> None:
    """Multiply the last axis by the kernel (in, units) and add the bias, as Keras does at any rank (Gemm: only at 2).

    ONNX Runtime fuses the two nodes into one Gemm when it loads the file.
    """
    graph.to_channels_last()
    graph.add("MatMul", graph.kernel(layer.weights["kernel"]))
    if layer.options["use_bias"]:
        graph.add("Add", graph.weight("bias", layer.weights["bias"]))
    activate(graph, layer)


def conv2d(graph: Graph, layer: Layer) -> None:
    """Convolve channels first; Keras keeps a kernel as (height, width, in, out), ONNX as (out, in, height, width)."""
    kernel = np.ascontiguousarray(layer.weights["kernel"].transpose(3, 2, 0, 1))
    _convolve(graph, layer, kernel, groups=layer.options["groups"])


def depthwise_conv2d(graph: Graph, layer: Layer) -> None:
    """Convolve each channel by itself: the kernel (height, width, in, times) as (in x times, 1, height, width)."""
    height, width, channels, times = layer.weights["depthwise_kernel"].shape
    kernel = layer.weights["depthwise_kernel"].transpose(2, 3, 0, 1).reshape(channels * times, 1, height, width)
    _convolve(graph, layer, kernel, groups=channels)


def max_pool(graph: Graph, layer: Layer) -> None:
    """Take the largest of each window."""
    graph.to_channels_first()
    graph.add("MaxPool", **_window(graph, layer, "pool_size"))


def average_pool(graph: Graph, layer: Layer) -> None:
    """Average each window over the pixels that are inside the image, as Keras does."""
    graph.to_channels_first()
    graph.add("AveragePool", count_include_pad=0, **_window(graph, layer, "pool_size"))


def global_average_pool(graph: Graph, layer: Layer) -> None:
    """Average each channel over the whole image."""
    _reduce(graph, layer, "ReduceMean")


def global_max_pool(graph: Graph, layer: Layer) -> None:
    """Take the largest of each channel."""
    _reduce(graph, layer, "ReduceMax")


def zero_pad(graph: Graph, layer: Layer) -> None:
    """Put zeros around the image; ONNX wants all beginnings, then all ends."""
    (top, bottom), (left, right) = layer.options["padding"]
    graph.to_channels_last()
    graph.add("Pad", graph.weight("pads", np.array((0, top, left, 0, 0, bottom, right, 0), np.int64)))


def crop(graph: Graph, layer: Layer) -> None:
    """Cut the edges off."""
    (top, bottom), (left, right) = layer.options["cropping"]
    graph.to_channels_last()
    starts = graph.weight("starts", np.array((top, left), np.int64))
    ends = graph.weight("ends", np.array((-bottom or TO_THE_END, -right or TO_THE_END), np.int64))
    graph.add("Slice", starts, ends, graph.weight("axes", np.array((1, 2), np.int64)))


def enlarge(graph: Graph, layer: Layer) -> None:
    """Repeat each pixel: of whole factors, what Resize takes by default is the pixel itself."""
    graph.to_channels_first()
    scales = np.array((1, 1, *layer.options["size"]), np.float32)
    graph.add("Resize", "", graph.weight("scales", scales))


def permute(graph: Graph, layer: Layer) -> None:
    """Put the axes in another order."""
    graph.to_channels_last()
    graph.add("Transpose", perm=(0, *layer.options["dims"]))


def layer_normalization(graph: Graph, layer: Layer) -> None:
    """Normalise the last axis of each place."""
    graph.to_channels_last()
    gamma = layer.weights.get("gamma", np.ones(graph.shape[-1], np.float32))
    weights = [graph.weight("gamma", gamma)]
    if "beta" in layer.weights:
        weights.append(graph.weight("beta", layer.weights["beta"]))
    graph.add("LayerNormalization", *weights, epsilon=float(layer.options["epsilon"]))


def parametric_relu(graph: Graph, layer: Layer) -> None:
    """ReLU with learned slopes below zero, which are broadcast to the batch."""
    graph.to_channels_last()
    graph.add("PRelu", graph.weight("alpha", layer.weights["alpha"]))


def batch_normalization(graph: Graph, layer: Layer) -> None:
    """Normalise each channel with the mean and variance seen in training."""
    graph.to_channels_first()
    channels = graph.shape[-1]
    neutral = {"gamma": np.ones(channels, np.float32), "beta": np.zeros(channels, np.float32)}
    weights = {**neutral, **layer.weights}
    names = [graph.weight(name, weights[name]) for name in ("gamma", "beta", "moving_mean", "moving_variance")]
    graph.add("BatchNormalization", *names, epsilon=float(layer.options["epsilon"]))


def rescaling(graph: Graph, layer: Layer) -> None:
    """Multiply by a scale and add an offset, each one number or one per channel."""
    graph.to_channels_last()
    graph.add("Mul", graph.weight("scale", np.asarray(layer.options["scale"], np.float32)))
    graph.add("Add", graph.weight("offset", np.asarray(layer.options["offset"], np.float32)))


def relu(graph: Graph, layer: Layer) -> None:
    """ReLU with its two common options: a slope below zero and a largest value."""
    if layer.options["negative_slope"]:
        graph.add("LeakyRelu", alpha=float(layer.options["negative_slope"]))
    else:
        graph.add("Relu")
    if layer.options["max_value"] is not None:
        _at_most(graph, layer.options["max_value"])


def leaky_relu(graph: Graph, layer: Layer) -> None:
    """ReLU with a slope below zero."""
    graph.add("LeakyRelu", alpha=float(layer.options["negative_slope"]))


def softmax(graph: Graph, layer: Layer) -> None:
    """Turn the last axis into probabilities."""
    _softmax(graph)


def activate(graph: Graph, layer: Layer) -> None:
    """Add the activation that a layer carries."""
    FUNCTIONS[layer.options["activation"]](graph)


def _softmax(graph: Graph) -> None:
    graph.to_channels_last()
    graph.add("Softmax", axis=-1)


def _relu6(graph: Graph) -> None:
    graph.add("Relu")
    _at_most(graph, 6)


def _at_most(graph: Graph, value: float) -> None:
    graph.add("Min", graph.weight("max_value", np.asarray(value, np.float32)))


def _silu(graph: Graph) -> None:
    """Multiply a value by its own sigmoid; ONNX has no operator for it before version 24."""
    value = graph.value
    graph.add("Sigmoid")
    graph.add("Mul", value)


def _operator(name: str) -> Callable[[Graph], None]:
    """An activation that ONNX has as one operator with the same defaults."""
    return lambda graph: graph.add(name)


def _reduce(graph: Graph, layer: Layer, operation: str) -> None:
    """Make one number of each channel, in whichever order the image is stored."""
    keep = layer.options["keepdims"]
    axes = np.array((2, 3) if graph.channels_first else (1, 2), np.int64)
    graph.add(operation, graph.weight("axes", axes), keepdims=int(keep))
    graph.channels_first = graph.channels_first and keep


def _convolve(graph: Graph, layer: Layer, kernel: np.ndarray, *, groups: int) -> None:
    graph.to_channels_first()
    weights = [graph.kernel(kernel)]
    if layer.options["use_bias"]:
        weights.append(graph.weight("bias", layer.weights["bias"]))
    window = _window(graph, layer, "kernel_size")
    graph.add("Conv", *weights, dilations=layer.options["dilation_rate"], group=groups, **window)
    activate(graph, layer)


def _window(graph: Graph, layer: Layer, size: str) -> dict[str, Any]:
    """How a window moves over an image, as the attributes of Conv and of the pools."""
    options = layer.options
    return {"kernel_shape": options[size], "strides": options["strides"], "pads": pads(options, graph.shape)}


FUNCTIONS: dict[str, Callable[[Graph], None]] = {
    "linear": lambda graph: None,
    "relu": _operator("Relu"),
    "relu6": _relu6,
    "tanh": _operator("Tanh"),
    "sigmoid": _operator("Sigmoid"),
    "elu": _operator("Elu"),
    "selu": _operator("Selu"),
    "gelu": _operator("Gelu"),
    "silu": _silu,
    "softplus": _operator("Softplus"),
    "softsign": _operator("Softsign"),
    "mish": _operator("Mish"),
    "softmax": _softmax,
}

WRITERS: dict[str, Callable[[Graph, Layer], None]] = {
    "Flatten": flatten,
    "Reshape": reshape,
    "Rescaling": rescaling,
    "Dense": dense,
    "Conv2D": conv2d,
    "DepthwiseConv2D": depthwise_conv2d,
    "MaxPooling2D": max_pool,
    "AveragePooling2D": average_pool,
    "GlobalAveragePooling2D": global_average_pool,
    "GlobalMaxPooling2D": global_max_pool,
    "ZeroPadding2D": zero_pad,
    "Cropping2D": crop,
    "UpSampling2D": enlarge,
    "Permute": permute,
    "LayerNormalization": layer_normalization,
    "PReLU": parametric_relu,
    "BatchNormalization": batch_normalization,
    "Dropout": omit,
    "Activation": activate,
    "ReLU": relu,
    "LeakyReLU": leaky_relu,
    "Softmax": softmax,
}

JOINING: dict[str, Callable[[Graph, list[Value]], None]] = {
    "Add": lambda graph, values: graph.join("Sum", values),
    "Concatenate": lambda graph, values: graph.join("Concat", values, axis=-1),
}
