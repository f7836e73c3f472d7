"""The kinds of layers that a chain may hold: of each its options, its weights and the shape of what it gives.

In: options and the shape that a layer is given. Out: the shape that it gives, and those of its weights. The table
`KINDS` is the one place that says it; how a kind is computed or written is said where that is done, under the same
name. Needs neither Keras nor ONNX.

Kinds, options and weights have the names and the meaning that they have in Keras 3 (https://keras.io/api/layers).
"""

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Shape = tuple[int, ...]
Shapes = tuple[Shape, ...]
Options = Mapping[str, Any]

ACTIVATIONS = ("linear", "relu", "relu6", "tanh", "sigmoid", "elu", "selu", "gelu", "silu", "softplus", "softsign",
               "mish", "softmax")  # fmt: skip
"""The functions of `keras.activations`, with the defaults of their arguments."""

# Larger than any side of a network for pictures of 28x28; it keeps products far below what an array can have.
LARGEST_COUNT = 1_000_000
LARGEST_EDGE, LARGEST_FACTOR = 64, 8
"""Pixels that are put on or cut off, and how many times an image is enlarged."""


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


def _pooled(options: Options, shape: Shape) -> Shape:
    channels = _image(options, shape)[-1]
    return (1, 1, channels) if options["keepdims"] else (channels,)


def _permuted(options: Options, shape: Shape) -> Shape:
    dims = options["dims"]
    _require(sorted(dims) == list(range(1, len(shape) + 1)), f"dims {dims} are no order of {len(shape)} axes")
    return tuple(shape[dim - 1] for dim in dims)


def _padded(options: Options, shape: Shape) -> Shape:
    (top, bottom), (left, right) = options["padding"]
    height, width, channels = _image(options, shape)
    return (height + top + bottom, width + left + right, channels)


def _cropped(options: Options, shape: Shape) -> Shape:
    (top, bottom), (left, right) = options["cropping"]
    height, width, channels = _image(options, shape)
    _require(height > top + bottom and width > left + right, f"cuts away all of {height}x{width}")
    return (height - top - bottom, width - left - right, channels)


def _enlarged(options: Options, shape: Shape) -> Shape:
    height, width, channels = _image(options, shape)
    return (height * options["size"][0], width * options["size"][1], channels)


def _slopes(options: Options, shape: Shape) -> dict[str, Shape]:
    shared = options["shared_axes"]
    _require(all(axis <= len(shape) for axis in shared), f"shared_axes {shared} are not all axes of {shape}")
    return {"alpha": tuple(1 if axis in shared else side for axis, side in enumerate(shape, 1))}


def _layer_weights(options: Options, shape: Shape) -> dict[str, Shape]:
    names = (["gamma"] if options["scale"] else []) + (["beta"] if options["center"] else [])
    return dict.fromkeys(names, shape[-1:])


def _added(options: Options, shapes: Shapes) -> Shape:
    _require(len(set(shapes)) == 1, f"adds {' and '.join(map(str, shapes))}")
    return shapes[0]


def _joined(options: Options, shapes: Shapes) -> Shape:
    others = {shape[:-1] for shape in shapes}
    _require(len(others) == 1, f"joins {' and '.join(map(str, shapes))} along their last axis")
    return (*shapes[0][:-1], sum(shape[-1] for shape in shapes))


def _is_count(value: Any) -> bool:
    return type(value) is int and 0 < value <= LARGEST_COUNT


def _is_number(value: Any) -> bool:
    # 1e300 is infinite as float32, and stands in no network.
    return type(value) in (int, float) and -1e30 < value < 1e30


def _is_shape(value: Any) -> bool:
    return type(value) is tuple and 0 < len(value) <= 6 and all(_is_count(side) for side in value)


def _are_edges(value: Any) -> bool:
    """Two pairs: before and behind, down and across."""
    return (
        type(value) is tuple
        and len(value) == 2
        and all(
            type(pair) is tuple and len(pair) == 2 and all(type(n) is int and 0 <= n <= LARGEST_EDGE for n in pair)
            for pair in value
        )
    )


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
EDGES = Rule(f"two pairs of whole numbers from 0 to {LARGEST_EDGE}", _are_edges)
FACTORS = Rule(
    f"two whole numbers from 1 to {LARGEST_FACTOR}",
    lambda value: _is_shape(value) and len(value) == 2 and max(value) <= LARGEST_FACTOR,
)
AXES = Rule("a list of axes", lambda value: value == () or _is_shape(value))
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
    "GlobalAveragePooling2D": Kind({"keepdims": FLAG}, _pooled),
    "GlobalMaxPooling2D": Kind({"keepdims": FLAG}, _pooled),
    "ZeroPadding2D": Kind({"padding": EDGES}, _padded),
    "Cropping2D": Kind({"cropping": EDGES}, _cropped),
    "UpSampling2D": Kind({"size": FACTORS}, _enlarged),
    "Permute": Kind({"dims": SHAPE}, _permuted),
    "LayerNormalization": Kind({"epsilon": NOT_NEGATIVE, "center": FLAG, "scale": FLAG}, _same, _layer_weights),
    "BatchNormalization": Kind(
        {"epsilon": NOT_NEGATIVE, "center": FLAG, "scale": FLAG}, _same, _normalisation_weights
    ),
    "Dropout": Kind({"rate": FRACTION}, _same),
    "Activation": Kind({"activation": ACTIVATION}, _same),
    "ReLU": Kind({"max_value": CEILING, "negative_slope": NOT_NEGATIVE}, _same),
    "LeakyReLU": Kind({"negative_slope": NUMBER}, _same),
    "PReLU": Kind({"shared_axes": AXES}, _same, _slopes),
    "Softmax": Kind({}, _same),
}  # fmt: skip

JOINS: dict[str, Callable[[Options, Shapes], Shape]] = {"Add": _added, "Concatenate": _joined}
"""The kinds that take several layers, along whose last axis they are joined: the shape that each gives."""
