"""Keras networks as notebooks have them, and a way to train them in a moment."""

import os
from collections.abc import Callable
from typing import Any

os.environ.setdefault("KERAS_BACKEND", "jax")

import jax
import keras
import numpy as np
from keras import layers as kl

from inkdigit.formats.kinds import ACTIVATIONS
from inkdigit.types import Images, Labels


def pixels(model: keras.Model, images: Images, *, scale: float) -> np.ndarray:
    """The images in the shape and on the scale that a network takes."""
    return (images.astype(np.float32) / 255 * np.float32(scale)).reshape(len(images), *model.input_shape[1:])


def answers(model: keras.Model, images: Images, *, scale: float) -> np.ndarray:
    """What Keras answers; "highest", because on a GPU it would otherwise multiply with three digits."""
    with jax.default_matmul_precision("highest"):
        return np.asarray(model.predict(pixels(model, images, scale=scale), batch_size=500, verbose=0))


def scatter(model: Any, *, spread: float = 1.0) -> Any:
    """Give every weight other numbers, about as large as those of a trained network; means and variances too."""
    rng = np.random.default_rng(1)
    for weight in model.weights:
        *inputs, outputs = weight.shape
        kernel = rng.normal(0, spread * np.prod(inputs) ** -0.5, weight.shape)
        weight.assign(kernel if inputs else rng.uniform(0.2, 0.6, outputs))
    return model


def learn(model: keras.Sequential, images: Images, labels: Labels, *, scale: float) -> None:
    """Train for a second or two, so that the weights are such as a trained network has.

    Layers that turn and shift the images are passed over: JAX would compile them for ten seconds.
    """
    keras.utils.set_random_seed(0)
    layers = [layer for layer in model.layers if not type(layer).__name__.startswith("Random")]
    learner = keras.Sequential([keras.Input(model.input_shape[1:]), *layers])
    learner.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy")
    learner.fit(pixels(model, images, scale=scale), labels, batch_size=50, epochs=2, verbose=0)


def every_kind(images: Images, labels: Labels) -> keras.Sequential:
    """One network on grey levels 0 to 255 with every kind of layer and every activation that an export knows.

    It reads a third of the digits, so that its answers differ: random weights, and in the last layer those that least
    squares fits to the labels. To train it would be compiled for seconds.
    """
    model = scatter(
        _network(
            kl.Rescaling(1 / 127.5, offset=-1),
            kl.Reshape((28, 28, 1)),
            kl.Permute((2, 1, 3)),
            kl.ZeroPadding2D(((2, 1), (0, 3))),
            kl.Cropping2D(((1, 1), (0, 2))),
            kl.Conv2D(12, 5, strides=2, padding="same", activation="linear"),
            kl.BatchNormalization(),
            kl.ReLU(max_value=4.0),
            kl.MaxPooling2D(2),
            kl.DepthwiseConv2D(3, depth_multiplier=4, padding="same"),
            kl.LeakyReLU(0.2),
            kl.PReLU(shared_axes=[1, 2]),
            kl.LayerNormalization(),
            kl.UpSampling2D((1, 2)),
            kl.AveragePooling2D(3, strides=1),
            kl.Activation("softmax"),
            kl.Dropout(0.2),
            kl.GlobalAveragePooling2D(keepdims=False),
            kl.Reshape((1, 1, -1)),
            kl.GlobalMaxPooling2D(),
            kl.Flatten(),
            *[kl.Dense(64, name) for name in ACTIVATIONS if name not in ("linear", "softmax")],
            kl.Dense(10),
            kl.Softmax(),
            shape=(28, 28),
        ),
        spread=2.0,
    )
    features = answers(keras.Sequential([keras.Input((28, 28)), *model.layers[:-2]]), images, scale=255)
    centre = features.mean(axis=0)
    features -= centre
    wanted = 2 * np.eye(10, dtype=np.float32)[labels]
    kernel = np.linalg.solve(features.T @ features + np.eye(features.shape[1]), features.T @ wanted)
    model.layers[-2].kernel.assign(kernel)
    model.layers[-2].bias.assign(-centre @ kernel)
    return model


def branched() -> keras.Model:
    """One that parts, joins and parts again, and joins what stands far apart; it takes grey levels."""
    first = keras.Input((28, 28))
    image = kl.Reshape((28, 28, 1))(kl.Rescaling(1 / 255)(first))
    left = kl.LeakyReLU(0.1)(kl.Conv2D(3, 3, strides=3, padding="same")(image))
    right = kl.MaxPooling2D(3, padding="same")(image)
    joined = kl.Concatenate()([left, kl.Dropout(0.2)(right), left])
    middle = kl.Conv2D(7, 3, padding="same", activation="tanh")(joined)
    values = kl.Add()([middle, joined, middle])
    ends = [kl.GlobalAveragePooling2D()(values), kl.Flatten()(right), kl.GlobalMaxPooling2D()(joined)]
    return scatter(keras.Model(first, kl.Dense(10)(kl.Concatenate(axis=1)(ends))))


def _network(*layers: Any, shape: tuple[int, ...] = (28, 28, 1)) -> keras.Sequential:
    return keras.Sequential([keras.Input(shape), *layers])


def _grey_levels() -> keras.Sequential:
    return _network(
        kl.Rescaling(1 / 255),
        kl.Flatten(),
        kl.Dense(128, "relu", kernel_regularizer="l2"),
        kl.Dropout(0.2),
        kl.Dense(10, "softmax"),
        shape=(28, 28),
    )


def _vector() -> keras.Sequential:
    return _network(kl.Flatten(), kl.Dense(96, "sigmoid"), kl.Flatten(), kl.Dense(10, "softmax"), shape=(784,))


def _strided() -> keras.Sequential:
    return _network(
        kl.Conv2D(12, 3, strides=2, padding="same", use_bias=False),
        kl.BatchNormalization(momentum=0.8),
        kl.ReLU(),
        kl.Conv2D(16, (3, 2), strides=(2, 1), padding="same"),
        kl.BatchNormalization(momentum=0.8, scale=False, epsilon=0.01),
        kl.ReLU(max_value=1.5),
        kl.Conv2D(16, 4, strides=3, padding="same"),
        kl.BatchNormalization(momentum=0.8, center=False, axis=3),
        kl.ReLU(negative_slope=0.1),
        kl.Flatten(),
        kl.Dropout(0.5),
        kl.Dense(10, "softmax"),
    )


def _depthwise() -> keras.Sequential:
    return _network(
        kl.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
        kl.BatchNormalization(momentum=0.8),
        kl.DepthwiseConv2D(3, strides=2, padding="same", depth_multiplier=2, activation="relu6"),
        kl.Conv2D(48, 1, activation="relu"),
        kl.DepthwiseConv2D((2, 5), use_bias=False),
        kl.DepthwiseConv2D(4, padding="same"),
        kl.BatchNormalization(momentum=0.8),
        kl.ReLU(),
        kl.GlobalAveragePooling2D(),
        kl.Dense(10, "softmax"),
    )


def _leaky() -> keras.Sequential:
    return _network(
        kl.Rescaling(1 / 127.5, offset=-1),
        kl.Conv2D(8, 5),
        kl.LeakyReLU(negative_slope=0.3),
        kl.AveragePooling2D(3, strides=2, padding="same"),
        kl.Conv2D(12, 3, activation="leaky_relu"),
        kl.MaxPooling2D(3, padding="same"),
        kl.AveragePooling2D((2, 1)),
        kl.Flatten(),
        kl.Dense(48, activation=kl.LeakyReLU(negative_slope=0.05)),
        kl.Dense(10, "softmax"),
    )


def _augmented() -> keras.Sequential:
    return _network(
        kl.RandomRotation(0.1),
        kl.RandomTranslation(0.1, 0.1),
        kl.RandomZoom(0.1),
        kl.RandomContrast(0.2),
        kl.GaussianNoise(0.1),
        kl.Conv2D(12, 3, strides=2),
        kl.Activation("relu"),
        kl.SpatialDropout2D(0.2),
        kl.MaxPooling2D(2),
        kl.Flatten(),
        kl.Dense(10),
        kl.Softmax(),
    )


def _smooth() -> keras.Sequential:
    hidden = [kl.Dense(64, activation) for activation in ("elu", "selu", "gelu", "swish")]
    return _network(kl.Flatten(), *hidden, kl.Dense(10, "softmax"), shape=(28, 28))


def _unusual() -> keras.Sequential:
    hidden = [kl.Dense(64, activation) for activation in ("softplus", "softsign", "mish", "relu6")]
    return _network(kl.Flatten(), *hidden, kl.ELU(), kl.Activation("tanh"), kl.Dense(10, "softmax"), shape=(28, 28))


def _dilated() -> keras.Sequential:
    return _network(
        kl.Conv2D(8, 3, dilation_rate=2, activation="silu"),
        kl.Conv2D(8, 3, dilation_rate=(2, 3), padding="same", activation="gelu"),
        kl.AveragePooling2D(2, padding="same"),
        kl.Flatten(),
        kl.Dense(10, "softmax"),
    )


def _reshaped() -> keras.Sequential:
    return _network(
        kl.BatchNormalization(momentum=0.8),
        kl.Reshape((28, 28, 1)),
        kl.Conv2D(6, 5, strides=2, activation="relu"),
        kl.Reshape((-1, 6)),
        kl.BatchNormalization(momentum=0.8),
        kl.Dense(4, "tanh"),
        kl.Flatten(),
        kl.Dense(10, "softmax"),
        shape=(784,),
    )


def _rows() -> keras.Sequential:
    return _network(
        kl.BatchNormalization(momentum=0.8), kl.Dense(12, "relu"), kl.Flatten(), kl.Dense(10, "softmax"), shape=(28, 28)
    )


def _oddly_named() -> keras.Sequential:
    return _network(
        kl.Conv2D(6, 3, strides=2, activation="softmax", name="ink"),
        kl.Flatten(name="größe 1"),
        kl.Dense(32, "relu", name="constructor"),
        kl.Dense(26, "softmax", name="letters_1"),
    )


FOREIGN: dict[str, Callable[[], keras.Sequential]] = {
    "grey levels": _grey_levels, "vector": _vector, "strided": _strided, "depthwise": _depthwise, "leaky": _leaky,
    "augmented": _augmented, "smooth": _smooth, "unusual": _unusual, "dilated": _dilated, "reshaped": _reshaped,
    "rows": _rows, "oddly named": _oddly_named,
}  # fmt: skip
