"""A model file of inkdigit's own as a chain of layers: the way back from ONNX.

In: a checked `ModelFile`. Out: the `Chain` it was written from, save Dropout, which leaves no trace in it, and what
kernels stored in half precision were before they were rounded. Needs neither Keras nor the onnx package.

The layers are guessed from the names and operators of the nodes, `layers` then writes the guess anew, and only if
every node and every weight comes out as it stands in the file is the guess given out. So no part of the file can be
overlooked, and a file that another hand has changed is refused.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.formats import check as modelfile
from inkdigit.formats.chain import INPUT, Chain, Layer, check_chain
from inkdigit.formats.check import OUTPUT, ModelFile
from inkdigit.formats.graph import Attribute, Node
from inkdigit.formats.kinds import Shape
from inkdigit.formats.protobuf import Message, Reader
from inkdigit.formats.writers import PREPARE, TO_THE_END, graph_of

WHAT = "cannot read the layers of the model"

_TYPES = {modelfile.FLOAT: "<f4", modelfile.FLOAT16: "<f2", modelfile.INT64: "<i8", modelfile.INT32: "<i4"}
_BETWEEN = ("to_channels_first", "to_channels_last", "Cast")
"""How the names of nodes begin that are no part of a layer: they turn the axes, or unpack a kernel."""
_JOINS = {"Sum": "Add", "Concat": "Concatenate"}
_FUNCTIONS = {
    (): "linear", ("Relu",): "relu", ("Relu", "Min"): "relu6", ("Tanh",): "tanh", ("Sigmoid",): "sigmoid",
    ("Elu",): "elu", ("Selu",): "selu", ("Gelu",): "gelu", ("Sigmoid", "Mul"): "silu", ("Softplus",): "softplus",
    ("Softsign",): "softsign", ("Mish",): "mish", ("Softmax",): "softmax",
}  # fmt: skip


class _Part(NamedTuple):
    """The nodes of one layer, the names of the layers it takes, and the weights of the file."""

    name: str
    nodes: list[Node]
    arrays: dict[str, np.ndarray]
    inputs: tuple[str, ...] = ()

    def array(self, name: str) -> np.ndarray:
        return self.arrays[f"{self.name}/{name}"]

    def has(self, name: str) -> bool:
        return f"{self.name}/{name}" in self.arrays

    @property
    def first(self) -> Node:
        return self.nodes[0]

    def function(self, after: int) -> str:
        """The activation that the nodes from `after` on are."""
        return _FUNCTIONS[tuple(node.operation for node in self.nodes[after:])]


def chain_from_onnx(file: ModelFile) -> Chain:
    """Read the layers of a model file.

    Args:
        file: One that inkdigit wrote, not one of eight bits.

    Returns:
        Its layers; weights are float32 also where the file has float16.

    Raises:
        BadInput: It is not exactly what this version of inkdigit writes for any chain of layers.
    """
    try:
        nodes, arrays = _parse(file)
        chain = _guess(nodes, arrays)
        check_chain(chain, what=WHAT, classes=len(file.card.classes))
        same = _is_written_as(chain, nodes, arrays)
    except (KeyError, IndexError, ValueError, TypeError) as error:  # no layer of ours is like this
        raise BadInput(WHAT, file.card.name, "is not a chain of layers that inkdigit writes") from error
    if not same:
        raise BadInput(WHAT, file.card.name, "is not as inkdigit writes it")
    return chain


def _parse(file: ModelFile) -> tuple[list[Node], dict[str, np.ndarray]]:
    """The nodes in order, and the weights by name."""
    reader = Reader(most_fields=modelfile.MOST_FIELDS)
    model = reader.read(memoryview(file.content), modelfile.MODEL)
    graph = reader.read(model.part("graph"), modelfile.GRAPH)
    messages = [reader.read(part, modelfile.NODE) for part in graph.parts("node")]
    if any("Linear" in message.text("op_type") for message in messages):
        raise BadInput(WHAT, file.card.name, "its weights have eight bits", hint="give the file it was made from")
    nodes = [_node(reader, message) for message in messages]
    if [_names(message, "output") for message in messages] != [*((node.name,) for node in nodes[:-1]), (OUTPUT,)]:
        raise ValueError
    tensors = [reader.read(part, modelfile.TENSOR) for part in graph.parts("weight")]
    return nodes, {tensor.text("name"): _array(tensor) for tensor in tensors}


def _node(reader: Reader, node: Message) -> Node:
    attributes = (reader.read(part, modelfile.ATTRIBUTE) for part in node.parts("attribute"))
    named = {attribute.text("name"): _attribute(attribute) for attribute in attributes}
    return Node(node.text("op_type"), node.text("name"), _names(node, "input"), named)


def _names(node: Message, field: str) -> tuple[str, ...]:
    return tuple(bytes(part).decode() for part in node.parts(field))


def _attribute(attribute: Message) -> Attribute:
    kind = attribute.number("type")  # of AttributeProto: 1 a float, 2 a whole number, 7 a list of them
    if kind == 1:
        return float(np.frombuffer(attribute.part("float") or bytes(4), "<f4")[0])  # protobuf may leave out a zero
    return tuple(attribute.numbers("int")) if kind == 7 else attribute.number("int")


def _array(tensor: Message) -> np.ndarray:
    dtype = _TYPES.get(tensor.number("data_type"), "u1")
    return np.frombuffer(tensor.part("raw_data"), dtype).reshape(tensor.numbers("dims"))


def _guess(nodes: list[Node], arrays: dict[str, np.ndarray]) -> Chain:
    parts = list(_by_layer(nodes, {name: _unpacked(array) for name, array in arrays.items()}))
    parts = [part._replace(inputs=taken) for part, taken in zip(parts, _taken(nodes, parts), strict=True)]
    scale = 1.0
    shape: Shape = (28, 28)
    while parts and parts[0].name == PREPARE:
        prepare = parts.pop(0)
        for node in prepare.nodes:
            if node.operation == "Mul":
                scale = float(prepare.array("scale"))
            else:
                shape = _sides(prepare.array("shape"))
    return Chain(tuple(_layer(part) for part in parts), shape, scale)


def _unpacked(array: np.ndarray) -> np.ndarray:
    return array.astype(np.float32) if array.dtype == np.float16 else array


def _by_layer(nodes: list[Node], arrays: dict[str, np.ndarray]) -> Iterator[_Part]:
    """Gather the nodes of each layer, without those that only turn the axes or unpack a kernel."""
    part = _Part("", [], arrays)
    for node in nodes:
        name, _, operation = node.name.rpartition("/")
        if name != part.name:
            if part.nodes:
                yield part
            part = _Part(name, [], arrays)
        if not operation.startswith(_BETWEEN):
            part.nodes.append(node)
    yield part


def _taken(nodes: list[Node], parts: list[_Part]) -> Iterator[tuple[str, ...]]:
    """Of each part the layers that it takes, by name; none where that is the one before it."""
    values = {node.name: node for node in nodes}

    def layer_of(value: str, own: str) -> str:
        """The layer that a value comes from, through what only turns its axes for the layer `own`."""
        while value in values and value.startswith(f"{own}/"):
            value = values[value].inputs[0]
        name = value.rpartition("/")[0] if value in values else INPUT
        return INPUT if name == PREPARE else name

    before = INPUT
    for part in parts:
        if part.name == PREPARE:
            yield ()
            continue
        count = len(part.first.inputs) if part.first.operation in _JOINS else 1
        taken = tuple(layer_of(value, part.name) for value in part.first.inputs[:count])
        yield () if taken == (before,) else taken
        before = part.name


def _layer(part: _Part) -> Layer:
    kind, options, weights = _READERS.get(part.first.operation, _activation)(part)
    return Layer(kind, part.name, options, weights, part.inputs)


_Read = tuple[str, dict[str, Any], dict[str, np.ndarray]]


def _conv(part: _Part) -> _Read:
    kernel = part.array("kernel")
    filters, channels, height, width = kernel.shape
    groups, dilation = part.first.attributes["group"], part.first.attributes["dilations"]
    options = {"kernel_size": (height, width), **_window(part.first), "dilation_rate": dilation,
               "activation": part.function(1), "use_bias": part.has("bias")}  # fmt: skip
    weights = {"bias": part.array("bias")} if part.has("bias") else {}
    if channels == 1 and isinstance(groups, int) and groups > 1:
        times = filters // groups
        depthwise = kernel.reshape(groups, times, height, width).transpose(2, 3, 0, 1)
        return "DepthwiseConv2D", {**options, "depth_multiplier": times}, {"depthwise_kernel": depthwise, **weights}
    options.update(filters=filters, groups=groups)
    return "Conv2D", options, {"kernel": kernel.transpose(2, 3, 1, 0), **weights}


def _dense(part: _Part) -> _Read:
    weights = {name: part.array(name) for name in ("kernel", "bias") if part.has(name)}
    function = part.function(len(weights))
    options = {"units": weights["kernel"].shape[-1], "activation": function, "use_bias": "bias" in weights}
    return "Dense", options, weights


def _pool(part: _Part) -> _Read:
    kind = {"MaxPool": "MaxPooling2D", "AveragePool": "AveragePooling2D"}[part.first.operation]
    return kind, {"pool_size": part.first.attributes["kernel_shape"], **_window(part.first)}, {}


def _window(node: Node) -> dict[str, Any]:
    # Where "same" needs no padding it gives what "valid" gives.
    padding = "same" if node.attributes["pads"] != (0, 0, 0, 0) else "valid"
    return {"strides": node.attributes["strides"], "padding": padding}


def _global(part: _Part) -> _Read:
    kind = {"ReduceMean": "GlobalAveragePooling2D", "ReduceMax": "GlobalMaxPooling2D"}[part.first.operation]
    return kind, {"keepdims": bool(part.first.attributes["keepdims"])}, {}


def _join(part: _Part) -> _Read:
    return _JOINS[part.first.operation], {}, {}


def _pad(part: _Part) -> _Read:
    _, top, left, _, _, bottom, right, _ = part.array("pads").tolist()
    return "ZeroPadding2D", {"padding": ((top, bottom), (left, right))}, {}


def _crop(part: _Part) -> _Read:
    (top, left), (down, across) = part.array("starts").tolist(), part.array("ends").tolist()
    bottom, right = (0 if end == TO_THE_END else -end for end in (down, across))
    return "Cropping2D", {"cropping": ((top, bottom), (left, right))}, {}


def _permute(part: _Part) -> _Read:
    perm = part.first.attributes["perm"]
    return "Permute", {"dims": perm[1:] if isinstance(perm, tuple) else ()}, {}


def _enlarge(part: _Part) -> _Read:
    return "UpSampling2D", {"size": tuple(map(int, part.array("scales")[2:].tolist()))}, {}


def _layer_normalization(part: _Part) -> _Read:
    weights = {name: part.array(name) for name in ("gamma", "beta") if part.has(name)}
    options = {"epsilon": part.first.attributes["epsilon"], "center": "beta" in weights, "scale": True}
    return "LayerNormalization", options, weights


def _parametric_relu(part: _Part) -> _Read:
    alpha = part.array("alpha")
    shared = tuple(axis for axis, side in enumerate(alpha.shape, 1) if side == 1)
    return "PReLU", {"shared_axes": shared}, {"alpha": alpha}


def _normalization(part: _Part) -> _Read:
    weights = {name: part.array(name) for name in ("gamma", "beta", "moving_mean", "moving_variance")}
    options = {"epsilon": part.first.attributes["epsilon"], "center": True, "scale": True}
    return "BatchNormalization", options, weights


def _rescaling(part: _Part) -> _Read:
    numbers = {name: part.array(name).tolist() for name in ("scale", "offset")}
    return "Rescaling", {name: tuple(n) if isinstance(n, list) else n for name, n in numbers.items()}, {}


def _reshape(part: _Part) -> _Read:
    shape = _sides(part.array("shape"))
    return ("Flatten", {}, {}) if len(shape) == 1 else ("Reshape", {"target_shape": shape}, {})


def _relu(part: _Part) -> _Read:
    slope = part.first.attributes.get("alpha", 0.0)
    if len(part.nodes) == 1 and part.first.operation == "LeakyRelu":
        return "LeakyReLU", {"negative_slope": slope}, {}
    if len(part.nodes) == 1:
        return _activation(part)
    return "ReLU", {"max_value": float(part.array("max_value")), "negative_slope": slope}, {}


def _activation(part: _Part) -> _Read:
    return "Activation", {"activation": part.function(0)}, {}


def _sides(shape: np.ndarray) -> Shape:
    return tuple(shape.tolist()[1:])  # the first is the batch


_READERS: dict[str, Callable[[_Part], _Read]] = {
    "Conv": _conv, "MatMul": _dense, "MaxPool": _pool, "AveragePool": _pool, "ReduceMean": _global,
    "ReduceMax": _global, "Sum": _join, "Concat": _join, "Pad": _pad, "Transpose": _permute, "Resize": _enlarge,
    "LayerNormalization": _layer_normalization, "PRelu": _parametric_relu, "Slice": _crop,
    "BatchNormalization": _normalization, "Mul": _rescaling, "Reshape": _reshape, "Relu": _relu, "LeakyRelu": _relu,
}  # fmt: skip


def _is_written_as(chain: Chain, nodes: list[Node], arrays: dict[str, np.ndarray]) -> bool:
    """Whether writing the chain gives the file: every node, what it takes, its options, every weight."""
    try:
        graph = graph_of(chain, half=any(array.dtype == np.float16 for array in arrays.values()))
    except BadInput:  # beside kernels in half precision, one that is too large for it
        return False
    return graph.nodes == nodes and graph.weights.keys() == arrays.keys() and all(
        array.dtype == arrays[name].dtype and np.array_equal(array, arrays[name])
        for name, array in graph.weights.items()
    )  # fmt: skip
