"""The table of layers as a function: each convolution is Keras' own, and folding the normalisation changes nothing."""

import jax.numpy as jnp
import numpy as np
import pytest

from inkdigit.architectures import DETECTOR, LINE, Architecture, Layer
from inkdigit.backend import keras
from inkdigit.training.convnet import Moments, first_moments, first_weights, fold, make_forward
from inkdigit.training.device import Device

PLAIN = Device("cpu", fast_bfloat16=False)


@pytest.mark.parametrize(
    ("kernel", "stride", "dilation"), [((3, 3), 1, 1), ((3, 3), 2, 1), ((5, 5), 2, 1), ((3, 3), 1, 4), ((1, 5), 1, 2)]
)
def test_a_convolution_is_that_of_keras(kernel: tuple[int, int], stride: int, dilation: int) -> None:
    padding = (kernel[0] // 2 * dilation, kernel[1] // 2 * dilation)
    layer = Layer("only", "convolution", ("",), 5, kernel, (stride, stride), (dilation, dilation), padding, plain=True)
    architecture = Architecture("small", (layer,))
    weights = first_weights(architecture, 3)
    x = np.random.default_rng(0).normal(size=(2, 12, 16, 1)).astype(np.float32)
    mine, _ = make_forward(architecture, "float32", PLAIN)(weights, jnp.asarray(x))
    padded = np.pad(x, ((0, 0), (padding[0],) * 2, (padding[1],) * 2, (0, 0)))
    theirs = keras.ops.conv(padded, weights[0], strides=stride, padding="valid", dilation_rate=dilation)
    np.testing.assert_allclose(np.asarray(mine), np.asarray(theirs), atol=1e-4)


@pytest.mark.parametrize("architecture", [LINE, DETECTOR], ids=lambda one: one.name)
def test_what_is_folded_gives_the_same(architecture: Architecture) -> None:
    random = np.random.default_rng(1)
    weights = [w + 0.1 * random.normal(size=w.shape).astype(np.float32) for w in first_weights(architecture, 0)]
    moments = Moments(
        [jnp.asarray(random.normal(size=m.shape), jnp.float32) for m in first_moments(architecture).mean],
        [jnp.asarray(random.uniform(0.5, 2, v.shape), jnp.float32) for v in first_moments(architecture).variance],
    )
    x = jnp.asarray(random.normal(size=(1, 40, 48, 1)).astype(np.float32)[:, :40, :])
    x = x if architecture is LINE else jnp.asarray(random.normal(size=(1, 32, 48, 1)), jnp.float32)
    expected, _ = make_forward(architecture, "float32", PLAIN, moments=moments)(weights, x)
    folded = fold(architecture, weights, moments)
    plain = [
        part
        for layer, one in zip(architecture.convolutions, folded, strict=True)
        for part in (
            (jnp.asarray(one.kernel), jnp.asarray(one.bias))
            if layer.plain
            else (jnp.asarray(one.kernel), jnp.ones(layer.filters), jnp.asarray(one.bias))
        )
    ]
    # Mean 0 and a variance that with the small number added to it is 1: nothing is normalised any more.
    nothing = Moments([m * 0 for m in moments.mean], [v * 0 + (1 - 1e-3) for v in moments.variance])
    found, _ = make_forward(architecture, "float32", PLAIN, moments=nothing)(plain, x)
    np.testing.assert_allclose(np.asarray(found), np.asarray(expected), rtol=1e-3, atol=1e-3)


def test_while_training_it_normalises_by_what_it_sees() -> None:
    x = jnp.asarray(np.random.default_rng(0).normal(3, 5, (4, 40, 64, 1)), jnp.float32)
    _, moments = make_forward(LINE, "float32", PLAIN)(first_weights(LINE, 0), x)
    assert len(moments.mean) == len([layer for layer in LINE.convolutions if not layer.plain])
    assert float(jnp.abs(moments.mean[0]).max()) > 0.1
    assert all(float(v.min()) >= 0 for v in moments.variance)
