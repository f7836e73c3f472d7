"""An `.onnx` file of inkdigit's own, with its card in the metadata.

In: the bytes of the file. Out: an `OpenModel`, run by ONNX Runtime, once `modelfile` has found nothing
wrong with it. Knows nothing of Keras.
"""

from pathlib import Path

import numpy as np
import onnx

from inkdigit.formats.check import check_model_file
from inkdigit.models.open import FirstLayer, OpenModel, in_batches, of_digits
from inkdigit.models.runtime import Network
from inkdigit.types import Images, Probabilities

PASSING = frozenset({"Reshape", "Flatten", "Identity", "Cast"})  # change the form of pixels or of weights, no value


def open_onnx(content: bytes, *, path: Path) -> OpenModel:
    """Open a model that inkdigit exported.

    Args:
        content: The whole file.
        path: Where it came from, for messages.

    Raises:
        BadInput: Not ONNX, damaged, without a card, reaching for other files, or of the wrong shape.
    """
    file = check_model_file(content, where=path)
    network = Network(file, where=path)

    def predict(images: Images) -> Probabilities:
        return of_digits(in_batches(network, images, scale=255))

    first_layer = _first_layer(onnx.load_model_from_string(content))
    return OpenModel(file.card.name, predict, file.card.temperature, file.card.parameters, first_layer)


def _first_layer(model: onnx.ModelProto) -> FirstLayer | None:
    """Return the weights of the first layer if it is dense on the pixels; nodes come in order of execution."""
    node = next((node for node in model.graph.node if node.op_type not in PASSING), None)
    weights = {tensor.name: tensor for tensor in model.graph.initializer}
    weights |= {one.output[0]: weights[one.input[0]] for one in model.graph.node if one.op_type == "Cast"}
    if node is None or node.op_type not in {"MatMul", "Gemm"} or node.input[1] not in weights:
        return None
    kernel = np.asarray(onnx.numpy_helper.to_array(weights[node.input[1]]), np.float32)
    return np.ascontiguousarray(kernel.T.reshape(-1, 28, 28)) if kernel.shape[0] == 784 else None
