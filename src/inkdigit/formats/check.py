"""The trust check of a model file, made before any library parses it.

In: the bytes of a file. Out: the same bytes with the card that is in them, or a refusal. What passes is
whole to the last bit, made of the operators that inkdigit writes, and reaches for nothing outside itself.
Needs no onnx package; knows nothing of how a network is made or run.

The digest shows damage, not malice: anyone can write a digest. That is why the rest is checked too.
The field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
"""

import hashlib
import math
from dataclasses import dataclass
from typing import NamedTuple, NoReturn

import numpy as np

from inkdigit.errors import BadInput, printable
from inkdigit.formats import card as cards
from inkdigit.formats.protobuf import FIXED32, VARINT, Field, Malformed, Message, Reader, Schema
from inkdigit.types import Card

WHAT = "cannot open model"
LARGEST_MODEL = 1 << 30
"""Bytes of a model file that is opened, and of what one unpacks to; the largest shipped one has 12.2 MB."""

AGAIN = 'train it again, or write it again with "inkdigit export"'
DIGEST_KEY = "inkdigit.sha256"
INPUT, OUTPUT = "ink", "probabilities"

OPERATORS = frozenset({
    "Add", "AveragePool", "BatchNormalization", "Cast", "Concat", "Conv", "DequantizeLinear", "Elu", "Gelu",
    "LayerNormalization", "LeakyRelu", "MatMul", "MaxPool", "Min", "Mish", "Mul", "PRelu", "Pad", "QuantizeLinear",
    "ReduceMax", "ReduceMean", "Relu", "Reshape", "Resize", "Selu", "Sigmoid", "Slice", "Softmax", "Softplus",
    "Softsign", "Sum", "Tanh", "Transpose",
})  # fmt: skip
"""What `inkdigit.export` writes; all compute numbers from numbers, none reads or runs anything."""

# The largest recipe has some 40 operators; a hostile file shall not keep the check busy for more than 50 ms.
MOST_FIELDS = 50_000
MOST_AXES = 8
# Strides, pads, axes and the like; a padding of a million pixels would be a memory of terabytes.
SMALLEST_OPTION, LARGEST_OPTION = -8, 4_096
# What makes an image larger takes how much from a weight: which input that is, and the most each number may be.
_GROWING = {"Pad": (1, 64), "Resize": (2, 8)}
MOST_RESIZED = 2

# A protobuf message is a row of fields, and two rows one after the other are one message
# (https://protobuf.dev/programming-guides/encoding/#last-one-wins). So the digest, an entry of
# ModelProto.metadata_props (field 14), is appended to the finished file and covers all that is before it.
_KEY = DIGEST_KEY.encode()
_ENTRY = b"\x0a" + bytes([len(_KEY)]) + _KEY + b"\x12\x40"  # key (field 1), value (field 2) of 64 bytes
_BEFORE_DIGEST = b"\x72" + bytes([len(_ENTRY) + 64]) + _ENTRY

_PRODUCER = b"\x12\x08inkdigit"  # producer_name (field 2), which stands behind the version of the format

_BRANCHES = "has loops or branches, which no inkdigit model has"
_OUTSIDE = "keeps its weights in another file"

MODEL = Schema("model", {
    1: Field("ir_version", VARINT), 2: Field("producer_name"), 3: Field("producer_version"), 4: Field("domain"),
    5: Field("model_version", VARINT), 6: Field("doc_string"), 7: Field("graph"),
    8: Field("opset_import", many=True), 14: Field("metadata", many=True),
    25: Field("functions", refusal="has functions of its own, which no inkdigit model has"),
})  # fmt: skip
_OPERATOR_SET = Schema("operator set", {1: Field("domain"), 2: Field("version", VARINT)})
_ENTRY_OF_METADATA = Schema("metadata entry", {1: Field("key"), 2: Field("value")})
GRAPH = Schema("graph", {
    1: Field("node", many=True), 2: Field("name"), 5: Field("weight", many=True), 10: Field("doc_string"),
    11: Field("input", many=True), 12: Field("output", many=True), 13: Field("value", many=True),
})  # fmt: skip
NODE = Schema("node", {
    1: Field("input", many=True), 2: Field("output", many=True), 3: Field("name"), 4: Field("op_type"),
    5: Field("attribute", many=True), 6: Field("doc_string"), 7: Field("domain"),
})  # fmt: skip
ATTRIBUTE = Schema("attribute", {
    1: Field("name"), 2: Field("float", FIXED32), 3: Field("int", VARINT), 8: Field("int", VARINT, many=True),
    20: Field("type", VARINT), 6: Field("g", refusal=_BRANCHES), 11: Field("graphs", many=True, refusal=_BRANCHES),
})  # fmt: skip
TENSOR = Schema("weight", {
    1: Field("dims", VARINT, many=True), 2: Field("data_type", VARINT), 8: Field("name"), 9: Field("raw_data"),
    13: Field("external_data", many=True, refusal=_OUTSIDE), 14: Field("data_location", VARINT, refusal=_OUTSIDE),
})  # fmt: skip
_VALUE = Schema("value", {1: Field("name"), 2: Field("type"), 3: Field("doc_string")})
_TYPE = Schema("type", {1: Field("tensor")})
_TENSOR_TYPE = Schema("tensor type", {1: Field("element", VARINT), 2: Field("shape")})
_SHAPE = Schema("shape", {1: Field("side", many=True)})
_SIDE = Schema("side", {1: Field("length", VARINT), 2: Field("name")})

FLOAT, UINT8, INT8, INT32, INT64, FLOAT16 = 1, 2, 3, 6, 7, 10
_BYTES = {FLOAT: 4, FLOAT16: 2, UINT8: 1, INT8: 1, INT32: 4, INT64: 8}
"""The whole numbers are shapes, and weights of eight bits."""

_FLOATS = {FLOAT: "<f4", FLOAT16: "<f2"}
_UNPACKING = [("to", 2, [FLOAT])]  # of Cast: its one option, of the type INT in AttributeProto

Shape = tuple[int, ...]
Shapes = dict[str, Shape]


class _Value(NamedTuple):
    """A named value or weight of the graph; a side of its shape that is not known is 0."""

    name: str
    element: int
    shape: Shape


@dataclass(frozen=True, eq=False)
class ModelFile:
    """A model file that may be handed to ONNX Runtime.

    Args:
        content: The whole file.
        card: What it says about itself.
    """

    content: bytes
    card: Card

    @property
    def sha256(self) -> str:
        """Hex digest of the whole file, as `sha256sum` prints it."""
        return hashlib.sha256(self.content).hexdigest()


def seal(content: bytes) -> bytes:
    """Append the digest to a serialised ModelProto that has none.

    >>> seal(b"")[:-64] == _BEFORE_DIGEST
    True
    """
    covered = content + _BEFORE_DIGEST
    return covered + hashlib.sha256(covered).hexdigest().encode()


def is_own(content: bytes) -> bool:
    """Whether a file was written by inkdigit, whole or not: by its producer, or by the digest at its end."""
    return _PRODUCER in content[:64] or content[-64 - len(_BEFORE_DIGEST) : -64] == _BEFORE_DIGEST


def check_model_file(content: bytes, *, where: object) -> ModelFile:
    """Judge a model file by its bytes alone.

    Args:
        content: The whole file, of a size that was limited when it was read.
        where: Where it came from, for messages.

    Raises:
        BadInput: Another kind of file, damaged, of a newer version, or with anything in it that no model
            written by inkdigit has.
    """
    try:
        _check_seal(content)
        reader = Reader(most_fields=MOST_FIELDS)
        model = reader.read(memoryview(content), MODEL)
        card = cards.from_json(_card_text(reader, model))
        _check_graph(reader, model, classes=len(card.classes))
    except Malformed as error:
        raise BadInput(WHAT, where, str(error), hint=AGAIN) from error
    except BadInput as error:
        raise BadInput(WHAT, where, str(error), hint=AGAIN) from error
    return ModelFile(content, card)


def _check_seal(content: bytes) -> None:
    """Refuse a file of which a single bit is not as it was written."""
    covered, digest = memoryview(content)[:-64], content[-64:]
    if covered[-len(_BEFORE_DIGEST) :] != _BEFORE_DIGEST:
        raise Malformed("does not end with an inkdigit digest: it was cut short, or written by another program")
    if hashlib.sha256(covered).hexdigest().encode() != digest:
        raise Malformed("is damaged: its digest does not match")


def _card_text(reader: Reader, model: Message) -> str:
    """Find the text of the card; an entry that comes twice would be one thing to us and another to ONNX Runtime."""
    entries = [reader.read(entry, _ENTRY_OF_METADATA) for entry in model.parts("metadata")]
    keys = [entry.text("key") for entry in entries]
    if len(set(keys)) != len(keys):
        raise Malformed("has an entry of its metadata twice")
    if cards.METADATA_KEY not in keys:
        raise Malformed("has no inkdigit card in its metadata")
    return entries[keys.index(cards.METADATA_KEY)].text("value")


def _check_graph(reader: Reader, model: Message, *, classes: int) -> None:
    """Check all parts of the network, its input and its output."""
    sets = [reader.read(part, _OPERATOR_SET).text("domain") for part in model.parts("opset_import")]
    if sets != [""]:
        _refuse_operators(", ".join(map(repr, sets)) or "no operator set")
    graph = reader.read(model.part("graph"), GRAPH)
    if not graph.parts("node"):
        raise Malformed("holds no network")
    nodes = [reader.read(node, NODE) for node in graph.parts("node")]
    for node in nodes:
        _check_node(reader, node)
    tensors = [reader.read(weight, TENSOR) for weight in graph.parts("weight")]
    weights = [_weight(tensor) for tensor in tensors]
    _check_halves(reader, nodes, weights)
    _check_growth(nodes, {tensor.text("name"): tensor for tensor in tensors})
    values = [_value(reader, value) for value in graph.parts("value")]
    entries = [_value(reader, value) for value in graph.parts("input")]
    if [(v.name, v.element, v.shape[1:]) for v in entries] != [(INPUT, FLOAT, (28, 28))]:
        raise Malformed("does not take images of 28x28 in 0..1")
    answers = [_value(reader, value) for value in graph.parts("output")]
    if [(v.name, v.element, v.shape[1:]) for v in answers] != [(OUTPUT, FLOAT, (classes,))]:
        raise Malformed(f"does not answer with {classes} probabilities per image")
    if entries[0].shape[0] or answers[0].shape[0]:
        raise Malformed("does not take any number of images")
    _check_fit(nodes, {v.name: v.shape for v in weights}, {v.name: v.shape for v in (*values, *entries, *answers)})


def _check_halves(reader: Reader, nodes: list[Message], weights: list[_Value]) -> None:
    """Refuse half precision but for storing weights: each is unpacked to float32, and nothing else is converted.

    Once each, because ONNX Runtime keeps every copy: a thousand of one weight would fill any memory.
    """
    names = [weight.name for weight in weights]
    if len(set(names)) != len(names):
        raise Malformed("has two weights of the same name")
    halves = {weight.name for weight in weights if weight.element == FLOAT16}
    unpacked: set[str] = set()
    for node in nodes:
        operator, inputs = node.text("op_type"), _names(node.parts("input"))
        if operator != "Cast":
            if found := halves.intersection(inputs):
                raise Malformed(f"weight {_short(min(found))}: is float16, and {operator} takes it without a Cast")
            continue
        options = [reader.read(part, ATTRIBUTE) for part in node.parts("attribute")]
        given = [(option.text("name"), option.number("type"), option.numbers("int")) for option in options]
        if len(inputs) != 1 or not halves.issuperset(inputs) or len(node.parts("output")) != 1 or given != _UNPACKING:
            raise Malformed("has a Cast of something other than a weight from float16 to float32")
        if inputs[0] in unpacked:
            raise Malformed(f"weight {_short(inputs[0])}: has two Casts to float32")
        unpacked.update(inputs)


def _check_growth(nodes: list[Message], weights: dict[str, Message]) -> None:
    """Refuse what would make an image so large that it fills the memory."""
    growing = [node for node in nodes if node.text("op_type") in _GROWING]
    if sum(node.text("op_type") == "Resize" for node in growing) > MOST_RESIZED:
        raise Malformed(f"enlarges images more than {MOST_RESIZED} times")
    for node in growing:
        at, most = _GROWING[node.text("op_type")]
        weight = weights.get((_names(node.parts("input")) + [""] * at)[at])
        dtype = {FLOAT: "<f4", INT64: "<i8"}.get(weight.number("data_type")) if weight else None
        if weight is None or dtype is None:
            raise Malformed(f"has a {node.text('op_type')} whose numbers are not in the file")
        numbers = np.frombuffer(weight.part("raw_data"), dtype)
        if not ((numbers >= 0) & (numbers <= most)).all():
            raise Malformed(f"has a {node.text('op_type')} by more than {most}")


def _check_fit(nodes: list[Message], weights: Shapes, values: Shapes) -> None:
    """Name the weight that does not fit the layer it is in, as far as the file tells the shapes between the layers.

    ONNX Runtime would refuse it too, but does not say in words which weight it means.
    """
    known, weights = {*weights, INPUT}, dict(weights)
    for node in nodes:
        inputs, outputs = _names(node.parts("input")), _names(node.parts("output"))
        if missing := [name for name in inputs if name and name not in known]:
            raise Malformed(f"{_short(node.text('name'))}: expected {_short(missing[0])}, which the file does not have")
        known.update(outputs)
        if node.text("op_type") == "Cast":
            weights[outputs[0]] = weights[inputs[0]]
        taken, given = values.get(inputs[0] if inputs else ""), values.get(outputs[0] if outputs else "")
        if len(inputs) > 1 and inputs[1] in weights and taken and given:
            kernel = weights[inputs[1]]
            expected = _kernel_shape(node.text("op_type"), taken, given, kernel)
            if kernel != expected and 0 not in expected:
                raise Malformed(f"weight {_short(inputs[1])}: expected {_sides(expected)}, got {_sides(kernel)}")


def _kernel_shape(operator: str, taken: Shape, given: Shape, kernel: Shape) -> Shape:
    """The shape that the kernel of a dense or convolutional layer must have; of any other, the one it has."""
    if operator == "MatMul":
        return (taken[-1], given[-1])
    if operator == "Conv" and len(taken) == len(given) == 4:
        # The height and width of the window, and in how many groups the channels are, cannot be seen from outside.
        groups = kernel[1] if len(kernel) == 4 and kernel[1] and taken[1] % kernel[1] == 0 else taken[1]
        return (given[1], groups, *kernel[2:4])
    return kernel


def _check_node(reader: Reader, node: Message) -> None:
    operator, domain = node.text("op_type"), node.text("domain")
    if domain or operator not in OPERATORS:
        _refuse_operators(f"{domain}:{operator}" if domain else operator)
    for part in node.parts("attribute"):
        attribute = reader.read(part, ATTRIBUTE)
        if any(not SMALLEST_OPTION <= number <= LARGEST_OPTION for number in attribute.numbers("int")):
            name = _short(attribute.text("name"))
            raise Malformed(f"has {name} outside {SMALLEST_OPTION} to {LARGEST_OPTION:,} ({operator})")


def _refuse_operators(name: str) -> NoReturn:
    raise Malformed(f"uses operators that no inkdigit model has: {_short(name)}")


def _weight(tensor: Message) -> _Value:
    """Check an array and give its name and its shape."""
    name, dims, raw = _short(tensor.text("name")), tensor.numbers("dims"), tensor.part("raw_data")
    kind = tensor.number("data_type")
    if kind not in _BYTES:
        known = "float32, float16, int64, int32, int8 or uint8"
        raise Malformed(f"weight {name}: expected {known} (types 1, 10, 7, 6, 3 and 2), got type {kind}")
    if len(dims) > MOST_AXES or any(side < 0 for side in dims):
        raise Malformed(f"weight {name}: has a shape that no array has")
    expected = math.prod(dims) * _BYTES[kind]
    if expected != len(raw):
        shown = f"{expected:,}" if expected < 1 << 63 else "more than 2^63"
        raise Malformed(f"weight {name}: expected {shown} bytes for its shape, got {len(raw):,}")
    if kind in _FLOATS and not np.isfinite(np.frombuffer(raw, _FLOATS[kind])).all():
        raise Malformed(f"weight {name}: holds numbers that are not finite")
    return _Value(tensor.text("name"), kind, tuple(dims))


def _value(reader: Reader, content: memoryview) -> _Value:
    """Read the name, the type and the shape of a value; everything but a tensor is refused by the schema."""
    value = reader.read(content, _VALUE)
    tensor = reader.read(reader.read(value.part("type"), _TYPE).part("tensor"), _TENSOR_TYPE)
    shape = reader.read(tensor.part("shape"), _SHAPE)
    sides = [reader.read(side, _SIDE).number("length") for side in shape.parts("side")]
    return _Value(value.text("name"), tensor.number("element"), tuple(sides))


def _names(parts: list[memoryview]) -> list[str]:
    return [bytes(part).decode(errors="replace") for part in parts]


def _sides(shape: Shape) -> str:
    return "x".join(map(str, shape)) or "one number"


def _short(name: str) -> str:
    return printable(name, limit=40)
