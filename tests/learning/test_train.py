"""A whole training on small made data: its files, its refusals, what a failing disk leaves (C01, C02, C09, C10, C18).

Which test covers which row of "CLI and run directory" in the list of bad inputs:

    C01      test_files, test_rundir, here    C11      test_rundir
    C02      here, test_checkpoint           C12-C14  tests/cli
    C03      test_files, here                C15      test_fit, test_rundir
    C04 C05  test_control, test_fit,            C16      test_recipes, tests/cli
             test_interruptions              C17      test_loop, test_fit, test_interruptions
    C06 C07  test_files, test_checkpoint,    C18      test_files, here
             test_interruptions              C19      test_interruptions
    C08      test_files, test_rundir,         C20      tests/cli
             test_interruptions
    C09      here
    C10      test_checkpoint, here

Not covered: RLIMIT_AS of C19, where XLA ends the process itself and no Python code can; EINTR of C03, which
Python retries (PEP 475); the torn sectors of C07, which no program can make: that the bytes are flushed
before the name is, and the name before success is told, is held by `test_the_order_of_the_calls`.
"""

import errno
import json
import shutil
import stat
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faults import Disk
from inkdigit import networks
from inkdigit.data import source
from inkdigit.data.labelled import hold_out
from inkdigit.errors import BadInput, CannotWrite, InkdigitError, UsageError
from inkdigit.learning.evaluate import evaluate
from inkdigit.learning.run import FinishedRun
from inkdigit.learning.train import train as learn
from inkdigit.models.open import open_model
from inkdigit.recipes import Recipe
from inkdigit.training import checkpoint, loop, rundir, trainer
from inkdigit.training.control import Listener
from inkdigit.training.device import Device
from inkdigit.types import Digits

RECIPE = Recipe("tiny", (16,), epochs=3)
FILES = {"run.json", "metrics.jsonl", "checkpoint.safetensors", "model.keras", "model.h5", "model.onnx", "DONE"}


@pytest.fixture(autouse=True)
def _compiled_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same network on the same data is compiled once for all tests here: a second each."""
    monkeypatch.setattr(trainer, "compile_program", _compile_once)


def _compile_once(
    model: Any,
    recipe: Recipe,
    device: Device,
    *,
    train: Digits,
    validation: Digits | None,
    seed: int,
    teachers: list[Any],
) -> loop.Program:
    assert not teachers
    key = (replace(recipe, epochs=1), train.sha256, validation.sha256 if validation else "", seed, device)
    if key not in PROGRAMS:
        PROGRAMS[key] = loop.compile_program(model, recipe, device, train=train, validation=validation, seed=seed)
    return PROGRAMS[key]


PROGRAMS: dict[Any, loop.Program] = {}


class Remarks(Listener):
    def __init__(self) -> None:
        self.remarks: list[str] = []

    def remark(self, text: str) -> None:
        self.remarks.append(text)


def train(small_npz: Path, folder: Path, recipe: Recipe | None = RECIPE, **options: Any) -> FinishedRun:
    return learn(recipe, data=str(small_npz), run=folder, **({"report": False} | options))


@pytest.fixture(scope="module")
def finished(small_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    """A run with everything in it; do not change it."""
    return train(small_npz, tmp_path_factory.mktemp("runs") / "finished", report=True, tensorboard=True)


@pytest.fixture
def run_copy(finished: FinishedRun, tmp_path: Path) -> Path:
    return Path(shutil.copytree(finished.folder, tmp_path / "run"))


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_every_promised_file_is_there(finished: FinishedRun) -> None:
    names = {path.name for path in finished.folder.iterdir()}
    assert names == FILES | {".lock", "report", "tensorboard"}
    assert finished.report.is_file()
    assert json.loads((finished.folder / "report" / "evaluation.json").read_text())["n"] == 200


def test_done_is_written_last(finished: FinishedRun) -> None:
    times = {path: path.stat().st_mtime_ns for path in finished.folder.rglob("*") if path.is_file()}
    assert max(times, key=lambda path: times[path]).name == "DONE"


def test_the_run_speaks_of_itself(finished: FinishedRun) -> None:
    assert finished.parameters == 12_730
    assert [epoch.epoch for epoch in finished.epochs] == [1, 2, 3]
    assert finished.accuracy == finished.evaluation.accuracy > 0.3
    assert {"import", "data", "build", "compile", "fit", "evaluate", "save", "report"} <= finished.seconds.keys()
    assert repr(finished) == f"FinishedRun('{finished.folder}', tiny, test accuracy {finished.accuracy:.4f})"


def test_the_record_says_what_was_trained(finished: FinishedRun, small_npz: Path, made_digits: Digits) -> None:
    record = rundir.read_run(finished.folder)
    assert record.config == rundir.Config(RECIPE, str(small_npz), made_digits.sha256, 60, 0, 0, split="drawn")
    assert record.epochs == finished.epochs
    assert record.result is not None
    assert record.result["test_accuracy"] == finished.accuracy
    assert record.result["parameters"] == 12_730


def test_all_model_files_agree(finished: FinishedRun, made_digits: Digits) -> None:
    images = made_digits.images[:50]
    expected = np.asarray(finished.model(images.astype(np.float32) / 255))
    for name in ("model.onnx", "model.keras", "model.h5", ""):
        np.testing.assert_allclose(open_model(finished.folder / name).predict(images), expected, atol=1e-5)
    np.testing.assert_allclose(finished.predict(images), expected, atol=1e-5)


def test_evaluating_it_again_gives_the_same(finished: FinishedRun) -> None:
    for model in (finished, finished.folder, finished.folder / "model.keras"):
        data = rundir.read_run(finished.folder).config.data
        again = evaluate(model, data=data)
        assert (again.accuracy, again.n) == (finished.accuracy, 200)
    assert evaluate(finished, most=50).n == 50


def test_the_same_seed_gives_the_same_bytes(finished: FinishedRun, small_npz: Path, tmp_path: Path) -> None:
    train(small_npz, tmp_path / "again")
    train(small_npz, tmp_path / "other", seed=1)
    for name in ("checkpoint.safetensors", "model.onnx"):
        bytes_of = [
            (folder / name).read_bytes() for folder in (finished.folder, tmp_path / "again", tmp_path / "other")
        ]
        assert bytes_of[0] == bytes_of[1] != bytes_of[2]


def test_without_a_place_it_makes_one(small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    made = [learn(RECIPE, data=str(small_npz), report=False).folder for _ in range(2)]
    assert made == [Path("runs/tiny-1"), Path("runs/tiny-2")]


def test_nothing_held_out(small_npz: Path, tmp_path: Path) -> None:
    done = train(small_npz, tmp_path / "run", validation=0)
    assert [epoch.val_loss for epoch in done.epochs] == [None] * 3
    assert (done.evaluation.temperature, len(PROGRAMS)) == (1.0, len(PROGRAMS))


def test_early_stopping_leaves_the_best_weights_in_the_model(small_npz: Path, tmp_path: Path) -> None:
    """A rate so high that the validation loss soon rises."""
    recipe = replace(RECIPE, epochs=40, learning_rate=0.05)
    done = train(small_npz, tmp_path / "run", recipe, patience=2)
    losses = [epoch.val_loss for epoch in done.epochs if epoch.val_loss is not None]
    assert len(losses) < 40
    assert losses.index(min(losses)) == len(losses) - 3
    held_out = hold_out(source.load(str(small_npz), part="train"), 60)[1]
    answers = open_model(done.folder).predict(held_out.images)
    loss = -np.log(answers[range(60), held_out.labels.astype(int)]).mean()
    assert loss == pytest.approx(min(losses), rel=1e-4)


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"seed": -1}, "--seed: got -1; give a whole number from 0 to 2,147,483,647"),
        ({"seed": 2**64}, "--seed: got 18446744073709551616"),
        ({"validation": -1}, "--validation: got -1"),
        ({"patience": -1}, "--patience: got -1"),
        ({"validation": 600}, "asked for 600 of 600 images"),
        ({"validation": 10**9}, "--validation: got 1000000000"),
        ({"patience": 1, "validation": 0}, "--patience: nothing is held out"),
    ],
)
def test_options_out_of_range_leave_nothing_behind(
    small_npz: Path, tmp_path: Path, options: dict[str, Any], why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        train(small_npz, tmp_path / "run", **options)
    if "of 600" not in why:
        assert list(tmp_path.iterdir()) == []


def test_data_that_is_not_there_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"unknown data|cannot read"):
        learn(RECIPE, data=str(tmp_path / "none.npz"), run=tmp_path / "run")
    assert list(tmp_path.iterdir()) == []


def test_resuming_nothing(small_npz: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="which run"):
        learn(RECIPE, data=str(small_npz), resume=True)
    with pytest.raises(BadInput, match=r"not a run directory: .*run\.json: no such file"):
        train(small_npz, tmp_path / "none", resume=True)
    assert list(tmp_path.iterdir()) == []


def test_a_run_directory_is_not_overwritten(small_npz: Path, run_copy: Path) -> None:
    before = contents(run_copy)
    with pytest.raises(CannotWrite, match=r"already holds a training: .*--resume, or replace it with --force"):
        train(small_npz, run_copy)
    assert contents(run_copy) == before


def test_force_replaces_our_files_and_no_others(small_npz: Path, run_copy: Path) -> None:
    (run_copy / "notes.txt").write_text("mine")
    (run_copy / "plots").mkdir()
    (run_copy / "plots" / "mine.png").write_text("mine")
    train(small_npz, run_copy, seed=5, force=True)
    assert rundir.read_run(run_copy).config.seed == 5
    assert (run_copy / "notes.txt").read_text() == (run_copy / "plots" / "mine.png").read_text() == "mine"
    assert {path.name for path in run_copy.iterdir()} == FILES | {".lock", "notes.txt", "plots"}


@pytest.mark.parametrize("force", [False, True])
def test_a_folder_of_other_things_is_refused(small_npz: Path, tmp_path: Path, force: bool) -> None:
    (tmp_path / "thesis.tex").write_text("mine")
    (tmp_path / "model.onnx").write_text("mine")
    with pytest.raises(CannotWrite, match=r"not a run directory: .*it holds other files; choose a new folder"):
        train(small_npz, tmp_path, force=force)
    assert {path.name: path.read_text() for path in tmp_path.iterdir() if path.name != ".lock"} == {
        "thesis.tex": "mine",
        "model.onnx": "mine",
    }


def test_what_a_killed_process_left_is_swept_away(small_npz: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / ".model.keras.x7").mkdir(parents=True)
    (folder / ".model.keras.x7" / "model.keras").write_bytes(b"half")
    (folder / ".run.json.abc.part").write_bytes(b"half")
    (folder / ".lock").touch()
    train(small_npz, folder)
    assert {path.name for path in folder.iterdir()} == FILES | {".lock"}


@pytest.mark.parametrize("place", ["file", "file/run", "loop", "n" * 300], ids=["file", "below a file", "loop", "long"])
def test_a_place_that_cannot_be_a_run_directory(small_npz: Path, tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("mine")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(CannotWrite, match=r"file exists|not a directory|too many levels|file name too long"):
        train(small_npz, tmp_path / place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "loop"]


@pytest.mark.parametrize(
    ("recipe", "options", "names"),
    [
        (RECIPE, {"seed": 3}, ["seed: 0 there, 3 asked for"]),
        (replace(RECIPE, epochs=9, dropout=0.5), {}, ["epochs: 3 there, 9 asked for", "dropout: 0.0 there, 0.5 asked"]),
        (RECIPE, {"validation": 10, "patience": 2}, ["validation: 60 there, 10", "patience: 0 there, 2 asked for"]),
    ],
)
def test_resuming_with_other_settings_names_them(
    small_npz: Path, run_copy: Path, recipe: Recipe, options: dict[str, int], names: list[str]
) -> None:
    before = contents(run_copy)
    with pytest.raises(UsageError) as caught:
        train(small_npz, run_copy, recipe, resume=True, **options)
    assert str(caught.value).startswith("cannot resume: ")
    assert all(name in str(caught.value) for name in names)
    assert contents(run_copy) == before


def test_resuming_on_other_data_names_it(small_npz: Path, run_copy: Path, tmp_path: Path) -> None:
    with np.load(small_npz) as arrays:
        other = {name: array[::-1] for name, array in arrays.items()}
    np.savez(tmp_path / "other.npz", **other)
    with pytest.raises(UsageError, match=r"cannot resume: .*data: .* there.*data_sha256: "):
        train(tmp_path / "other.npz", run_copy, resume=True)


def test_resuming_a_finished_run_writes_the_same_again(small_npz: Path, run_copy: Path) -> None:
    before, said = contents(run_copy), Remarks()
    again = learn(run=run_copy, resume=True, report=False, listener=said)
    assert said.remarks == ["this training was already finished; measuring it and writing its files again"]
    assert len(again.epochs) == 3
    for name in ("checkpoint.safetensors", "model.onnx", "metrics.jsonl", "run.json"):
        assert (run_copy / name).read_bytes() == before[name]


def test_a_damaged_checkpoint_gives_way_and_the_end_is_the_same(small_npz: Path, run_copy: Path) -> None:
    """The one before is of an earlier epoch here: it is trained again from there."""
    expected = contents(run_copy)
    model = networks.build(RECIPE, seed=0)
    start = checkpoint.Position(loop.first_state(model, RECIPE), 1, 0)
    checkpoint.save(run_copy, start)
    (run_copy / rundir.PREVIOUS).write_bytes((run_copy / rundir.CHECKPOINT).read_bytes())
    (run_copy / rundir.CHECKPOINT).write_bytes(expected[rundir.CHECKPOINT][:-1])
    said = Remarks()
    learn(run=run_copy, resume=True, report=False, listener=said)
    assert "damaged" in said.remarks[0]
    assert "using the one before it" in said.remarks[0]
    for name in (rundir.CHECKPOINT, "model.onnx"):
        assert (run_copy / name).read_bytes() == expected[name]


def test_when_every_checkpoint_is_damaged_nothing_is_trained(run_copy: Path) -> None:
    (run_copy / rundir.CHECKPOINT).write_bytes(b"")
    before = contents(run_copy)
    with pytest.raises(BadInput, match="cannot read checkpoint"):
        learn(run=run_copy, resume=True, report=False)
    assert contents(run_copy) == before


def test_permissions_follow_the_umask(small_npz: Path, tmp_path: Path) -> None:
    import os

    before = os.umask(0o077)
    try:
        done = train(small_npz, tmp_path / "run")
    finally:
        os.umask(before)
    modes = {stat.S_IMODE(path.stat().st_mode) for path in done.folder.iterdir()}
    assert modes == {0o600}


@cache
def calls_of_a_training(small_npz: Path, folder: Path) -> int:
    disk = Disk()
    with disk.failing():
        train(small_npz, folder)
    return len(disk.calls)


def exit_code(small_npz: Path, folder: Path) -> int:
    """What the program would leave with."""
    try:
        train(small_npz, folder)
    except InkdigitError as error:
        return error.exit_code
    return 0


@pytest.mark.parametrize(
    "number", [pytest.param(errno.ENOSPC, marks=pytest.mark.long), errno.EIO], ids=["full", "broken"]
)
def test_a_disk_that_fails_at_any_write_of_a_run(small_npz: Path, tmp_path: Path, number: int) -> None:
    """Exit 4, no half-written file, and the training can be gone on with from what was saved."""
    import os

    total = calls_of_a_training(small_npz, tmp_path / "counted")
    assert total > 40
    expected = contents(tmp_path / "counted")
    for k in range(1, total + 1, 1 if number == errno.ENOSPC else 5):
        folder = tmp_path / str(k)
        with Disk(k, OSError(number, os.strerror(number))).failing():
            failed = exit_code(small_npz, folder)
        if failed == 0:
            continue  # the call that failed was the clearing away of something
        assert failed == 4
        assert not (folder / "DONE").exists() or k > total - 2
        assert not list(folder.glob(".*.part"))
        if k % 7 == 0 and (folder / "run.json").exists():
            train(small_npz, folder, resume=True)
            for name in ("checkpoint.safetensors", "model.onnx"):
                assert (folder / name).read_bytes() == expected[name]


def test_an_epoch_is_a_line_of_the_metrics(finished: FinishedRun) -> None:
    lines = (finished.folder / "metrics.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [asdict(epoch) for epoch in finished.epochs]


def test_a_training_outside_of_the_main_thread(small_npz: Path, tmp_path: Path) -> None:
    """As in a notebook's widget or a service: signals are not ours there."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(train, small_npz, tmp_path / "run").result()
    assert (done.folder / "DONE").exists()


# -- data without a test part


def write_npz(path: Path, **parts: Digits) -> Path:
    arrays = {f"{name}_{part}": getattr(digits, field) for part, digits in parts.items()
              for name, field in (("x", "images"), ("y", "labels"))}  # fmt: skip
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("has_own", [True, False])
def test_without_a_test_part_the_held_out_images_are_measured_and_called_so(
    has_own: bool, made_digits: Digits, tmp_path: Path
) -> None:
    own = {"val": made_digits.take(slice(500, None))} if has_own else {}
    data = write_npz(tmp_path / "a.npz", train=made_digits.take(slice(500)), **own)
    remarks = Remarks()
    done = train(data, tmp_path / "run", report=True, tensorboard=True, listener=remarks)
    assert remarks.remarks[0] == "the data has no test part: in the end the held-out images are measured"
    assert (done.evaluation.part, done.evaluation.n) == ("held-out", 100 if has_own else 50)
    assert done.accuracies == {"test_accuracy": None, "held_out_accuracy": done.accuracy}
    card = open_model(done.folder).card
    assert (card.test_accuracy, card.held_out_accuracy) == (None, done.accuracy)
    assert "test_accuracy" in (result := rundir.read_run(done.folder).result or {})
    assert (result["test_accuracy"], result["held_out_accuracy"]) == (None, done.accuracy)
    assert "This is a held-out accuracy" in done.report.read_text("utf-8")
    assert not (done.folder / "tensorboard" / "test").exists()
    again = evaluate(done.folder)
    assert (again.part, again.accuracy, again.n) == ("held-out", done.accuracy, done.evaluation.n)
    resumed = learn(run=done.folder, resume=True, report=False)
    assert (resumed.accuracy, resumed.evaluation.part) == (done.accuracy, "held-out")


def test_data_with_only_a_test_part_or_without_anything_to_measure_is_refused_before_the_first_step(
    made_digits: Digits, tmp_path: Path
) -> None:
    with pytest.raises(BadInput, match=r"nothing to learn from: .*a.npz: it has only test images"):
        train(write_npz(tmp_path / "a.npz", test=made_digits), tmp_path / "run")
    with pytest.raises(UsageError, match=r"nothing to measure on: .*it has no test part, and no image is held out"):
        train(write_npz(tmp_path / "b.npz", train=made_digits), tmp_path / "run", validation=0)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("failing", ["measure", "calibrate"])
def test_the_model_files_are_written_even_where_measuring_fails(
    failing: str, small_npz: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise BadInput("cannot measure", "the moon", "it is behind clouds")

    where = "inkdigit.learning.train.measure" if failing == "measure" else "inkdigit.learning.calibrate.calibrate"
    with monkeypatch.context() as patched:
        patched.setattr(where, fail)
        with pytest.raises(BadInput, match="behind clouds"):
            train(small_npz, tmp_path / "run")
    names = {path.name for path in (tmp_path / "run").iterdir()}
    assert names == FILES - {"DONE"} | {".lock"}
    assert open_model(tmp_path / "run").card.test_accuracy is None
    done = learn(run=tmp_path / "run", resume=True, report=False)
    assert open_model(done.folder).card.test_accuracy == done.accuracy


def test_sorted_images_are_learned_all_the_same(made_digits: Digits, tmp_path: Path) -> None:
    order = np.argsort(made_digits.labels, kind="stable")
    np.savez(tmp_path / "a.npz", images=made_digits.images[order], labels=made_digits.labels[order])
    remarks = Remarks()
    done = train(tmp_path / "a.npz", tmp_path / "run", replace(RECIPE, epochs=12), listener=remarks)
    assert remarks.remarks == []
    assert all(score.n for score in done.evaluation.per_class)
    assert [epoch.val_accuracy for epoch in done.epochs][-1] == pytest.approx(done.epochs[-1].accuracy, abs=0.2)


def test_a_digit_that_is_on_one_side_only_and_a_gap_are_said(made_digits: Digits, tmp_path: Path) -> None:
    nine = made_digits.labels == 9
    turned = replace(made_digits, labels=(9 - made_digits.labels).astype(np.uint8))
    data = write_npz(tmp_path / "a.npz", train=made_digits.take(~nine), val=turned, test=made_digits)
    remarks = Remarks()
    train(data, tmp_path / "run", replace(RECIPE, epochs=10), listener=remarks)
    assert [remark.partition(":")[0].partition(" %")[0].rstrip("0123456789.") for remark in remarks.remarks] == [
        "no training image shows 9, so it is never learned",
        "no training image shows 9, so it is never learned",
        "held-out accuracy ",
    ]
