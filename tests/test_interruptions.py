"""Trainings that are stopped, killed, crowded or starved, as processes of their own (C04-C06, C08, C17, C19).

Whatever happens to a training, gone on with it ends with the same bytes as one to which nothing happened.
"""

import contextlib
import io
import json
import random
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from inkdigit.cli.main import run as run_command
from inkdigit.training import rundir

# 14 epochs of 540 steps, a third of a second each; a checkpoint after every one of them.
PROGRAM = """
import sys
from inkdigit.training import fit
fit.SAVE_SECONDS = 0.1
from inkdigit.cli.main import main
main(sys.argv[1:])
"""
SETTINGS = ["--hidden", "256,128", "--batch-size", "1", "--epochs", "14", "--dropout", "0.2", "--augment", "affine",
            "--schedule", "cosine", "--patience", "9", "--no-report", "--json"]  # fmt: skip

# Waits for a line on stdin after the second epoch, so that what happens then happens nowhere else.
PAUSING = """
import sys
from inkdigit.cli import live
done = live.JsonListener.epoch_done
def pausing(listener, epoch):
    done(listener, epoch)
    if epoch.epoch == 2:
        sys.stdin.readline()
live.JsonListener.epoch_done = pausing
from inkdigit.cli.main import main
main(sys.argv[1:])
"""
SMALL = ["--hidden", "16", "--epochs", "3", "--dropout", "0.2", "--augment", "affine", "--patience", "9",
         "--no-report", "--json"]  # fmt: skip


def start(*arguments: object, program: str = PROGRAM) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *map(str, arguments)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def await_epochs(process: subprocess.Popen[str], count: int) -> None:
    assert process.stdout is not None
    for _ in range(count):
        line = process.stdout.readline()
        assert "epoch" in line, process.communicate()


def end(process: subprocess.Popen[str], number: int) -> tuple[int, str]:
    """Send a signal; return the exit code and what was said on stderr."""
    process.send_signal(number)
    _, said = process.communicate("\n", timeout=300)
    assert "Traceback" not in said
    return process.returncode, said


def outcome(folder: Path) -> dict[str, object]:
    """What must not depend on what happened on the way: two files, and the metrics but for the seconds."""
    lines = [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]
    files = {name: (folder / name).read_bytes() for name in ("checkpoint.safetensors", "model.onnx")}
    return {**files, "metrics": [{key: line[key] for key in line if key != "seconds"} for line in lines]}


@dataclass(frozen=True)
class Disturbed:
    """A training that others wanted the folder of, that was interrupted, and that is not yet gone on with."""

    folder: Path
    refusals: list[tuple[int, str]]
    code: int
    said: str


@pytest.fixture(scope="module")
def disturbed(small_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Disturbed:
    folder = tmp_path_factory.mktemp("disturbed") / "run"
    process = start("train", "--data", small_npz, "--run", folder, *SMALL, program=PAUSING)
    await_epochs(process, 2)
    refusals = []
    for more in ([], ["--force"], ["--resume"]):
        with contextlib.redirect_stderr(io.StringIO()) as told:
            code = run_command(["train", "--data", "/dev/zero", "--run", str(folder), *more])
        refusals.append((code, told.getvalue()))
    return Disturbed(folder, refusals, *end(process, signal.SIGINT))


def test_a_second_process_is_refused_before_it_reads_any_data(disturbed: Disturbed) -> None:
    """What it names as data could not be read: it would say so instead."""
    line = f"inkdigit: error: in use by another process: {disturbed.folder}"
    for code, said in disturbed.refusals:
        assert code == 6
        assert (said.count("\n"), said[: len(line)]) == (1, line)


def test_interrupted_and_resumed_it_ends_with_the_same_bytes(
    disturbed: Disturbed, small_npz: Path, tmp_path: Path
) -> None:
    assert disturbed.code == 130
    assert "inkdigit: error: stopped by SIGINT: saved in epoch 3 after step " in disturbed.said
    assert f"go on with: inkdigit train --resume --run {disturbed.folder}" in disturbed.said
    assert not (disturbed.folder / "DONE").exists()
    assert run_command(["train", "--resume", "--run", str(disturbed.folder), "--json", "--no-report"]) == 0
    whole = tmp_path / "whole"
    assert run_command(["train", "--data", str(small_npz), "--run", str(whole), *SMALL]) == 0
    assert outcome(disturbed.folder) == outcome(whole)


@pytest.fixture(scope="module")
def undisturbed(small_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("undisturbed") / "run"
    process = start("train", "--data", small_npz, "--run", folder, *SETTINGS)
    _, said = process.communicate()
    assert process.returncode == 0, said
    return folder


@pytest.mark.long
def test_stopped_and_killed_at_random_it_ends_with_the_same_bytes(
    undisturbed: Path, small_npz: Path, tmp_path: Path
) -> None:
    folder, moments = tmp_path / "run", random.Random(0)
    process = start("train", "--data", small_npz, "--run", folder, *SETTINGS)
    await_epochs(process, 1)
    time.sleep(0.15)
    code, said = end(process, signal.SIGINT)
    assert code == 130
    assert "inkdigit: error: stopped by SIGINT: saved in epoch " in said
    assert f"go on with: inkdigit train --resume --run {folder}" in said

    process = start("train", "--resume", "--run", folder, "--json", "--no-report")
    await_epochs(process, 1)
    time.sleep(0.1)
    code, said = end(process, signal.SIGTERM)
    assert code == 143
    assert "stopped by SIGTERM" in said

    for _ in range(3):
        process = start("train", "--resume", "--run", folder, "--json", "--no-report")
        await_epochs(process, 1)
        time.sleep(moments.uniform(0, 0.6))
        assert end(process, signal.SIGKILL)[0] == -signal.SIGKILL
        assert not (folder / "DONE").exists()

    process = start("train", "--resume", "--run", folder, "--json", "--no-report")
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert outcome(folder) == outcome(undisturbed)
    assert not list(folder.glob(".*.part"))


@pytest.mark.long
def test_killed_while_it_measures_and_saves(undisturbed: Path, tmp_path: Path, small_npz: Path) -> None:
    """The last epoch is done and its checkpoint perhaps not written: what follows is done again."""
    folder = tmp_path / "run"
    process = start("train", "--data", small_npz, "--run", folder, *SETTINGS)
    await_epochs(process, 14)
    time.sleep(0.1)
    end(process, signal.SIGKILL)
    process = start("train", "--resume", "--run", folder, "--json", "--no-report")
    _, said = process.communicate()
    assert process.returncode == 0, said
    assert outcome(folder) == outcome(undisturbed)


@pytest.mark.long
def test_of_four_processes_that_start_together_exactly_one_trains(small_npz: Path, tmp_path: Path) -> None:
    arguments = ["train", "--data", small_npz, "--run", tmp_path / "run", *SETTINGS]
    processes = [start(*arguments) for _ in range(4)]
    said = [process.communicate()[1] for process in processes]
    assert sorted(process.returncode for process in processes) in ([0, 6, 6, 6], [0, 4, 6, 6], [0, 4, 4, 6]), said
    assert (tmp_path / "run" / "DONE").exists()


def test_a_divergence_is_told_with_its_step(
    small_npz: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The penalty makes every weight 1,981 times as large in each step."""
    command = ["train", "--data", str(small_npz), "--run", str(tmp_path / "run"), "--hidden", "8", "--l2", "10",
               "--optimizer", "sgd", "--learning-rate", "99"]  # fmt: skip
    assert run_command(command) == 1
    assert "inkdigit: error: training diverged: " in (said := capsys.readouterr().err)
    assert "at step " in said
    assert "Traceback" not in said
    assert rundir.read_run(tmp_path / "run").result is None


def limited(what: str, amount: int) -> str:
    """The program, which may use only so much of something."""
    return f"import resource; resource.setrlimit(resource.{what}, ({amount}, {amount}))" + PROGRAM


@pytest.mark.long
def test_files_may_not_grow_beyond_a_limit(undisturbed: Path, small_npz: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    process = start("train", "--data", small_npz, "--run", folder, *SETTINGS, program=limited("RLIMIT_FSIZE", 100_000))
    _, said = process.communicate()
    assert process.returncode == 4
    assert said.splitlines()[-1].endswith("checkpoint.safetensors: file too large; choose another place")
    assert {path.name for path in folder.iterdir()} == {".lock", "run.json", "metrics.jsonl"}


@pytest.mark.long
def test_few_open_files_are_enough_or_an_error(small_npz: Path, tmp_path: Path) -> None:
    small = ["--hidden", "8", "--epochs", "1", "--no-report"]
    process = start(
        "train", "--data", small_npz, "--run", tmp_path / "run", *small, program=limited("RLIMIT_NOFILE", 16)
    )
    _, said = process.communicate()
    assert "Traceback" not in said
    assert process.returncode in {0, 4}, said


@pytest.mark.long
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_before_the_first_step(small_npz: Path, tmp_path: Path, number: int, code: int) -> None:
    """While it imports or compiles: either nothing is left behind, or it can be gone on with."""
    folder = tmp_path / "run"
    plain = "from inkdigit.cli.main import main; main()"
    process = start("train", "--data", small_npz, "--run", folder, *SETTINGS, program=plain)
    while not folder.exists() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(0.5)
    got, said = end(process, number)
    assert got == code
    assert "inkdigit: error: stopped by SIG" in said
    assert not folder.exists() or "go on with: inkdigit train --resume" in said
