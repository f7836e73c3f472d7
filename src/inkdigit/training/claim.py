"""Who may use a run directory, and for what.

In: the folder a user named, or none. Out: a folder held by this process alone, empty or with the
training to resume. Knows nothing of what a training writes but the names of its files.
"""

import contextlib
import shutil
from collections.abc import Iterator
from pathlib import Path

from inkdigit.errors import CannotWrite
from inkdigit.files import make_folder, only_user_of
from inkdigit.training import run as runs


@contextlib.contextmanager
def claimed(run: Path | str | None, name: str, *, resume: bool, force: bool) -> Iterator[Path]:
    """Hold the run directory; one that holds another training is refused, one left empty is removed again."""
    folder = Path(run) if run is not None else runs.new_folder(Path("runs"), name)
    make_folder(folder)
    with only_user_of(folder):
        try:
            _sweep(folder)
            if not resume:
                _clear(folder, force=force)
            yield folder
        finally:
            _leave(folder)


def _sweep(folder: Path) -> None:
    """Remove the half-written files, and the folders they were made in, that a killed process left."""
    for name in runs.FILES:
        for draft in folder.glob(f".{name}.*"):
            if draft.is_dir():
                shutil.rmtree(draft)
            elif draft.suffix == ".part":
                draft.unlink()


def _leave(folder: Path) -> None:
    """Remove the folder again if nothing was written; while it is held, or another process would lose it."""
    with contextlib.suppress(OSError):
        if {path.name for path in folder.iterdir()} <= {".lock"}:
            (folder / ".lock").unlink(missing_ok=True)
            folder.rmdir()


def _clear(folder: Path, *, force: bool) -> None:
    """Make room for a new training: with `force` the files of the old one go, everything else stays."""
    there = {path.name for path in folder.iterdir()} - {".lock"}
    if not there:
        return
    if runs.RUN not in there:
        raise CannotWrite("not a run directory", folder, "it holds other files", hint="choose a new folder with --run")
    if not force:
        raise CannotWrite("already holds a training", folder, hint="go on with --resume, or replace it with --force")
    for path in folder.iterdir():
        if path.name in {runs.REPORT, runs.TENSORBOARD}:
            shutil.rmtree(path)
        elif path.name in runs.FILES:
            path.unlink()
