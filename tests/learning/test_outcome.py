"""The end of a training in small: facts, first images, calibration. `test_learner` holds the whole."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from inkdigit.data import degraded, mnist, strokes
from inkdigit.data.labelled import digest
from inkdigit.errors import InkdigitError, UsageError
from inkdigit.export import export
from inkdigit.learning import learner, outcome
from inkdigit.models.open import open_model
from inkdigit.recipes import Recipe, find
from inkdigit.training.run import Config, read_run
from inkdigit.types import Digits


def test_the_first_images_carry_their_own_digest(made_digits: Digits) -> None:
    first = outcome.first_images(made_digits, 7)
    assert len(first) == 7
    assert first.sha256 == digest(made_digits.images[:7], made_digits.labels[:7])
    assert len(outcome.first_images(made_digits, 10**6)) == 600


def test_the_facts_name_what_was_used_and_nothing_else() -> None:
    config = Config(find("mlp-128x2"), "mnist", "ab" * 32, 5_000, 0, 7)
    facts = outcome.facts_of(config, 118_282)
    assert facts["network"] == "784 → 128 → 128 → 10"
    assert (facts["weights"], facts["L2"], facts["seed"]) == ("118,282", "0.002", "7")
    assert not {"dropout", "augmentation"} & facts.keys()
    convolutional = outcome.facts_of(replace(config, recipe=find("cnn-small")), 34_826)
    assert convolutional["network"] == "784 → conv 32 → conv 64 → 10"
    assert convolutional["dropout"] == "0.5"


def test_only_what_was_held_out_calibrates(small_npz: Path, tmp_path: Path) -> None:
    """Without held-out images the card says so, and changes no probability."""
    recipe = Recipe("tiny", (8,), epochs=1)
    runs = [
        learner.train(recipe, data=str(small_npz), run=tmp_path / str(n), validation=n, report=False) for n in (0, 60)
    ]
    temperatures = [open_model(run.folder).card.temperature for run in runs]
    assert temperatures[0] == 1.0 != temperatures[1]
    assert all(np.isfinite(temperatures))


def test_a_network_kept_in_half_precision_is_measured_as_it_is_stored(small_npz: Path, tmp_path: Path) -> None:
    recipe = Recipe("tiny", (20,), epochs=1, half=True)
    run = learner.train(recipe, data=str(small_npz), run=tmp_path / "run", report=False)
    kernel, bias = (np.asarray(v) for v in run.model.layers[1].weights)
    assert np.array_equal(kernel, kernel.astype(np.float16).astype(np.float32))
    assert not np.array_equal(bias, bias.astype(np.float16).astype(np.float32))

    images = outcome.load_part(str(small_npz), "test").images
    stored = open_model(run.folder)
    in_keras = np.asarray(run.model(images.astype(np.float32) / 255))
    np.testing.assert_allclose(stored.predict(images), in_keras, atol=1e-6)
    assert stored.first_layer is not None
    assert np.array_equal(stored.first_layer.reshape(20, 784).T, kernel)

    export(run.folder, format="onnx", quantize="float16", out=tmp_path / "half.onnx")
    sizes = [path.stat().st_size for path in (run.folder / "model.onnx", tmp_path / "half.onnx")]
    assert max(sizes) < 0.6 * kernel.nbytes
    assert open_model(tmp_path / "half.onnx").card == open_model(run.folder).card


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Digits:
    """The digits that a small degraded set is made of, which are drawn ones; 420 images, 50 to test."""
    written, test = strokes.strokes(300, seed=1), strokes.strokes(50, seed=2, part="test")
    images, labels = degraded.make(written.images, written.labels, np.random.default_rng(0))
    shown = Digits(images, labels, "degraded", "train", digest(images, labels))
    monkeypatch.setattr(degraded, "load", lambda: shown)
    monkeypatch.setattr(degraded, "HELD_OUT", 100)
    monkeypatch.setattr(degraded, "held_out", lambda n: 70)
    monkeypatch.setattr(mnist, "load", lambda part: test if part == "test" else written)
    return written


def test_a_network_that_refuses_carries_its_eleventh_class(written: Digits, tmp_path: Path) -> None:
    """A card with the class "no digit", calibrated on digits as they were written."""
    recipe = Recipe("tiny", (8,), refuses=True, epochs=1)
    run = learner.train(recipe, run=tmp_path / "run", report=False)
    recognizer = open_model(run.folder)
    assert recognizer.card.classes == "0123456789-"
    assert recognizer.card.calibrated
    assert recognizer.card.training_data == "degraded"
    unsure = recognizer.classify(written.ink[-100:]).confidence < recognizer.card.threshold
    assert unsure.sum() <= 1
    assert run.evaluation.n == 50


def test_a_network_that_refuses_needs_something_to_refuse(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to refuse"):
        learner.train("reader", data="strokes", run=tmp_path / "run")


def test_a_network_of_ten_classes_learns_the_digits_alone(written: Digits, tmp_path: Path) -> None:
    """And its threshold is found on digits as they were written, like that of every other network."""
    run = learner.train(Recipe("tiny", (8,), epochs=1), data="degraded", run=tmp_path / "run", report=False)
    recognizer = open_model(run.folder)
    assert recognizer.card.classes == "0123456789"
    assert (recognizer.classify(written.ink[-100:]).confidence < recognizer.card.threshold).sum() <= 1


def test_a_network_that_learned_from_all_images_takes_over_a_calibration(tmp_path: Path) -> None:
    recipe = Recipe("tiny", (8,), epochs=1)
    twin = learner.train(recipe, data="strokes", run=tmp_path / "twin", report=False)
    learned = learner.train(
        recipe, data="strokes", run=tmp_path / "all", report=False, validation=0, calibration=twin.folder
    )
    card, found = (open_model(run.folder).card for run in (learned, twin))
    assert (card.temperature, card.threshold, card.calibrated) == (found.temperature, found.threshold, True)
    assert read_run(learned.folder).config.calibration == (card.temperature, card.threshold)
    assert learned.evaluation.accuracy != twin.evaluation.accuracy
    again = learner.train(run=learned.folder, resume=True, report=False)
    assert open_model(again.folder).card == card


@pytest.mark.parametrize(
    ("model", "validation", "why"),
    [
        ("mlp-plain", None, "images are held out to find this network's own"),
        ("mlp-plain", 100, "images are held out"),
        ("cnn", 0, "it knows 11 classes"),
        ("cmm", 0, "no such file|unknown model|cannot"),
    ],
)
def test_a_calibration_that_cannot_be_taken_over(model: str, validation: int | None, why: str, tmp_path: Path) -> None:
    with pytest.raises(InkdigitError, match=why):
        learner.train(
            Recipe("tiny", (8,), epochs=1), data="strokes", run=tmp_path / "run", validation=validation,
            calibration=model,
        )  # fmt: skip
    assert not (tmp_path / "run" / "run.json").exists()
