from pathlib import Path

import pytest

from inkdigit.errors import BadPicture
from inkdigit.pictures.folders import entries_of

PNG = b"\x89PNG\r\n\x1a\n..."


def names(folder: Path, *, recursive: bool = False) -> tuple[list[str], list[str]]:
    """What is taken, and what is not."""
    entries = entries_of(str(folder), recursive=recursive)
    return (
        sorted(entry.name for entry in entries if entry.is_taken),
        sorted(entry.name for entry in entries if not entry.is_taken),
    )


def test_folders_in_a_folder_only_where_asked_for(tmp_path: Path) -> None:
    for name in ("a.png", "in/b.jpg", "in/deep/c.HEIC", "in/deep/notes.txt", ".hidden/d.png", "in/.e.png"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(PNG)
    assert names(tmp_path) == (["a.png"], ["in"])
    assert names(tmp_path, recursive=True) == (["a.png", "in/b.jpg", "in/deep/c.HEIC"], ["in/deep/notes.txt"])


def test_links_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.png").write_bytes(PNG)
    (tmp_path / "in" / "up").symlink_to(tmp_path)
    assert names(tmp_path, recursive=True) == (["in/a.png"], ["in/up"])


def test_a_file_without_an_ending_is_told_by_its_content(tmp_path: Path) -> None:
    for name, content in (("scan", PNG), ("page", b"%PDF-1.4"), ("notes", b"BMW 4711"), ("empty", b"")):
        (tmp_path / name).write_bytes(content)
    assert names(tmp_path) == (["page", "scan"], ["empty", "notes"])


def test_pictures_that_cannot_be_read_are_taken_so_that_it_is_said(tmp_path: Path) -> None:
    for name in ("a.jxl", "b.cr2", "c.csv", "d.onnx"):
        (tmp_path / name).write_bytes(b"...")
    assert names(tmp_path) == (["a.jxl", "b.cr2"], ["c.csv", "d.onnx"])


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(BadPicture, match="no such file"):
        entries_of(str(tmp_path / "gone"), recursive=False)
