"""Bringing files into a folder, whatever else is going on: rows D05 to D09, C01 and C18 of the list of bad inputs.

Not tested: D09 as another user than root (it is checked by what is written, not by permissions).
"""

import contextlib
import errno
import functools
import hashlib
import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inkdigit.data.download import Patience, Remote, fetch_all, is_right, read_verified
from inkdigit.errors import BadInput, CannotWrite, NetworkError
from inkdigit.files import only_user_of

CONTENT = {"one.gz": bytes(range(256)) * 20, "two.gz": b"two" * 1000, "three.gz": b"3" * 40}
REMOTES = tuple(Remote(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in CONTENT.items())


class Served(http.server.SimpleHTTPRequestHandler):
    """Gives the files of a folder, slowly if it holds one called "slow"."""

    asked: list[str]

    def send_head(self) -> object:  # type: ignore[override]
        self.asked.append(self.path)
        if (Path(self.directory) / "slow").exists():
            time.sleep(0.3)
        return super().send_head()

    def log_message(self, *_: object) -> None:
        pass


class Mirror:
    """A folder that holds the files, served over HTTP."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        for name, data in CONTENT.items():
            (folder / name).write_bytes(data)
        self.folder, self.asked = folder, list[str]()
        handler = type("Handler", (Served,), {"asked": self.asked})
        self.server = http.server.ThreadingHTTPServer(
            ("127.0.0.1", 0), functools.partial(handler, directory=str(folder))
        )
        self.url = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mirror]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    running = Mirror(tmp_path / "mirror")
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "target"


def fetch(
    folder: Path, *mirrors: Mirror, notes: list[str] | None = None, progress: list[int] | None = None
) -> dict[str, bytes]:
    """What the folder holds of the three files afterwards."""
    fetch_all(
        REMOTES,
        folder,
        mirrors=tuple(mirror.url for mirror in mirrors),
        patience=Patience(answer=2, read=2),
        on_progress=([] if progress is None else progress).append,
        on_note=([] if notes is None else notes).append,
        what="files missing",
        hint="do this",
    )
    return {name: (folder / name).read_bytes() for name in CONTENT}


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def no_network(*args: object, **options: object) -> None:
    raise AssertionError("the network was touched")


def test_into_a_new_folder(mirror: Mirror, target: Path) -> None:
    progress: list[int] = []
    assert fetch(target / "deep" / "below", mirror, progress=progress) == CONTENT
    assert sum(progress) == sum(map(len, CONTENT.values()))
    assert mirror.asked == [f"/{name}" for name in CONTENT]


def test_d05_ctrl_c_leaves_nothing(mirror: Mirror, target: Path) -> None:
    class Stop(list[int]):
        def append(self, amount: int) -> None:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(target, mirror, progress=Stop())
    assert names(target) == [".lock"]
    assert fetch(target, mirror) == CONTENT


def test_d05_full_disk(mirror: Mirror, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(CannotWrite, match="no space left on device"):
            fetch(target, mirror)
    assert names(target) == [".lock"]
    assert fetch(target, mirror) == CONTENT


def in_another_process(folder: Path, mirror: Mirror) -> "subprocess.Popen[bytes]":
    program = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from inkdigit.data.download import Patience, Remote, fetch_all\n"
        "quiet = lambda _: None\n"
        "remotes = tuple(Remote(**remote) for remote in json.loads(sys.argv[1]))\n"
        "fetch_all(remotes, Path(sys.argv[2]), mirrors=(sys.argv[3],), patience=Patience(), on_progress=quiet,\n"
        "          on_note=quiet, what='', hint='')\n"
    )
    table = json.dumps([vars(remote) for remote in REMOTES])
    return subprocess.Popen([sys.executable, "-c", program, table, str(folder), mirror.url])


def test_d05_killed_in_the_middle(mirror: Mirror, target: Path) -> None:
    (mirror.folder / "slow").touch()
    victim = in_another_process(target, mirror)
    while not (target / "one.gz").exists():
        assert victim.poll() is None, "it ended before it had begun"
        time.sleep(0.01)
    victim.kill()
    victim.wait()
    (target / ".three.gz.abc123.part").write_bytes(b"left by a process killed while writing")
    assert not (target / "three.gz").exists()
    assert fetch(target, mirror) == CONTENT
    assert names(target) == sorted([".lock", *CONTENT])


def test_d06_ten_processes_and_one_download(mirror: Mirror, target: Path) -> None:
    (mirror.folder / "slow").touch()
    codes = [process.wait() for process in [in_another_process(target, mirror) for _ in range(10)]]
    assert codes == [0] * 10
    assert fetch(target) == CONTENT
    assert mirror.asked == [f"/{name}" for name in CONTENT]


def test_d06_who_waits_says_so_and_then_finds_the_files(mirror: Mirror, target: Path) -> None:
    target.mkdir()
    notes: list[str] = []
    with contextlib.ExitStack() as turn:
        turn.enter_context(only_user_of(target))

        def other_process() -> None:
            for name, data in CONTENT.items():
                (target / name).write_bytes(data)
            turn.close()

        timer = threading.Timer(0.2, other_process)
        timer.start()
        assert fetch(target, mirror, notes=notes) == CONTENT
        timer.join()
    assert notes == [f"another process is downloading into {target}; waiting for it"]
    assert mirror.asked == []


def test_d07_right_files_need_no_network(mirror: Mirror, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", no_network)
    monkeypatch.setattr(socket, "getaddrinfo", no_network)
    assert fetch(mirror.folder, mirror) == CONTENT


@pytest.mark.parametrize("wrong", [b"", b"short", b"x" * len(CONTENT["two.gz"])])
def test_d07_a_wrong_file_is_kept_aside(mirror: Mirror, target: Path, wrong: bytes) -> None:
    fetch(target, mirror)
    (target / "two.gz").write_bytes(wrong)
    mirror.asked.clear()
    notes: list[str] = []
    assert fetch(target, mirror, notes=notes) == CONTENT
    assert (target / "two.gz.bad").read_bytes() == wrong
    assert notes == [f"{target / 'two.gz'} is not the original file; kept as two.gz.bad, fetching it again"]
    assert mirror.asked == ["/two.gz"]


def test_d07_a_folder_or_a_dangling_link_in_the_way(mirror: Mirror, target: Path) -> None:
    (target / "one.gz").mkdir(parents=True)
    (target / "two.gz").symlink_to(target / "nothing")
    assert fetch(target, mirror) == CONTENT
    assert not (target / "nothing").exists()


def test_d08_all_fail(mirror: Mirror, target: Path) -> None:
    (mirror.folder / "two.gz").write_bytes(b"other")
    with pytest.raises(NetworkError) as caught:
        fetch(target, mirror)
    assert str(caught.value).startswith("files missing: 127.0.0.1:")
    assert str(caught.value).endswith(": ended early (5 of 3,000 bytes); do this")
    assert caught.value.exit_code == 5
    assert names(target) == [".lock", "one.gz"]  # what came is kept


def test_d09_good_files_in_a_folder_that_must_not_be_written(mirror: Mirror) -> None:
    mirror.folder.chmod(0o500)
    before = mirror.folder.stat().st_mtime_ns
    assert fetch(mirror.folder) == CONTENT
    assert mirror.folder.stat().st_mtime_ns == before
    mirror.folder.chmod(0o700)


def test_c01_a_file_where_the_folder_should_be(mirror: Mirror, target: Path) -> None:
    target.write_bytes(b"")
    with pytest.raises(CannotWrite, match="file exists"):
        fetch(target, mirror)
    with pytest.raises(CannotWrite, match="not a directory"):
        fetch(target / "below", mirror)


@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o077, 0o600), (0o000, 0o666)])
def test_c18_permissions_follow_the_umask(mirror: Mirror, target: Path, umask: int, mode: int) -> None:
    before = os.umask(umask)
    try:
        fetch(target, mirror)
    finally:
        os.umask(before)
    assert {(target / name).stat().st_mode & 0o777 for name in CONTENT} == {mode}


CONTENT_OF_ONE = b"the original"
ORIGINAL = Remote("file.gz", len(CONTENT_OF_ONE), hashlib.sha256(CONTENT_OF_ONE).hexdigest())


def test_the_right_file(tmp_path: Path) -> None:
    (tmp_path / "file.gz").write_bytes(CONTENT_OF_ONE)
    assert is_right(tmp_path / "file.gz", ORIGINAL)
    assert read_verified(tmp_path / "file.gz", ORIGINAL) == CONTENT_OF_ONE


@pytest.mark.parametrize("wrong", [b"", CONTENT_OF_ONE[:-1], CONTENT_OF_ONE + b"\0", b"The original"])
def test_another_file_of_that_name(tmp_path: Path, wrong: bytes) -> None:
    (tmp_path / "file.gz").write_bytes(wrong)
    assert not is_right(tmp_path / "file.gz", ORIGINAL)
    found = hashlib.sha256(wrong).hexdigest()[:8]
    with pytest.raises(
        BadInput, match=rf"file.gz: not the original file \(sha256 {found}…, expected {ORIGINAL.sha256[:8]}…\)"
    ):
        read_verified(tmp_path / "file.gz", ORIGINAL)


def test_no_file_at_all(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "missing", tmp_path / "pipe", tmp_path):
        assert not is_right(path, ORIGINAL)
