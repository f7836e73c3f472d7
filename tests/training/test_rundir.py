"""The run directory: its one user, records that come back, torn lines, differences by name (C01, C08, C09, C11, C15).

`test_train` holds what `--resume` and `--force` do to a whole training.
"""

import json
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from inkdigit.errors import BadInput, Busy, CannotWrite
from inkdigit.recipes import RECIPES, find
from inkdigit.training import rundir
from inkdigit.training.rundir import RUN, Config, claimed
from inkdigit.types import Epoch

CONFIG = Config(find("cnn-small"), "mnist", "ab" * 32, 5_000, 0, 7)


def epoch(number: int) -> Epoch:
    return Epoch(number, 0.1 + number / 3, 0.9, None, 0.8, 0.001, 0.25)


def begun(folder: Path, epochs: int = 0) -> Path:
    folder.mkdir(exist_ok=True)
    rundir.begin(folder, CONFIG, machine="a machine")
    for number in range(1, epochs + 1):
        rundir.append_epoch(folder, epoch(number))
    return folder


@pytest.mark.parametrize("name", RECIPES)
def test_a_record_reads_back_equal(tmp_path: Path, name: str) -> None:
    config = replace(CONFIG, recipe=find(name))
    rundir.begin(tmp_path, config, machine="a machine")
    record = rundir.read_run(tmp_path)
    assert (record.config, record.machine) == (config, "a machine")
    assert (record.epochs, record.result) == ((), None)


def test_it_says_how_it_came_about(tmp_path: Path) -> None:
    record = json.loads((begun(tmp_path) / "run.json").read_text())
    assert record["machine"] == "a machine"
    assert {"python", "inkdigit", "jax", "keras", "numpy"} <= record["versions"].keys()
    assert isinstance(record["command"], list)


def test_the_end_is_written_last_with_the_result(tmp_path: Path) -> None:
    begun(tmp_path)
    rundir.finish(tmp_path, {"test_accuracy": 0.5})
    result = rundir.read_run(tmp_path).result
    assert result is not None
    assert result["test_accuracy"] == 0.5
    assert result["finished"].endswith("+00:00")


def test_no_metrics_are_no_epochs(tmp_path: Path) -> None:
    assert rundir.read_epochs(tmp_path) == ()


def test_epochs_read_back_equal(tmp_path: Path) -> None:
    assert rundir.read_epochs(begun(tmp_path, 3)) == (epoch(1), epoch(2), epoch(3))


@pytest.mark.parametrize(
    "torn", ["{", '{"epoch": 3', '{"epoch": 3}', "[]", "\x00" * 100, "\udcff", "[" * 100_000, "9" * 5_000, ""]
)
def test_a_torn_last_line_is_skipped_and_repaired(tmp_path: Path, torn: str) -> None:
    path = begun(tmp_path, 2) / "metrics.jsonl"
    with path.open("a", errors="surrogateescape") as file:
        file.write(torn)
    assert rundir.read_epochs(tmp_path) == (epoch(1), epoch(2))
    assert rundir.keep_epochs(tmp_path, 2) == (epoch(1), epoch(2))
    rundir.append_epoch(tmp_path, epoch(3))
    assert rundir.read_epochs(tmp_path) == (epoch(1), epoch(2), epoch(3))
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_a_line_cut_at_any_byte(tmp_path: Path) -> None:
    path = begun(tmp_path, 2) / "metrics.jsonl"
    content = path.read_bytes()
    first = content.index(b"\n") + 1
    for end in range(len(content)):
        path.write_bytes(content[:end])
        whole = (end >= first - 1) + (end >= len(content) - 1)
        assert rundir.read_epochs(tmp_path) == (epoch(1), epoch(2))[:whole]


def test_epochs_after_the_checkpoint_are_cut_off(tmp_path: Path) -> None:
    begun(tmp_path, 4)
    assert rundir.keep_epochs(tmp_path, 2) == (epoch(1), epoch(2))
    assert rundir.read_epochs(tmp_path) == (epoch(1), epoch(2))
    assert rundir.keep_epochs(tmp_path, 0) == ()
    assert (tmp_path / "metrics.jsonl").read_bytes() == b""


def test_a_line_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").symlink_to("/dev/full")
    with pytest.raises(CannotWrite, match="no space left on device"):
        rundir.append_epoch(tmp_path, epoch(1))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is not valid JSON"),
        (b"{", "is not valid JSON"),
        (b"[]", "is not a JSON object"),
        (b"[" * 100_000, "is not valid JSON"),
        (b"\xff\xfe", "is not valid JSON"),
        (b"{}", "KeyError"),
        (b'{"config": 5}', "TypeError"),
        (b'{"config": {"recipe": {}}}', "KeyError"),
    ],
)
def test_a_damaged_record_is_refused(tmp_path: Path, content: bytes, why: str) -> None:
    (tmp_path / "run.json").write_bytes(content)
    with pytest.raises(BadInput, match=f"cannot read run: .*run.json: {why}"):
        rundir.read_run(tmp_path)


def test_a_record_of_another_version_is_refused(tmp_path: Path) -> None:
    record = json.loads((begun(tmp_path) / "run.json").read_text())
    for change in ({"colour": "red"}, {"epochs": 0}):
        changed = record | {"config": record["config"] | {"recipe": record["config"]["recipe"] | change}}
        (tmp_path / "run.json").write_text(json.dumps(changed))
        with pytest.raises(BadInput, match="made by another version or was edited"):
            rundir.read_run(tmp_path)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder, why in (
        (tmp_path, "no such file"),
        (tmp_path / "none", "no such file"),
        (tmp_path / "file", "not a dir"),
    ):
        with pytest.raises(BadInput, match=f"not a run directory: .*{why}"):
            rundir.read_run(folder)


def test_all_runs_of_a_folder(tmp_path: Path) -> None:
    for name in ("b", "a"):
        begun(tmp_path / name)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "run.json").write_text("{")
    (tmp_path / "other").mkdir()
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    found = list(rundir.list_runs(tmp_path))
    assert [r.folder.name for r in found if isinstance(r, rundir.RunRecord)] == ["a", "b"]
    assert isinstance(found[2], BadInput)
    assert len(found) == 3


@pytest.mark.parametrize("name", ["missing", "file"])
def test_the_runs_of_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"no runs: .*is not a folder"):
        list(rundir.list_runs(tmp_path / name))


def test_new_folders_count_up_and_keep_to_their_parent(tmp_path: Path) -> None:
    names = [rundir.new_folder(tmp_path / "runs", name).name for name in ("mlp", "mlp", "../../x*", "", "é ")]
    assert names == ["mlp-1", "mlp-2", "....x-1", "run-1", "run-2"]
    assert {path.parent for path in tmp_path.glob("**/*-*")} == {tmp_path / "runs"}


def test_of_processes_in_a_race_each_gets_its_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: rundir.new_folder(tmp_path, "mlp"), range(50)))
    assert len(set(folders)) == 50


def test_a_parent_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(CannotWrite, match=r"cannot write: .*runs: file exists"):
        rundir.new_folder(tmp_path / "runs", "mlp")


def test_differences_are_named_with_both_values() -> None:
    assert CONFIG.differences(CONFIG) == []
    other = replace(CONFIG, seed=8, data="strokes", recipe=replace(CONFIG.recipe, epochs=2))
    assert sorted(CONFIG.differences(other)) == [
        "data: mnist there, strokes asked for",
        "epochs: 12 there, 2 asked for",
        "seed: 7 there, 8 asked for",
    ]


def test_the_versions_are_known() -> None:
    assert rundir.versions()["inkdigit"]


@pytest.fixture
def old_run(tmp_path: Path) -> Iterator[Path]:
    """A folder that looks like a run, with something of the user's in it."""
    folder = tmp_path / "run"
    folder.mkdir()
    for name in (RUN, "DONE", "notes.txt"):
        (folder / name).write_text(name)
    yield folder
    shutil.rmtree(folder)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()} - {".lock"}


def test_a_new_folder_is_made_with_its_parents_and_stays_once_something_is_in_it(tmp_path: Path) -> None:
    with claimed(tmp_path / "a" / "b", "x", resume=False, force=False) as folder:
        (folder / RUN).touch()
    assert names(tmp_path / "a" / "b") == {RUN}


def test_an_empty_one_is_removed_also_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"), claimed(tmp_path / "run", "x", resume=False, force=False):
        raise ValueError("no")
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_kept_resumed_or_replaced(old_run: Path) -> None:
    with pytest.raises(CannotWrite, match="already holds a training"), claimed(old_run, "x", resume=False, force=False):
        pass
    with claimed(old_run, "x", resume=True, force=False):
        assert names(old_run) == {RUN, "DONE", "notes.txt"}
    with claimed(old_run, "x", resume=False, force=True):
        assert names(old_run) == {"notes.txt"}


def test_without_a_folder_one_is_named_after_the_recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with claimed(None, "mlp-128*", resume=False, force=False) as folder:
        assert folder == Path("runs/mlp-128-1")


def test_the_one_who_is_refused_leaves_the_folder_to_its_user(tmp_path: Path) -> None:
    """Also while it is still empty."""
    with claimed(tmp_path / "run", "x", resume=False, force=False) as folder:
        for _ in range(2):
            with pytest.raises(Busy), claimed(folder, "x", resume=False, force=False):
                pass
        assert (folder / ".lock").exists()
    assert not folder.exists(), "nothing was written"
