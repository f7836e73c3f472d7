"""A network as Keras 2, tf.keras and TensorFlow.js describe it, built anew with Keras 3.

In: the description of the layers (`model_config` of an `.h5` file, `model.to_json()`, `modelTopology` of a
`model.json`), and the weights of each layer. Out: a Keras model. What such a description has for learning alone
(initializers, regularizers, constraints, types of numbers) is left out: Keras 3 stumbles over how older versions wrote
it, and nothing is learned here. Only layers of Keras' own are built, by their class; nothing in a description can run.
"""

import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from inkdigit.backend import keras
from inkdigit.errors import BadInput, printable
from inkdigit.formats.check import WHAT

kl = keras.layers

WeightsOf = Callable[[str], Sequence[np.ndarray]]
"""The weights of a layer by its name, in the order in which it has them; none where it has none."""

MODELS = frozenset({"Sequential", "Model", "Functional"})
NAMES = {
    "BatchNormalizationV1": "BatchNormalization", "BatchNormalizationV2": "BatchNormalization",
    "Convolution2D": "Conv2D", "SeparableConvolution2D": "SeparableConv2D", "MaxPool2D": "MaxPooling2D",
    "AvgPool2D": "AveragePooling2D", "GlobalAvgPool2D": "GlobalAveragePooling2D",
    "GlobalMaxPool2D": "GlobalMaxPooling2D",
}  # fmt: skip
"""What classes were once called."""

OPTIONS = {"alpha": "negative_slope"}
"""What an option of LeakyReLU was once called."""

FOR_LEARNING = ("initializer", "regularizer", "constraint")
MOST_LAYERS = 1_000
HINT = "open it in the version that wrote it, and save it again with model.save"


def build_old(description: Any, weights_of: WeightsOf, *, where: object) -> keras.Model:
    """Build a network from its description.

    Args:
        description: Parsed JSON: "class_name" and "config".
        weights_of: The weights of each layer.
        where: Where it came from, for messages.

    Raises:
        BadInput: It is not such a description, has a layer that is not Keras' own, or weights that do not fit.
    """
    try:
        network = _model(description, where)
        for layer in network.layers:
            _give(layer, weights_of(layer.name), where)
    except BadInput:
        raise
    except Exception as error:  # whatever Keras makes of options that no Keras wrote
        why = printable(str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__, limit=120)
        raise BadInput(WHAT, where, f"Keras cannot rebuild it ({why})", hint=HINT) from error
    return network


def _model(description: Any, where: object) -> keras.Model:
    kind, config = description["class_name"], description["config"]
    if kind not in MODELS:
        raise BadInput(
            WHAT, where, f"is a {printable(kind, limit=40)}, not a Sequential or functional model", hint=HINT
        )
    parts = config if isinstance(config, list) else config["layers"]
    if not 0 < len(parts) <= MOST_LAYERS:
        raise BadInput(WHAT, where, f"has {len(parts)} layers; expected 1 to {MOST_LAYERS:,}")
    if kind == "Sequential":
        return _sequence(parts, config, where)
    return _graph(parts, config, where)


def _sequence(parts: list[Any], config: Any, where: object) -> keras.Sequential:
    shape = next(filter(None, map(_input_shape, parts[:2])), None)
    if shape is None and isinstance(config, dict):
        shape = config.get("build_input_shape")
    if shape is None:
        raise BadInput(WHAT, where, "was saved before it knew its input", hint=HINT)
    layers = [_layer(part, where) for part in parts if part["class_name"] != "InputLayer"]
    return keras.Sequential([keras.Input(tuple(shape[1:])), *layers])


def _graph(parts: list[Any], config: Any, where: object) -> keras.Model:
    """A functional model: each layer is called with what it takes, once that is there."""
    made: dict[str, Any] = {}
    for part in _in_order(parts, where):
        name = part.get("name") or part["config"]["name"]
        if part["class_name"] == "InputLayer":
            shape = _input_shape(part)
            made[name] = keras.Input(tuple(shape[1:]) if shape else (), name=name)
            continue
        given = [made[source] for source in _sources(part)]
        made[name] = _layer(part, where)(given if len(given) > 1 else given[0])
    inputs, outputs = (_ends(config[key]) for key in ("input_layers", "output_layers"))
    return keras.Model([made[name] for name in inputs], [made[name] for name in outputs])


def _in_order(parts: list[Any], where: object) -> Iterator[Any]:
    """The layers, each behind those that it takes."""
    waiting, known = list(parts), set[str]()
    while waiting:
        ready = [part for part in waiting if known.issuperset(_sources(part))]
        if not ready:
            raise BadInput(WHAT, where, "has layers that wait for one another")
        yield from ready
        known.update(part.get("name") or part["config"]["name"] for part in ready)
        waiting = [part for part in waiting if part not in ready]


def _sources(part: Any) -> list[str]:
    """The names of the layers that one takes, of which it may be called once."""
    nodes = part.get("inbound_nodes") or []
    if len(nodes) > 1:
        raise BadInput(WHAT, f'layer "{part["config"].get("name")}"', f"is used {len(nodes)} times", hint=HINT)
    found = []
    for node in nodes:
        calls = [node] if isinstance(node[0], str) else node
        for name, *_, options in calls:
            if isinstance(options, dict) and options.keys() - {"training", "mask"}:
                raise BadInput(WHAT, f'layer "{part["config"].get("name")}"', "is called with options", hint=HINT)
            found.append(str(name))
    return found


def _ends(named: list[Any]) -> list[str]:
    return [named[0]] if isinstance(named[0], str) else [one[0] for one in named]


def _input_shape(part: Any) -> list[Any] | None:
    """The shape that a layer says it is given, batch included."""
    config = part["config"] if isinstance(part["config"], dict) else {}
    shape = config.get("batch_input_shape") or config.get("batch_shape")
    if shape is None and config.get("input_dim"):
        shape = [None, config["input_dim"]]
    if shape is None and part["class_name"] in MODELS and isinstance(part["config"], dict):
        inner = part["config"].get("layers") or []
        return next(filter(None, map(_input_shape, inner[:2])), None)
    return shape


def _layer(part: Any, where: object) -> keras.Layer:
    """Build one layer, or a model within the model, without anything that only matters to learning."""
    kind, config = NAMES.get(part["class_name"], part["class_name"]), part["config"]
    if kind in MODELS:
        inner = _model({"class_name": kind, "config": config}, where)
        name = part.get("name") or (config.get("name") if isinstance(config, dict) else None)
        inner.name = str(name or inner.name)
        return inner
    cls = getattr(kl, str(kind), None)
    if not (inspect.isclass(cls) and issubclass(cls, keras.Layer)) or kind == "Lambda":
        raise BadInput(WHAT, where, f"has a layer {printable(kind, limit=40)}, which is not built here", hint=HINT)
    accepted = inspect.signature(cls.__init__).parameters.keys() - {"self", "kwargs", "dtype"}
    renamed = {OPTIONS.get(key, key) if kind == "LeakyReLU" else key: value for key, value in config.items()}
    options = {
        key: _plain(key, value) for key, value in renamed.items()
        if key in accepted | {"name"} and not key.endswith(FOR_LEARNING)
    }  # fmt: skip
    return cls(**options)


def _plain(key: str, value: Any) -> Any:
    """An option as Keras 3 has it: an axis by itself, an activation by its name."""
    if key == "axis" and isinstance(value, list) and len(value) == 1:
        return value[0]
    if key == "activation" and isinstance(value, dict):
        value = value["config"] if isinstance(value["config"], str) else value["class_name"].lower()
    if key == "activation" and value is not None:
        return keras.activations.get(str(value))
    return value


def _give(layer: keras.Layer, arrays: Sequence[np.ndarray], where: object) -> None:
    """Give a layer its weights, those that learn first, as every Keras stores them."""
    targets = [*layer.trainable_weights, *layer.non_trainable_weights]
    found = [tuple(array.shape) for array in arrays]
    expected = [tuple(target.shape) for target in targets]
    if found != expected:
        why = f"expected the weights {expected or 'none'}, got {found or 'none'}"
        raise BadInput(WHAT, where, f'layer "{printable(layer.name, limit=40)}": {why}', hint=HINT)
    for target, array in zip(targets, arrays, strict=True):
        target.assign(np.asarray(array, np.float32))
