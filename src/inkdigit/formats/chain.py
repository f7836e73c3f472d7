"""A network as a chain of layers: the one form that every export is written from and read into.

In: layers with their options and weights. Out: the same, once every layer fits the one before it. The table `KINDS`
is the one place that says what a chain may hold: of each kind of layer its options, its weights and the shape of what
it gives. Needs neither Keras nor ONNX, computes no network and knows no file format.

Kinds, options and weights have the names and the meaning that they have in Keras 3 (https://keras.io/api/layers).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from inkdigit.errors import BadInput

Shape = tuple[int, ...]
Options = Mapping[str, Any]

ACTIVATIONS = ("linear", "relu", "relu6", "tanh", "sigmoid", "elu", "selu", "gelu", "silu", "softplus", "softsign",
               "mish", "softmax")  # fmt: skip
"""The functions of `keras.activations`, with the defaults of their arguments."""

# Larger than any side of a network for pictures of 28x28; it keeps products far below what an array can have.
LARGEST_COUNT = 1_000_000


class Unfit(ValueError):
    """A layer has an option that it cannot have, or cannot work on what it is given; the text says why."""


class Rule(NamedTuple):
    """What an option may be: in words, and as a test."""

    expected: str
    holds: Callable[[Any], bool]


class Kind(NamedTuple):
    """One kind of layer.

    Args:
        options: The rules of its options by name.
        gives: The shape of its output, from options and input shape.
        weights: The shapes of its weights by name, likewise.
    """

    options: Mapping[str, Rule]
    gives: Callable[[Options, Shape], Shape]
    weights: Callable[[Options, Shape], dict[str, Shape]] = lambda options, shape: {}


def pads(options: Options, shape: Shape) -> tuple[int, int, int, int]:
    """Return the pixels of padding that a window needs: top, left, bottom, right.

    "same" in Keras gives ceil(length / stride) windows and puts the odd pixel of padding last.
    """
    before, after = [], []
    for length, (reach, stride) in zip(shape, _reach(options), strict=False):
        missing = max((-(-length // stride) - 1) * stride + reach - length, 0) if options["padding"] == "same" else 0
        before.append(missing // 2)
        after.append(missing - missing // 2)
    return (before[0], before[1], after[0], after[1])


def _reach(options: Options) -> list[tuple[int, int]]:
    """The pixels that a window spans, and its stride, for height and width."""
    size = options["kernel_size" if "kernel_size" in options else "pool_size"]
    gaps = options.get("dilation_rate", (1, 1))
    return [
        ((side - 1) * gap + 1, stride) for side, gap, stride in zip(size, gaps, options["strides"], strict=True)
    ]  # fmt: skip


def _windows(options: Options, shape: Shape) -> Shape:
    """The number of windows, down and across."""
    _image(options, shape)
    top, left, bottom, right = pads(options, shape)
    (height, down), (width, across) = _reach(options)
    counts = ((shape[0] + top + bottom - height) // down + 1, (shape[1] + left + right - width) // across + 1)
    _require(min(counts) >= 1, f"its window of {height}x{width} is larger than the image of {shape[0]}x{shape[1]}")
    return counts


def _image(options: Options, shape: Shape) -> Shape:
    _require(len(shape) == 3, f"expects an image of (height, width, channels), is given {shape}")
    return shape


def _same(options: Options, shape: Shape) -> Shape:
    return shape


def _require(condition: bool, why: str) -> None:
    if not condition:
        raise Unfit(why)


def _with_bias(options: Options, weights: dict[str, Shape], outputs: int) -> dict[str, Shape]:
    return {**weights, "bias": (outputs,)} if options["use_bias"] else weights


def _dense_weights(options: Options, shape: Shape) -> dict[str, Shape]:
    return _with_bias(options, {"kernel": (shape[-1], options["units"])}, options["units"])


def _conv_weights(options: Options, shape: Shape) -> dict[str, Shape]:
    channels, filters, groups = _image(options, shape)[-1], options["filters"], options["groups"]
    _require(channels % groups == 0 and filters % groups == 0, f"groups {groups} do not divide its channels")
    return _with_bias(options, {"kernel": (*options["kernel_size"], channels // groups, filters)}, filters)


def _depthwise_weights(options: Options, shape: Shape) -> dict[str, Shape]:
    channels, multiplier = _image(options, shape)[-1], options["depth_multiplier"]
    kernel = (*options["kernel_size"], channels, multiplier)
    return _with_bias(options, {"depthwise_kernel": kernel}, channels * multiplier)


def _normalisation_weights(options: Options, shape: Shape) -> dict[str, Shape]:
    names = (["gamma"] if options["scale"] else []) + (["beta"] if options["center"] else [])
    return dict.fromkeys((*names, "moving_mean", "moving_variance"), shape[-1:])


def _reshaped(options: Options, shape: Shape) -> Shape:
    target: Shape = options["target_shape"]
    _require(math.prod(target) == math.prod(shape), f"cannot give {shape} the shape {target}")
    return target


def _rescaled(options: Options, shape: Shape) -> Shape:
    for name in ("scale", "offset"):
        value = options[name]
        fits = not isinstance(value, tuple) or len(value) == shape[-1]
        _require(fits, f"{name} is not one number, nor one for each of {shape[-1]} channels")
    return shape


def _averaged(options: Options, shape: Shape) -> Shape:
    channels = _image(options, shape)[-1]
    return (1, 1, channels) if options["keepdims"] else (channels,)


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 < value <= LARGEST_COUNT


def _is_number(value: Any) -> bool:
    # 1e300 is infinite as float32, and stands in no network.
    return type(value) in (int, float) and -1e30 < value < 1e30


def _is_shape(value: Any) -> bool:
    return type(value) is tuple and 0 < len(value) <= 6 and all(_is_count(side) for side in value)


COUNT = Rule(f"a whole number from 1 to {LARGEST_COUNT:,}", _is_count)
PAIR = Rule("two whole numbers above 0", lambda value: _is_shape(value) and len(value) == 2)
SHAPE = Rule("1 to 6 whole numbers above 0", _is_shape)
NUMBER = Rule("a number", _is_number)
NUMBERS = Rule(
    "a number or a list of them",
    lambda value: _is_number(value) or (type(value) is tuple and bool(value) and all(map(_is_number, value))),
)
NOT_NEGATIVE = Rule("a number from 0", lambda value: _is_number(value) and value >= 0)
FRACTION = Rule("a number from 0 to below 1", lambda value: _is_number(value) and 0 <= value < 1)
CEILING = Rule("null or a number above 0", lambda value: value is None or (_is_number(value) and value > 0))
FLAG = Rule("true or false", lambda value: type(value) is bool)
PADDING = Rule("valid or same", lambda value: value in ("valid", "same"))
ACTIVATION = Rule("one of " + ", ".join(ACTIVATIONS), lambda value: value in ACTIVATIONS)

_CONVOLUTION = {"kernel_size": PAIR, "strides": PAIR, "padding": PADDING, "dilation_rate": PAIR}
_POOL = Kind(
    {"pool_size": PAIR, "strides": PAIR, "padding": PADDING},
    lambda options, shape: (*_windows(options, shape), shape[-1]),
)

KINDS: dict[str, Kind] = {
    "Flatten": Kind({}, lambda options, shape: (math.prod(shape),)),
    "Reshape": Kind({"target_shape": SHAPE}, _reshaped),
    "Rescaling": Kind({"scale": NUMBERS, "offset": NUMBERS}, _rescaled),
    "Dense": Kind(
        {"units": COUNT, "activation": ACTIVATION, "use_bias": FLAG},
        lambda options, shape: (*shape[:-1], options["units"]),
        _dense_weights,
    ),
    "Conv2D": Kind(
        {"filters": COUNT, **_CONVOLUTION, "groups": COUNT, "activation": ACTIVATION, "use_bias": FLAG},
        lambda options, shape: (*_windows(options, shape), options["filters"]),
        _conv_weights,
    ),
    "DepthwiseConv2D": Kind(
        {**_CONVOLUTION, "depth_multiplier": COUNT, "activation": ACTIVATION, "use_bias": FLAG},
        lambda options, shape: (*_windows(options, shape), shape[-1] * options["depth_multiplier"]),
        _depthwise_weights,
    ),
    "MaxPooling2D": _POOL,
    "AveragePooling2D": _POOL,
    "GlobalAveragePooling2D": Kind({"keepdims": FLAG}, _averaged),
    "BatchNormalization": Kind(
        {"epsilon": NOT_NEGATIVE, "center": FLAG, "scale": FLAG}, _same, _normalisation_weights
    ),
    "Dropout": Kind({"rate": FRACTION}, _same),
    "Activation": Kind({"activation": ACTIVATION}, _same),
    "ReLU": Kind({"max_value": CEILING, "negative_slope": NOT_NEGATIVE}, _same),
    "LeakyReLU": Kind({"negative_slope": NUMBER}, _same),
    "Softmax": Kind({}, _same),
}  # fmt: skip

INPUT_SHAPES: tuple[Shape, ...] = ((28, 28), (28, 28, 1), (784,))
"""How one image may come: the same 784 numbers, row by row."""

# They pass on what they are given, or only number it anew.
_CHANGES_NOTHING = ("Dropout", "Flatten")


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer.

    Args:
        kind: Name of its class in Keras 3, a key of `KINDS`.
        name: Unlike any other in the network, without a slash.
        options: Exactly those that its kind has, as JSON values with a tuple for a list; names and meaning of Keras 3.
        weights: float32 arrays by Keras' names and in Keras' order of axes.
    """

    kind: str
    name: str
    options: Mapping[str, Any]
    weights: Mapping[str, np.ndarray]


@dataclass(frozen=True, eq=False)
class Chain:
    """A whole network.

    Args:
        layers: First to last; the last gives a probability for each class.
        input_shape: One of `INPUT_SHAPES`.
        ink_scale: What ink of 0..1 is multiplied by before the first layer: 1, or 255 where the network wants
            grey levels.
    """

    layers: tuple[Layer, ...]
    input_shape: Shape
    ink_scale: float = 1.0


def check_chain(chain: Chain, *, what: str, classes: int | None = None) -> tuple[Shape, ...]:
    """Refuse a network of which any part does not fit.

    Args:
        chain: Whatever a reader made of a file or of a model.
        what: What cannot be done, for messages: "cannot export to ONNX".
        classes: How many probabilities it must give; any number if not said.

    Returns:
        The shape of what each layer gives, without the batch.

    Raises:
        BadInput: A layer or an option is not supported, a weight is missing, has another shape or is not finite,
            or the network does not end with a softmax; the message names the layer.
    """
    check_input_shape(chain.input_shape, what=what)
    if not chain.layers:
        raise BadInput(what, "", "has no layers")
    shapes: list[Shape] = []
    for layer in chain.layers:
        if any(other.name == layer.name for other in chain.layers[: len(shapes)]):
            raise BadInput(what, f'layer "{layer.name}"', "has the name of another layer")
        try:
            shapes.append(_checked(layer, shapes[-1] if shapes else chain.input_shape))
        except Unfit as error:
            raise BadInput(what, f'layer "{layer.name}"', str(error)) from error
        for name, array in layer.weights.items():
            if not np.isfinite(array).all():
                raise BadInput(what, f"{layer.name}/{name}", "holds numbers that are not finite")
    if not _gives_probabilities(chain, shapes[-1], classes):
        expected = "its" if classes is None else str(classes)
        why = f"does not end the network with a softmax over {expected} classes"
        raise BadInput(what, f'layer "{chain.layers[-1].name}"', why)
    return tuple(shapes)


def check_input_shape(shape: tuple[object, ...], *, what: str) -> None:
    """Refuse what is no image of 28x28.

    Raises:
        BadInput: The shape is none of `INPUT_SHAPES`.
    """
    if shape not in INPUT_SHAPES:
        expected = " or ".join(map(str, INPUT_SHAPES))
        raise BadInput(what, "input", f"expected {expected}, got {shape}")


def _checked(layer: Layer, shape: Shape) -> Shape:
    """Check a layer by itself and against what it is given, and return what it gives."""
    if layer.kind not in KINDS:
        raise Unfit(f"{layer.kind} is not supported")
    if "/" in layer.name or not layer.name:
        raise Unfit("has a name that is empty or has a slash in it")
    kind = KINDS[layer.kind]
    if set(layer.options) != set(kind.options):
        raise Unfit(f"expected the options {', '.join(kind.options)}")
    for name, rule in kind.options.items():
        if not rule.holds(layer.options[name]):
            raise Unfit(f"{name} {layer.options[name]} is not supported; expected {rule.expected}")
    expected = kind.weights(layer.options, shape)
    found = {name: array.shape for name, array in layer.weights.items()}
    if list(found.items()) != list(expected.items()):
        raise Unfit(f"expected the weights {_form(expected)}, got {_form(found)}")
    if any(array.dtype != np.float32 for array in layer.weights.values()):
        raise Unfit("has weights that are not float32")
    return kind.gives(layer.options, shape)


def _form(shapes: Mapping[str, Shape]) -> str:
    return ", ".join(f"{name} {'x'.join(map(str, shape))}" for name, shape in shapes.items()) or "none"


def _gives_probabilities(chain: Chain, shape: Shape, classes: int | None) -> bool:
    last = next((layer for layer in reversed(chain.layers) if layer.kind not in _CHANGES_NOTHING), None)
    if last is None or len(shape) != 1 or (classes is not None and shape != (classes,)):
        return False
    return last.kind == "Softmax" or last.options.get("activation") == "softmax"
