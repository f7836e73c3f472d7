"""What each kind of layer is: its options, the weights it has and the shape of what it gives.

In: the options of a layer and the shape it is given, without the batch and channels last. Out: shapes, or `Unfit`
with the reason. Knows no file format and computes no network; this table is the one place that says what an
export supports.

Kinds, options and weights have the names and the meaning that they have in Keras 3 (https://keras.io/api/layers).
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

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
