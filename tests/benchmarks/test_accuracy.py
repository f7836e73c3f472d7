"""What is measured of the shipped models is what `inkdigit evaluate` measures, and what a reader says."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import accuracy
import inkdigit
from inkdigit.data import mnist
from inkdigit.evaluation.metrics import evaluate
from inkdigit.models.open import located, open_model, open_models
from inkdigit.models.zoo import path_of
from inkdigit.types import Evaluation

N = 400


@pytest.fixture(scope="module")
def exam() -> accuracy.Exam:
    digits = mnist.load("test")
    images = digits.images[-N:]
    shapes = accuracy.Shapes(np.ones((3, 28, 28), np.float32), [np.full((40, 40), 255, np.uint8)] * 3)
    return accuracy.Exam("test", images, digits.labels[-N:], {"full": shapes}, mnist.load("train").images[-N:])


def of_package(exam: accuracy.Exam, *names: str) -> Evaluation:
    opened = open_models(located(names))
    given = opened.predict(exam.images)
    return evaluate(given, exam.labels, model=opened.name, data="d", temperature=opened.card.temperature)


@pytest.mark.real
def test_a_model_and_a_committee_as_evaluate_measures_them(exam: accuracy.Exam) -> None:
    alone, other, together = accuracy.measure_all(["mlp"], ["cnn", "mlp"], exam)
    assert (alone.name, other.name, together.name) == ("mlp", "cnn", "committee")
    for model, names in ((alone, ["mlp"]), (other, ["cnn"]), (together, ["cnn", "mlp"])):
        evaluation = of_package(exam, *names)
        assert model.digits.errors == len(evaluation.mistakes)
        assert model.digits.ece == pytest.approx(evaluation.calibrated_ece, abs=1e-5)
    assert together.digits.nll == pytest.approx(of_package(exam, "cnn", "mlp").loss, abs=1e-5)
    assert together.members == ("cnn", "mlp")
    assert together.parameters == alone.parameters + other.parameters
    assert together.no_digits == {"full": 1.0}  # a black square
    assert alone.read is not None
    read = [inkdigit.load("mlp").read_single(image) for image in exam.images[:40]]
    few = accuracy.read(inkdigit.load("mlp"), replace(exam, images=exam.images[:40], labels=exam.labels[:40]))[0]
    assert few.errors == sum(one.digit != label for one, label in zip(read, exam.labels[:40], strict=True))
    assert few.unsure == np.mean([one.unsure for one in read])


@pytest.mark.real
def test_what_is_unsure_is_what_the_recognizer_calls_so(exam: accuracy.Exam) -> None:
    recognizer = open_model(path_of("mlp"))
    rng = np.random.default_rng(0)
    ink = np.concatenate([exam.images / np.float32(255), rng.random((100, 28, 28), np.float32)])
    predictions = recognizer.classify(ink)
    doubted = accuracy.doubted(predictions.probabilities, threshold=recognizer.card.threshold)
    np.testing.assert_array_equal(doubted, predictions.unsure)


def test_no_answer_is_no_right_answer() -> None:
    alike = np.full((4, 10), 0.1, np.float32)
    figures = accuracy.figures(alike, np.zeros(4, np.uint8), sure=np.zeros(4), unsure=np.ones(4, bool))
    assert (figures.errors, figures.unsure, figures.interval[1]) == (4, 1.0, 1.0)
    assert figures.after(0.01) == 1.0


@pytest.mark.parametrize(
    ("name", "words"), [("mlp", "784-384-128-11"), ("cnn", "conv 32, pool, conv 64, conv 96, pool, 160, 11")]
)
def test_a_network_is_described_by_its_layers(name: str, words: str) -> None:
    """As docs/models.md has it."""
    if path_of(name).exists():
        assert accuracy.shape_of(open_model(path_of(name))) == words


def test_made_shapes_are_framed_and_pictured() -> None:
    digits = np.zeros((5, 28, 28), np.uint8)
    digits[:, 5:24, 10:16] = 255
    made, again = (accuracy.made_shapes(digits, n=12) for _ in range(2))
    assert made.frames.shape == (12, 28, 28)
    assert all(picture.dtype == np.uint8 and picture.max() > 100 for picture in made.pictures)
    np.testing.assert_array_equal(made.frames, again.frames)


@pytest.mark.real
def test_a_set_that_is_not_there_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "mnist").symlink_to(Path(os.environ["INKDIGIT_DATA_DIR"]) / "mnist")
    monkeypatch.setenv("INKDIGIT_DATA_DIR", str(tmp_path))
    few = accuracy.Shapes(np.zeros((1, 28, 28), np.float32), [])
    monkeypatch.setattr(accuracy, "made_shapes", lambda images: few)
    exam, skipped = accuracy.prepare(held_out=True)
    assert (exam.part, len(exam.images), list(exam.no_digits)) == ("held out", 5_000, ["made"])
    assert skipped == [f"letters in fonts: {tmp_path / 'handwriting' / 'not-digits'} is not there"]
    assert skipped[0] in capsys.readouterr().err
