"""Files that are never half-written, and directories that one process uses at a time.

In: a path and bytes. Out: the whole file under its name, or an error and no trace. Knows nothing
of what the bytes mean. POSIX and Windows alike, but for one thing: Windows has no way to flush a folder.
"""

import contextlib
import hashlib
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from inkdigit.errors import BadInput, Busy, CannotWrite

READ_AT_ONCE = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
"""Open without waiting for the other end of a pipe (POSIX) and without changing line ends (Windows)."""


def write_whole(path: Path, content: bytes | str) -> None:
    """Write `content` beside `path`, flush it to the disk, and rename it to `path`.

    A reader, or a machine that loses power, sees the old file or the new one.

    Raises:
        CannotWrite: The folder is read-only, the disk is full, or the flush failed.
    """
    data = content.encode(errors="backslashreplace") if isinstance(content, str) else content
    try:
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).chmod(0o666 & ~_umask())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error


def write_folder(path: Path, files: Mapping[str, bytes], *, replace: bool = False) -> None:
    """Write a folder beside `path`, and rename it to `path` when every file of it is on the disk.

    Args:
        path: Its parents are made; something that has this name stays, unless it is an empty folder.
        files: Content by path within the folder, "/" between its parts.
        replace: Let the new folder take the place of one that is there, which is then removed.

    Raises:
        CannotWrite: The place is taken or cannot be written; nothing has changed.
    """
    make_folder(path.parent)
    try:
        draft = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
        try:
            for name, content in files.items():
                (draft / name).parent.mkdir(parents=True, exist_ok=True)
                write_whole(draft / name, content)
            draft.chmod(0o777 & ~_umask())
            if replace and path.is_dir():
                _exchange(draft, path)
            else:
                draft.rename(path)
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise
        _sync_folder(path.parent)
    except OSError as error:
        raise cannot_write(path, error) from error


def _exchange(draft: Path, path: Path) -> None:
    """Move a folder aside, another one to its place, and remove the first; it comes back if the second cannot."""
    aside = draft.with_suffix(".old")
    path.rename(aside)
    try:
        draft.rename(path)
    except BaseException:
        aside.rename(path)
        raise
    shutil.rmtree(aside, ignore_errors=True)


def make_folder(path: Path) -> None:
    """Make `path` and its parents.

    Raises:
        CannotWrite: It cannot be made, or something that is no folder has that name.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(path, error) from error


@contextlib.contextmanager
def only_user_of(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold `folder` for this process; the hold ends with the process, however it ends.

    Args:
        folder: An existing folder.
        wait: Wait for the other process to finish instead of refusing.

    Raises:
        Busy: Another process holds it.
        CannotWrite: The lock file cannot be made, or the file system knows no locks.
    """
    from filelock import lock_descriptor  # 50 ms, which reading must not pay

    try:
        lock = (folder / ".lock").open("a")
    except OSError as error:
        raise cannot_write(folder, error) from error
    with lock:
        try:
            held = lock_descriptor(lock.fileno(), blocking=wait)
            # The one before may have cleared the folder away; who holds a lock that is gone holds nothing.
            held = held and os.path.samestat(os.fstat(lock.fileno()), (folder / ".lock").stat())
        except FileNotFoundError:
            held = False
        except OSError as error:
            raise cannot_write(folder, error) from error
        if not held:
            raise Busy("in use by another process", folder, hint="wait for it, or choose another folder")
        yield


def read_regular(path: Path, *, limit: int, what: str = "cannot read") -> bytes:
    """Read a whole regular file of at most `limit` bytes; pipes, devices and folders are refused unread.

    Raises:
        BadInput: Missing, no regular file, not permitted, or larger than `limit`.
    """
    try:
        descriptor = os.open(path, READ_AT_ONCE)
        with os.fdopen(descriptor, "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise BadInput(what, path, "is not a regular file")
            # No more than there is: asking for the limit would allocate the limit.
            data = file.read(min(limit, status.st_size) + 1)
    except OSError as error:
        raise BadInput(what, path, (error.strerror or str(error)).lower()) from error
    if len(data) > limit:
        raise BadInput(what, path, f"larger than the limit of {limit:,} bytes")
    return data


def writable_by_anyone(path: Path) -> bool:
    """Whether any user of the machine may change the content of a file that is there."""
    try:
        return bool(path.stat().st_mode & stat.S_IWOTH)
    except OSError:  # it has been moved since it was read
        return False


def sha256(*parts: bytes | memoryview) -> str:
    """Hex digest of the parts in turn."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()


def cannot_write(path: Path, error: OSError) -> CannotWrite:
    """Turn what the system said into an error that names the path."""
    return CannotWrite("cannot write", path, (error.strerror or str(error)).lower(), hint="choose another place")


def _umask() -> int:
    current = os.umask(0)
    os.umask(current)
    return current


def _sync_folder(folder: Path) -> None:
    """Make the rename itself survive a power loss."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
