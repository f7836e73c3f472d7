"""A network as TensorFlow.js' layers format, `model.json` and its weights for `tf.loadLayersModel`, and back.

In: a chain of layers and what the file shall say about itself. Out: the files by name, the same for the same
network. Or the other way: the chain in such files, its weights as a browser would have them; no more of the format is
read than is written here. Needs neither Keras nor TensorFlow, and writes nothing to the disk.

The format: https://www.tensorflow.org/js/guide/save_load, and of every layer the class of its name in
https://github.com/tensorflow/tfjs/tree/tfjs-v4.22.0/tfjs-layers/src/layers. What that code would take and compute
otherwise than Keras does is refused here: it ignores `groups`, the dilation of a depthwise convolution and the
slope of a ReLU.
"""

import json
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.formats.chain import INPUT, Chain, Layer, check_chain
from inkdigit.formats.kinds import JOINS, KINDS, Shape
from inkdigit.version import __version__

WHAT = "cannot export to TensorFlow.js"
READING = "cannot read the export for TensorFlow.js"
MODEL_FILE, WEIGHTS_FILE = "model.json", "group1-shard1of1.bin"

ACTIVATION_NAMES = {"silu": "swish"}
"""Where TensorFlow.js has another name for an activation."""

OPTION_NAMES = {"negative_slope": "alpha"}
"""Where TensorFlow.js has another name for an option."""

WIDEST = 200
"""Characters of a line of `model.json`: a layer or a weight is one line."""


def tfjs_files(chain: Chain, *, metadata: Mapping[str, Any], bits: int = 32) -> dict[str, bytes]:
    """Write a network as the files that `tf.loadLayersModel` fetches.

    Args:
        chain: Ends with a softmax over any number of classes.
        metadata: For `userDefinedMetadata`, JSON values; `input`, the shape and the scale of what the network takes,
            is added.
        bits: Of each number in a kernel: 32 as it is; 16 or 8 as whole numbers on an even scale from its smallest
            to its largest value. Vectors, such as a bias, always have 32.

    Returns:
        `model.json`, UTF-8, and `group1-shard1of1.bin`, the arrays one after the other as they stand in
        `weightsManifest`, little-endian, C order.

    Raises:
        BadInput: TensorFlow.js has no such layer, or computes it in another way; the message names it.
    """
    shapes = check_chain(chain, what=WHAT)
    for layer in chain.layers:
        _refuse_other_arithmetic(layer)
    first, layers, taken = _listed(chain, shapes)
    arrays = [(f"{layer.name}/{name}", layer.weights[name]) for layer in layers for name in layer.weights]
    packed = [_packed(name, array, bits=bits) for name, array in arrays]
    model = {
        "format": "layers-model",
        "generatedBy": f"inkdigit {__version__}",
        "convertedBy": None,
        "userDefinedMetadata": {**metadata, "input": {"shape": chain.input_shape, "scale": _short(chain.ink_scale)}},
        "modelTopology": _topology(first, chain, layers, taken),
        "weightsManifest": [{"paths": [WEIGHTS_FILE], "weights": [entry for entry, _ in packed]}],
    }
    return {MODEL_FILE: f"{_readable(model)}\n".encode(), WEIGHTS_FILE: b"".join(content for _, content in packed)}


def _listed(chain: Chain, shapes: tuple[Shape, ...]) -> tuple[str, list[Layer], list[tuple[str, ...]]]:
    """The name of the input; the layers with names that TensorFlow.js takes, without those that it would throw at; and
    for each the names of those that it takes."""
    first, *names = _names(["ink", *(layer.name for layer in chain.layers)])
    known, layers, taken = [first], list[Layer](), list[tuple[str, ...]]()  # of each layer, who gives what it gives
    for layer, name, places in zip(chain.layers, names, chain.sources(), strict=True):
        given = shapes[places[0]] if places[0] >= 0 else chain.input_shape
        if _is_flat_already(layer, given):
            known.append(known[places[0] + 1])
            continue
        layers.append(replace(layer, name=name))
        taken.append(tuple(known[at + 1] for at in places))
        known.append(name)
    return first, layers, taken


def _topology(first: str, chain: Chain, layers: list[Layer], taken: list[tuple[str, ...]]) -> dict[str, Any]:
    """The network as TensorFlow.js reads it: a sequence, or where it branches who takes what."""
    described = [_input(first, chain.input_shape), *map(_description, layers)]
    if not chain.branches:
        return {"class_name": "Sequential", "config": {"name": "digits", "layers": described}}
    for layer, names in zip(described, [(), *taken], strict=True):
        layer |= {
            "name": layer["config"]["name"],
            "inbound_nodes": [[[one, 0, 0, {}] for one in names]] if names else [],
        }
    ends = {"input_layers": [[first, 0, 0]], "output_layers": [[layers[-1].name, 0, 0]]}
    return {"class_name": "Functional", "config": {"name": "digits", "layers": described, **ends}}


def _is_flat_already(layer: Layer, given: Shape) -> bool:
    """Whether there is nothing to flatten; TensorFlow.js then throws."""
    return layer.kind == "Flatten" and len(given) == 1


def _refuse_other_arithmetic(layer: Layer) -> None:
    options = layer.options
    for refused, why in (
        (options.get("groups", 1) != 1, "groups of channels are not supported"),
        (layer.kind == "GlobalMaxPooling2D" and options["keepdims"], "keepdims is not supported"),
        (layer.kind == "DepthwiseConv2D" and options["dilation_rate"] != (1, 1), "dilation is not supported"),
        (layer.kind == "GlobalAveragePooling2D" and options["keepdims"], "keepdims is not supported"),
        (layer.kind == "ReLU" and options["negative_slope"] and options["max_value"] is not None,
         "negative_slope together with max_value is not supported"),
        (isinstance(options.get("scale"), tuple) or isinstance(options.get("offset"), tuple),
         "a scale for each channel is not supported"),
    ):  # fmt: skip
        if refused:
            raise BadInput(WHAT, f'layer "{layer.name}"', why)


def _short(number: float) -> float:
    """1 for 1.0, as a person writes it."""
    return int(number) if number == int(number) else number


def _names(wanted: list[str]) -> list[str]:
    """Names as TensorFlow.js allows them, each another: it throws at "größe 1"."""
    names: list[str] = []
    for name in wanted:
        valid = re.sub(r"[^A-Za-z0-9_.-]", "_", name)
        valid = valid if valid[0].isalnum() else f"layer{valid}"
        while valid in names:
            valid += "_"
        names.append(valid)
    return names


def _input(name: str, shape: Shape) -> dict[str, Any]:
    config = {"name": name, "batch_input_shape": (None, *shape), "dtype": "float32"}
    return {"class_name": "InputLayer", "config": config}


_ON_LAST_AXIS = ("BatchNormalization", "LayerNormalization", "Softmax", "Concatenate")


def _description(layer: Layer) -> dict[str, Any]:
    """A layer as TensorFlow.js reads it.

    Initialisers and regularisers are left out: they matter to a network that is yet to be trained.
    """
    kind = layer.kind
    options = {name: layer.options[name] for name in (KINDS[kind].options if kind in KINDS else ())}
    if kind == "ReLU":
        kind, unused = ("LeakyReLU", "max_value") if options["negative_slope"] else ("ReLU", "negative_slope")
        del options[unused]
    if kind in _ON_LAST_AXIS:
        options["axis"] = -1
    if "activation" in options:
        options["activation"] = ACTIVATION_NAMES.get(options["activation"], options["activation"])
    for ignored in ("groups", "keepdims"):
        options.pop(ignored, None)
    config = {"name": layer.name, **{OPTION_NAMES.get(name, name): value for name, value in options.items()}}
    return {"class_name": kind, "config": config}


def _packed(name: str, array: np.ndarray, *, bits: int) -> tuple[dict[str, Any], bytes]:
    """An entry of the manifest, and the bytes it speaks of.

    An even scale and not float16, which is as large: with it the probabilities of the two shipped networks move by at
    most 0.0002 and 0.0003 on the 10,000 test digits, with float16 by 0.0017 and 0.0008.
    """
    entry: dict[str, Any] = {"name": name, "shape": array.shape, "dtype": "float32"}
    if bits == 32 or array.ndim < 2:
        return entry, array.astype("<f4").tobytes()
    low, high = float(array.min()), float(array.max())
    scale = (high - low) / (2**bits - 1) or 1.0  # all the same: each is `low`
    levels = np.round((array.astype(np.float64) - low) / scale)
    entry["quantization"] = {"dtype": f"uint{bits}", "min": low, "scale": scale}
    return entry, levels.astype(f"<u{bits // 8}").tobytes()


def _readable(value: Any, *, indent: int = 0) -> str:
    """JSON in which whatever fits on a line stands on one."""
    line = json.dumps(value, allow_nan=False)
    if indent + len(line) <= WIDEST or not isinstance(value, dict | list | tuple) or not value:
        return line
    inner = " " * (indent + 2)
    if isinstance(value, dict):
        parts = [f"{inner}{json.dumps(key)}: {_readable(part, indent=indent + 2)}" for key, part in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{' ' * indent}}}"
    return "[\n" + ",\n".join(f"{inner}{_readable(part, indent=indent + 2)}" for part in value) + f"\n{' ' * indent}]"


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
            raise BadInput(READING, name, "is missing")
    try:
        model = json.loads(files[MODEL_FILE], object_hook=_frozen)
        weights = dict(_arrays(model["weightsManifest"], files[WEIGHTS_FILE]))
        first, *rest = model["modelTopology"]["config"]["layers"]
        layers = tuple(_layer_of(part, weights) for part in rest)
        if first["class_name"] != "InputLayer" or weights:
            raise ValueError
        _, *shape = first["config"]["batch_input_shape"]
        layers = tuple(_placed(layers, [_taken(part, first["config"]["name"]) for part in rest]))
        chain = Chain(layers, tuple(shape), float(model["userDefinedMetadata"]["input"]["scale"]))
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise BadInput(
            READING, MODEL_FILE, "is damaged, or not as inkdigit writes it", hint="export it again"
        ) from error
    check_chain(chain, what=READING)
    return chain


def _placed(layers: tuple[Layer, ...], taken: list[tuple[str, ...] | None]) -> Iterator[Layer]:
    """The layers with those that each takes, where that is not the one before it."""
    before = INPUT
    for layer, names in zip(layers, taken, strict=True):
        yield layer if names in {None, (before,)} else replace(layer, inputs=names or ())
        before = layer.name


def _taken(part: Any, first: str) -> tuple[str, ...] | None:
    """The layers that one takes, by name; None in a sequence."""
    if "inbound_nodes" not in part:
        return None
    (nodes,) = part["inbound_nodes"]
    return tuple(INPUT if name == first else name for name, *_ in nodes)


def _frozen(value: dict[str, Any]) -> dict[str, Any]:
    """Lists as the tuples that a chain has."""
    return {key: _tuples(part) for key, part in value.items()}


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value


def _arrays(manifest: Any, content: bytes) -> Iterator[tuple[str, np.ndarray]]:
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


def _layer_of(part: Any, weights: dict[str, np.ndarray]) -> Layer:
    """Read one layer; its weights are taken out of `weights`."""
    kind, config = part["class_name"], {_KERAS_OPTIONS.get(key, key): value for key, value in part["config"].items()}
    name = config.pop("name")
    if "activation" in config:
        config["activation"] = _KERAS_ACTIVATIONS.get(config["activation"], config["activation"])
    if kind in _ON_LAST_AXIS and config.pop("axis") != -1:
        raise ValueError
    expected = () if kind in JOINS else KINDS[kind].options
    options = {**{key: _UNNAMED[key] for key in expected if key in _UNNAMED}, **config}
    own = [full_name for full_name in weights if full_name.rpartition("/")[0] == name]
    return Layer(kind, name, options, {full_name.rpartition("/")[2]: weights.pop(full_name) for full_name in own})
