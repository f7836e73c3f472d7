"""A chain of layers as the graph that ONNX has: nodes that one value flows through, and their weights.

In: a chain that fits. Out: lists of nodes and weights; what each kind of layer is, one small function says, listed in
`WRITERS`. Knows the two orders of an image's axes, and nothing of files, of cards or of Keras; needs no onnx package.

A node and the value it gives share one name, "LAYER/OPERATION"; a weight is "LAYER/WEIGHT". Keras
allows no slash in a layer's name, so no two can clash.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from inkdigit.formats.chain import KINDS, Chain, Layer, Shape, pads
from inkdigit.formats.check import FLOAT, INPUT
from inkdigit.formats.half import is_worth_it, to_half

Attribute = int | float | tuple[int, ...]


class Node(NamedTuple):
    """One operation.

    Args:
        operation: The ONNX operator.
        name: Of the node and of what it gives.
        inputs: Names of the values and weights it takes.
        attributes: Its options.
    """

    operation: str
    name: str
    inputs: tuple[str, ...]
    attributes: dict[str, Attribute]


@dataclass
class Graph:
    """The nodes so far, and the value that the next one takes.

    Args:
        value: Name of the value.
        shape: Its shape without the batch, as Keras sees it: channels last.
        layer: Name of the layer being written; the first half of every name.
        channels_first: Whether the value is stored with its channels before height and width, as
            ONNX convolves. It stays so from layer to layer until one needs Keras' order.
        half: Whether the kernels are stored in half precision.
    """

    value: str
    shape: Shape
    layer: str
    channels_first: bool = False
    half: bool = False
    nodes: list[Node] = field(default_factory=list)
    weights: dict[str, np.ndarray] = field(default_factory=dict)

    def add(self, operation: str, *weights: str, name: str = "", **attributes: Attribute) -> None:
        """Let the value flow through one more node.

        Args:
            operation: The ONNX operator.
            weights: Names of its further inputs.
            name: Second half of the node's name; the operator if not given.
            attributes: Of the operator.
        """
        name = f"{self.layer}/{name or operation}"
        self.nodes.append(Node(operation, name, (self.value, *weights), attributes))
        self.value = name

    def weight(self, name: str, array: np.ndarray) -> str:
        """Store an array and return its full name."""
        full_name = f"{self.layer}/{name}"
        self.weights[full_name] = array
        return full_name

    def kernel(self, array: np.ndarray) -> str:
        """Store the kernel of the layer, and return the name of what it is in float32.

        In half precision, a Cast stands between: ONNX Runtime computes it once, when it loads the file.

        Raises:
            BadInput: A number is larger than half precision has.
        """
        if not (self.half and is_worth_it(array)):
            return self.weight("kernel", array)
        stored = self.weight("kernel", to_half(array, name=f"{self.layer}/kernel"))
        cast = Node("Cast", f"{self.layer}/Cast", (stored,), {"to": FLOAT})
        self.nodes.append(cast)
        return cast.name

    def reshape(self, shape: Shape) -> None:
        """Give each image another shape, its numbers read in Keras' order."""
        if shape != self.shape:
            self.to_channels_last()
            # To ONNX, 0 is "as before": the batch stays as large as it is.
            self.add("Reshape", self.weight("shape", np.array((0, *shape), np.int64)))
            self.shape = shape

    def to_channels_first(self) -> None:
        """Put the channels before height and width: (batch, channels, height, width)."""
        if not self.channels_first:
            self._transpose("to_channels_first", (len(self.shape), *range(1, len(self.shape))))
            self.channels_first = True

    def to_channels_last(self) -> None:
        """Put the channels back where Keras has them: (batch, height, width, channels)."""
        if self.channels_first:
            self._transpose("to_channels_last", (*range(2, len(self.shape) + 1), 1))
            self.channels_first = False

    def _transpose(self, name: str, axes: Shape) -> None:
        if len(axes) > 1:  # of (batch, units) there is nothing to turn
            self.add("Transpose", name=name, perm=(0, *axes))


PREPARE = f"{INPUT}/prepare"
"""What stands for a layer in the names of the nodes before the first one."""


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
    for layer in chain.layers:
        graph.layer = layer.name
        gives = KINDS[layer.kind].gives(layer.options, graph.shape)
        WRITERS[layer.kind](graph, layer)
        graph.shape = gives
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
    """Average each channel over the whole image, in whichever order it is stored."""
    keep = layer.options["keepdims"]
    axes = np.array((2, 3) if graph.channels_first else (1, 2), np.int64)
    graph.add("ReduceMean", graph.weight("axes", axes), keepdims=int(keep))
    graph.channels_first = graph.channels_first and keep


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
    "BatchNormalization": batch_normalization,
    "Dropout": omit,
    "Activation": activate,
    "ReLU": relu,
    "LeakyReLU": leaky_relu,
    "Softmax": softmax,
}
