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


def test_several_models_are_measured_as_one(inkdigit: Command, trained: Path, tmp_path: Path) -> None:
    models = trained / "a", trained / "b" / "model.onnx"
    [alone] = inkdigit("evaluate", models[0], "--json").objects
    [together] = inkdigit("evaluate", *models, "--json").objects
    assert together["members"] == ["a", "model.onnx"]
    assert together["model"] == "committee of 2: a, model.onnx"
    assert (together["n"], together["temperature"]) == (200, 1.0)
    assert together["loss"] < alone["loss"]  # the other was trained for longer
    assert "members" not in alone
    outcome = inkdigit("evaluate", *models, "--report", tmp_path / "out")
    assert outcome.out.startswith("committee    a, model.onnx: the mean of their probabilities\naccuracy ")
    page = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    assert "committee of 2: a, model.onnx" in page
    assert "first layer" not in page


def test_a_shipped_model_is_known_by_its_name(inkdigit: Command, small_npz: Path) -> None:
    outcome = inkdigit("evaluate", "mlp", "--data", small_npz, "--limit", "20")
    assert outcome.code == 0
    assert outcome.err.endswith("inkdigit evaluate mlp --report DIR    shows every mistake\n")


@pytest.mark.parametrize(
    ("models", "code", "line"),
    [
        (("mlp", "mlp"), 2, "cannot average: mlp: is named twice; name each model once"),
        (("resnet",), 2, "unknown model: resnet: expected one of cnn, mlp"),
        (("mlp", "gone.onnx"), 3, "gone.onnx: no such file or directory"),
    ],
)
def test_what_cannot_be_averaged_is_named(inkdigit: Command, models: tuple[str, ...], code: int, line: str) -> None:
    outcome = inkdigit("evaluate", *models)
    assert (outcome.code, outcome.out) == (code, "")
    assert line in outcome.err
    assert len(outcome.err.splitlines()) == 1


def test_runs_that_learned_from_different_data_need_a_word(
    inkdigit: Command, trained: Path, small_npz: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.npz"
    other.write_bytes(small_npz.read_bytes())
    words = "train", "--data", other, "--hidden", "4", "--epochs", "1", "--run", tmp_path / "c", "--no-report"
    assert inkdigit(*words).code == 0
    outcome = inkdigit("evaluate", trained / "a", tmp_path / "c")
    assert outcome.code == 2
    assert "which data?: --data: the runs learned from" in outcome.err
    assert inkdigit("evaluate", trained / "a", tmp_path / "c", "--data", other).code == 0
