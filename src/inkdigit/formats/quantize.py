"""An ONNX model whose weights and values have eight bits: a quarter of the size, and two to four times as fast.

In: a checked model file and some digits. Out: an `onnx.ModelProto` that computes in whole numbers wherever it pays,
its card saying so. How much it lost, `parity` measures. Knows nothing of Keras.

Static quantisation (Jacob et al., "Quantization and training of neural networks for efficient integer-arithmetic-only
inference", CVPR 2018) by ONNX Runtime's own tools: the range of every value is seen on real digits, and each layer
stands between a QuantizeLinear and a DequantizeLinear that the runtime melts into one operation on bytes. Measured on
the last 5,000 of MNIST's training digits; microseconds a frame, alone and of 64 at once, one thread of an Intel Xeon
with VNNI, the least of 60 to 500 runs:

| | cnn: bytes | accuracy | alone, of 64 | mlp: bytes | accuracy | alone, of 64 |
|---|---|---|---|---|---|---|
| float32 | 1,291,300 | 99.64 % | 111, 97 | 1,410,718 | 99.34 % | 22, 4.0 |
| this | 338,257 | 99.62 % | 57, 41 | 361,998 | 99.38 % | 16, 0.8 |
| weights alone | 328,776 | 99.62 % | 523, 198 | 358,353 | 99.38 % | 423, 11.1 |

With weights alone (DequantizeLinear in front of the same float32 network) the runtime unpacks them for each call: as
small, and slower than before. Three choices, each measured:

- What follows the last kernel, its bias and the softmax, stays in float32. With the softmax in eight bits the
  probabilities come in steps of 1/256, rows no longer add up to 1, and the log-loss is four times as large (0.084
  instead of 0.021 for `cnn`); so it is 0.021 and 0.035, where float32 has 0.021 and 0.034.
- A scale for each output channel: the rows of a kernel differ in size.
- Weights in seven of the eight bits: processors without VNNI add products of bytes in 16 bits, which overflow with
  eight. At most 2 of 5,000 answers change; on every processor they are then the same network.
"""

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import onnx
from onnx import ModelProto, checker, helper, numpy_helper, shape_inference

from inkdigit.formats.card import METADATA_KEY, to_json
from inkdigit.formats.check import INPUT, ModelFile
from inkdigit.types import Card, Ink
from inkdigit.version import __version__

BATCH = 50
WITH_KERNEL = ("Conv", "MatMul")

# The tools recommend a preparation, and log so, unless a model says that it had one; ours has nothing to fuse.
PREPARED = ("onnx.quant.pre_process", "onnxruntime.quant")


def to_int8(file: ModelFile, *, card: Card, ink: Ink) -> ModelProto:
    """Write a network in eight bits.

    Args:
        file: In float32.
        card: What the new file says about itself.
        ink: float32 (n, 28, 28), some hundred digits to see the range of every value on; not those that the result
            will be measured on.

    Returns:
        A model of the same input and output, checked by ONNX itself.
    """
    # Imported here, because it takes half a second.
    from onnxruntime.quantization import QuantType, quantize_static

    import inkdigit.ort  # noqa: F401  before its quantization, which would collect telemetry

    proto = onnx.load_model_from_string(file.content)
    del proto.metadata_props[:]
    proto.metadata_props.add(key=PREPARED[0], value=PREPARED[1])
    with tempfile.TemporaryDirectory(prefix="inkdigit-") as folder, _quiet():
        draft = Path(folder) / "model.onnx"
        quantize_static(
            proto,
            draft,
            _Batches(ink),
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            per_channel=True,
            reduce_range=True,
            nodes_to_exclude=_left_alone(proto),
        )
        result = onnx.load(draft)
    return _described(result, card)


class _Batches:
    """The digits as the tools ask for them: a batch at a time, and then None."""

    def __init__(self, ink: Ink) -> None:
        self._batches = iter([{INPUT: ink[start : start + BATCH]} for start in range(0, len(ink), BATCH)])

    def get_next(self) -> dict[str, Ink] | None:
        """The next batch."""
        return next(self._batches, None)


def _left_alone(proto: ModelProto) -> list[str]:
    """The nodes that make probabilities of what the last kernel gives, and those that normalise: a scale of all
    channels together does not fit what differs from channel to channel.
    """
    nodes = list(proto.graph.node)
    last = max((place for place, node in enumerate(nodes) if node.op_type in WITH_KERNEL), default=0)
    return [node.name for place, node in enumerate(nodes) if place > last or node.op_type == "BatchNormalization"]


def _described(proto: ModelProto, card: Card) -> ModelProto:
    """Leave nothing of the tools in the file but the network, its arrays as plain bytes."""
    del proto.metadata_props[:]
    del proto.graph.value_info[:]
    arrays = [numpy_helper.from_array(numpy_helper.to_array(tensor), tensor.name) for tensor in proto.graph.initializer]
    del proto.graph.initializer[:]
    proto.graph.initializer.extend(arrays)
    helper.set_model_props(proto, {METADATA_KEY: to_json(card)})
    proto.graph.name, proto.producer_name, proto.producer_version = card.name, "inkdigit", __version__
    proto.doc_string += "\nIts weights, and the values between its layers, have eight bits."
    proto = shape_inference.infer_shapes(proto, check_type=True, strict_mode=True, data_prop=True)
    checker.check_model(proto, full_check=True)
    return proto


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep what the tools log from stderr: they log as the root, and set it up to print if nobody has."""
    root, handler = logging.getLogger(), logging.NullHandler()
    root.addHandler(handler)
    root.addFilter(_is_of_others)
    try:
        yield
    finally:
        root.removeFilter(_is_of_others)
        root.removeHandler(handler)


def _is_of_others(record: logging.LogRecord) -> bool:
    return "onnxruntime" not in record.pathname
