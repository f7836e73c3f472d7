"""Where pictures come from; rows F01, F03 to F06 of the list of bad inputs, and I23, I26 as far as names go."""

import io
import os
import socket
from pathlib import Path
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from inkdigit.errors import BadInput, BadPicture
from inkdigit.pictures import given as given_picture
from inkdigit.pictures.folders import natural
from inkdigit.pictures.sources import Source, describe_passed_over, find

LEVELS = np.random.default_rng(0).integers(0, 255, (28, 20)).astype(np.uint8)
STACK = np.arange(3 * 784, dtype=np.uint32).reshape(3, 28, 28).astype(np.uint8)
FIFTY = [f"scan{number}.png" for number in range(50)]


def png(levels: np.ndarray = LEVELS) -> bytes:
    data = io.BytesIO()
    Image.fromarray(levels).save(data, "PNG")
    return data.getvalue()


def open_stack(given: Path | bytes) -> np.ndarray:
    """A stack wherever there are the bytes of one; the real openers belong to the command."""
    content = given if isinstance(given, bytes) else given.read_bytes()
    if not content.endswith(b"good"):
        raise BadInput("cannot read images", given if isinstance(given, Path) else "-", "damaged")
    return STACK


def found(named: object, stdin: bytes = b"") -> Source:
    return find(str(named), open_stack=open_stack, read_stdin=io.BytesIO(stdin).read)


def code_of(source: Source) -> str:
    """The error of a source that holds nothing but it."""
    assert len(source) == 1
    with pytest.raises(BadInput) as caught:
        source.load(0)
    return caught.value.code


def test_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    source = found(tmp_path / "a.png")
    assert list(source.names) == [str(tmp_path / "a.png")]
    assert np.array_equal(source.load(0).pixels, LEVELS)


def test_a_file_without_a_telling_name(tmp_path: Path) -> None:
    (tmp_path / "scan").write_bytes(png())
    assert np.array_equal(found(tmp_path / "scan").load(0).pixels, LEVELS)


def test_a_folder_in_natural_order(tmp_path: Path) -> None:
    for name in reversed(FIFTY):
        (tmp_path / name).write_bytes(png())
    (tmp_path / "A.JPEG").write_bytes(png())  # content decides what it is
    names = [Path(name).name for name in found(tmp_path).names]
    assert names == ["A.JPEG", *FIFTY]


def test_names_and_decoders_belong_together(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.png").write_bytes(png(np.full((9, 9), number, np.uint8)))
    pairs = list(found(tmp_path))  # all loaders exist before the first is called
    assert [(Path(name).stem, int(load().pixels[0, 0])) for name, load in pairs] == [("0", 0), ("1", 1), ("2", 2)]


def test_what_is_no_picture_is_passed_over_and_said_so(tmp_path: Path) -> None:
    """F01, F03, F04: hidden files silently; others, folders, pipes, sockets and links with a word."""
    for name in ("a.png", ".b.png", ".DS_Store", "labels.csv", "notes.txt"):
        (tmp_path / name).write_bytes(png())
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "link.png").symlink_to(tmp_path / "a.png")
    (tmp_path / "gone.png").symlink_to(tmp_path / "nothing")
    os.mkfifo(tmp_path / "pipe.png")
    with socket.socket(socket.AF_UNIX) as one:
        one.bind(str(tmp_path / "s.png"))
        source = found(tmp_path)
    assert [Path(name).name for name in source.names] == ["a.png"]
    others = ("folder.png", "gone.png", "labels.csv", "link.png", "notes.txt", "pipe.png", "s.png")
    assert source.passed_over == others
    assert describe_passed_over(source) == "7 files are no pictures: folder.png, gone.png, labels.csv, …"


def test_nothing_to_say_of_a_file() -> None:
    assert describe_passed_over(found("a.png")) is None


@pytest.mark.parametrize("files", [[], [".DS_Store"], ["a.txt"]])
def test_a_folder_without_pictures(tmp_path: Path, files: list[str]) -> None:
    """F01."""
    for name in files:
        (tmp_path / name).write_bytes(b"")
    assert code_of(found(tmp_path)) == "no-pictures"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_folder_that_may_not_be_read(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    assert code_of(found(tmp_path)) == "cannot-open"


@pytest.mark.parametrize("name", ["missing.png", "a\0b.png", "a" * 4096 + ".png", "loop.png", "pipe.png", "missing.gz"])
def test_files_that_cannot_be_opened(tmp_path: Path, name: str) -> None:
    """F03, F05, I26: and no pipe is waited for."""
    os.mkfifo(tmp_path / "pipe.png")
    (tmp_path / "loop.png").symlink_to(tmp_path / "loop.png")
    assert code_of(found(f"{tmp_path}/{name}")) in {"cannot-open", "bad-input"}


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """I23: refused by its size."""
    with (tmp_path / "a.png").open("wb") as file:
        file.truncate(200_000_001)
    monkeypatch.setattr(given_picture, "read_regular", None)
    with pytest.raises(BadPicture, match="200,000,001 bytes; the limit is 200,000,000"):
        found(tmp_path / "a.png").load(0)


@pytest.mark.parametrize("name", ["x.gz", "t10k-images-idx3-ubyte", "x", "x.npz"])
def test_a_stack_of_images(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x1f\x8b good" if name != "x" else b"\0\0\x08\x03 good")
    source = found(tmp_path / name)
    assert list(source.names) == [f"{tmp_path / name}#{index}" for index in range(3)]
    assert np.array_equal(source.load(2).pixels, STACK[2])


def test_a_damaged_stack_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "x.npz").write_bytes(b"bad")
    assert code_of(found(tmp_path / "x.npz")) == "bad-input"


def test_the_standard_input() -> None:
    source = found("-", png())
    assert list(source.names) == ["-"]
    assert np.array_equal(source.load(0).pixels, LEVELS)
    assert [name for name, _ in found("-", b"\x1f\x8b good")] == ["-#0", "-#1", "-#2"]
    assert code_of(found("-", b"")) == "empty-file"
    assert code_of(found("-", b"\x1f\x8b bad")) == "bad-input"


@given(st.lists(st.text(max_size=12), max_size=9), st.randoms())
def test_natural_order_is_an_order_of_all_names(names: list[str], random: Random) -> None:
    ordered = sorted(names, key=natural)
    random.shuffle(names)
    assert sorted(names, key=natural) == ordered
