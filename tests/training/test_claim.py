"""A run directory has one user, keeps what is not ours, and is not left behind empty (C01, C08).

`test_learner` holds what `--resume` and `--force` do to a whole training.
"""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from inkdigit.errors import Busy, CannotWrite
from inkdigit.training.claim import claimed
from inkdigit.training.run import RUN


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Path]:
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


def test_a_run_is_kept_resumed_or_replaced(run: Path) -> None:
    with pytest.raises(CannotWrite, match="already holds a training"), claimed(run, "x", resume=False, force=False):
        pass
    with claimed(run, "x", resume=True, force=False):
        assert names(run) == {RUN, "DONE", "notes.txt"}
    with claimed(run, "x", resume=False, force=True):
        assert names(run) == {"notes.txt"}


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
