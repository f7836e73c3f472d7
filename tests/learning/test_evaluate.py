"""Measuring on test images: which of them, what is said of the model, and that training images stay closed."""

import json
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path

import pytest

from inkdigit.data import source
from inkdigit.data.labelled import Loaded, Part
from inkdigit.learning.evaluate import evaluate, facts_of
from inkdigit.learning.run import FinishedRun
from inkdigit.learning.train import train
from inkdigit.recipes import Recipe, find
from inkdigit.training.rundir import RUN, Config


@pytest.fixture(scope="module")
def run(small_npz: Path, tmp_path_factory: pytest.TempPathFactory) -> FinishedRun:
    folder = tmp_path_factory.mktemp("evaluate") / "run"
    return train(Recipe("tiny", (8,), epochs=1), data=str(small_npz), run=folder, report=False)


def test_the_facts_name_what_was_used_and_nothing_else() -> None:
    config = Config(find("mlp-128x2"), "mnist", "ab" * 32, 5_000, 0, 7)
    facts = facts_of(config, 118_282)
    assert facts["network"] == "784 → 128 → 128 → 10"
    assert (facts["weights"], facts["L2"], facts["seed"]) == ("118,282", "0.002", "7")
    assert not {"dropout", "augmentation"} & facts.keys()
    convolutional = facts_of(replace(config, recipe=find("cnn-small")), 34_826)
    assert convolutional["network"] == "784 → conv 32 → conv 64 → 10"
    assert convolutional["dropout"] == "0.5"


def test_only_the_test_part_is_opened(run: FinishedRun, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    load_parts = source.load_parts

    def watched(name: str, parts: Collection[Part]) -> Loaded:
        opened.extend(parts)
        return load_parts(name, parts)

    monkeypatch.setattr(source, "load_parts", watched)
    assert evaluate(run).accuracy == run.accuracy
    assert evaluate(run, most=30).n == 30
    assert evaluate(run, most=10**6).n == 200
    assert opened == ["test"] * 3


def test_the_report_of_a_run_names_the_machine_that_trained_it(run: FinishedRun, tmp_path: Path) -> None:
    machine = json.loads((run.folder / RUN).read_text(encoding="utf-8"))["machine"]
    evaluate(run, report=tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert machine in page
    assert "hidden layer" in page or "784" in page


def test_the_report_of_a_shipped_model_names_the_model_and_no_machine(small_npz: Path, tmp_path: Path) -> None:
    evaluate("mlp-plain", data=str(small_npz), most=20, report=tmp_path / "report")
    page = (tmp_path / "report" / "report.html").read_text(encoding="utf-8")
    assert "mlp-plain" in page
    assert "machine" not in page
