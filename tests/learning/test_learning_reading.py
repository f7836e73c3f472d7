"""Learning to read pages: a run directory with a network that runs, the same whether it was stopped or not."""

import json
import signal
from collections.abc import Generator
from pathlib import Path

import numpy as np
import pytest

from inkdigit import architectures
from inkdigit.architectures import Architecture, Layer
from inkdigit.errors import BadInput, Interrupted, UsageError
from inkdigit.learning.reading import ReadingConfig, train_reading
from inkdigit.ort import onnxruntime
from inkdigit.training.control import Listener
from inkdigit.types import Epoch
from inkdigit.writing import stream
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.stream import Batch, Stream

SMALL = Architecture(
    "detector",
    (
        Layer("half", "convolution", ("",), 4, (3, 3), (2, 2), (1, 1), (1, 1)),
        Layer("maps", "convolution", ("half",), 5, (3, 3), (2, 2), (1, 1), (1, 1), plain=True),
    ),
)
CONFIG = ReadingConfig("detector", epochs=2, steps=3, learning_rate=0.01, seed=7, data="strokes")


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """A small network, few small crops, made in this process."""
    monkeypatch.setattr(architectures, "DETECTOR", SMALL)
    for name, value in (("PAGES", 2), ("PAGE_GROUP", 2), ("CROP", 64)):
        monkeypatch.setattr(stream, name, value)

    def groups(self: Stream, first: int) -> Generator[list[Batch], None, None]:
        while True:
            yield self.make(DigitSource(None, None), self.seed, first)
            first += 1

    monkeypatch.setattr(Stream, "groups", groups)


class Stopping(Listener):
    """Asks to stop after the first epoch."""

    def epoch_done(self, epoch: Epoch) -> None:
        signal.raise_signal(signal.SIGTERM)


def weights(folder: Path) -> list[np.ndarray]:
    session = onnxruntime.InferenceSession(str(folder / "model.onnx"), providers=["CPUExecutionProvider"])
    return [np.asarray(session.run(None, {"picture": np.ones((1, 1, 32, 48), np.float32)})[0])]


def test_a_run_has_all_that_belongs_to_it(tmp_path: Path) -> None:
    finished = train_reading(CONFIG, run=tmp_path / "run")
    assert finished.parameters == SMALL.parameters
    assert [epoch.epoch for epoch in finished.epochs] == [1, 2]
    assert all(epoch.val_accuracy is not None and 0 <= epoch.val_accuracy <= 1 for epoch in finished.epochs)
    assert {"run.json", "metrics.jsonl", "checkpoint.safetensors", "model.onnx", "DONE"} <= {
        path.name for path in finished.folder.iterdir()
    }
    assert json.loads((finished.folder / "run.json").read_text())["reading"]["network"] == "detector"
    [maps] = weights(finished.folder)
    assert maps.shape == (1, 5, 8, 12)


def test_stopped_and_resumed_it_ends_the_same(tmp_path: Path) -> None:
    whole = train_reading(CONFIG, run=tmp_path / "whole")
    with pytest.raises(Interrupted, match="saved after step 3 of 6"):
        train_reading(CONFIG, run=tmp_path / "parts", listener=Stopping())
    parts = train_reading(CONFIG, run=tmp_path / "parts", resume=True)
    assert [epoch.epoch for epoch in parts.epochs] == [1, 2]
    assert parts.epochs[-1].loss == whole.epochs[-1].loss
    assert all(np.array_equal(a, b) for a, b in zip(weights(whole.folder), weights(parts.folder), strict=True))


def test_another_configuration_is_not_resumed(tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        train_reading(CONFIG, run=tmp_path, listener=Stopping())
    other = ReadingConfig("detector", epochs=9, steps=3, learning_rate=0.01, seed=7, data="strokes")
    with pytest.raises(UsageError, match="it began with"):
        train_reading(other, run=tmp_path, resume=True)
    (tmp_path / "run.json").write_text("{}")
    with pytest.raises(BadInput, match="no training of a line recognizer or detector"):
        train_reading(CONFIG, run=tmp_path, resume=True)
