"""A graph of TensorFlow's operations as a chain of layers: the other form of TensorFlow.js models.

In: the nodes of a frozen graph as `model.json` has them, and its weights by name. Out: a `Chain`, which may branch; or
a refusal that names the operation. Knows the operations that a network for pictures is made of; computes nothing.

The operations: https://www.tensorflow.org/api_docs/python/tf/raw_ops.
"""

import base64
import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from inkdigit.errors import BadInput, printable
from inkdigit.formats.chain import INPUT, Chain, Layer
from inkdigit.formats.check import WHAT
from inkdigit.formats.kinds import JOINS, KINDS, Shape, Unfit

MOST_NODES = 5_000
HINT = "convert the Keras model that it was made from, as a layers model"
PASSED = frozenset({"Identity", "StopGradient", "PreventGradient", "CheckNumerics", "Dropout", "Cast"})
FUNCTIONS = {
    "Relu": "relu", "Relu6": "relu6", "Sigmoid": "sigmoid", "Tanh": "tanh", "Elu": "elu", "Selu": "selu",
    "Softplus": "softplus", "Softsign": "softsign", "Softmax": "softmax",
}  # fmt: skip


class Node(NamedTuple):
    """One operation: its name, what it is, the names of what it takes, its attributes as the JSON has them."""

    name: str
    operation: str
    inputs: tuple[str, ...]
    attributes: dict[str, Any]

    def text(self, name: str, default: str) -> str:
        """An attribute of text, which the JSON has in base64."""
        value = self.attributes.get(name, {}).get("s")
        return default if value is None else base64.b64decode(value).decode()

    def texts(self, name: str) -> list[str]:
        """A list of them."""
        values = self.attributes.get(name, {}).get("list", {}).get("s") or []
        return [base64.b64decode(value).decode() for value in values]

    def whole(self, name: str, default: tuple[int, ...]) -> tuple[int, ...]:
        """A list of whole numbers, which the JSON has as texts."""
        values = self.attributes.get(name, {}).get("list", {}).get("i") or default
        return tuple(int(value) for value in values)

    def number(self, name: str, default: float) -> float:
        """A number."""
        return float(self.attributes.get(name, {}).get("f", default))

    def flag(self, name: str) -> bool:
        """Whether something is so."""
        return bool(self.attributes.get(name, {}).get("b", False))


class Value(NamedTuple):
    """What flows: the layer that gives it, and its shape without the batch."""

    layer: str
    shape: Shape


def chain_from_graph(nodes: Any, arrays: dict[str, np.ndarray], *, where: object) -> Chain:
    """Read a frozen graph with one input.

    Args:
        nodes: `modelTopology["node"]`.
        arrays: The weights by the names of their nodes.
        where: Where it came from, for messages.

    Returns:
        Its layers; `input_shape` is what the graph takes, whatever that is.

    Raises:
        BadInput: It has an operation that no chain can say, is damaged, or takes more than one thing.
    """
    try:
        parsed = [_node(node) for node in nodes][: MOST_NODES + 1]
        if len(parsed) > MOST_NODES:
            raise Unfit(f"has more than {MOST_NODES:,} operations")
        return _Reading(parsed, arrays).chain()
    except Unfit as error:
        raise BadInput(WHAT, where, str(error), hint=HINT) from error
    except (KeyError, TypeError, ValueError, IndexError, AttributeError, RecursionError) as error:
        raise BadInput(WHAT, where, "is no graph of TensorFlow.js, or a damaged one", hint=HINT) from error


def _node(node: Any) -> Node:
    # "^name" only says that another node runs before; ":0" is the first of what a node gives.
    inputs = tuple(str(name).removesuffix(":0") for name in node.get("input", ()) if not str(name).startswith("^"))
    return Node(str(node["name"]), str(node["op"]), inputs, node.get("attr") or {})


class _Reading:
    """The layers so far, and what each node gives."""

    def __init__(self, nodes: list[Node], arrays: dict[str, np.ndarray]) -> None:
        self.nodes = {node.name: node for node in nodes}
        self.arrays = arrays
        self.layers: list[Layer] = []
        self.values: dict[str, Value] = {}

    def chain(self) -> Chain:
        entries = [node for node in self.nodes.values() if node.operation in {"Placeholder", "PlaceholderWithDefault"}]
        if len(entries) != 1:
            raise Unfit(f"takes {len(entries)} inputs; expected one image")
        sides = entries[0].attributes["shape"]["shape"].get("dim", ())
        shape = tuple(int(side["size"]) for side in sides)[1:]
        self.values[entries[0].name] = Value(INPUT, shape)
        for node in self._ends():
            self._read(node.name)
        return Chain(tuple(self.layers), shape)

    def _ends(self) -> list[Node]:
        """The nodes whose values nobody takes, and that come from the input."""
        taken = {name for node in self.nodes.values() for name in node.inputs}
        free = (node for node in self.nodes.values() if node.name not in taken and node.name not in self.values)
        return [node for node in free if not self._is_constant(node.name)][:1]

    def _read(self, name: str) -> Value:
        """The value of a node; what it takes is read before, without recursion, which a long chain would exhaust."""
        waiting = [name]
        while waiting:
            node = self.nodes[waiting[-1]]
            missing = [one for one in self._flowing(node) if one not in self.values]
            if missing and len(waiting) <= len(self.nodes):
                waiting.append(missing[0])
                continue
            if missing:
                raise Unfit("goes in a circle")
            if node.name not in self.values:
                self.values[node.name] = self._value(node)
            waiting.pop()
        return self.values[name]

    def _flowing(self, node: Node) -> list[str]:
        """What a node takes that depends on the picture; of a shape only its sides count."""
        if node.operation == "Reshape":
            return [node.inputs[0]]
        return [name for name in node.inputs if not self._is_constant(name)]

    def _is_constant(self, name: str) -> bool:
        return self._source(name).operation == "Const"

    def _source(self, name: str) -> Node:
        """The node that a value comes from, through those that only pass it on."""
        node = self.nodes[name]
        for _ in self.nodes:
            if node.operation not in PASSED or not node.inputs:
                return node
            node = self.nodes[node.inputs[0]]
        raise Unfit("goes in a circle")

    def constant(self, name: str) -> np.ndarray:
        """The numbers of a constant."""
        return self.arrays[self._source(name).name]

    def _value(self, node: Node) -> Value:
        """Add the layers of one node."""
        given = [self.values[name] for name in self._flowing(node)]
        if node.operation in PASSED:
            return given[0]
        if len(given) > 1:
            return self._join(node, given)
        reader = READERS.get(node.operation)
        if reader is None:
            what = printable(node.operation, limit=40)
            raise Unfit(f'has the operation {what} ("{printable(node.name, limit=40)}"), which no layer here is')
        value = given[0]
        for kind, options, weights in reader(self, node, value.shape):
            value = self._add(node, kind, options, weights, value)
        return value

    def _add(self, node: Node, kind: str, options: Any, weights: dict[str, np.ndarray], value: Value) -> Value:
        arrays = {name: np.asarray(array, np.float32) for name, array in weights.items()}
        name = f"{node.name.replace('/', '.')}.{len(self.layers)}"
        before = self.layers[-1].name if self.layers else INPUT
        inputs = () if value.layer == before else (value.layer,)
        self.layers.append(Layer(kind, name, options, arrays, inputs))
        return Value(name, KINDS[kind].gives(options, value.shape))

    def _join(self, node: Node, given: list[Value]) -> Value:
        kind = {"Add": "Add", "AddV2": "Add", "AddN": "Add", "ConcatV2": "Concatenate"}.get(node.operation)
        last = kind != "Concatenate" or int(self.constant(node.inputs[-1])) in {-1, len(given[0].shape)}
        if kind is None or not last:
            raise Unfit(f"joins with the operation {printable(node.operation, limit=40)}, which no layer here does")
        name = f"{node.name.replace('/', '.')}.{len(self.layers)}"
        self.layers.append(Layer(kind, name, {}, {}, tuple(value.layer for value in given)))
        return Value(name, JOINS[kind]({}, tuple(value.shape for value in given)))

    def sides(self, name: str, shape: Shape) -> Shape:
        """The shape that Reshape is to give, without the batch: a constant, or packed of one with the batch before."""
        node = self.nodes[name]
        if self._is_constant(name):
            wanted = [int(side) for side in self.constant(name).reshape(-1)][1:]
        elif node.operation == "Pack":
            wanted = [int(self.constant(part)) if self._is_constant(part) else 0 for part in node.inputs][1:]
        else:
            raise Unfit("works out a shape as it goes")
        size, known = math.prod(shape), math.prod(side for side in wanted if side > 0)
        return tuple(side if side > 0 else size // max(known, 1) for side in wanted)


Part = tuple[str, dict[str, Any], dict[str, np.ndarray]]
Read = Callable[[_Reading, Node, Shape], Iterator[Part]]


def _activation(node: Node, function: str) -> Iterator[Part]:
    if function == "LeakyRelu":
        slope = node.number("leakyrelu_alpha", node.number("alpha", 0.2))
        yield "LeakyReLU", {"negative_slope": slope}, {}
    elif function in FUNCTIONS:
        yield "Activation", {"activation": FUNCTIONS[function]}, {}
    else:
        raise Unfit(f"has the function {printable(function, limit=40)}, which no layer here is")


def _fused(reading: _Reading, node: Node) -> tuple[dict[str, np.ndarray], list[str]]:
    """The bias that stands in one node with a product, and the functions behind it."""
    fused = node.texts("fused_ops")
    if fused[:1] == ["BiasAdd"]:
        return {"bias": reading.constant(node.inputs[2]).reshape(-1)}, fused[1:]
    return {}, fused


def _dense(reading: _Reading, node: Node, shape: Shape) -> Iterator[Part]:
    if node.flag("transpose_a") or len(shape) != 1:
        raise Unfit("multiplies a transposed matrix")
    kernel = reading.constant(node.inputs[1])
    kernel = kernel.T if node.flag("transpose_b") else kernel
    bias, functions = _fused(reading, node)
    options = {"units": int(kernel.shape[1]), "activation": "linear", "use_bias": bool(bias)}
    yield "Dense", options, {"kernel": np.ascontiguousarray(kernel), **bias}
    for function in functions:
        yield from _activation(node, function)


def _window(node: Node, size: Shape, name: str) -> dict[str, Any]:
    if node.text("data_format", "NHWC") != "NHWC" or node.text("padding", "VALID") not in {"SAME", "VALID"}:
        raise Unfit("has channels first, or a padding of its own")
    strides = node.whole("strides", (1, 1, 1, 1))
    return {name: size, "strides": strides[1:3], "padding": node.text("padding", "VALID").lower()}


def _conv2d(reading: _Reading, node: Node, shape: Shape) -> Iterator[Part]:
    kernel = reading.constant(node.inputs[1])
    bias, functions = _fused(reading, node)
    height, width, channels, filters = (int(side) for side in kernel.shape)
    options = {**_window(node, (height, width), "kernel_size"), "activation": "linear", "use_bias": bool(bias),
               "dilation_rate": node.whole("dilations", (1, 1, 1, 1))[1:3]}  # fmt: skip
    if "Depthwise" in node.operation:
        yield "DepthwiseConv2D", {**options, "depth_multiplier": filters}, {"depthwise_kernel": kernel, **bias}
    else:
        yield "Conv2D", {**options, "filters": filters, "groups": shape[-1] // channels}, {"kernel": kernel, **bias}
    for function in functions:
        yield from _activation(node, function)


def _pool(reading: _Reading, node: Node, shape: Shape) -> Iterator[Part]:
    kind = {"MaxPool": "MaxPooling2D", "AvgPool": "AveragePooling2D"}[node.operation]
    yield kind, _window(node, node.whole("ksize", (1, 1, 1, 1))[1:3], "pool_size"), {}


def _global(reading: _Reading, node: Node, shape: Shape) -> Iterator[Part]:
    axes = sorted(int(axis) % (len(shape) + 1) for axis in reading.constant(node.inputs[1]).reshape(-1))
    if axes != [1, 2]:
        raise Unfit(f"takes the {node.operation.lower()} over the axes {axes}")
    kind = {"Mean": "GlobalAveragePooling2D", "Max": "GlobalMaxPooling2D"}[node.operation]
    yield kind, {"keepdims": node.flag("keep_dims")}, {}


def _reshape(reading: _Reading, node: Node, shape: Shape) -> Iterator[Part]:
    target = reading.sides(node.inputs[1], shape)
    yield ("Flatten", {}, {}) if len(target) == 1 else ("Reshape", {"target_shape": target}, {})


def _squeezed(reading: _Reading, node: Node, shape: Shape) -> Iterator[Part]:
    if node.operation == "ExpandDims":
        axis = int(reading.constant(node.inputs[1])) % (len(shape) + 2)
        target = (*shape[: axis - 1], 1, *shape[axis - 1 :])
    else:
        target = tuple(side for side in shape if side != 1)
    yield "Reshape", {"target_shape": target}, {}


def _numbers(array: np.ndarray, shape: Shape) -> float | tuple[float, ...]:
    """One number, or one for each channel."""
    flat = array.reshape(-1)
    if flat.size == 1:
        return float(flat[0])
    if array.shape[-1:] != shape[-1:] or flat.size != shape[-1]:
        raise Unfit(f"computes with numbers of the shape {array.shape}")
    return tuple(float(number) for number in flat)


def _scaled(reading: _Reading, node: Node, shape: Shape) -> Iterator[Part]:
    """Add, Sub, Mul or RealDiv with a constant, on whichever side it stands where that is the same."""
    first = reading._is_constant(node.inputs[0])
    if first and node.operation == "RealDiv":
        raise Unfit("divides a constant by the picture")
    array = reading.constant(node.inputs[0 if first else 1]).astype(np.float64)
    one: tuple[Any, Any] = {
        "Mul": (array, 0.0), "RealDiv": (1 / array, 0.0), "Sub": (-1.0, array) if first else (1.0, -array),
    }.get(node.operation, (1.0, array))  # fmt: skip
    scale, offset = (_numbers(np.asarray(part), shape) for part in one)
    yield "Rescaling", {"scale": scale, "offset": offset}, {}


def _normalised(reading: _Reading, node: Node, shape: Shape) -> Iterator[Part]:
    names = ("gamma", "beta", "moving_mean", "moving_variance")
    weights = {name: reading.constant(source) for name, source in zip(names, node.inputs[1:5], strict=True)}
    yield "BatchNormalization", {"epsilon": node.number("epsilon", 1e-4), "center": True, "scale": True}, weights


def _padded(reading: _Reading, node: Node, shape: Shape) -> Iterator[Part]:
    edges = [[int(side) for side in pair] for pair in reading.constant(node.inputs[1])]
    if len(edges) != 4 or edges[0] != [0, 0] or edges[3] != [0, 0]:
        raise Unfit("pads the batch or the channels")
    yield "ZeroPadding2D", {"padding": (tuple(edges[1]), tuple(edges[2]))}, {}


def _transposed(reading: _Reading, node: Node, shape: Shape) -> Iterator[Part]:
    order = tuple(int(axis) for axis in reading.constant(node.inputs[1]).reshape(-1))
    yield "Permute", {"dims": order[1:]}, {}


def _function(reading: _Reading, node: Node, shape: Shape) -> Iterator[Part]:
    yield from _activation(node, node.operation)


READERS: dict[str, Read] = {
    "MatMul": _dense, "_FusedMatMul": _dense, "Conv2D": _conv2d, "_FusedConv2D": _conv2d,
    "DepthwiseConv2dNative": _conv2d, "FusedDepthwiseConv2dNative": _conv2d, "MaxPool": _pool, "AvgPool": _pool,
    "Mean": _global, "Max": _global, "Reshape": _reshape, "Squeeze": _squeezed, "ExpandDims": _squeezed,
    "Add": _scaled, "AddV2": _scaled, "BiasAdd": _scaled, "Sub": _scaled, "Mul": _scaled, "RealDiv": _scaled,
    "FusedBatchNorm": _normalised, "FusedBatchNormV2": _normalised, "FusedBatchNormV3": _normalised,
    "Pad": _padded, "PadV2": _padded, "Transpose": _transposed, "LeakyRelu": _function,
    **dict.fromkeys(FUNCTIONS, _function),
}  # fmt: skip
"""What each operation that takes one value is, layer by layer."""
