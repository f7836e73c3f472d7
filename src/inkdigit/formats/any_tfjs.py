"""Anybody's TensorFlow.js model as a Keras model: the layers format.

In: the parsed `model.json`, and a way to read the files beside it. Out: a Keras model. The weights are read as the
manifest says, packed ones unpacked; their files may be only names beside `model.json`. A graph model, which has
TensorFlow's operations instead of layers, is read by `tf_graph`.

The format: https://www.tensorflow.org/js/guide/save_load.
"""

import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from inkdigit.backend import keras
from inkdigit.errors import BadInput, printable
from inkdigit.formats.check import LARGEST_MODEL, WHAT
from inkdigit.formats.old_keras import build_old

TYPES = {"float32": "<f4", "int32": "<i4", "uint8": "u1", "uint16": "<u2", "float16": "<f2", "bool": "u1"}
LAST = ("moving_mean", "moving_variance")
"""Weights that do not learn, which Keras stores behind those that do."""

DAMAGED = "is no TensorFlow.js model, or a damaged one"

ReadBeside = Callable[[str], bytes]
"""The content of a file that lies beside `model.json`, by its name."""


def keras_from_tfjs(model: Any, read_beside: ReadBeside, *, where: object) -> keras.Model:
    """Build the network of a `model.json` in the layers format.

    Args:
        model: Parsed.
        read_beside: Reads the files of weights.
        where: Where it came from, for messages.

    Raises:
        BadInput: It is none, damaged, or has layers that are not Keras' own.
    """
    topology = model["modelTopology"]
    arrays = read_weights(model, read_beside, where=where)
    return build_old(topology.get("model_config", topology), lambda layer: _of_layer(arrays, layer), where=where)


def read_weights(model: Any, read_beside: ReadBeside, *, where: object) -> dict[str, np.ndarray]:
    """Read all weights by their names, float32 or whole numbers.

    Raises:
        BadInput: The manifest is damaged, or the files do not hold what it says.
    """
    arrays: dict[str, np.ndarray] = {}
    try:
        for group in model["weightsManifest"]:
            content = b"".join(read_beside(str(path)) for path in group["paths"])
            arrays |= dict(_unpacked(group["weights"], content, where))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadInput(WHAT, where, DAMAGED) from error
    return arrays


def _unpacked(entries: Any, content: bytes, where: object) -> Iterator[tuple[str, np.ndarray]]:
    at = 0
    for entry in entries:
        packing = entry.get("quantization", {})
        dtype = np.dtype(TYPES[packing.get("dtype", entry["dtype"])])
        size = math.prod(int(side) for side in entry["shape"])
        if not 0 <= size * dtype.itemsize <= min(LARGEST_MODEL, len(content) - at):
            name = printable(entry["name"], limit=40)
            raise BadInput(WHAT, where, f"weight {name}: the files beside it end early")
        values = np.frombuffer(content, dtype, size, at).reshape(entry["shape"])
        at += size * dtype.itemsize
        if "scale" in packing:
            values = (values.astype(np.float64) * packing["scale"] + packing["min"]).astype(np.float32)
        yield str(entry["name"]), values.astype(np.float32) if values.dtype.kind == "f" else values


def _of_layer(arrays: dict[str, np.ndarray], layer: str) -> list[np.ndarray]:
    """The weights of a layer: those whose names have its name as a part, in the order of the manifest."""
    own = [name for name in arrays if layer in name.split("/")[:-1]]
    return [arrays[name] for name in sorted(own, key=lambda name: name.rpartition("/")[2] in LAST)]
