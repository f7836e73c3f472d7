"""A file that answers otherwise than its network is found out."""

import os
import subprocess
import sys

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import onnx
from keras import layers as kl

from inkdigit.errors import BadInput, Disagreement
from inkdigit.export.modelfiles import check_parity
from inkdigit.export.parity import check_reduced, check_same, compare, measure
from inkdigit.formats.onnx import onnx_bytes, to_onnx
from inkdigit.types import Card, Digits

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


@pytest.mark.parametrize(("weight", "by"), [("digits/bias", 0.001), ("digits/kernel", 0.1)])
def test_a_changed_weight_is_found(model: keras.Sequential, weight: str, by: float) -> None:
    with pytest.raises(Disagreement, match=r"probabilities differ by .* at most 1e-05 expected"):
        check_parity(model, tampered(model, weight=weight, by=by), NOISE)


def test_a_weight_that_is_no_number_is_no_model(model: keras.Sequential) -> None:
    with pytest.raises(BadInput, match="holds numbers that are not finite"):
        check_parity(model, tampered(model, weight="digits/bias", by=np.nan), NOISE)


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


def digits_of(*labels: int) -> Digits:
    """Digits of which only the labels matter."""
    images = np.zeros((len(labels), 28, 28), np.uint8)
    return Digits(images, np.array(labels, np.uint8), "mnist", "validation")


def surely(*digits: int, classes: int = 10, by: float = 1.0) -> np.ndarray:
    """Outputs that are sure of these digits."""
    return np.full((len(digits), classes), (1 - by) / (classes - 1), np.float32) + (
        np.eye(classes, dtype=np.float32)[list(digits)] * np.float32(by - (1 - by) / (classes - 1))
    )


def test_what_is_measured_is_counted() -> None:
    ours, theirs = surely(1, 2, 3, 4), surely(1, 2, 4, 3)
    parity = measure(ours, theirs, digits=digits_of(1, 0, 3, 3))
    assert (parity.data, parity.images, parity.same, parity.difference) == ("mnist validation", 4, 2, 1.0)
    assert (parity.source_accuracy, parity.accuracy) == (0.5, 0.5)


def test_which_digit_it_is_is_the_likeliest_of_ten() -> None:
    """No digit at all is no answer to which digit it is: the second best counts."""
    answers = np.zeros((1, 11), np.float32)
    answers[0, 10], answers[0, 6] = 0.9, 0.1
    assert measure(answers, surely(6, classes=11), digits=digits_of(6)).same == 1


def test_no_digits_prove_nothing() -> None:
    with pytest.raises(BadInput, match="images: expected at least 1, got 0"):
        measure(surely(), surely(), digits=digits_of())


def test_the_same_answers_are_the_same() -> None:
    parity = check_same(surely(1, 2, by=0.9), surely(1, 2, by=0.9000001), digits=digits_of(1, 2))
    assert (parity.same, parity.accuracy) == (2, 1.0)
    with pytest.raises(Disagreement, match=r"the network and its file disagree: probabilities differ by 0\.01"):
        check_same(surely(1, 2, by=0.9), surely(1, 2, by=0.91), digits=digits_of(1, 2))


def test_a_smaller_file_may_lose_a_point_and_no_more() -> None:
    truth = [1] * 200
    two, three = (surely(*[2] * wrong, *[1] * (200 - wrong)) for wrong in (2, 3))
    assert check_reduced(surely(*truth), two, digits=digits_of(*truth)).accuracy == 0.99
    with pytest.raises(Disagreement, match=r"1\.50 points of accuracy lost on mnist validation; at most 1 expected"):
        check_reduced(surely(*truth), three, digits=digits_of(*truth))


def test_a_smaller_file_may_be_better() -> None:
    assert check_reduced(surely(2, 2), surely(1, 1), digits=digits_of(1, 1)).accuracy == 1.0


def test_a_smaller_file_that_gives_no_numbers_is_refused() -> None:
    answers = surely(1)
    answers[0, 0] = np.nan
    with pytest.raises(Disagreement, match="it gives answers that are not numbers"):
        check_reduced(surely(1), answers, digits=digits_of(0))


def test_measuring_needs_neither_keras_nor_onnx() -> None:
    code = (
        "import sys; sys.modules['keras'] = sys.modules['jax'] = sys.modules['onnx'] = None;"
        "from inkdigit.export import formats, parity, site; print('done')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("done\n", "")
