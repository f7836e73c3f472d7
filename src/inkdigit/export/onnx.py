"""A Keras network as an ONNX model, written node by node so that a person can read the graph.

In: a `keras.Sequential` and its card. Out: an `onnx.ModelProto` with the input "ink" and the output
"probabilities", its nodes and weights named after the Keras layers, the card in its metadata. Writes
no file, and does not prove the two equal: `parity` does.

`keras.Model.export` would need jax2onnx, and gives a graph of traced primitives without these names.
"""

import keras
import numpy as np
from onnx import ModelProto, TensorProto, checker, helper, shape_inference

from inkdigit import __version__
from inkdigit.card import METADATA_KEY, to_json
from inkdigit.errors import BadInput
from inkdigit.export.graph import Graph
from inkdigit.export.layers import pixel_scale, require, write_layer
from inkdigit.modelfile import DIGEST_KEY, INPUT, OUTPUT, seal
from inkdigit.types import Card

INPUT_SHAPES = ((28, 28), (28, 28, 1), (784,))

# Operator set 20 is the first with Gelu; with IR version 9 every ONNX Runtime from 1.17 reads it.
OPERATORS = 20
IR_VERSION = 9

# Protobuf ends at 2 GiB; this leaves room for the names.
LARGEST_MODEL = 2_000_000_000


def to_onnx(model: keras.Model, card: Card) -> ModelProto:
    """Write a network as an ONNX model, checked by ONNX itself.

    Args:
        model: A built `keras.Sequential` that takes (28, 28), (28, 28, 1) or (784,) of ink 0..1 and
            ends with a softmax over the classes of the card.
        card: Stored as JSON under the metadata key "inkdigit".

    Returns:
        Input "ink", float32 (batch, 28, 28), 0 paper, 1 ink, whatever shape and scale Keras takes; output
        "probabilities", float32 (batch, 10) or (batch, 11), a column for each class of the card; any number
        of images at once.

    Raises:
        BadInput: The network has another form, or a layer that is not supported; the message names it.
    """
    _check_form(model)
    graph = _prepared(model)
    for layer in model.layers:
        write_layer(graph, layer)
    _name_output(graph, model.layers[-1], outputs=len(card.classes))
    return _described(graph, card)


def onnx_bytes(proto: ModelProto) -> bytes:
    """Return the model as the bytes of a file, the same for the same model, with their digest at the end.

    A digest that the model already has, because it was read from a file, is replaced.
    """
    unsealed = ModelProto()
    unsealed.CopyFrom(proto)
    del unsealed.metadata_props[:]
    unsealed.metadata_props.extend(entry for entry in proto.metadata_props if entry.key != DIGEST_KEY)
    return seal(unsealed.SerializeToString(deterministic=True))


def _check_form(model: keras.Model) -> None:
    """Refuse what is not a chain of layers from one picture to one answer."""
    if type(model) is not keras.Sequential:  # a subclass may compute anything
        kind = type(model).__name__
        raise BadInput("cannot export to ONNX", model.name, f"expected a keras.Sequential, got {kind}")
    if not model.built or not model.layers:
        raise BadInput("cannot export to ONNX", model.name, "is not built", hint="give it a keras.Input")
    shape = model.input_shape[1:]
    if shape not in INPUT_SHAPES:
        expected = " or ".join(map(str, INPUT_SHAPES))
        raise BadInput("cannot export to ONNX", "input", f"expected {expected}, got {shape}")
    size = 4 * model.count_params()
    if size > LARGEST_MODEL:
        raise BadInput("cannot export to ONNX", model.name, f"{size:,} bytes; the limit is {LARGEST_MODEL:,}")


def _prepared(model: keras.Model) -> Graph:
    """Begin the graph with the ink in the shape and on the scale that the network was made for."""
    graph = Graph(value=INPUT, shape=(28, 28), layer=f"{INPUT}/prepare")
    if (scale := pixel_scale(model)) != 1:
        graph.add("Mul", graph.weight("scale", np.asarray(scale, np.float32)))
    graph.reshape(model.input_shape[1:])
    return graph


def _name_output(graph: Graph, last: keras.Layer, *, outputs: int) -> None:
    """Give the last value its name, once it is sure to be one probability per class."""
    is_softmax = bool(graph.nodes) and graph.nodes[-1].op_type == "Softmax"
    expected = f"a softmax over {outputs} classes"
    require(is_softmax and graph.shape == (outputs,), last, f"does not end the network with {expected}")
    graph.nodes[-1].output[0] = OUTPUT


def _described(graph: Graph, card: Card) -> ModelProto:
    """Close the graph, say what it is, and have ONNX check it, shapes included."""
    proto = helper.make_model(
        helper.make_graph(
            graph.nodes,
            name=card.name,
            inputs=[helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ("batch", 28, 28))],
            outputs=[helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ("batch", len(card.classes)))],
            initializer=graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", OPERATORS)],
        ir_version=IR_VERSION,
        producer_name="inkdigit",
        producer_version=__version__,
        doc_string=_description(card),
    )
    helper.set_model_props(proto, {METADATA_KEY: to_json(card)})
    # With the shape of every value in the file, a viewer shows what each layer makes of a picture.
    proto = shape_inference.infer_shapes(proto, check_type=True, strict_mode=True, data_prop=True)
    checker.check_model(proto, full_check=True)
    return proto


def _description(card: Card) -> str:
    no_digit = ' ("-": no digit at all)' if "-" in card.classes else ""
    return (
        f"{card.name}: reads one handwritten digit; {card.parameters:,} parameters, trained on {card.training_data}.\n"
        f"{INPUT}: float32 (batch, 28, 28), 0 paper, 1 ink; the digit scaled into 20x20, its centre of mass centred.\n"
        f"{OUTPUT}: float32 (batch, {len(card.classes)}), of the classes {card.classes}{no_digit} in turn; "
        f'the metadata "{METADATA_KEY}" holds the temperature that makes them honest.'
    )
