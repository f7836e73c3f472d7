"""An `.onnx` file of inkdigit's own, with its card in the metadata.

In: the bytes of the file. Out: an `OpenModel`, run by ONNX Runtime. Knows nothing of Keras.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime

from inkdigit import card as cards
from inkdigit.errors import BadInput
from inkdigit.evaluation.models import WHAT, FirstLayer, OpenModel, in_batches, probe_images
from inkdigit.types import Card, Images, Ink, Probabilities

PASSING = frozenset({"Reshape", "Flatten", "Identity"})  # change the form of the pixels, not their values
AGAIN = 'write it again with "inkdigit export"'


def open_onnx(content: bytes, *, path: Path) -> OpenModel:
    """Open a model that inkdigit exported.

    Args:
        content: The whole file.
        path: Where it came from, for messages.

    Raises:
        BadInput: Not ONNX, without a card, reaching for other files, or of the wrong shape.
    """
    model = _parse(content, path=path)
    card = _card(model, path=path)
    session = _session(content, path=path)
    entry = session.get_inputs()[0].name

    def answer(ink: Ink) -> Probabilities:
        return np.asarray(session.run(None, {entry: ink})[0], np.float32)

    def predict(images: Images) -> Probabilities:
        return in_batches(answer, images, scale=255)

    _try(session, entry, path=path)
    return OpenModel(card.name, predict, card.temperature, card.parameters, _first_layer(model))


def _parse(content: bytes, *, path: Path) -> onnx.ModelProto:
    try:
        model = onnx.load_model_from_string(content)
    except Exception as error:  # protobuf's DecodeError lives in a module that changes between versions
        raise BadInput(WHAT, path, "is damaged, or no model at all", hint=AGAIN) from error
    if not model.graph.node:
        raise BadInput(WHAT, path, "holds no network", hint=AGAIN)
    nodes = [*model.graph.node, *(node for function in model.functions for node in function.node)]
    if any(attribute.HasField("g") or attribute.graphs for node in nodes for attribute in node.attribute):
        raise BadInput(WHAT, path, "has loops or branches, which no inkdigit model has", hint=AGAIN)
    tensors = [*model.graph.initializer, *(a.t for node in nodes for a in node.attribute if a.HasField("t"))]
    if any(tensor.data_location == onnx.TensorProto.EXTERNAL for tensor in tensors):
        raise BadInput(WHAT, path, "keeps its weights in another file", hint=AGAIN)
    return model


def _card(model: onnx.ModelProto, *, path: Path) -> Card:
    text = next((entry.value for entry in model.metadata_props if entry.key == cards.METADATA_KEY), None)
    if text is None:
        raise BadInput(
            WHAT, path, "has no inkdigit card in its metadata", hint="evaluate the .keras or .h5 file it was made from"
        )
    try:
        return cards.from_json(text)
    except BadInput as error:
        raise BadInput(WHAT, path, str(error), hint=AGAIN) from error


def _session(content: bytes, *, path: Path) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what it has to say is in the exception; a fallback would print to stdout
    try:
        return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"], enable_fallback=0)
    except Exception as error:  # ONNX Runtime's exceptions share no public base
        raise BadInput(WHAT, path, "ONNX Runtime refuses it: it is damaged, or uses unknown operators",
                       hint=AGAIN) from error  # fmt: skip


def _try(session: Any, entry: str, *, path: Path) -> None:
    """Check on a few images that ten finite probabilities come out."""
    try:
        result = session.run(None, {entry: probe_images().astype(np.float32) / 255})[0]
    except Exception as error:
        raise BadInput(WHAT, path, "does not take images of 28x28 in 0..1", hint=AGAIN) from error
    if result.shape[1:] != (10,) or not np.isfinite(result).all():
        raise BadInput(WHAT, path, "does not answer with ten finite probabilities per image", hint=AGAIN)


def _first_layer(model: onnx.ModelProto) -> FirstLayer | None:
    """Return the weights of the first layer if it is dense on the pixels; nodes come in order of execution."""
    node = next((node for node in model.graph.node if node.op_type not in PASSING), None)
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    if node is None or node.op_type not in {"MatMul", "Gemm"} or node.input[1] not in weights:
        return None
    kernel = np.asarray(onnx.numpy_helper.to_array(weights[node.input[1]]), np.float32)
    return np.ascontiguousarray(kernel.T.reshape(-1, 28, 28)) if kernel.shape[0] == 784 else None
