"""A disk that fails, or a machine that dies, at a chosen system call of `inkdigit.files` and `inkdigit.training.run`.

    disk = Disk(fail_at=3, error=OSError(errno.ENOSPC, "No space left on device"))
    with disk.failing(): ...      the third call raises; a write leaves half of its bytes behind

With `Killed()` as the error nothing works from that call on, not even the cleaning up: what is left on
the disk is what a process leaves that was killed there.
"""

import contextlib
import io
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch


class Killed(BaseException):
    """The process is gone."""


class Disk:
    """Counts the calls that change the disk, and lets one fail; without `fail_at` it only counts."""

    def __init__(self, fail_at: int = 0, error: BaseException | None = None) -> None:
        self.fail_at, self.error = fail_at, error
        self.calls: list[str] = []

    def call(self, name: str) -> None:
        self.calls.append(name)
        here = len(self.calls) - self.fail_at
        if self.error is not None and (here == 0 or (here > 0 and isinstance(self.error, Killed))):
            raise self.error

    @contextlib.contextmanager
    def failing(self) -> Iterator[None]:
        with contextlib.ExitStack() as patches:
            for owner, name in (
                (tempfile, "mkstemp"), (os, "fsync"), (Path, "chmod"), (Path, "replace"), (Path, "unlink"),
            ):  # fmt: skip
                patches.enter_context(patch.object(owner, name, self._watched(getattr(owner, name), name)))
            patches.enter_context(patch.object(os, "fdopen", self._opened(os.fdopen)))
            yield

    def _watched(self, function: Callable[..., Any], name: str) -> Callable[..., Any]:
        def watched(*args: Any, **options: Any) -> Any:
            self.call(name)
            return function(*args, **options)

        return watched

    def _opened(self, function: Callable[..., Any]) -> Callable[..., Any]:
        def opened(descriptor: int, mode: str = "r", *args: Any, **options: Any) -> Any:
            file = function(descriptor, mode, *args, **options)
            return _Written(file, self) if mode == "wb" else file

        return opened


class _Written(io.RawIOBase):
    """A file whose write may fail after half of the bytes."""

    def __init__(self, file: Any, disk: Disk) -> None:
        self.file, self.disk = file, disk

    def write(self, data: Any) -> int:
        try:
            self.disk.call("write")
        except BaseException:
            self.file.write(bytes(data)[: len(data) // 2])
            raise
        written: int = self.file.write(data)
        return written

    def flush(self) -> None:
        self.file.flush()

    def fileno(self) -> int:
        number: int = self.file.fileno()
        return number

    def close(self) -> None:
        self.file.close()
