"""The pure forward pass against Keras itself, for every kind of layer."""

from typing import get_args

import jax
import jax.numpy as jnp
import keras
import numpy as np
import pytest
from jax import Array
from keras import layers as kl

from devices import FAST, GPU, PLAIN
from inkdigit import networks
from inkdigit.errors import BadInput
from inkdigit.recipes import CATALOGUE, Activation, Precision, Recipe, find
from inkdigit.training.device import Device
from inkdigit.training.forward import pure_forward

PRECISIONS: tuple[Precision, ...] = ("float32", "bfloat16")
INK = np.random.default_rng(0).random((7, 28, 28), np.float32)


def random_weights(model: keras.Sequential) -> list[Array]:
    """Weights, biases too, of the size that trained ones have; the model gets them as well."""
    random = np.random.default_rng(1)
    for variable in model.trainable_variables:
        fan_in = max(1, int(np.prod(variable.shape[:-1])))
        variable.assign(random.normal(0, fan_in**-0.5, variable.shape).astype(np.float32))
    return [jnp.asarray(variable.value) for variable in model.trainable_variables]


def check(model: keras.Sequential, device: Device = PLAIN) -> None:
    """Hold the two together, compiled, as in training."""
    weights = random_weights(model)
    logits = jax.jit(pure_forward(model, "float32", device))(weights, jnp.asarray(INK), None)
    assert logits.shape == (len(INK), model.layers[-1].units)
    np.testing.assert_allclose(jax.nn.softmax(logits), np.asarray(model(INK, training=False)), atol=1e-5)


EVERY_KIND_OF_LAYER = {"mlp-128", "mlp-512x2-dropout", "cnn-small", "cnn-quick"}
"""Dense, dropout, convolution with and without pooling behind it; the other recipes have more of the same."""


@pytest.mark.parametrize(
    "recipe",
    [pytest.param(one, marks=[] if one.name in EVERY_KIND_OF_LAYER else pytest.mark.long) for one in CATALOGUE],
    ids=lambda recipe: recipe.name,
)
def test_every_recipe(recipe: Recipe) -> None:
    check(networks.build(recipe, seed=0))


@pytest.mark.parametrize("name", ["cnn-small", "cnn-quick", "mlp-128"])
def test_a_recipe_where_a_gpu_computes(name: str) -> None:
    """There the library convolves, and pooling is on its own; on a processor that gives the same."""
    check(networks.build(find(name), seed=0), GPU)


@pytest.mark.parametrize("device", [PLAIN, FAST, GPU], ids=["plain", "fast bfloat16", "GPU"])
def test_in_bfloat16_every_device_gives_nearly_what_float32_gives(device: Device) -> None:
    model = networks.build(Recipe("both", (12,), convolutions=((2, 4), (6,))), seed=0)
    weights = random_weights(model)
    precise, rounded = (
        jax.jit(pure_forward(model, precision, device))(weights, jnp.asarray(INK), None) for precision in PRECISIONS
    )
    assert 0 < float(jnp.abs(precise - rounded).max()) < 0.05


@pytest.mark.parametrize("activation", get_args(Activation))
def test_every_activation(activation: Activation) -> None:
    """28 pools to 13, and 11 to 5: an odd edge is dropped. gelu and silu cannot be pooled first."""
    blocks = ((3, 4), (5,))
    check(networks.build(Recipe("any", (12, 11), convolutions=blocks, activation=activation), seed=0))


def test_three_convolutions_end_in_one_pixel() -> None:
    check(networks.build(Recipe("deep", (), convolutions=((2,), (3,), (4,))), seed=0))


@pytest.mark.parametrize(
    "layers",
    [
        [kl.Conv2D(3, (5, 2), activation="relu"), kl.MaxPooling2D(2)],
        [kl.Conv2D(3, 2, activation="tanh"), kl.Conv2D(2, 3, activation="gelu"), kl.MaxPooling2D(2)],
        [kl.MaxPooling2D(2), kl.MaxPooling2D(2), kl.MaxPooling2D(2), kl.Conv2D(4, 1)],
        [kl.Conv2D(3, 6, activation="sigmoid")],
    ],
    ids=["oblong", "unpooled", "pools", "wide"],
)
def test_other_orders_of_layers(layers: list[keras.layers.Layer]) -> None:
    input_layers = [keras.Input((28, 28)), kl.Reshape((28, 28, 1))]
    check(keras.Sequential([*input_layers, *layers, kl.Flatten(), kl.Dense(10, activation="softmax")]))


@pytest.mark.parametrize(
    "layer",
    [
        kl.BatchNormalization(),
        kl.Conv2D(2, 3, padding="same"),
        kl.Conv2D(2, 3, strides=2),
        kl.AveragePooling2D(2),
        kl.MaxPooling2D(3),
        kl.MaxPooling2D(2, padding="same"),
    ],
    ids=lambda layer: layer.name,
)
def test_a_layer_of_another_kind_is_refused(layer: keras.layers.Layer) -> None:
    model = keras.Sequential([keras.Input((28, 28)), kl.Reshape((28, 28, 1)), layer, kl.Flatten(), kl.Dense(10)])
    with pytest.raises(BadInput, match=f"cannot train: {layer.name}: layers of kind {type(layer).__name__} have no"):
        pure_forward(model, "float32", PLAIN)


def dropped(rate: float, key: Array | None) -> np.ndarray:
    """What a dropout layer makes of 784,000 ones, seen through a layer that passes every eighth on."""
    model = keras.Sequential(
        [keras.Input((28, 28)), kl.Flatten(), kl.Dropout(rate), kl.Dense(98, activation="softmax")]
    )
    kernel = np.zeros((784, 98), np.float32)
    kernel[range(0, 784, 8), range(98)] = 1
    weights = [jnp.asarray(kernel), jnp.zeros(98)]
    return np.asarray(jax.jit(pure_forward(model, "float32", PLAIN))(weights, jnp.ones((1_000, 28, 28)), key))


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.99])
def test_dropout_drops_its_rate_and_scales_up_the_rest(rate: float) -> None:
    passed = dropped(rate, jax.random.key(0))
    kept = passed != 0
    assert (~kept).mean() == pytest.approx(rate, abs=0.006)  # four standard deviations of 100,000 at most
    np.testing.assert_allclose(passed[kept], 1 / (1 - rate), rtol=1e-3)
    assert passed.mean() == pytest.approx(1, abs=0.13 if rate == 0.99 else 0.02)


def test_dropout_is_a_function_of_its_key() -> None:
    first, again, other = (dropped(0.5, jax.random.key(seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert (first != other).mean() == pytest.approx(0.5, abs=0.01)


def test_without_a_key_nothing_is_dropped() -> None:
    assert (dropped(0.5, None) == 1).all()


def test_two_dropout_layers_drop_different_units() -> None:
    """Their keys differ by the number of the layer: else half of a half would be half."""
    layers = [keras.Input((28, 28)), kl.Flatten(), kl.Dropout(0.5), kl.Dropout(0.5), kl.Dense(10, activation="softmax")]
    forward = pure_forward(keras.Sequential(layers), "float32", PLAIN)
    weights = [jnp.ones((784, 10)) / 784, jnp.zeros(10)]
    logits = jax.jit(forward)(weights, jnp.ones((2_000, 28, 28)), jax.random.key(0))
    assert float(logits.mean()) == pytest.approx(1, abs=0.02)
    assert float(logits[:, 0].std()) == pytest.approx((3 / 784) ** 0.5, rel=0.1)
