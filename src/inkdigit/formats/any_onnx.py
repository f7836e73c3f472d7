"""The trust check of anybody's ONNX file, made before ONNX Runtime sees it.

In: the bytes of a file. Out: how many numbers its weights have; or a refusal in one line. What passes is a network of
operators that compute numbers from numbers, whole in this one file, without loops. Whether it fits together ONNX
Runtime says, in a process of its own; see `models.guest`. Needs no onnx package.

The field numbers are those of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto3.
"""

import math
from collections.abc import Iterable

from inkdigit.errors import BadInput, printable
from inkdigit.formats.check import WHAT
from inkdigit.formats.protobuf import VARINT, Field, Malformed, Message, Reader, Schema

SAVE_AGAIN = "save it again as one file of standard operators (torch.onnx.export, tf2onnx)"

MOST_FIELDS = 300_000
"""A ResNet-50 has 3,000; a field may be two bytes long, and each takes a microsecond."""

MOST_NUMBERS = 250_000_000
"""Numbers in all weights together: 1 GB as float32."""

OPERATORS = frozenset(
    """
    Abs Add And ArgMax ArgMin AveragePool BatchNormalization Cast CastLike Ceil Celu Clip Concat Constant
    ConstantOfShape Conv ConvInteger ConvTranspose CumSum DepthToSpace DequantizeLinear Div Dropout
    DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand EyeLike Flatten Floor Gather GatherElements GatherND Gelu
    Gemm GlobalAveragePool GlobalLpPool GlobalMaxPool Greater GreaterOrEqual GroupNormalization GRU HardSigmoid
    HardSwish Hardmax Identity InstanceNormalization LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax
    LpNormalization LpPool LRN LSTM MatMul MatMulInteger Max MaxPool Mean MeanVarianceNormalization Min Mish Mod Mul
    Neg Not OneHot Or Pad Pow PRelu QLinearConv QLinearMatMul QuantizeLinear Range Reciprocal ReduceL1 ReduceL2
    ReduceLogSum ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu Reshape
    Resize RNN Round ScatterElements ScatterND Selu Shape Shrink Sigmoid Sign Size Slice Softmax Softplus Softsign
    SpaceToDepth Split Sqrt Squeeze Sub Sum Tanh ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Upsample Where
""".split()  # noqa: SIM905  a list of a hundred strings is no easier to read
)
"""Those of the standard that compute numbers from numbers and always the same: none of text, chance, sequences or
control."""

DOMAINS = frozenset({"", "ai.onnx"})

_LOOPS = "has loops or conditions within"
_OUTSIDE = "keeps its weights in another file"

MODEL = Schema("model", {
    1: Field("ir_version", VARINT), 7: Field("graph"), 8: Field("opset_import", many=True),
    25: Field("function", many=True),
})  # fmt: skip
_FUNCTION = Schema("function", {7: Field("node", many=True), 10: Field("domain")})
_GRAPH = Schema("graph", {
    1: Field("node", many=True), 5: Field("weight", many=True), 15: Field("sparse", many=True, refusal="is sparse"),
})  # fmt: skip
_NODE = Schema("node", {4: Field("op_type"), 5: Field("attribute", many=True), 7: Field("domain")})
_ATTRIBUTE = Schema("attribute", {
    1: Field("name"), 5: Field("tensor"), 10: Field("tensors", many=True), 6: Field("g", refusal=_LOOPS),
    11: Field("graphs", many=True, refusal=_LOOPS), 22: Field("sparse", refusal="is sparse"),
    23: Field("sparses", many=True, refusal="is sparse"),
})  # fmt: skip
_TENSOR = Schema("weight", {
    1: Field("dims", VARINT, many=True), 2: Field("data_type", VARINT), 8: Field("name"),
    13: Field("external", many=True, refusal=_OUTSIDE), 14: Field("data_location", VARINT), 9: Field("raw_data"),
})  # fmt: skip

BYTES = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2}
"""Of one number, by TensorProto.DataType: no text, no complex numbers."""


def check_any_onnx(content: bytes, *, where: object) -> int:
    """Refuse an ONNX file that does anything but compute, or that is not whole.

    Args:
        content: The whole file.
        where: Where it came from, for messages.

    Returns:
        The count of the numbers in its weights.

    Raises:
        BadInput: It is no ONNX model, reaches outside itself, has operators that are not on the list, loops, functions
            that hide such, or weights of other sizes than they say.
    """
    reader = Reader(most_fields=MOST_FIELDS, others=True)
    try:
        model = _model(reader, content)
        graph = reader.read(model.part("graph"), _GRAPH)
        functions = [reader.read(part, _FUNCTION) for part in model.parts("function")]
        own = {function.text("domain") for function in functions}
        weights = [reader.read(part, _TENSOR) for part in graph.parts("weight")]
        for node in (part for owner in (graph, *functions) for part in owner.parts("node")):
            weights += _constants(reader, reader.read(node, _NODE), own)
        if not graph.parts("node"):
            raise Malformed("holds no network")
        return _count(weights)
    except Malformed as error:
        raise BadInput(WHAT, where, str(error), hint=SAVE_AGAIN) from error


def _model(reader: Reader, content: bytes) -> Message:
    """The outermost message; of most files that are something else it is none."""
    try:
        model = reader.read(memoryview(content), MODEL)
        whole = bool(model.parts("graph"))
    except Malformed:
        whole = False
    if not whole:
        raise Malformed("is no ONNX model, or a damaged one")
    return model


def _constants(reader: Reader, node: Message, own: Iterable[str]) -> list[Message]:
    """Check a node, and return the constants that it holds."""
    operator, domain = node.text("op_type"), node.text("domain")
    if domain not in own and (domain not in DOMAINS or operator not in OPERATORS):
        name = printable(f"{domain}:{operator}" if domain else operator, limit=40)
        raise Malformed(f"uses the operator {name}, which is not of the standard, or does more than compute")
    attributes = [reader.read(part, _ATTRIBUTE) for part in node.parts("attribute")]
    tensors = [part for attribute in attributes for name in ("tensor", "tensors") for part in attribute.parts(name)]
    return [reader.read(part, _TENSOR) for part in tensors]


def _count(weights: Iterable[Message]) -> int:
    """The numbers in all weights; refuses what is not as large as it says, or not numbers."""
    total = 0
    for weight in weights:
        name, kind, dims = printable(weight.text("name"), limit=40), weight.number("data_type"), weight.numbers("dims")
        if weight.number("data_location"):
            raise Malformed(_OUTSIDE)
        if kind not in BYTES:
            raise Malformed(f"weight {name}: is not of numbers (type {kind})")
        if len(dims) > 8 or any(side < 0 for side in dims):
            raise Malformed(f"weight {name}: has a shape that no array has")
        numbers, raw = math.prod(dims), weight.part("raw_data")
        if raw and numbers * BYTES[kind] != len(raw):
            raise Malformed(f"weight {name}: expected {numbers * BYTES[kind]:,} bytes for its shape, got {len(raw):,}")
        total += numbers
        if total > MOST_NUMBERS:
            raise Malformed(f"has more than {MOST_NUMBERS:,} numbers")
    return total
