import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from inkdigit.cli.main import run
from inkdigit.cli.runs import summarise
from inkdigit.recipes import find
from inkdigit.training.rundir import Config, RunRecord
from inkdigit.types import Epoch

Command = Callable[..., Any]  # the fixtures of conftest.py

HEADINGS = ["run", "validation", "test", "epochs", "weights", "fit", "recipe", "data", "seed", "begun"]


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def record(*losses: float, patience: int = 0, folder: Path = Path("runs/x")) -> RunRecord:
    config = Config(find("mlp-128"), "mnist", "0" * 64, 5000, patience, 0)
    epochs = tuple(Epoch(i, 0.1, 0.9, loss, 1 - loss, 0.001, 0.5) for i, loss in enumerate(losses, 1))
    return RunRecord(folder, config, "2026-01-01T00:00:00+00:00", "a machine", epochs, None)


def test_the_best_validation_comes_first(inkdigit: Command, trained: Path) -> None:
    outcome = inkdigit("runs", trained)
    assert (outcome.code, outcome.err) == (0, "")
    heading, *rows = outcome.out.splitlines()
    assert heading.split()[: len(HEADINGS)] == HEADINGS
    assert [row.split()[0] for row in rows] == [str(trained / "b"), str(trained / "a")]


def test_json(inkdigit: Command, trained: Path) -> None:
    best, other = inkdigit("runs", trained, "--json").objects
    assert best["val_accuracy"] > other["val_accuracy"]
    assert best == best | {"run": str(trained / "b"), "recipe": "mlp-16", "epochs": 4, "of_epochs": 4, "done": True}


def test_a_run_directory_is_shown_by_itself(inkdigit: Command, trained: Path) -> None:
    assert [facts["run"] for facts in inkdigit("runs", trained / "a", "--json").objects] == [str(trained / "a")]


def test_a_damaged_run_is_named_and_the_others_are_shown(inkdigit: Command, trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "a", tmp_path / "a")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.json").write_text("{")
    outcome = inkdigit("runs", tmp_path, "--json")
    assert outcome.code == 7
    whole, bad, end = outcome.objects
    assert whole["run"] == str(tmp_path / "a")
    assert "bad/run.json" in bad["error"]["message"]
    assert end["error"]["code"] == "partial"
    assert outcome.err.splitlines()[-1].endswith("1 of 2")


@pytest.mark.parametrize("make", [False, True])
def test_where_there_is_no_run_it_says_how_to_get_one(inkdigit: Command, tmp_path: Path, make: bool) -> None:
    folder = tmp_path / "runs"
    if make:
        folder.mkdir()
    outcome = inkdigit("runs", folder)
    assert (outcome.code, outcome.out) == (3, "")
    assert outcome.err.endswith('train one with "inkdigit train"\n')


def test_validation_is_that_of_the_kept_weights() -> None:
    assert summarise(record(0.1, 0.3))["val_accuracy"] == 0.7
    assert summarise(record(0.3, 0.1, 0.2, patience=1))["val_accuracy"] == 0.9
    assert summarise(record())["val_accuracy"] is None


def test_a_narrow_terminal_shows_the_first_columns(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(trained.parent)
    monkeypatch.setenv("TERM", "dumb")
    shown = {}
    for width in (20, 60, 200):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stdout", terminal)
        monkeypatch.setenv("COLUMNS", str(width))
        assert run(["runs", trained.name]) == 0
        lines = [line.rstrip() for line in terminal.getvalue().splitlines()]
        assert max(map(len, lines)) <= width
        shown[width] = lines[0].split()
    assert shown[20] == HEADINGS[:2]
    assert shown[60] == HEADINGS[: len(shown[60])]
    assert len(shown[20]) < len(shown[60]) < len(shown[200])


def test_a_run_that_is_not_done_says_so(inkdigit: Command, trained: Path, tmp_path: Path) -> None:
    shutil.copytree(trained / "a", tmp_path / "a")
    (tmp_path / "a" / "DONE").unlink()
    assert "not done" in inkdigit("runs", tmp_path).out
    assert json.loads(inkdigit("runs", tmp_path, "--json").out)["test_accuracy"] is None
