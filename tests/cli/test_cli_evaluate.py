from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Command = Callable[..., Any]  # the fixtures of conftest.py

KEYS = {"model", "data", "n", "accuracy", "interval", "loss", "ece", "confusion", "per_class"}


def test_the_figures_and_a_hint(inkdigit: Command, trained: Path) -> None:
    outcome = inkdigit("evaluate", trained / "b")
    assert outcome.code == 0
    assert "of 200 misread" in outcome.out
    assert outcome.err == f"\nnext    inkdigit evaluate {trained / 'b'} --report DIR    shows every mistake\n"


def test_json(inkdigit: Command, trained: Path) -> None:
    outcome = inkdigit("evaluate", trained / "b", "--json")
    assert (outcome.code, outcome.err) == (0, "")
    [figures] = outcome.objects
    assert set(figures) >= KEYS
    assert figures["n"] == 200
    assert sum(map(sum, figures["confusion"])) == 200
    assert len(figures["per_class"]) == 10
    low, high = figures["interval"]
    assert 0 <= low <= figures["accuracy"] <= high <= 1


@pytest.mark.parametrize("name", ["model.onnx", "model.keras", "model.h5"])
def test_every_model_file_gives_the_figures_of_its_run(
    inkdigit: Command, trained: Path, small_npz: Path, name: str
) -> None:
    [of_run] = inkdigit("evaluate", trained / "b", "--json").objects
    [of_file] = inkdigit("evaluate", trained / "b" / name, "--data", small_npz, "--json").objects
    assert of_file["accuracy"] == of_run["accuracy"]
    assert of_file["loss"] == pytest.approx(of_run["loss"], abs=1e-5)


def test_limit(inkdigit: Command, trained: Path) -> None:
    assert inkdigit("evaluate", trained / "b", "--limit", "7", "--json").objects[0]["n"] == 7


def test_a_report_is_written(inkdigit: Command, trained: Path, tmp_path: Path) -> None:
    outcome = inkdigit("evaluate", trained / "a", "--report", tmp_path / "out")
    assert outcome.out.splitlines()[-1] == f"report  {tmp_path / 'out' / 'report.html'}"
    assert (tmp_path / "out" / "report.html").exists()
    assert outcome.err == ""


@pytest.mark.parametrize("limit", ["0", "-3", "some"])
def test_a_limit_out_of_range_is_named(inkdigit: Command, limit: str) -> None:
    outcome = inkdigit("evaluate", "x", "--limit", limit)
    assert outcome.code == 2
    assert "--limit" in outcome.err
    assert limit in outcome.err


@pytest.mark.parametrize("content", [b"", b"no model"])
def test_what_is_no_model_is_refused(inkdigit: Command, tmp_path: Path, content: bytes) -> None:
    for name in ("a.onnx", "a.keras", "a.h5", "a.txt"):
        (tmp_path / name).write_bytes(content)
        outcome = inkdigit("evaluate", tmp_path / name)
        assert outcome.code == 3
        assert len(outcome.err.splitlines()) == 1
