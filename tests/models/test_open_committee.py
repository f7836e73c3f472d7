"""Models that answer as one, held against their own answers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkdigit.errors import BadInput, UsageError
from inkdigit.formats.check import seal
from inkdigit.models import zoo
from inkdigit.models.model import averaged
from inkdigit.models.open import called, located, open_model, open_models
from inkdigit.types import Images
from small_models import CARD, echo

IMAGES: Images = np.random.default_rng(3).integers(0, 256, (40, 28, 28), np.uint8)


def write(path: Path, *, temperature: float, classes: str) -> Path:
    card = replace(CARD, temperature=temperature, classes=classes)
    path.write_bytes(seal(echo(card).SerializeToString()))
    return path


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def test_the_mean_of_calibrated_answers_whatever_classes_the_members_have(tmp_path: Path) -> None:
    """The network echoes the first pixels as logits, so what must come out can be said in one line."""
    cold = write(tmp_path / "cold.onnx", temperature=0.5, classes="0123456789")
    warm = write(tmp_path / "warm.onnx", temperature=2.0, classes="0123456789-")
    logits = IMAGES.reshape(-1, 784)[:, :10] / 255
    together = open_models([cold, warm])
    np.testing.assert_allclose(together.predict(IMAGES), (softmax(2 * logits) + softmax(logits / 2)) / 2, atol=1e-6)
    assert (together.name, together.card.temperature) == ("committee of 2: cold.onnx, warm.onnx", 1.0)
    assert together.card.parameters == 2 * CARD.parameters
    assert together.first_layer is None


def test_one_model_is_itself(tmp_path: Path) -> None:
    path = write(tmp_path / "one.onnx", temperature=1.5, classes="0123456789-")
    opened, alone = open_model(path), open_models([path])
    np.testing.assert_array_equal(alone.predict(IMAGES), opened.predict(IMAGES))
    assert (alone.name, alone.card.temperature) == (opened.name, 1.5)


def test_the_mean_adds_up_to_one_and_keeps_its_type() -> None:
    answers = [softmax(np.random.default_rng(seed).normal(size=(7, 10))).astype(np.float32) for seed in range(5)]
    mean = averaged(answers)
    assert mean.dtype == np.float32
    np.testing.assert_allclose(mean.sum(axis=1), 1, atol=1e-6)
    np.testing.assert_allclose(mean, np.mean(answers, axis=0), atol=1e-6)


def test_the_name_of_the_committee_stands_for_its_members(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "COMMITTEE", ("cnn", "mlp"))
    assert [called(path) for path in located(["committee"])] == ["cnn", "mlp"]
    assert [called(path) for path in located(["committee", "a.onnx"])] == ["cnn", "mlp", "a.onnx"]
    with pytest.raises(UsageError, match="cannot average: mlp: is named twice"):
        located(["committee", "mlp"])


def test_a_committee_that_is_not_shipped_is_no_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zoo, "COMMITTEE", ())
    with pytest.raises(UsageError, match="unknown model: committee"):
        located(["committee"])


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    good = write(tmp_path / "good.onnx", temperature=1.0, classes="0123456789")
    with pytest.raises(BadInput, match=r"bad\.onnx"):
        open_models([good, tmp_path / "bad.onnx"])
    with pytest.raises(UsageError, match="no model is named"):
        located([])


@pytest.mark.skipif(not zoo.path_of("cnn").exists(), reason="the model is not in this checkout")
def test_the_shipped_readers_together() -> None:
    together = open_models(located(["cnn", "mlp"]))
    assert together.name == "committee of 2: cnn, mlp"
    assert together.card.parameters == sum(open_model(zoo.path_of(name)).card.parameters for name in ("cnn", "mlp"))
