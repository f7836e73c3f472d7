"""A small network that does read digits, as every kind of source."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("KERAS_BACKEND", "jax")

import keras
from keras import layers as kl

from inkdigit.data.strokes import strokes
from inkdigit.export.modelfiles import write_model_files
from inkdigit.types import Card, Digits
from starting_weights import drawn_by_numpy

CARD = Card("little", 9_274, 1.3, 0.6, True, "strokes (synthetic)", "ab" * 32, 0.8, "0.1.0")


@pytest.fixture(autouse=True, scope="module")
def _starting_weights() -> Iterator[None]:
    with drawn_by_numpy():
        yield


@pytest.fixture(scope="session")
def digits() -> Digits:
    """200 strokes that nothing was fitted to."""
    return strokes(200, seed=7, part="validation")


@pytest.fixture(autouse=True)
def _few_digits(digits: Digits, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports are proven on them, because to load MNIST takes half a second."""
    monkeypatch.setattr("inkdigit.export.held_out", lambda n: digits)
    monkeypatch.setattr("inkdigit.export.formats.calibration", lambda: strokes(50, seed=8).ink)


@pytest.fixture(scope="session")
def network() -> keras.Sequential:
    """Random windows and a last layer fitted to their answers by least squares: most strokes are read right."""
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            kl.Reshape((28, 28, 1)),
            kl.Conv2D(24, 5, strides=2, activation="relu"),
            kl.MaxPooling2D(2),
            kl.Flatten(),
            kl.Dropout(0.2),
            kl.Dense(10, "softmax", name="digits"),
        ]
    )
    learned = strokes(600, seed=1)
    features = keras.Sequential([keras.Input((28, 28)), *model.layers[:-1]]).predict_on_batch(learned.ink)
    wanted = 8 * np.eye(10, dtype=np.float32)[learned.labels]
    kernel = np.linalg.solve(features.T @ features + 0.3 * np.eye(features.shape[1]), features.T @ wanted)
    model.layers[-1].kernel.assign(kernel)
    return model


@pytest.fixture(scope="session")
def run(network: keras.Sequential, digits: Digits, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model files of a run directory."""
    folder = tmp_path_factory.mktemp("runs") / "little-1"
    write_model_files(network, folder, card=CARD, images=digits.images)
    return folder


@pytest.fixture(params=["run", "onnx", "keras", "h5"])
def source(request: pytest.FixtureRequest, run: Path) -> Path:
    """The same network as each kind of source."""
    return run if request.param == "run" else run / f"model.{request.param}"


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A stand-in for the built page."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>inkdigit</title>")
    (folder / "assets" / "index-1a2b.js").write_text("export {};")
    (folder / "sw.js").write_text("caches.open(VERSION).then((kept) => kept.addAll(FILES));")
    monkeypatch.setattr("inkdigit.export.site.PAGE", folder)
    return folder
