"""MNIST: where its files are found, how they are read, and what is said when they are nowhere.

Row X13 (train and test files swapped) of the list of bad inputs is a test, and D08 (all mirrors
fail) as far as the message goes; the mirrors are in test_mirrors.py, the folder in test_download.py.
"""

import functools
import gzip
import hashlib
import http.server
import os
import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from inkdigit.data import mnist
from inkdigit.data.download import Remote
from inkdigit.errors import BadInput, NetworkError


def images(n: int) -> bytes:
    pixels = np.random.default_rng(n).integers(0, 256, n * 784).astype(np.uint8)
    return gzip.compress(struct.pack(">4I", 0x803, n, 28, 28) + pixels.tobytes(), mtime=0)


def labels(n: int) -> bytes:
    return gzip.compress(struct.pack(">2I", 0x801, n) + bytes(i % 10 for i in range(n)), mtime=0)


CONTENT = {"train-i.gz": images(20), "train-l.gz": labels(20), "test-i.gz": images(10), "test-l.gz": labels(10)}
REMOTES = {name: Remote(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in CONTENT.items()}
FILES: mnist.Files = {
    "train": (REMOTES["train-i.gz"], REMOTES["train-l.gz"]),
    "test": (REMOTES["test-i.gz"], REMOTES["test-l.gz"]),
}
NOWHERE = ("http://127.0.0.1:1/",)
REAL = os.environ.get("INKDIGIT_DATA_DIR", "")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine without MNIST."""
    monkeypatch.delenv("INKDIGIT_DATA_DIR", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


@pytest.fixture
def cache(home: Path) -> Path:
    """The cache, holding the files."""
    return place(home / "cache" / "inkdigit" / "mnist")


@pytest.fixture
def own(home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of the user's own, holding the files."""
    monkeypatch.setenv("INKDIGIT_DATA_DIR", str(home / "data"))
    return place(home / "data" / "mnist")


@pytest.fixture
def mirror(home: Path) -> Iterator[str]:
    """The address of a good mirror."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(place(home / "mirror")))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def place(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name, data in CONTENT.items():
        (folder / name).write_bytes(data)
    return folder


def no_network(*args: object, **options: object) -> None:
    raise AssertionError("the network was touched")


def test_the_real_table() -> None:
    assert mnist.size_in_bytes() == 11_594_722
    assert all(len(remote.sha256) == 64 for pair in mnist.FILES.values() for remote in pair)
    assert all(mirror.startswith("https://") and mirror.endswith("/") for mirror in mnist.MIRRORS)


def test_load_both_parts_without_a_network(own: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", no_network)
    train, test = mnist.load("train", files=FILES), mnist.load("test", files=FILES)
    assert (len(train), len(test)) == (20, 10)
    assert (train.name, train.part, test.part, train.synthetic) == ("mnist", "train", "test", False)
    assert train.labels.tolist() == [i % 10 for i in range(20)]
    assert train.images.tobytes() == gzip.decompress(CONTENT["train-i.gz"])[16:]


def test_the_own_folder_goes_before_the_cache(own: Path, cache: Path) -> None:
    assert mnist.fetch(files=FILES, mirrors=NOWHERE) == own


def test_an_own_folder_without_the_files_is_passed_over(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKDIGIT_DATA_DIR", str(cache))
    assert mnist.fetch(files=FILES, mirrors=NOWHERE) == cache
    assert len(mnist.load("test", files=FILES, mirrors=NOWHERE)) == 10


def test_a_wrong_file_in_the_own_folder_is_the_users_to_put_right(own: Path, cache: Path) -> None:
    (own / "train-l.gz").write_bytes(b"something else")
    with pytest.raises(BadInput, match=r"train-l.gz: not the original file \(sha256 f41f3fa6…, expected "):
        mnist.load("train", files=FILES, mirrors=NOWHERE)
    with pytest.raises(BadInput, match="delete it and run"):
        mnist.fetch(files=FILES, mirrors=NOWHERE)
    assert not mnist.available(files=FILES)
    assert len(mnist.load("test", files=FILES, mirrors=NOWHERE)) == 10


def test_an_own_folder_that_cannot_be_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKDIGIT_DATA_DIR", "x" * 5000)
    with pytest.raises(BadInput, match="file name too long"):
        mnist.load("train", files=FILES, mirrors=NOWHERE)


def test_x13_swapped_parts_are_refused(own: Path) -> None:
    (own / "train-i.gz").write_bytes(CONTENT["test-i.gz"])
    (own / "test-i.gz").write_bytes(CONTENT["train-i.gz"])
    for load in (functools.partial(mnist.load, "train"), functools.partial(mnist.load, "test")):
        with pytest.raises(BadInput, match="not the original file"):
            load(files=FILES, mirrors=NOWHERE)


def test_available(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "create_connection", no_network)
    assert mnist.available(files=FILES)
    (cache / "test-l.gz").unlink()
    assert not mnist.available(files=FILES)


def test_fetch_into_the_cache(mirror: str, home: Path) -> None:
    progress: list[int] = []
    folder = mnist.fetch(files=FILES, mirrors=(mirror,), on_progress=progress.append)
    assert folder == home / "cache" / "inkdigit" / "mnist"
    assert sum(progress) == mnist.size_in_bytes(files=FILES)
    assert len(mnist.load("train", files=FILES, mirrors=NOWHERE)) == 20


def test_fetch_into_a_given_folder(mirror: str, own: Path, home: Path) -> None:
    assert mnist.fetch(home / "here", files=FILES, mirrors=(mirror,)) == home / "here"
    assert all((home / "here" / name).read_bytes() == data for name, data in CONTENT.items())


def test_load_fetches_what_is_nowhere(mirror: str) -> None:
    assert len(mnist.load("test", files=FILES, mirrors=(mirror,))) == 10
    assert mnist.available(files=FILES)


def test_load_mends_the_cache(mirror: str, cache: Path, caplog: pytest.LogCaptureFixture) -> None:
    (cache / "test-i.gz").write_bytes(b"wrong")
    assert len(mnist.load("test", files=FILES, mirrors=(mirror,))) == 10
    assert "test-i.gz is not the original file; kept as test-i.gz.bad" in caplog.text


def test_d08_nowhere_and_no_mirror() -> None:
    with pytest.raises(NetworkError) as caught:
        mnist.load("train", files=FILES, mirrors=(*NOWHERE, "http://127.0.0.1:2/"))
    message = str(caught.value)
    assert message.startswith("MNIST missing: 127.0.0.1:1, 127.0.0.1:2: connection refused; ")
    for remedy in ('connect and run "inkdigit data fetch"', "$INKDIGIT_DATA_DIR/mnist", "--data mnist-small"):
        assert remedy in message


def test_d08_the_line_for_a_machine_without_network_is_not_cut() -> None:
    hosts = ", ".join(mirror.split("/")[2] for mirror in mnist.MIRRORS)
    error = NetworkError("MNIST missing", "", f"{hosts}: no such host", hint=mnist.REMEDIES)
    assert len(f"inkdigit: error: {error}") <= 200


def test_cache_folder(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert mnist.cache_folder() == home / "cache" / "inkdigit" / "mnist"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", str(home))
    assert mnist.cache_folder() == home / ".cache" / "inkdigit" / "mnist"
    monkeypatch.delenv("HOME")
    assert mnist.cache_folder().is_absolute()


def test_cache_folder_of_a_user_without_a_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", homeless)
    assert mnist.cache_folder().parent.name == f"inkdigit-{os.getuid()}"


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INKDIGIT_DATA_DIR", REAL)
    if not mnist.available():
        pytest.skip("the original files are not in INKDIGIT_DATA_DIR")


@pytest.mark.real
def test_the_original_files(real: None) -> None:
    train, test = mnist.load("train"), mnist.load("test")
    assert (train.images.shape, test.images.shape) == ((60_000, 28, 28), (10_000, 28, 28))
    assert train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert np.bincount(test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
