"""Where pictures come from; rows F01, F03 to F06 of the list of bad inputs, and I23, I26 as far as names go."""

import base64
import io
import os
import socket
import tarfile
import zipfile
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
from inkdigit.pictures.pages import ALL, Pages, parse_pages
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


def found(named: object, stdin: bytes = b"", *, pages: Pages | None = None, recursive: bool = False) -> Source:
    return find(str(named), open_stack=open_stack, read_stdin=io.BytesIO(stdin).read, pages=pages, recursive=recursive)


def names(source: Source, folder: Path) -> list[str]:
    return [name.removeprefix(f"{folder}/") for name in source.names]


def levels(source: Source) -> list[int]:
    """The mean grey level of each picture."""
    return [round(float(source.load(index).pixels.mean())) for index in range(len(source))]


def many(form: str, *greys: int) -> bytes:
    """A file with a page or frame of each grey level."""
    first, *others = [Image.new("L", (40, 30), grey) for grey in greys]
    data = io.BytesIO()
    first.save(data, form, save_all=True, append_images=others)
    return data.getvalue()


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


# -- pages, archives, folders in folders


def test_all_pages_of_a_document_are_pictures(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(many("PDF", 40, 120, 200))
    source = found(tmp_path / "a.pdf")
    assert names(source, tmp_path) == ["a.pdf#1", "a.pdf#2", "a.pdf#3"]
    assert levels(source) == [40, 120, 200]
    assert names(found(tmp_path / "a.pdf", pages=parse_pages("2-")), tmp_path) == ["a.pdf#2", "a.pdf#3"]


@pytest.mark.parametrize("form", ["TIFF", "GIF", "WEBP", "AVIF", "PNG"])
def test_of_other_files_the_first_page_unless_others_are_asked_for(tmp_path: Path, form: str) -> None:
    (tmp_path / "a").write_bytes(many(form, 40, 120, 200))
    [only] = found(tmp_path / "a")
    assert only[0] == str(tmp_path / "a")
    assert "first" in str(only[1]().note)
    every = found(tmp_path / "a", pages=ALL)
    assert names(every, tmp_path) == ["a#1", "a#2", "a#3"]
    assert [abs(level - grey) <= 3 for level, grey in zip(levels(every), (40, 120, 200), strict=True)] == [True] * 3
    assert [every.load(index).note for index in range(3)] == [None] * 3


def test_one_page_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(many("PDF", 40, 120))
    (tmp_path / "a.tif").write_bytes(many("TIFF", 40, 120))
    (tmp_path / "x.gz").write_bytes(b"\x1f\x8b good")
    for name in ("a.pdf", "a.tif"):
        source = found(f"{tmp_path}/{name}#2")
        assert (names(source, tmp_path), levels(source)) == ([f"{name}#2"], [120])
    assert np.array_equal(found(f"{tmp_path}/x.gz#2").load(0).pixels, STACK[2])
    (tmp_path / "b.png").write_bytes(png())
    for name in ("a.pdf#3", "a.pdf#0", "a.tif#3", "x.gz#3", "b.png#1", "b.png#2"):
        assert code_of(found(f"{tmp_path}/{name}")) == "no-such-page"
    assert code_of(found(f"{tmp_path}/missing.pdf#1")) == "cannot-open"


def test_pages_that_are_not_there_are_an_error_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(many("PDF", 40))
    (tmp_path / "b.png").write_bytes(png())
    source = found(tmp_path, pages=parse_pages("2"))
    assert names(source, tmp_path) == ["a.pdf", "b.png"]
    for index in range(2):
        with pytest.raises(BadPicture, match="has one page, and none of those that were asked for"):
            source.load(index)
    assert names(found(tmp_path, pages=parse_pages("1-3")), tmp_path) == ["a.pdf#1", "b.png"]


def test_a_damaged_document_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7")
    assert code_of(found(tmp_path / "a.pdf")) in {"unreadable-image", "truncated"}
    assert code_of(found(tmp_path)) in {"unreadable-image", "truncated"}


def test_folders_in_a_folder(tmp_path: Path) -> None:
    for name in ("a.png", "in/2.png", "in/10.png", "in/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(png())
    assert names(found(tmp_path), tmp_path) == ["a.png"]
    source = found(tmp_path, recursive=True)
    assert names(source, tmp_path) == ["a.png", "in/2.png", "in/10.png"]
    assert source.passed_over == ("in/notes.txt",)


def test_links_that_are_called_like_pictures_are_counted(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png())
    (tmp_path / "labels.csv").write_bytes(b"")
    assert found(tmp_path).skipped == 0
    (tmp_path / "b.png").symlink_to(tmp_path / "a.png")
    (tmp_path / "c.png").mkdir()
    assert found(tmp_path).skipped == 1


@pytest.mark.parametrize("kind", ["scans.zip", "scans.tar", "scans.tar.gz", "scans.tgz", "scans"])
def test_an_archive_of_scans(tmp_path: Path, kind: str) -> None:
    files = {
        "in/scan10.png": png(), "in/scan2.jpg": png(), "pages.pdf": many("PDF", 40, 120), "notes.txt": b"",
        ".hidden.png": png(), "__MACOSX/in/scan2.png": png(),
    }  # fmt: skip
    if kind.endswith("zip"):
        with zipfile.ZipFile(tmp_path / kind, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
    else:
        with tarfile.open(tmp_path / kind, "w:gz" if kind.endswith("gz") else "w") as tar:
            for name, content in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(content)
                tar.addfile(info, io.BytesIO(content))
    source = found(tmp_path / kind)
    assert names(source, tmp_path) == [
        f"{kind}/{name}" for name in ("in/scan2.jpg", "in/scan10.png", "pages.pdf#1", "pages.pdf#2")
    ]
    assert source.passed_over == ("notes.txt",)
    assert np.array_equal(source.load(0).pixels, LEVELS)
    assert levels(source)[2:] == [40, 120]
    assert found("-", (tmp_path / kind).read_bytes()).names[0] == "-/in/scan2.jpg"


def test_archives_without_pictures_and_damaged_ones(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("notes.txt", b"")
        archive.writestr("bad.png", b"no picture")
    assert code_of(found(tmp_path / "a.zip")) == "unsupported-format"
    (tmp_path / "b.zip").write_bytes((tmp_path / "a.zip").read_bytes()[:50])
    assert code_of(found(tmp_path / "b.zip")) == "bad-input"
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.writestr("notes.txt", b"")
    assert code_of(found(tmp_path / "c.zip")) == "no-pictures"


def test_other_things_on_the_standard_input() -> None:
    address = b"data:image/png;base64," + base64.b64encode(png())
    assert np.array_equal(found("-", address).load(0).pixels, LEVELS)
    assert code_of(found("-", b"data:image/png;base64,*")) == "unreadable-image"
    assert levels(found("-", many("PDF", 40, 120))) == [40, 120]
    assert list(found("-", many("TIFF", 40, 120), pages=ALL).names) == ["-#1", "-#2"]
