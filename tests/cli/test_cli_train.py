import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inkdigit.cli.train import _parse_hidden
from inkdigit.errors import UsageError

Command = Callable[..., Any]  # the fixtures of conftest.py

SECONDS = {"import", "compile", "fit", "evaluate", "save", "process"}


@pytest.fixture
def words(small_npz: Path) -> tuple[str, ...]:
    return ("train", "--data", str(small_npz), "--hidden", "16", "--epochs", "2")


def test_the_end_names_the_figures_and_what_to_do_next(
    inkdigit: Command, words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = inkdigit(*words)
    assert outcome.code == 0
    lines = outcome.out.splitlines()
    assert lines[0].startswith("accuracy ")
    assert "95 % interval" in lines[0]
    assert lines[-2:] == ["run     runs/mlp-16-1", "report  runs/mlp-16-1/report/report.html"]
    assert outcome.err.splitlines()[-1].startswith("next    inkdigit train cnn-small --data ")
    again = inkdigit(*words)
    assert "run     runs/mlp-16-2" in again.out
    assert again.err.splitlines()[-1] == "next    inkdigit runs    all of them compared"
    assert again.out.splitlines()[:18] == lines[:18], "the same seed gives the same network"


def test_json(inkdigit: Command, words: tuple[str, ...], tmp_path: Path) -> None:
    outcome = inkdigit(*words, "--run", tmp_path / "r", "--no-report", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    *epochs, end = outcome.objects
    assert [epoch["epoch"] for epoch in epochs] == [1, 2]
    for epoch in epochs:
        assert {"epoch", "loss", "accuracy", "val_loss", "val_accuracy", "seconds"} <= set(epoch)
    assert {"run", "recipe", "parameters", "test_accuracy", "seconds"} <= set(end)
    assert end["run"] == str(tmp_path / "r")
    assert (end["recipe"], end["parameters"]) == ("mlp-16", 784 * 16 + 16 + 160 + 10)
    assert 0 <= end["test_accuracy"] <= 1
    assert set(end["seconds"]) >= SECONDS
    assert end["seconds"]["process"] >= end["seconds"]["fit"]
    assert not (tmp_path / "r" / "report").exists()


def test_resume_keeps_the_recipe_of_the_run(inkdigit: Command, trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "a", tmp_path / "r")
    outcome = inkdigit("train", "--resume", "--run", tmp_path / "r", "--no-report", "--json")
    assert outcome.code == 0
    assert outcome.objects[-1]["recipe"] == "mlp-16"
    refused = inkdigit("train", "--resume", "--run", tmp_path / "r", "--dropout", "0.5")
    assert refused.code == 2
    assert "dropout: 0.0 there, 0.5 asked for" in refused.err


def test_a_folder_with_a_training_is_not_overwritten(inkdigit: Command, words: tuple[str, ...], trained: Path) -> None:
    before = (trained / "a" / "DONE").read_text()
    outcome = inkdigit(*words, "--run", trained / "a")
    assert outcome.code == 4
    assert outcome.err.splitlines()[-1].endswith("go on with --resume, or replace it with --force")
    assert (trained / "a" / "DONE").read_text() == before


@pytest.mark.parametrize(
    ("options", "code"),
    [
        (["--data", "nowhere"], 3),
        (["--data", "nowhere.npz"], 3),
        (["--run", "/proc/x"], 4),
        (["--resume"], 2),
        (["--resume", "--run", "nowhere"], 3),
        (["--hidden", "0"], 2),
        (["--hidden", "3,x"], 2),
        (["--dropout", "1"], 2),
        (["--l2", "nan"], 2),
        (["--patience", "-1"], 2),
        (["--validation", "-1"], 2),
        (["--momentum", "2"], 2),
    ],
)
def test_what_cannot_be_is_one_line(
    inkdigit: Command, options: list[str], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    outcome = inkdigit("train", *options, "--json")
    assert outcome.code == code
    assert len(outcome.err.splitlines()) == 1
    assert outcome.err.startswith("inkdigit: error: ")
    assert set(outcome.objects[-1]) == {"error"}
    assert not list(tmp_path.glob("runs/*"))


def test_hidden_layers_are_read() -> None:
    assert _parse_hidden("300, 100") == (300, 100)
    assert _parse_hidden("none") == ()
    assert _parse_hidden(None) is None
    with pytest.raises(UsageError, match="300,100"):
        _parse_hidden("300,,100")


def test_an_unknown_choice_names_those_there_are(program: Command) -> None:
    """In a process of its own: the type checks of the tests would speak first."""
    outcome = program("train", "--augment", "yes")
    assert outcome.code == 2
    assert outcome.err == (
        "inkdigit: error: no such choice: --augment: got yes; choose one of none, affine, elastic, rigid\n"
    )


def test_the_run_records_its_command(trained: Path) -> None:
    assert "command" in json.loads((trained / "a" / "run.json").read_text())
