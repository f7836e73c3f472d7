"""How sure a network's answers are: what decides its temperature and its threshold. `test_train` holds the whole."""

from pathlib import Path

import numpy as np
import pytest

from inkdigit.data import degraded, mnist, source, strokes
from inkdigit.errors import InkdigitError
from inkdigit.export import export
from inkdigit.learning.calibrate import as_expected
from inkdigit.learning.train import train
from inkdigit.models.open import open_model
from inkdigit.recipes import Recipe
from inkdigit.training.rundir import read_run
from inkdigit.types import NO_DIGIT, Digits

TINY = Recipe("tiny", (8,), epochs=1)


@pytest.mark.parametrize(
    ("digits", "others", "kept"), [(90, 200, 10), (90, 15, 8), (90, 10, 10), (90, 0, 0), (0, 5, 5)]
)
def test_what_is_no_digit_is_as_rare_as_a_network_is_told_to_expect(digits: int, others: int, kept: int) -> None:
    """One in ten, or fewer; from all over, with the digits in their order."""
    labels = np.array([*np.arange(digits) % 10, *[NO_DIGIT] * others], np.uint8)
    images = np.zeros((len(labels), 28, 28), np.uint8)
    images[:, 0, 0], images[:, 0, 1] = np.divmod(np.arange(len(labels)), 256)
    held_out = Digits(images, labels, "made", "validation")
    usual = as_expected(held_out)
    assert (usual.are_digits.sum(), (~usual.are_digits).sum()) == (digits, kept)
    numbers = usual.images[:, 0, 0].astype(int) * 256 + usual.images[:, 0, 1]
    assert (np.diff(numbers) > 0).all()
    np.testing.assert_array_equal(usual.labels, labels[numbers])


def test_only_what_was_held_out_calibrates(small_npz: Path, tmp_path: Path) -> None:
    """Without held-out images the card says so, and changes no probability."""
    runs = [train(TINY, data=str(small_npz), run=tmp_path / str(n), validation=n, report=False) for n in (0, 60)]
    temperatures = [open_model(run.folder).card.temperature for run in runs]
    assert temperatures[0] == 1.0 != temperatures[1]
    assert all(np.isfinite(temperatures))


def test_a_network_kept_in_half_precision_is_measured_as_it_is_stored(small_npz: Path, tmp_path: Path) -> None:
    recipe = Recipe("tiny", (20,), epochs=1, half=True)
    run = train(recipe, data=str(small_npz), run=tmp_path / "run", report=False)
    kernel, bias = (np.asarray(v) for v in run.model.layers[1].weights)
    assert np.array_equal(kernel, kernel.astype(np.float16).astype(np.float32))
    assert not np.array_equal(bias, bias.astype(np.float16).astype(np.float32))

    images = source.load(str(small_npz), part="test").images
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
    learned = Digits(images, labels, "degraded", "train", reserved=70)
    monkeypatch.setattr(degraded, "make_all", lambda processes: learned)
    monkeypatch.setattr(degraded, "HELD_OUT", 100)
    monkeypatch.setattr(mnist, "load", lambda part: test if part == "test" else written)
    return written


def test_a_network_that_refuses_carries_its_eleventh_class(written: Digits, tmp_path: Path) -> None:
    """A card with the class "no digit", calibrated on digits as they were written."""
    recipe = Recipe("tiny", (8,), reject_class=True, epochs=1)
    run = train(recipe, run=tmp_path / "run", report=False)
    recognizer = open_model(run.folder)
    assert recognizer.card.classes == "0123456789-"
    assert recognizer.card.calibrated
    assert recognizer.card.training_data == "degraded"
    unsure = recognizer.classify(written.ink[-100:]).confidence < recognizer.card.threshold
    assert unsure.sum() <= 1
    assert run.evaluation.n == 50


def test_a_network_of_ten_classes_learns_the_digits_alone(written: Digits, tmp_path: Path) -> None:
    """And its threshold is found on digits as they were written, like that of every network."""
    run = train(TINY, data="degraded", run=tmp_path / "run", report=False)
    recognizer = open_model(run.folder)
    assert recognizer.card.classes == "0123456789"
    assert (recognizer.classify(written.ink[-100:]).confidence < recognizer.card.threshold).sum() <= 1


@pytest.mark.long
def test_a_network_that_learned_from_all_images_takes_over_a_calibration(small_npz: Path, tmp_path: Path) -> None:
    data = str(small_npz)
    twin = train(TINY, data=data, run=tmp_path / "twin", report=False)
    learned = train(TINY, data=data, run=tmp_path / "all", report=False, validation=0, calibration=twin.folder)
    card, found = (open_model(run.folder).card for run in (learned, twin))
    assert (card.temperature, card.threshold, card.calibrated) == (found.temperature, found.threshold, True)
    assert read_run(learned.folder).config.calibration == (card.temperature, card.threshold)
    assert learned.evaluation.accuracy != twin.evaluation.accuracy
    again = train(run=learned.folder, resume=True, report=False)
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
def test_a_calibration_that_cannot_be_taken_over(
    model: str, validation: int | None, why: str, small_npz: Path, tmp_path: Path
) -> None:
    with pytest.raises(InkdigitError, match=why):
        train(
            TINY, data=str(small_npz), run=tmp_path / "run", validation=validation,
            calibration=model,
        )  # fmt: skip
    assert not (tmp_path / "run" / "run.json").exists()
