"""A chain of layers computed with NumPy: the second opinion that every export is compared with.

In: a `Chain` and ink. Out: a probability for each class. Shares no code with Keras, ONNX Runtime or TensorFlow.js,
so that none of their mistakes can hide, and needs no more than the base install. Knows no file format.

What a layer computes is said by Keras 3 (https://keras.io/api/layers). Measured on two shared cores: 1,000 images in
0.4 s for the shipped convnet and in 0.02 s for the shipped perceptron.
"""

import math
from collections.abc import Callable

import numpy as np

from inkdigit.formats.chain import Chain, Layer
from inkdigit.formats.kinds import Options, pads
from inkdigit.shapes import Float32
from inkdigit.types import Ink, Outputs

Values = Float32[np.ndarray, "n ..."]
"""What flows from layer to layer: a row for each image, channels last."""

# A convolution unfolds each window; of 100 images the shipped convnet unfolds 19 MB.
BATCH = 100


def run_chain(chain: Chain, ink: Ink) -> Outputs:
    """Answer for each image.

    Args:
        chain: One that `check_chain` lets pass.
        ink: float32 (n, 28, 28), 0.0 paper, 1.0 ink, at least one.

    Returns:
        float32 (n, classes), rows that add up to 1.
    """
    with np.errstate(over="ignore", under="ignore"):  # the exponential of a large number is infinite, 1 / (1 + that) 0
        return np.concatenate([_run(chain, ink[start : start + BATCH]) for start in range(0, len(ink), BATCH)])


def _run(chain: Chain, ink: Ink) -> Values:
    given = (ink * np.float32(chain.ink_scale)).reshape(len(ink), *chain.input_shape)
    made: list[Values] = []
    for layer, taken in zip(chain.layers, chain.sources(), strict=True):
        values = [made[at] if at >= 0 else given for at in taken]
        join = JOINING.get(layer.kind)
        made.append(np.asarray(join(values) if join else FORWARD[layer.kind](layer, values[0]), np.float32))
    return made[-1]


def _keep(layer: Layer, values: Values) -> Values:
    return values


def _flatten(layer: Layer, values: Values) -> Values:
    return values.reshape(len(values), -1)


def _reshape(layer: Layer, values: Values) -> Values:
    return values.reshape(len(values), *layer.options["target_shape"])


def _rescale(layer: Layer, values: Values) -> Values:
    scale, offset = (np.asarray(layer.options[name], np.float32) for name in ("scale", "offset"))
    return values * scale + offset


def _dense(layer: Layer, values: Values) -> Values:
    return _biased(layer, values @ layer.weights["kernel"])


def _conv2d(layer: Layer, values: Values) -> Values:
    """Multiply each window by the kernel, (height, width, channels of a group, filters), group by group."""
    kernel, groups = layer.weights["kernel"], layer.options["groups"]
    windows = _windows(layer.options, values, size="kernel_size")
    parts = zip(np.split(windows, groups, axis=3), np.split(kernel, groups, axis=3), strict=True)
    sums = [np.tensordot(part, weights, axes=((3, 4, 5), (2, 0, 1))) for part, weights in parts]
    return _biased(layer, np.concatenate(sums, axis=-1))


def _depthwise(layer: Layer, values: Values) -> Values:
    """Convolve each channel by itself; the filters of one channel stay side by side."""
    windows = _windows(layer.options, values, size="kernel_size")
    sums = np.einsum("nhwcij,ijcm->nhwcm", windows, layer.weights["depthwise_kernel"])
    return _biased(layer, sums.reshape(*sums.shape[:3], -1))


def _max_pool(layer: Layer, values: Values) -> Values:
    return _windows(layer.options, values, size="pool_size", padding=-np.inf).max(axis=(4, 5))


def _average_pool(layer: Layer, values: Values) -> Values:
    """Average over the pixels that are inside the image."""
    inside = _windows(layer.options, np.ones_like(values[:1]), size="pool_size").sum(axis=(4, 5))
    return _windows(layer.options, values, size="pool_size").sum(axis=(4, 5)) / inside


def _global_average(layer: Layer, values: Values) -> Values:
    return values.mean(axis=(1, 2), keepdims=layer.options["keepdims"])


def _global_max(layer: Layer, values: Values) -> Values:
    return values.max(axis=(1, 2), keepdims=layer.options["keepdims"])


def _zero_pad(layer: Layer, values: Values) -> Values:
    return np.pad(values, ((0, 0), *layer.options["padding"], (0, 0)))


def _crop(layer: Layer, values: Values) -> Values:
    (top, bottom), (left, right) = layer.options["cropping"]
    return values[:, top : values.shape[1] - bottom, left : values.shape[2] - right]


def _enlarge(layer: Layer, values: Values) -> Values:
    down, across = layer.options["size"]
    return values.repeat(down, axis=1).repeat(across, axis=2)


def _permute(layer: Layer, values: Values) -> Values:
    return values.transpose(0, *layer.options["dims"])


def _normalise_layer(layer: Layer, values: Values) -> Values:
    """Normalise the last axis of each place (Ba, Kiros & Hinton 2016)."""
    mean, variance = values.mean(axis=-1, keepdims=True), values.var(axis=-1, keepdims=True)
    spread = np.sqrt(variance + np.float32(layer.options["epsilon"]))
    return (values - mean) / spread * layer.weights.get("gamma", 1) + layer.weights.get("beta", 0)


def _parametric_relu(layer: Layer, values: Values) -> Values:
    return np.where(values < 0, values * layer.weights["alpha"], values)


def _normalise(layer: Layer, values: Values) -> Values:
    weights = layer.weights
    spread = np.sqrt(weights["moving_variance"] + np.float32(layer.options["epsilon"]))
    return (values - weights["moving_mean"]) / spread * weights.get("gamma", 1) + weights.get("beta", 0)


def _activation(layer: Layer, values: Values) -> Values:
    return FUNCTIONS[layer.options["activation"]](values)


def _relu(layer: Layer, values: Values) -> Values:
    return np.minimum(_leaky_relu(layer, values), layer.options["max_value"] or np.inf)


def _leaky_relu(layer: Layer, values: Values) -> Values:
    return np.where(values < 0, values * np.float32(layer.options["negative_slope"]), values)


def _softmax(values: Values) -> Values:
    powers = np.exp(values - values.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def _biased(layer: Layer, sums: Values) -> Values:
    return FUNCTIONS[layer.options["activation"]](sums + layer.weights.get("bias", np.float32(0)))


def _windows(
    options: Options, values: Values, *, size: str, padding: float = 0
) -> Float32[np.ndarray, "n down across channels height width"]:
    """Every window that a layer looks at, of a padded image."""
    top, left, bottom, right = pads(options, values.shape[1:])
    padded = np.pad(values, ((0, 0), (top, bottom), (left, right), (0, 0)), constant_values=padding)
    (down, across), (gap_down, gap_across) = options["strides"], options.get("dilation_rate", (1, 1))
    reach = [(side - 1) * gap + 1 for side, gap in zip(options[size], (gap_down, gap_across), strict=True)]
    every = np.lib.stride_tricks.sliding_window_view(padded, reach, axis=(1, 2))
    return every[:, ::down, ::across, :, ::gap_down, ::gap_across]


def _elu(values: Values) -> Values:
    return np.where(values > 0, values, np.expm1(np.minimum(values, 0)))


def _sigmoid(values: Values) -> Values:
    return 1 / (1 + np.exp(-values))


def _softplus(values: Values) -> Values:
    return np.logaddexp(values, np.float32(0))


def _gelu(values: Values) -> Values:
    """Hendrycks & Gimpel 2016, with the error function itself, as Keras has it by default."""
    return np.float32(0.5) * values * (1 + _erf(values / np.float32(math.sqrt(2))))


def _erf(values: Values) -> Values:
    """The error function within 1.5e-7: Abramowitz & Stegun 1964, 7.1.26. NumPy has none."""
    size = np.abs(values).astype(np.float64)
    t = 1 / (1 + 0.3275911 * size)
    series = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
    return np.asarray(np.sign(values) * (1 - series * np.exp(-size * size)), np.float32)


# Klambauer, Unterthiner, Mayr & Hochreiter 2017, equation 2.
SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

FUNCTIONS: dict[str, Callable[[Values], Values]] = {
    "linear": lambda x: x,
    "relu": lambda x: np.maximum(x, 0),
    "relu6": lambda x: np.clip(x, 0, 6),
    "tanh": np.tanh,
    "sigmoid": _sigmoid,
    "elu": _elu,
    "selu": lambda x: np.float32(SELU_SCALE) * np.where(x > 0, x, np.float32(SELU_ALPHA) * _elu(x)),
    "gelu": _gelu,
    "silu": lambda x: x * _sigmoid(x),
    "softplus": _softplus,
    "softsign": lambda x: x / (1 + np.abs(x)),
    "mish": lambda x: x * np.tanh(_softplus(x)),
    "softmax": _softmax,
}

FORWARD: dict[str, Callable[[Layer, Values], Values]] = {
    "Flatten": _flatten,
    "Reshape": _reshape,
    "Rescaling": _rescale,
    "Dense": _dense,
    "Conv2D": _conv2d,
    "DepthwiseConv2D": _depthwise,
    "MaxPooling2D": _max_pool,
    "AveragePooling2D": _average_pool,
    "GlobalAveragePooling2D": _global_average,
    "GlobalMaxPooling2D": _global_max,
    "ZeroPadding2D": _zero_pad,
    "Cropping2D": _crop,
    "UpSampling2D": _enlarge,
    "Permute": _permute,
    "LayerNormalization": _normalise_layer,
    "PReLU": _parametric_relu,
    "BatchNormalization": _normalise,
    "Dropout": _keep,
    "Activation": _activation,
    "ReLU": _relu,
    "LeakyReLU": _leaky_relu,
    "Softmax": lambda layer, values: _softmax(values),
}

JOINING: dict[str, Callable[[list[Values]], Values]] = {
    "Add": lambda values: np.sum(values, axis=0),
    "Concatenate": lambda values: np.concatenate(values, axis=-1),
}
