"""A file that answers otherwise than its network is found out."""

import os

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import onnx
from keras import layers as kl

from inkdigit.errors import BadInput, Disagreement
from inkdigit.export.onnx import onnx_bytes, to_onnx
from inkdigit.export.parity import check_parity, compare
from inkdigit.types import Card

CARD = Card("tiny", 7_850, 1.0, 0.5, False, "noise", "", None, "0.1.0")
NOISE = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)


@pytest.fixture(scope="module")
def model() -> keras.Sequential:
    keras.utils.set_random_seed(0)
    return keras.Sequential([keras.Input((28, 28)), kl.Flatten(), kl.Dense(10, "softmax", name="digits")])


def tampered(model: keras.Sequential, *, weight: str, by: float) -> bytes:
    """The file of a model with one number of one weight changed."""
    proto = to_onnx(model, CARD)
    tensor = next(tensor for tensor in proto.graph.initializer if tensor.name == weight)
    array = onnx.numpy_helper.to_array(tensor).copy()
    array.flat[0] += by
    tensor.CopyFrom(onnx.numpy_helper.from_array(array, weight))
    return onnx_bytes(proto)


def test_no_images_prove_nothing(model: keras.Sequential) -> None:
    with pytest.raises(BadInput, match="images: expected at least 1, got 0"):
        check_parity(model, onnx_bytes(to_onnx(model, CARD)), NOISE[:0])


def test_the_file_of_a_network_agrees_with_it(model: keras.Sequential) -> None:
    assert 0 <= check_parity(model, onnx_bytes(to_onnx(model, CARD)), NOISE) <= 1e-6


@pytest.mark.parametrize(("weight", "by"), [("digits/bias", 0.001), ("digits/kernel", 0.1), ("digits/bias", np.nan)])
def test_a_changed_weight_is_found(model: keras.Sequential, weight: str, by: float) -> None:
    with pytest.raises(Disagreement, match=r"probabilities differ by .* at most 1e-05 expected"):
        check_parity(model, tampered(model, weight=weight, by=by), NOISE)


def test_the_tolerance_is_an_option(model: keras.Sequential) -> None:
    assert 1e-5 < check_parity(model, tampered(model, weight="digits/bias", by=0.001), NOISE, tolerance=0.01) < 0.001


def answer(*first: float) -> np.ndarray:
    """One row of probabilities that begins so."""
    row = np.zeros((1, 10), np.float32)
    row[0, : len(first)] = first
    return row


def test_another_digit_is_a_disagreement_even_within_the_tolerance() -> None:
    with pytest.raises(Disagreement, match="image 0: read as 0 and 1"):
        compare(answer(0.515, 0.5), answer(0.507, 0.508), tolerance=0.01)


def test_of_a_tie_either_digit_may_win() -> None:
    assert compare(answer(0.5005, 0.5), answer(0.5, 0.5005), tolerance=0.01) == pytest.approx(0.0005, abs=1e-6)


def test_answers_that_are_no_numbers_never_agree() -> None:
    with pytest.raises(Disagreement, match="differ by nan"):
        compare(answer(np.nan), answer(np.nan), tolerance=1e-5)
