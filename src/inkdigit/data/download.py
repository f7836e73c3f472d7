"""Files whose SHA-256 is known, brought into a folder once, whatever else is going on.

In: what the files must be, a folder and mirrors. Out: the right files in the folder, or an error
and nothing half-made. Does not know what is in the files, nor how a mirror is talked to.
"""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from inkdigit.data.mirrors import MirrorFailed, Mirrors
from inkdigit.data.remote import OnNote, OnProgress, Patience, Remote, is_right
from inkdigit.errors import Busy, NetworkError
from inkdigit.files import cannot_write, make_folder, only_user_of, write_whole


def fetch_all(
    remotes: tuple[Remote, ...],
    folder: Path,
    *,
    mirrors: tuple[str, ...],
    patience: Patience,
    on_progress: OnProgress,
    on_note: OnNote,
    what: str,
    hint: str,
) -> None:
    """Make `folder` hold the right `remotes`; those that are right already are not asked for again.

    One process at a time downloads into a folder; others wait and then find the files there. A
    wrong file of that name is kept as `NAME.bad`. Without anything to do nothing is written.

    Args:
        remotes: The files.
        folder: Made if it is missing.
        mirrors: Addresses of folders that hold the files, ending in "/", the preferred one first.
        patience: When to give up on a mirror.
        on_progress: Told the bytes as they come.
        on_note: Told what failed or was put aside.
        what: What could not be done when all mirrors fail.
        hint: What to do then.

    Raises:
        NetworkError: No mirror gave one of the files; names each and why.
        CannotWrite: The folder or a file in it cannot be written.
    """
    if all(is_right(folder / remote.name, remote) for remote in remotes):
        return
    make_folder(folder)
    with _turn_in(folder, on_note):
        missing = [remote for remote in remotes if not is_right(folder / remote.name, remote)]
        if not missing:
            return
        _tidy(folder, missing, on_note)
        with Mirrors(mirrors, patience, on_progress, on_note) as sources:
            for remote in missing:
                try:
                    data = sources.get(remote)
                except MirrorFailed as failure:
                    raise NetworkError(what, "", str(failure), hint=hint) from failure
                write_whole(folder / remote.name, data)


@contextlib.contextmanager
def _turn_in(folder: Path, on_note: OnNote) -> Iterator[None]:
    """Wait until no other process downloads into `folder`."""
    with contextlib.ExitStack() as turn:
        try:
            turn.enter_context(only_user_of(folder))
        except Busy:
            on_note(f"another process is downloading into {folder}; waiting for it")
            turn.enter_context(only_user_of(folder, wait=True))
        yield


def _tidy(folder: Path, missing: list[Remote], on_note: OnNote) -> None:
    """Remove what a killed process left, and put wrong files aside."""
    try:
        for remote in missing:
            for stale in folder.glob(f".{remote.name}.*.part"):
                stale.unlink(missing_ok=True)
            wrong = folder / remote.name
            if wrong.exists():
                aside = wrong.with_name(f"{wrong.name}.bad")
                wrong.replace(aside)
                on_note(f"{wrong} is not the original file; kept as {aside.name}, fetching it again")
    except OSError as error:
        raise cannot_write(folder, error) from error
