"""The run directory: records that come back, torn lines, two processes, differences by name (C08, C09, C11, C15)."""

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from inkdigit.errors import BadInput, CannotWrite
from inkdigit.recipes import RECIPES, find
from inkdigit.training import run
from inkdigit.training.run import Config
from inkdigit.types import Epoch

CONFIG = Config(find("cnn-small"), "mnist", "ab" * 32, 5_000, 0, 7)


def epoch(number: int) -> Epoch:
    return Epoch(number, 0.1 + number / 3, 0.9, None, 0.8, 0.001, 0.25)


def begun(folder: Path, epochs: int = 0) -> Path:
    folder.mkdir(exist_ok=True)
    run.begin(folder, CONFIG, machine="a machine")
    for number in range(1, epochs + 1):
        run.append_epoch(folder, epoch(number))
    return folder


@pytest.mark.parametrize("name", RECIPES)
def test_a_record_reads_back_equal(tmp_path: Path, name: str) -> None:
    config = replace(CONFIG, recipe=find(name))
    run.begin(tmp_path, config, machine="a machine")
    record = run.read_run(tmp_path)
    assert record.config == config
    assert (record.epochs, record.result) == ((), None)


def test_it_says_how_it_came_about(tmp_path: Path) -> None:
    record = json.loads((begun(tmp_path) / "run.json").read_text())
    assert record["machine"] == "a machine"
    assert {"python", "inkdigit", "jax", "keras", "numpy"} <= record["versions"].keys()
    assert isinstance(record["command"], list)


def test_times_are_in_utc_whatever_the_time_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    times = []
    for zone in ("UTC", "Asia/Kolkata", "America/Los_Angeles"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        times.append(datetime.fromisoformat(run.now()))
    monkeypatch.undo()
    time.tzset()
    assert {moment.utcoffset() for moment in times} == {timedelta(0)}
    assert max(times) - min(times) < timedelta(seconds=5)


def test_the_end_is_written_last_with_the_result(tmp_path: Path) -> None:
    begun(tmp_path)
    run.finish(tmp_path, {"test_accuracy": 0.5})
    result = run.read_run(tmp_path).result
    assert result is not None
    assert result["test_accuracy"] == 0.5
    assert result["finished"].endswith("+00:00")


def test_no_metrics_are_no_epochs(tmp_path: Path) -> None:
    assert run.read_epochs(tmp_path) == ()


def test_epochs_read_back_equal(tmp_path: Path) -> None:
    assert run.read_epochs(begun(tmp_path, 3)) == (epoch(1), epoch(2), epoch(3))


@pytest.mark.parametrize(
    "torn", ["{", '{"epoch": 3', '{"epoch": 3}', "[]", "\x00" * 100, "\udcff", "[" * 100_000, "9" * 5_000, ""]
)
def test_a_torn_last_line_is_skipped_and_repaired(tmp_path: Path, torn: str) -> None:
    path = begun(tmp_path, 2) / "metrics.jsonl"
    with path.open("a", errors="surrogateescape") as file:
        file.write(torn)
    assert run.read_epochs(tmp_path) == (epoch(1), epoch(2))
    assert run.keep_epochs(tmp_path, 2) == (epoch(1), epoch(2))
    run.append_epoch(tmp_path, epoch(3))
    assert run.read_epochs(tmp_path) == (epoch(1), epoch(2), epoch(3))
    assert all(json.loads(line) for line in path.read_text().splitlines())


def test_a_line_cut_at_any_byte(tmp_path: Path) -> None:
    path = begun(tmp_path, 2) / "metrics.jsonl"
    content = path.read_bytes()
    first = content.index(b"\n") + 1
    for end in range(len(content)):
        path.write_bytes(content[:end])
        whole = (end >= first - 1) + (end >= len(content) - 1)
        assert run.read_epochs(tmp_path) == (epoch(1), epoch(2))[:whole]


def test_epochs_after_the_checkpoint_are_cut_off(tmp_path: Path) -> None:
    begun(tmp_path, 4)
    assert run.keep_epochs(tmp_path, 2) == (epoch(1), epoch(2))
    assert run.read_epochs(tmp_path) == (epoch(1), epoch(2))
    assert run.keep_epochs(tmp_path, 0) == ()
    assert (tmp_path / "metrics.jsonl").read_bytes() == b""


def test_a_line_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").symlink_to("/dev/full")
    with pytest.raises(CannotWrite, match="no space left on device"):
        run.append_epoch(tmp_path, epoch(1))


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
        run.read_run(tmp_path)


def test_a_record_of_another_version_is_refused(tmp_path: Path) -> None:
    record = json.loads((begun(tmp_path) / "run.json").read_text())
    for change in ({"colour": "red"}, {"epochs": 0}):
        changed = record | {"config": record["config"] | {"recipe": record["config"]["recipe"] | change}}
        (tmp_path / "run.json").write_text(json.dumps(changed))
        with pytest.raises(BadInput, match="made by another version or was edited"):
            run.read_run(tmp_path)


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder, why in (
        (tmp_path, "no such file"),
        (tmp_path / "none", "no such file"),
        (tmp_path / "file", "not a dir"),
    ):
        with pytest.raises(BadInput, match=f"not a run directory: .*{why}"):
            run.read_run(folder)


def test_all_runs_of_a_folder(tmp_path: Path) -> None:
    for name in ("b", "a"):
        begun(tmp_path / name)
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / "run.json").write_text("{")
    (tmp_path / "other").mkdir()
    (tmp_path / "file").write_text("")
    os.mkfifo(tmp_path / "pipe")
    found = list(run.list_runs(tmp_path))
    assert [r.folder.name for r in found if isinstance(r, run.RunRecord)] == ["a", "b"]
    assert isinstance(found[2], BadInput)
    assert len(found) == 3


@pytest.mark.parametrize("name", ["missing", "file"])
def test_the_runs_of_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(BadInput, match=r"no runs: .*is not a folder"):
        list(run.list_runs(tmp_path / name))


def test_new_folders_count_up_and_keep_to_their_parent(tmp_path: Path) -> None:
    names = [run.new_folder(tmp_path / "runs", name).name for name in ("mlp", "mlp", "../../x*", "", "é ")]
    assert names == ["mlp-1", "mlp-2", "....x-1", "run-1", "run-2"]
    assert {path.parent for path in tmp_path.glob("**/*-*")} == {tmp_path / "runs"}


def test_of_processes_in_a_race_each_gets_its_own(tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        folders = list(pool.map(lambda _: run.new_folder(tmp_path, "mlp"), range(50)))
    assert len(set(folders)) == 50


def test_a_parent_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "runs").write_text("")
    with pytest.raises(CannotWrite, match=r"cannot write: .*runs: file exists"):
        run.new_folder(tmp_path / "runs", "mlp")


def test_differences_are_named_with_both_values() -> None:
    assert CONFIG.differences(CONFIG) == []
    other = replace(CONFIG, seed=8, data="strokes", recipe=replace(CONFIG.recipe, epochs=2))
    assert sorted(CONFIG.differences(other)) == [
        "data: mnist there, strokes asked for",
        "epochs: 12 there, 2 asked for",
        "seed: 7 there, 8 asked for",
    ]


def test_the_machine_and_the_versions_are_known() -> None:
    assert "core" in run.machine_name()
    assert run.machine_name("NVIDIA H100") == f"NVIDIA H100, {run.machine_name()}"
    assert run.versions()["inkdigit"]
