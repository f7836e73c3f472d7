"""A chain as a Keras model is the model it was read from."""

import os

os.environ.setdefault("KERAS_BACKEND", "jax")

import numpy as np
import pytest

from foreign_networks import FOREIGN, answers, scatter
from inkdigit.formats.keras_chain import chain_from_keras, keras_from_chain
from inkdigit.formats.reference import run_chain

NOISE = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)


@pytest.mark.parametrize("name", FOREIGN)
def test_a_network_comes_back(name: str) -> None:
    chain = chain_from_keras(scatter(FOREIGN[name]()))
    back = keras_from_chain(chain)
    expected = run_chain(chain, NOISE.astype(np.float32) / 255)
    np.testing.assert_allclose(answers(back, NOISE, scale=chain.ink_scale), expected, atol=1e-5)
    again = chain_from_keras(back)
    assert [(a.kind, a.name, a.options) for a in again.layers] == [(b.kind, b.name, b.options) for b in chain.layers]
    assert (again.input_shape, again.ink_scale) == (chain.input_shape, chain.ink_scale)
