"""A Keras network as an ONNX model, written node by node so that a person can read the graph.

In: a `keras.Sequential` and its card. Out: an `onnx.ModelProto` with the input "ink" and the output
"probabilities", its nodes and weights named after the Keras layers, the card in its metadata. Writes
no file, and does not prove the two equal: `parity` does.

`keras.Model.export` would need jax2onnx, and gives a graph of traced primitives without these names.
"""

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import ModelProto, NodeProto, TensorProto, checker, helper, numpy_helper, shape_inference

from inkdigit.errors import BadInput
from inkdigit.formats.card import METADATA_KEY, to_json
from inkdigit.formats.chain import Chain, check_chain
from inkdigit.formats.check import DIGEST_KEY, INPUT, OUTPUT, seal
from inkdigit.formats.graph import Graph, Node
from inkdigit.formats.writers import graph_of
from inkdigit.types import Card
from inkdigit.version import __version__

if TYPE_CHECKING:
    import keras

WHAT = "cannot export to ONNX"

# Operator set 20 is the first with Gelu; with IR version 9 every ONNX Runtime from 1.17 reads it.
OPERATORS = 20
IR_VERSION = 9

# Protobuf ends at 2 GiB; this leaves room for the names.
LARGEST_PROTO = 2_000_000_000


def to_onnx(model: "keras.Model", card: Card, *, half: bool = False) -> ModelProto:
    """Write a network as an ONNX model, checked by ONNX itself.

    Args:
        model: A built `keras.Sequential` that takes (28, 28), (28, 28, 1) or (784,) of ink 0..1 and
            ends with a softmax over the classes of the card.
        card: Stored as JSON under the metadata key "inkdigit".
        half: As `onnx_from_chain` takes it.

    Returns:
        Input "ink", float32 (batch, 28, 28), 0 paper, 1 ink, whatever shape and scale Keras takes; output
        "probabilities", float32 (batch, 10) or (batch, 11), a column for each class of the card; any number
        of images at once.

    Raises:
        BadInput: The network has another form, or a layer that is not supported; the message names it.
    """
    from inkdigit.formats.keras_chain import chain_from_keras  # Keras and JAX, for who has a Keras model anyway

    return onnx_from_chain(chain_from_keras(model, what=WHAT, classes=len(card.classes)), card, half=half)


def onnx_from_chain(chain: Chain, card: Card, *, half: bool = False) -> ModelProto:
    """Write a chain of layers as `to_onnx` writes a Keras model.

    Args:
        chain: Any.
        card: Of what the file will hold: with `half`, other numbers may make it another network.
        half: Store the kernels as float16, a Cast to float32 after each: half the bytes, as fast once loaded.

    Raises:
        BadInput: It does not end with a probability for each class of the card, or is too large; or `half`, and
            a weight is larger than float16 has.
    """
    check_chain(chain, what=WHAT, classes=len(card.classes))
    size = sum(array.nbytes for layer in chain.layers for array in layer.weights.values())
    if size > LARGEST_PROTO:
        raise BadInput(WHAT, card.name, f"{size:,} bytes; the limit is {LARGEST_PROTO:,}")
    return _described(graph_of(chain, half=half), card)


def onnx_bytes(proto: ModelProto) -> bytes:
    """Return the model as the bytes of a file, the same for the same model, with their digest at the end.

    A digest that the model already has, because it was read from a file, is replaced.
    """
    unsealed = ModelProto()
    unsealed.CopyFrom(proto)
    del unsealed.metadata_props[:]
    unsealed.metadata_props.extend(entry for entry in proto.metadata_props if entry.key != DIGEST_KEY)
    return seal(unsealed.SerializeToString(deterministic=True))


def _described(graph: Graph, card: Card) -> ModelProto:
    """Close the graph, say what it is, and have ONNX check it, shapes included."""
    proto = helper.make_model(
        helper.make_graph(
            [_node(node, graph) for node in graph.nodes],
            name=card.name,
            inputs=[helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ("batch", 28, 28))],
            outputs=[helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ("batch", len(card.classes)))],
            initializer=[numpy_helper.from_array(array, name) for name, array in graph.weights.items()],
        ),
        opset_imports=[helper.make_opsetid("", OPERATORS)],
        ir_version=IR_VERSION,
        producer_name="inkdigit",
        producer_version=__version__,
        doc_string=_description(card) + _storage(graph),
    )
    helper.set_model_props(proto, {METADATA_KEY: to_json(card)})
    # With the shape of every value in the file, a viewer shows what each layer makes of a picture.
    proto = shape_inference.infer_shapes(proto, check_type=True, strict_mode=True, data_prop=True)
    checker.check_model(proto, full_check=True)
    return proto


def _node(node: Node, graph: Graph) -> NodeProto:
    output = OUTPUT if node.name == graph.value else node.name
    attributes: dict[str, Any] = node.attributes
    return helper.make_node(node.operation, node.inputs, [output], name=node.name, **attributes)


def _description(card: Card) -> str:
    no_digit = ' ("-": no digit at all)' if "-" in card.classes else ""
    return (
        f"{card.name}: reads one handwritten digit; {card.parameters:,} parameters, trained on {card.training_data}.\n"
        f"{INPUT}: float32 (batch, 28, 28), 0 paper, 1 ink; the digit scaled into 20x20, its centre of mass centred.\n"
        f"{OUTPUT}: float32 (batch, {len(card.classes)}), of the classes {card.classes}{no_digit} in turn; "
        f'the metadata "{METADATA_KEY}" holds the temperature that makes them honest.'
    )


def _storage(graph: Graph) -> str:
    in_half = any(array.dtype == np.float16 for array in graph.weights.values())
    return "\nIts kernels are stored as float16; it computes in float32." if in_half else ""
