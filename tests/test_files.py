"""Files are old or new, never half; a folder has one user; only regular files are read (C01, C03, C06-C08, C18)."""

import errno
import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faults import Disk, Killed
from inkdigit.errors import BadInput, Busy, CannotWrite
from inkdigit.files import (
    make_folder,
    only_user_of,
    read_regular,
    sha256,
    writable_by_anyone,
    write_folder,
    write_whole,
)

OLD, NEW = b"old" * 10_000, b"new!" * 10_000
HOLD = """
import sys, time
from pathlib import Path
from inkdigit.files import only_user_of
with only_user_of(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def calls_of_a_write(path: Path) -> list[str]:
    disk = Disk()
    with disk.failing():
        write_whole(path, NEW)
    return disk.calls


def test_an_empty_file_and_text(tmp_path: Path) -> None:
    write_whole(tmp_path / "empty", b"")
    write_whole(tmp_path / "text", "é\n")
    assert (tmp_path / "empty").read_bytes() == b""
    assert (tmp_path / "text").read_bytes() == "é\n".encode()


def test_the_order_of_the_calls(tmp_path: Path) -> None:
    """The bytes are on the disk before the name is, and the name before the function returns."""
    assert calls_of_a_write(tmp_path / "file") == ["mkstemp", "write", "fsync", "chmod", "replace", "fsync"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EROFS])
@pytest.mark.parametrize("there", [True, False])
def test_a_disk_that_fails_at_any_call_leaves_the_old_file(tmp_path: Path, number: int, there: bool) -> None:
    path = tmp_path / "file"
    if there:
        path.write_bytes(OLD)
    for k in range(1, 6):
        disk = Disk(k, OSError(number, os.strerror(number)))
        with disk.failing(), pytest.raises(CannotWrite, match=os.strerror(number).lower()):
            write_whole(path, NEW)
        assert not there or path.read_bytes() == OLD
        assert [p.name for p in tmp_path.iterdir()] == (["file"] if there else [])


def test_a_folder_that_cannot_be_flushed_is_an_error(tmp_path: Path) -> None:
    """Then the new file is there and whole, but might not survive a power loss."""
    with Disk(6, OSError(errno.EIO, "Input/output error")).failing(), pytest.raises(CannotWrite, match="input/output"):
        write_whole(tmp_path / "file", NEW)
    assert (tmp_path / "file").read_bytes() == NEW
    assert len(list(tmp_path.iterdir())) == 1


def test_a_process_killed_at_any_call_leaves_the_old_file_or_the_new(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for k in range(1, 7):
        path.write_bytes(OLD)
        with Disk(k, Killed()).failing(), pytest.raises(Killed):
            write_whole(path, NEW)
        assert path.read_bytes() == (OLD if k < 6 else NEW)


def test_an_interrupt_leaves_no_temporary_file(tmp_path: Path) -> None:
    with Disk(2, KeyboardInterrupt()).failing(), pytest.raises(KeyboardInterrupt):
        write_whole(tmp_path / "file", NEW)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o000, 0o666), (0o027, 0o640)])
def test_the_umask_decides_the_permissions(tmp_path: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        write_whole(tmp_path / "file", NEW)
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == mode


def test_places_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(OLD)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path, why in (
        (tmp_path / "missing" / "x", "no such file or directory"),
        (tmp_path / "file" / "x", "not a directory"),
        (tmp_path / "loop" / "x", "too many levels of symbolic links"),
        (tmp_path / ("n" * 300), "file name too long"),
        (tmp_path, "is a directory"),
    ):
        with pytest.raises(CannotWrite, match=why):
            write_whole(path, NEW)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["file", "loop"]


def test_folders_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(OLD)
    make_folder(tmp_path / "a" / "b")
    make_folder(tmp_path / "a" / "b")
    for path, why in ((tmp_path / "file", "file exists"), (tmp_path / "file" / "x", "not a directory")):
        with pytest.raises(CannotWrite, match=why):
            make_folder(path)


def test_a_folder_without_permission(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the superuser may write anywhere")
    tmp_path.chmod(0o500)
    with pytest.raises(CannotWrite, match="permission denied"):
        write_whole(tmp_path / "x", NEW)
    with pytest.raises(CannotWrite, match="permission denied"), only_user_of(tmp_path):
        pass


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the test's folder."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.communicate()


def test_a_second_process_is_refused_at_once_and_served_after_a_kill(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    with pytest.raises(Busy, match="in use by another process") as caught, only_user_of(tmp_path):
        pass
    assert caught.value.exit_code == 6
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with only_user_of(tmp_path):
        pass


def test_the_hold_ends_with_the_context(tmp_path: Path) -> None:
    for _ in range(3):
        with only_user_of(tmp_path), pytest.raises(Busy), only_user_of(tmp_path):
            pass


def test_a_lock_that_was_removed_holds_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one before removed the folder between our opening of the lock and our locking of it."""

    def removed_meanwhile(descriptor: int, *, blocking: bool) -> bool:
        (tmp_path / ".lock").unlink()
        return True

    monkeypatch.setattr("filelock.lock_descriptor", removed_meanwhile)
    with pytest.raises(Busy), only_user_of(tmp_path):
        pass


def test_a_file_system_without_locks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(descriptor: int, *, blocking: bool) -> bool:
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    monkeypatch.setattr("filelock.lock_descriptor", unknown)
    with pytest.raises(CannotWrite, match="function not implemented"), only_user_of(tmp_path):
        pass


@pytest.mark.parametrize(("size", "limit"), [(0, 0), (0, 10), (10, 10)])
def test_what_is_within_the_limit_is_read(tmp_path: Path, size: int, limit: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * size)
    assert read_regular(tmp_path / "file", limit=limit) == b"x" * size


def test_what_is_no_regular_file_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "big").write_bytes(b"x" * 11)
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path, why in (
        (tmp_path / "pipe", "is not a regular file"),
        (tmp_path, "is a directory|is not a regular file"),
        (Path("/dev/zero"), "is not a regular file"),
        (tmp_path / "big", "larger than the limit of 10 bytes"),
        (tmp_path / "missing", "no such file"),
        (tmp_path / "big" / "x", "not a directory"),
        (tmp_path / "loop", "too many levels"),
    ):
        with pytest.raises(BadInput, match=why) as caught:
            read_regular(path, limit=10, what="cannot read thing")
        assert str(caught.value).startswith(f"cannot read thing: {path}")


@given(st.lists(st.binary()))
def test_a_digest_is_that_of_the_parts_joined(parts: list[bytes]) -> None:
    assert sha256(*parts) == sha256(b"".join(parts))


def test_who_may_change_a_file_is_seen_and_one_that_is_gone_is_nobody_s(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"")
    for mode, anyone in ((0o644, False), (0o664, False), (0o646, True), (0o777, True)):
        path.chmod(mode)
        assert writable_by_anyone(path) is anyone
    assert writable_by_anyone(tmp_path / "gone") is False


TREE = {"index.html": b"<!doctype html>", "models/cnn/model.json": b"{}"}


def tree_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_folder_appears_whole_and_takes_the_place_of_another_only_when_told(tmp_path: Path) -> None:
    out = tmp_path / "a" / "site"
    write_folder(out, TREE)
    assert tree_of(tmp_path) == {f"a/site/{name}": content for name, content in TREE.items()}
    with pytest.raises(CannotWrite, match="site: "):
        write_folder(out, {"x": b""})
    assert tree_of(out) == TREE
    write_folder(out, {"x": b""}, replace=True)
    assert tree_of(tmp_path) == {"a/site/x": b""}


def test_an_exchange_of_folders_that_fails_brings_the_old_one_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "site"
    write_folder(out, TREE)
    rename = Path.rename

    def fail(self: Path, target: Path) -> Path:
        if self.suffix == ".part":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(CannotWrite, match="site: input/output error"):
        write_folder(out, {"x": b""}, replace=True)
    assert tree_of(tmp_path) == {f"site/{name}": content for name, content in TREE.items()}
