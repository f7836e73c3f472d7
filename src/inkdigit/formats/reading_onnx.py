"""A reading network as an ONNX file: its table of layers written as nodes, its kernels in half precision.

In: an architecture, a kernel and a bias for each convolution, a card. Out: the bytes of the file. The height and width
of its input are free. Knows nothing of training.
"""

import json
from collections.abc import Mapping, Sequence

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from inkdigit.architectures import Architecture, Layer
from inkdigit.formats.half import to_half
from inkdigit.shapes import Float32
from inkdigit.version import __version__

CARD_KEY = "inkdigit-reading"
"""Under which the card lies in the metadata of the file."""

INPUT, OUTPUT = "picture", "logits"

OPSET, IR_VERSION = 17, 8
"""Of ONNX, old enough for every runtime in use."""

# Axes without names: a name would have to mean the same for all convolutions.
Folded = tuple[Float32[np.ndarray, "_ _ _ _"], Float32[np.ndarray, " _"]]
"""A kernel (rows, columns, channels, filters) and a bias (filters)."""


def write_reading_network(
    architecture: Architecture, convolutions: Sequence[Folded], card: Mapping[str, object]
) -> bytes:
    """Write a network.

    Args:
        architecture: Its layers.
        convolutions: Kernel and bias of each convolution, in order.
        card: What the file says about itself.

    Returns:
        The file. Its input is float32 (n, 1, height, width), its output float32 (n, filters, rows, columns).
    """
    nodes, stored = [], []
    rest = iter(convolutions)
    for layer in architecture.layers:
        inputs = [name or INPUT for name in layer.inputs]
        output = OUTPUT if layer is architecture.layers[-1] else layer.name
        if layer.kind == "convolution":
            kernel, bias = next(rest)
            name = f"{layer.name}/kernel"
            # ONNX has the filters first, then the channels, then rows and columns.
            half = to_half(np.ascontiguousarray(kernel.transpose(3, 2, 0, 1)), name=name)
            stored += [
                numpy_helper.from_array(half, f"{name}/half"),
                numpy_helper.from_array(bias, f"{layer.name}/bias"),
            ]
            nodes.append(helper.make_node("Cast", [f"{name}/half"], [name], to=TensorProto.FLOAT))
            nodes += _convolution(layer, inputs[0], output)
        elif layer.kind == "pool":
            nodes.append(helper.make_node("MaxPool", inputs, [output], kernel_shape=[2, 1], strides=[2, 1]))
        elif layer.kind == "upsample":
            scales = numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), f"{layer.name}/scales")
            stored.append(scales)
            nodes.append(helper.make_node(
                "Resize", [inputs[0], "", scales.name], [output], mode="nearest", nearest_mode="floor",
                coordinate_transformation_mode="asymmetric",
            ))  # fmt: skip
        else:
            nodes.append(helper.make_node("Add", inputs, [output]))
    filters = architecture.layers[-1].filters
    graph = helper.make_graph(
        nodes, architecture.name,
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", 1, "height", "width"])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["n", filters, "rows", "columns"])],
        stored,
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION,
                              producer_name="inkdigit", producer_version=__version__)  # fmt: skip
    helper.set_model_props(model, {CARD_KEY: json.dumps(dict(card))})
    return bytes(model.SerializeToString())


def _convolution(layer: Layer, source: str, output: str) -> list[onnx.NodeProto]:
    """The nodes of one convolution; rectified unless it is plain."""
    (above, left) = layer.padding
    name = output if layer.plain else f"{layer.name}/plain"
    convolved = helper.make_node(
        "Conv", [source, f"{layer.name}/kernel", f"{layer.name}/bias"], [name], kernel_shape=list(layer.kernel),
        strides=list(layer.stride), dilations=list(layer.dilation), pads=[above, left, above, left],
    )  # fmt: skip
    return [convolved] if layer.plain else [convolved, helper.make_node("Relu", [name], [output])]
