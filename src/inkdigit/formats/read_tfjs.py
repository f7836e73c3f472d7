"""An export for TensorFlow.js read back, so that it can be proven equal to the network it was made from.

In: the files as `tfjs` writes them. Out: the `Chain` in them, its weights as a browser would have them. Knows nothing
of Keras. It reads no more of the format than this package writes, and refuses the rest.
"""

import json
import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.formats.chain import Chain, Layer, check_chain
from inkdigit.formats.kinds import KINDS
from inkdigit.formats.tfjs import ACTIVATION_NAMES, MODEL_FILE, OPTION_NAMES, WEIGHTS_FILE

WHAT = "cannot read the export for TensorFlow.js"

_KERAS_ACTIVATIONS = {theirs: ours for ours, theirs in ACTIVATION_NAMES.items()}
_KERAS_OPTIONS = {theirs: ours for ours, theirs in OPTION_NAMES.items()}

# What an option is that the file does not name.
_UNNAMED = {"groups": 1, "keepdims": False, "negative_slope": 0.0, "max_value": None}


def chain_from_tfjs(files: Mapping[str, bytes]) -> Chain:
    """Read an export.

    Args:
        files: `model.json` and `group1-shard1of1.bin`.

    Returns:
        The network; weights of 16 or 8 bits are float32 again, as `tf.loadLayersModel` makes them.

    Raises:
        BadInput: A file is missing, damaged, or has anything in it that this package does not write.
    """
    for name in (MODEL_FILE, WEIGHTS_FILE):
        if name not in files:
            raise BadInput(WHAT, name, "is missing")
    try:
        model = json.loads(files[MODEL_FILE], object_hook=_frozen)
        weights = dict(_weights(model["weightsManifest"], files[WEIGHTS_FILE]))
        first, *rest = model["modelTopology"]["config"]["layers"]
        layers = tuple(_layer(part, weights) for part in rest)
        if first["class_name"] != "InputLayer" or weights:
            raise ValueError
        _, *shape = first["config"]["batch_input_shape"]
        chain = Chain(layers, tuple(shape), float(model["userDefinedMetadata"]["input"]["scale"]))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise BadInput(WHAT, MODEL_FILE, "is damaged, or not as inkdigit writes it", hint="export it again") from error
    check_chain(chain, what=WHAT)
    return chain


def _frozen(value: dict[str, Any]) -> dict[str, Any]:
    """Lists as the tuples that a chain has."""
    return {key: tuple(part) if isinstance(part, list) else part for key, part in value.items()}


def _weights(manifest: Any, content: bytes) -> Iterator[tuple[str, np.ndarray]]:
    """Cut the arrays out of the one file that they all are in."""
    (group,) = manifest
    if group["paths"] != (WEIGHTS_FILE,):
        raise ValueError
    at = 0
    for entry in group["weights"]:
        scale = entry.get("quantization", {"dtype": "float32"})
        dtype = np.dtype({"float32": "<f4", "uint16": "<u2", "uint8": "<u1"}[scale["dtype"]])
        size = math.prod(entry["shape"])
        values = np.frombuffer(content, dtype, count=size, offset=at) if size else np.zeros(0, dtype)
        at += size * dtype.itemsize
        if "quantization" in entry:
            values = values.astype(np.float64) * scale["scale"] + scale["min"]
        yield entry["name"], values.astype(np.float32).reshape(entry["shape"])
    if at != len(content):
        raise ValueError


def _layer(part: Any, weights: dict[str, np.ndarray]) -> Layer:
    """Read one layer; its weights are taken out of `weights`."""
    kind, config = part["class_name"], {_KERAS_OPTIONS.get(key, key): value for key, value in part["config"].items()}
    name = config.pop("name")
    if "activation" in config:
        config["activation"] = _KERAS_ACTIVATIONS.get(config["activation"], config["activation"])
    if kind in ("BatchNormalization", "Softmax") and config.pop("axis") != -1:
        raise ValueError
    options = {**{key: _UNNAMED[key] for key in KINDS[kind].options if key in _UNNAMED}, **config}
    own = [full_name for full_name in weights if full_name.rpartition("/")[0] == name]
    return Layer(kind, name, options, {full_name.rpartition("/")[2]: weights.pop(full_name) for full_name in own})
