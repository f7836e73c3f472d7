"""The TensorBoard log, read back with TensorBoard's own reader."""

import io
import os
import signal
import sys
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array
from PIL import Image

from inkdigit.errors import CannotWrite, Interrupted
from inkdigit.evaluation.rendering import weights_png
from inkdigit.learning.train import train
from inkdigit.recipes import change, find
from inkdigit.training.control import Listener
from inkdigit.training.rundir import read_epochs
from inkdigit.training.tensorboard import TensorBoardLog
from inkdigit.types import Epoch

NAMES = ["hidden_1/kernel", "hidden_1/bias", "digits/kernel", "digits/bias"]
SHAPES = [(784, 20), (20,), (20, 10), (10,)]
SMALL = change(find("mlp-128"), hidden=(20,), epochs=4)
OPTIONS: dict[str, Any] = {"validation": 50, "tensorboard": True, "report": False}


@pytest.fixture(autouse=True)
def without_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "tensorflow", None)


def epoch(number: int, *, loss: float = 0.5, val_loss: float | None = 0.25) -> Epoch:
    return Epoch(number, loss / number, 0.75, val_loss, None if val_loss is None else 0.875, 0.001, 1.5)


def weights(seed: int = 0) -> list[Array]:
    random = np.random.default_rng(seed)
    return [jnp.asarray(random.normal(size=shape), jnp.float32) for shape in SHAPES]


def log(folder: Path, *epochs: Epoch, before: tuple[Epoch, ...] = ()) -> TensorBoardLog:
    """One session of a training."""
    session = TensorBoardLog(folder, SMALL, draw=weights_png)
    session.begin(NAMES, before)
    for number in epochs:
        session(number, weights())
    return session


def read(folder: Path) -> Any:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    return EventAccumulator(str(folder), size_guidance={"images": 0, "scalars": 0, "histograms": 0}).Reload()


def curve(folder: Path, tag: str) -> list[tuple[int, float]]:
    """The points of a scalar, whose 32 bits are shown as the shortest number that has them."""
    return [(point.step, rounded(point.value)) for point in read(folder).Scalars(tag)]


def rounded(value: float) -> float:
    return float(np.format_float_positional(np.float32(value)))


def pictures(folder: Path, tag: str) -> list[tuple[int, tuple[int, int]]]:
    """Step and size of each picture, every one a whole PNG of the stated size."""
    found = []
    for event in read(folder).Images(tag):
        with Image.open(io.BytesIO(event.encoded_image_string), formats=["PNG"]) as opened:
            opened.load()
            assert opened.size == (event.width, event.height)
            found.append((event.step, opened.size))
    return found


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Noise with labels, as small as a training takes."""
    path = tmp_path_factory.mktemp("data") / "noise.npz"
    random = np.random.default_rng(0)
    parts = {"train": 500, "test": 60}
    arrays: dict[str, Any] = {f"x_{part}": random.integers(0, 256, (n, 28, 28), np.uint8) for part, n in parts.items()}
    arrays |= {f"y_{part}": (np.arange(n) % 10).astype(np.uint8) for part, n in parts.items()}
    np.savez(path, **arrays)
    return str(path)


def test_the_figures_of_an_epoch_are_scalars_of_two_curves(tmp_path: Path) -> None:
    log(tmp_path, epoch(1), epoch(2))
    assert curve(tmp_path / "train", "epoch/loss") == [(1, 0.5), (2, 0.25)]
    assert curve(tmp_path / "validation", "epoch/loss") == [(1, 0.25), (2, 0.25)]
    assert curve(tmp_path / "validation", "epoch/accuracy") == [(1, 0.875), (2, 0.875)]
    assert curve(tmp_path / "train", "epoch/seconds") == [(1, 1.5), (2, 1.5)]
    assert curve(tmp_path / "train", "epoch/learning_rate") == [(1, 0.001), (2, 0.001)]


def test_without_validation_there_is_one_curve(tmp_path: Path) -> None:
    log(tmp_path, epoch(1, val_loss=None))
    assert [path.name for path in tmp_path.iterdir()] == ["train"]


def test_every_array_has_a_histogram_that_counts_all_its_weights(tmp_path: Path) -> None:
    log(tmp_path, epoch(1))
    events = read(tmp_path / "train")
    assert sorted(events.Tags()["histograms"]) == sorted(f"weights/{name}" for name in NAMES)
    for name, array in zip(NAMES, weights(), strict=True):
        (event,) = events.Histograms(f"weights/{name}")
        found, values = event.histogram_value, np.asarray(array)
        assert (found.num, sum(found.bucket)) == (values.size, values.size)
        assert (found.min, found.max) == (values.min(), values.max())
        assert found.bucket_limit[-1] == pytest.approx(values.max())


def test_the_first_layer_is_a_picture_after_each_epoch(tmp_path: Path) -> None:
    log(tmp_path, epoch(1), epoch(2))
    assert pictures(tmp_path / "train", "pictures/first_layer") == [(1, (238, 88)), (2, (238, 88))]


def test_a_first_layer_that_does_not_see_all_pixels_is_no_picture(tmp_path: Path) -> None:
    session = log(tmp_path)
    session(epoch(1), [jnp.ones((3, 3, 1, 4)), jnp.ones(4), jnp.ones((4, 10)), jnp.zeros(10)])
    assert read(tmp_path / "train").Tags()["images"] == []


def test_weights_that_are_no_numbers_are_left_out(tmp_path: Path) -> None:
    session = log(tmp_path)
    session(epoch(1), [weights()[0] * jnp.inf, *weights()[1:]])
    tags = read(tmp_path / "train").Tags()
    assert (tags["images"], len(tags["histograms"]), len(tags["scalars"])) == ([], 3, 4)


def test_each_epoch_is_on_the_disk_when_it_is_done(tmp_path: Path) -> None:
    session = log(tmp_path)
    for number in (1, 2, 3):
        session(epoch(number), weights())
        assert [step for step, _ in curve(tmp_path / "train", "epoch/loss")] == list(range(1, number + 1))


def test_a_resumed_training_has_each_step_once(tmp_path: Path) -> None:
    log(tmp_path, epoch(1), epoch(2), epoch(3, loss=9))
    log(tmp_path, epoch(3), epoch(4), before=(epoch(1), epoch(2)))
    assert curve(tmp_path / "train", "epoch/loss") == [(n, rounded(0.5 / n)) for n in (1, 2, 3, 4)]
    assert [step for step, _ in curve(tmp_path / "validation", "epoch/loss")] == [1, 2, 3, 4]
    assert [step for step, _ in pictures(tmp_path / "train", "pictures/first_layer")] == [1, 2, 3, 4]
    histograms = read(tmp_path / "train").Histograms("weights/digits/bias")
    assert [event.step for event in histograms] == [1, 2, 3, 4]


def test_what_a_power_cut_left_of_a_record_does_not_hide_what_follows(tmp_path: Path) -> None:
    log(tmp_path, epoch(1), epoch(2))
    (file,) = (tmp_path / "train").iterdir()
    os.truncate(file, file.stat().st_size - 7)
    log(tmp_path, epoch(2), epoch(3), before=(epoch(1),))
    assert [step for step, _ in curve(tmp_path / "train", "epoch/loss")] == [1, 2, 3]


def test_a_log_that_begins_late_has_the_figures_from_the_beginning(tmp_path: Path) -> None:
    log(tmp_path, epoch(3), before=(epoch(1), epoch(2)))
    assert [step for step, _ in curve(tmp_path / "train", "epoch/loss")] == [1, 2, 3]
    assert [step for step, _ in curve(tmp_path / "validation", "epoch/accuracy")] == [1, 2, 3]


def test_a_full_disk_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    session = log(tmp_path)
    session.train.path.parent.mkdir()
    session.train.path.symlink_to("/dev/full")
    with pytest.raises(CannotWrite, match=r"events.*no space left"):
        session(epoch(1), weights())


def test_a_folder_that_cannot_be_made_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotWrite, match="file"):
        log(tmp_path / "file", epoch(1))


def test_a_whole_training_shows_the_metrics_and_the_result(tmp_path: Path, digits: str) -> None:
    run = train(SMALL, data=digits, run=tmp_path / "run", **OPTIONS)
    folder = tmp_path / "run" / "tensorboard"
    for part, fields in (
        ("train", {"loss": "loss", "accuracy": "accuracy", "learning_rate": "learning_rate", "seconds": "seconds"}),
        ("validation", {"loss": "val_loss", "accuracy": "val_accuracy"}),
    ):
        for tag, field in fields.items():
            expected = [(e.epoch, rounded(getattr(e, field))) for e in read_epochs(run.folder)]
            assert curve(folder / part, f"epoch/{tag}") == expected
    assert curve(folder / "test", "epoch/accuracy") == [(4, rounded(run.accuracy))]
    for name in ("confusion", "worst_mistakes"):
        ((step, (width, _)),) = pictures(folder / "test", f"pictures/{name}")
        assert step == 4
        assert width > 500
    assert "_hparams_/session_start_info" in read(folder / "test").summary_metadata


class StopsAfter(Listener):
    """Sends the signal of Ctrl-C when an epoch is done."""

    def __init__(self, number: int) -> None:
        self.number = number

    def epoch_done(self, epoch: Epoch) -> None:
        if epoch.epoch == self.number:
            os.kill(os.getpid(), signal.SIGINT)


def test_an_interrupted_training_goes_on_in_the_same_curve(tmp_path: Path, digits: str) -> None:
    run = tmp_path / "run"
    with pytest.raises(Interrupted):
        train(SMALL, data=digits, run=run, listener=StopsAfter(2), **OPTIONS)
    assert len(curve(run / "tensorboard" / "train", "epoch/loss")) == 2
    train(run=run, resume=True, report=False)  # nobody has to ask for the log again
    train(run=run, resume=True, report=False)
    assert curve(run / "tensorboard" / "train", "epoch/loss") == [(e.epoch, rounded(e.loss)) for e in read_epochs(run)]
    assert [step for step, _ in curve(run / "tensorboard" / "test", "epoch/loss")] == [4]


def test_a_training_that_was_not_asked_to_writes_no_log_and_imports_nothing(
    tmp_path: Path, digits: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("inkdigit.training.tensorboard", "tensorboardX"):
        monkeypatch.setitem(sys.modules, name, None)  # to import it is an error
    train(change(SMALL, epochs=1), data=digits, run=tmp_path / "run", **(OPTIONS | {"tensorboard": False}))
    assert not (tmp_path / "run" / "tensorboard").exists()
    with pytest.raises(ImportError):
        train(change(SMALL, epochs=1), data=digits, run=tmp_path / "other", **OPTIONS)
