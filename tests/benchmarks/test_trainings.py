"""The record of trainings: read from runs, kept without doubles, and without a word of the machine's folders."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from inkdigit.errors import BadInput
from inkdigit.files import sha256
from inkdigit.learning.train import train
from recipes import Training, append, by_recipe, command_of, figures, read, table, training_of

ONE = Training("net", 1, 12.5, "Chip, 2 cores", 0.98, "inkdigit train net --seed 1", "ab")


def test_a_run_is_read(small_npz: Path, tmp_path: Path) -> None:
    run = train("mlp-quick", data=str(small_npz), run=tmp_path / "run", seed=3, report=False)
    training = training_of(run.folder, command="c")
    assert (training.recipe, training.seed, training.command) == ("mlp-quick", 3, "c")
    assert training.test_accuracy == run.accuracy
    assert training.sha256 == sha256((run.folder / "model.onnx").read_bytes())
    assert training.seconds == pytest.approx(run.seconds["compile"] + run.seconds["fit"], abs=0.1)
    assert "core" in training.machine
    record = json.loads((run.folder / "run.json").read_text())
    record["config"]["teachers"] = ["ab"]
    (run.folder / "run.json").write_text(json.dumps(record))
    assert training_of(run.folder).recipe == "mlp-quick, taught"
    (run.folder / "DONE").unlink()
    with pytest.raises(BadInput, match="did not finish"):
        training_of(run.folder)


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["/a/inkdigit", "train", "x", "--run", "/secret/place", "--json"], "inkdigit train x"),
        (["/a/inkdigit", "train", "x", "--run=/secret", "--force", "--epochs", "3"], "inkdigit train x --epochs 3"),
        (["/a/inkdigit", "train", "x", "--teacher", "/home/me/best.onnx"], "inkdigit train x --teacher best.onnx"),
        (["-c", "train", "--hidden", "3 4", "--run"], "inkdigit train --hidden '3 4'"),
    ],
)
def test_the_command_is_kept_without_places(words: list[str], command: str) -> None:
    assert command_of(words) == command


def test_a_file_grows_in_order_and_without_doubles(tmp_path: Path) -> None:
    path = tmp_path / "new" / "trainings.json"
    assert read(path) == []
    append(path, [ONE])
    append(
        path, [ONE, Training("net", 0, 11.0, "Chip, 2 cores", 0.97, "c", "cd"), Training("a", 9, 1, "m", 1, "c", "ef")]
    )
    assert [(one.recipe, one.seed) for one in read(path)] == [("a", 9), ("net", 0), ("net", 1)]
    assert ONE in read(path)
    path.write_text('[{"recipe": "net"}]')
    with pytest.raises(BadInput, match="not in the form"):
        read(path)


def test_seeds_are_averaged_and_told() -> None:
    other = Training("net", 0, 7.5, "Chip, 2 cores", 0.96, "c", "cd")
    summary = figures("net", [other, ONE])
    assert summary["machines"] == ["Chip, 2 cores"]
    accuracy = summary["test_accuracy"]
    assert isinstance(accuracy, dict)
    assert accuracy["mean"] == 0.97
    assert "98.00 %" in next(table([ONE]))


def test_trainings_with_other_options_are_another_group() -> None:
    """Whatever the seed; a recipe that was changed has one name for all changes."""
    trainings = [replace(ONE, command=f"inkdigit train net{options} --seed {seed}", seed=seed)
                 for seed in (0, 1) for options in ("", " --epochs 9")]  # fmt: skip
    groups = [[(one.seed, one.command) for one in group] for _, group in by_recipe(trainings)]
    assert [[seed for seed, _ in group] for group in groups] == [[0, 1], [0, 1]]
    assert all(" --epochs 9" in command for _, command in groups[1])
