"""Models whose description is JSON, and whose weights lie beside it.

In: the bytes of a `model.json` of TensorFlow.js, or of a description that `model.to_json()` wrote, and where it lies.
Out: a `Model`. Of the folder only the files are read that the description names, or that have a usual name; none is
looked for elsewhere.
"""

import json
from pathlib import Path
from typing import Any

from inkdigit.errors import BadInput, printable
from inkdigit.files import read_regular, sha256
from inkdigit.formats.any_tfjs import keras_from_tfjs, read_weights
from inkdigit.formats.chain import check_layers
from inkdigit.formats.check import LARGEST_MODEL, WHAT
from inkdigit.formats.keras import open_with_weights
from inkdigit.formats.keras_chain import keras_from_chain
from inkdigit.formats.tf_graph import chain_from_graph
from inkdigit.models.foreign_keras import beside, model_of_keras
from inkdigit.models.model import Model

LARGEST_JSON = 64 << 20
HINT = "give a run directory, or an .onnx, .keras, .h5 or model.json file"


def open_json(content: bytes, *, where: Path) -> Model:
    """Open a model that is described by JSON.

    Args:
        content: The whole file.
        where: Its path.

    Raises:
        BadInput: It describes no model, its weights are not beside it, or do not fit.
    """
    try:
        described: Any = json.loads(content) if len(content) <= LARGEST_JSON else None
    except (ValueError, RecursionError):
        described = None
    if isinstance(described, dict) and isinstance(described.get("modelTopology"), dict):
        return _of_tfjs(described, content, where)
    if isinstance(described, dict) and {"class_name", "config"} <= described.keys():
        endings = (".weights.h5", "_weights.h5", ".h5")
        names = [f"{name}{ending}" for name in (where.stem, "weights", "model") for ending in endings]
        weights = beside(where, names, "*.h5")
        if weights is None:
            raise BadInput(WHAT, where, "describes a model without its weights",
                           hint="put them (model.save_weights) beside it, as weights.h5")  # fmt: skip
        network = open_with_weights(content.decode("utf-8", "replace"), weights, where=where)
        return model_of_keras(network, sha256(content, weights), where=where)
    raise BadInput(WHAT, where, "is JSON, and describes no model", hint=HINT)


def _of_tfjs(described: Any, content: bytes, where: Path) -> Model:
    read: list[bytes] = []

    def read_beside(name: str) -> bytes:
        # A name, and no path: a file of a stranger must not choose what is read of this machine.
        if Path(name).name != name or name in {"", ".", ".."}:
            raise BadInput(WHAT, where, f"keeps its weights in {printable(name, limit=40)}, which is not beside it")
        read.append(read_regular(where.parent / name, limit=LARGEST_MODEL, what=WHAT))
        return read[-1]

    if "node" in described["modelTopology"]:
        arrays = read_weights(described, read_beside, where=where)
        chain = chain_from_graph(described["modelTopology"]["node"], arrays, where=where)
        check_layers(chain, what=WHAT)
        return model_of_keras(keras_from_chain(chain), sha256(content, *read), where=where)
    network = keras_from_tfjs(described, read_beside, where=where)
    return model_of_keras(network, sha256(content, *read), where=where)
