"""The three files of a network appear together and equal, or not at all."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
import onnxruntime
from keras import layers as kl

from inkdigit.errors import BadInput, CannotWrite, Disagreement
from inkdigit.export import modelfiles
from inkdigit.export.modelfiles import PARITY_IMAGES, write_model_files
from inkdigit.formats.card import from_json
from inkdigit.formats.onnx import to_onnx
from inkdigit.types import Card

CARD = Card("tiny", 7_850, 1.0, 0.5, False, "noise", "", None, "0.1.0")
NOISE = np.random.default_rng(0).integers(0, 256, (20, 28, 28), np.uint8)

# Keras 3.15 saves a variable through `np.array`, whose copy argument it does not take yet.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning")


def network(activation: str = "softmax") -> keras.Sequential:
    return keras.Sequential([keras.Input((28, 28)), kl.Flatten(), kl.Dense(10, activation, name="digits")])


def test_three_files_are_written(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "run"
    difference = write_model_files(network(), folder, card=CARD, images=NOISE)
    assert sorted(path.name for path in folder.iterdir()) == ["model.h5", "model.keras", "model.onnx"]
    assert 0 <= difference <= 1e-5


def test_the_difference_and_the_card_are_in_the_onnx_file(tmp_path: Path) -> None:
    difference = write_model_files(network(), tmp_path, card=CARD, images=NOISE)
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    metadata = session.get_modelmeta().custom_metadata_map
    assert float(metadata["inkdigit.parity"]) == pytest.approx(difference, rel=0.01)
    assert from_json(metadata["inkdigit"]) == CARD


def test_the_three_files_give_the_same_answers(tmp_path: Path) -> None:
    write_model_files(network(), tmp_path, card=CARD, images=NOISE)
    ink = NOISE.astype(np.float32) / 255
    answers = [keras.saving.load_model(tmp_path / name).predict_on_batch(ink) for name in ("model.keras", "model.h5")]
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx", providers=["CPUExecutionProvider"])
    answers += session.run(None, {"ink": ink})
    np.testing.assert_allclose(answers[0], answers[1], atol=1e-7)
    np.testing.assert_allclose(answers[0], answers[2], atol=1e-5)


def test_at_most_a_thousand_images_are_compared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(modelfiles, "check_parity", lambda model, file, images: float(len(images)))
    images = np.zeros((PARITY_IMAGES + 1, 28, 28), np.uint8)
    assert write_model_files(network(), tmp_path, card=CARD, images=images) == PARITY_IMAGES


def test_a_network_that_is_not_supported_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match='layer "digits": activation exponential'):
        write_model_files(network("exponential"), tmp_path / "run", card=CARD, images=NOISE)
    assert not list(tmp_path.iterdir())


def test_a_file_that_disagrees_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def of_another(model: keras.Model, card: Card, *, half: bool) -> Any:
        other = network()
        other.layers[-1].bias.assign(np.arange(10))
        return to_onnx(other, card, half=half)

    monkeypatch.setattr(modelfiles, "to_onnx", of_another)
    with pytest.raises(Disagreement):
        write_model_files(network(), tmp_path / "run", card=CARD, images=NOISE)
    assert not list(tmp_path.iterdir())


def test_a_file_in_the_place_of_the_folder_is_named(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("in the way")
    with pytest.raises(CannotWrite, match="run: file exists"):
        write_model_files(network(), tmp_path / "run", card=CARD, images=NOISE)
