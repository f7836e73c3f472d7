"""One layer of Keras as what it is in a chain.

In: a layer of a model and the shape that it is given. Out: mostly one layer of a chain; two where its activation is one
by itself; or none; or a refusal. Knows neither the model around it nor a file.

A layer is looked up by its exact class and an activation by the function itself: a subclass, or another function
called "relu", may compute anything and is refused. What acts only while a network learns is left out.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from inkdigit.backend import keras
from inkdigit.formats.chain import Layer
from inkdigit.formats.kinds import JOINS, KINDS, Shape, Unfit

activations, kl = keras.activations, keras.layers

FUNCTIONS: dict[Callable[..., object], str] = {
    activations.linear: "linear", activations.relu: "relu", activations.relu6: "relu6", activations.tanh: "tanh",
    activations.sigmoid: "sigmoid", activations.elu: "elu", activations.selu: "selu", activations.gelu: "gelu",
    activations.silu: "silu", activations.softplus: "softplus", activations.softsign: "softsign",
    activations.mish: "mish", activations.softmax: "softmax",
}  # fmt: skip

ATTRIBUTES = {"depthwise_kernel": "kernel"}
"""Where Keras 3 has another name for a weight than its own documentation and TensorFlow.js."""

LAYERS = {getattr(kl, kind): kind for kind in KINDS}
JOINING = {getattr(kl, kind): kind for kind in JOINS}

# Identities outside of training; test_from_keras.py asks Keras whether each of them is. Not among them is
# RandomCrop, which then cuts the middle out.
LEFT_OUT = frozenset({
    kl.InputLayer, kl.Identity, kl.ActivityRegularization, kl.GaussianNoise, kl.GaussianDropout, kl.AlphaDropout,
    kl.SpatialDropout1D, kl.SpatialDropout2D, kl.RandomFlip, kl.RandomRotation, kl.RandomTranslation, kl.RandomZoom,
    kl.RandomContrast, kl.RandomBrightness, kl.RandomShear,
})  # fmt: skip


def read_layer(layer: keras.Operation, shape: Shape, *, taken: set[str]) -> Iterator[Layer]:
    """Give what a layer is in a chain; `taken` are the names of all layers. Raises Unfit."""
    if type(layer) in LEFT_OUT:
        return
    _check(layer, shape)
    if type(layer) is kl.Activation:
        yield _activation(layer.activation, name=layer.name)
        return
    if type(layer) is kl.ELU:
        yield _activation(layer, name=layer.name)
        return
    if type(layer) in JOINING:
        yield Layer(JOINING[type(layer)], layer.name, {}, {})
        return
    if type(layer) in COMPOSED:
        yield from COMPOSED[type(layer)](layer, shape, taken)
        return
    kind = LAYERS[type(layer)]
    options = {name: _option(layer, name, shape) for name in KINDS[kind].options}
    weights = {name: _weight(layer, name) for name in KINDS[kind].weights(options, shape)}
    yield from _with_activation(Layer(kind, layer.name, options, weights), layer, taken)


def _with_activation(read: Layer, layer: keras.Layer, taken: set[str]) -> Iterator[Layer]:
    """A layer with its activation, which is a layer of its own where no option can say it."""
    following = _activation(layer.activation, name=layer.name) if "activation" in read.options else None
    if following and following.kind == "Activation":
        read = replace(read, options={**read.options, "activation": following.options["activation"]})
        following = None
    yield read
    if following:
        yield Layer(following.kind, _free(f"{layer.name}_activation", taken), following.options, {})


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    return name


def _separable(layer: Any, shape: Shape, taken: set[str]) -> Iterator[Layer]:
    """A depthwise convolution, and one of single pixels behind it."""
    window = {name: _option(layer, name, shape) for name in ("kernel_size", "strides", "padding", "dilation_rate")}
    depthwise = {**window, "depth_multiplier": layer.depth_multiplier, "activation": "linear", "use_bias": False}
    pointwise = {"filters": layer.filters, "kernel_size": (1, 1), "strides": (1, 1), "padding": "valid",
                 "dilation_rate": (1, 1), "groups": 1, "activation": "linear", "use_bias": layer.use_bias}  # fmt: skip
    weights = {"kernel": np.array(layer.pointwise_kernel.value, np.float32)}
    if layer.use_bias:
        weights["bias"] = np.array(layer.bias.value, np.float32)
    kernel = np.array(layer.depthwise_kernel.value, np.float32)
    yield Layer("DepthwiseConv2D", _free(f"{layer.name}_depthwise", taken), depthwise, {"depthwise_kernel": kernel})
    yield from _with_activation(Layer("Conv2D", layer.name, pointwise, weights), layer, taken)


def _normalization(layer: Any, shape: Shape, taken: set[str]) -> Iterator[Layer]:
    """Mean and variance that were seen once, as a scale and an offset."""
    _require(not layer.invert, "invert is not supported")
    mean, variance = (np.asarray(value, np.float64).reshape(-1) for value in (layer.mean, layer.variance))
    last = len(mean) in {1, shape[-1]} and layer.axis in ((), (-1,), (len(shape),))
    _require(last, f"axis {layer.axis} is not the last one")
    scale = 1 / np.maximum(np.sqrt(variance), keras.backend.epsilon())
    numbers = {"scale": scale, "offset": -mean * scale}
    options = {name: float(value[0]) if len(value) == 1 else tuple(value.tolist()) for name, value in numbers.items()}
    yield Layer("Rescaling", layer.name, options, {})


def _activation(function: Any, *, name: str) -> Layer:
    """An activation as a layer: a function of Keras' own, or a layer that stands for one."""
    if function in FUNCTIONS:
        return Layer("Activation", name, {"activation": FUNCTIONS[function]}, {})
    if function is activations.leaky_relu:
        return Layer("LeakyReLU", name, {"negative_slope": 0.2}, {})  # the default of the function; of the layer, 0.3
    if type(function) is kl.ELU:
        _require(function.alpha == 1, f"alpha {function.alpha} is not supported")
        return Layer("Activation", name, {"activation": "elu"}, {})
    if type(function) in (kl.ReLU, kl.LeakyReLU):
        (layer,) = read_layer(function, (), taken=set())
        return layer
    raise Unfit(f"activation {getattr(function, '__name__', type(function).__name__)} is not supported")


COMPOSED: dict[type, Callable[[Any, Shape, set[str]], Iterator[Layer]]] = {
    kl.SeparableConv2D: _separable, kl.Normalization: _normalization,
}  # fmt: skip
"""Layers that a chain says by others."""


def _check(layer: Any, shape: Shape) -> None:
    """Refuse what a layer of a supported class may be and a chain cannot say."""
    known = {*LAYERS, *JOINING, *COMPOSED, kl.ELU}
    _require(type(layer) in known, f"{type(layer).__name__} is not supported")
    _require(layer.compute_dtype == "float32", f"computes in {layer.compute_dtype}, not float32")
    _require(not getattr(layer, "quantization_mode", None), "has quantised weights")
    data_format = getattr(layer, "data_format", None) or "channels_last"
    _require(data_format == "channels_last", f"data_format {data_format} is not supported")
    if type(layer) is kl.ReLU:
        _require(not layer.threshold, f"threshold {layer.threshold} is not supported")
    if type(layer) in (kl.Softmax, kl.BatchNormalization, kl.LayerNormalization, kl.Concatenate):
        axis = tuple(layer.axis) if isinstance(layer.axis, list | tuple) else (layer.axis,)
        _require(axis in ((-1,), (len(shape),)), f"axis {layer.axis} is not the last one")
    if type(layer) is kl.LayerNormalization:
        _require(not getattr(layer, "rms_scaling", False), "rms_scaling is not supported")
    if type(layer) is kl.UpSampling2D:
        _require(layer.interpolation == "nearest", f"interpolation {layer.interpolation} is not supported")


def _option(layer: keras.Layer, name: str, shape: Shape) -> Any:
    """An option as a plain value, -1 in a shape worked out; the activation comes later."""
    if name == "activation":
        return "linear"
    if name == "target_shape":
        return shape_of(layer.compute_output_shape((None, *shape)))
    value = getattr(layer, name)
    if name == "shared_axes":
        value = tuple(value or ())
    # A notebook may well give NumPy's numbers, and in lists.
    plain = np.asarray(value).tolist() if isinstance(value, list | tuple | np.ndarray | np.generic) else value
    return _tuples(plain)


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list | tuple) else value


def shape_of(batch: Any) -> Shape:
    """Without the batch; Keras gives back NumPy's numbers where a layer was given them."""
    return tuple(int(side) for side in batch[1:])


def _weight(layer: keras.Layer, name: str) -> np.ndarray:
    return np.array(getattr(layer, ATTRIBUTES.get(name, name)).value, np.float32)


def _require(condition: bool, why: str) -> None:
    if not condition:
        raise Unfit(why)
