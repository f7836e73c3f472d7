import contextlib
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from inkdigit.errors import BadInput, BadPicture
from inkdigit.pictures import archives
from inkdigit.pictures.archives import is_archive, open_archive

FILES = {"b/2.png": b"two", "a.png": b"one", "notes.txt": b"three" * 1000}


def zipped(files: dict[str, bytes] = FILES, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return data.getvalue()


def tarred(files: dict[str, bytes] = FILES, mode: str = "w", kind: bytes = tarfile.REGTYPE) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname = len(content) * (kind == tarfile.REGTYPE), kind, "/etc/passwd"
            archive.addfile(info, io.BytesIO(content))
    return data.getvalue()


KINDS = {
    "zip": zipped(),
    "stored": zipped(method=zipfile.ZIP_STORED),
    "tar": tarred(),
    "tar.gz": tarred(mode="w:gz"),
    "tar.bz2": tarred(mode="w:bz2"),
    "tar.xz": tarred(mode="w:xz"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("on_disk", [True, False])
def test_every_kind_of_archive_gives_its_files_in_any_order(tmp_path: Path, kind: str, on_disk: bool) -> None:
    given: Path | bytes = KINDS[kind]
    if on_disk:
        (tmp_path / "scans").write_bytes(KINDS[kind])
        given = tmp_path / "scans"
    assert is_archive(given)
    found = open_archive(given, where="scans")
    assert [name for name, _ in found] == list(FILES)
    assert {name: read(10_000) for name, read in reversed(found)} == FILES


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x89PNG",
        gzip.compress(b"no tar", mtime=0),
        gzip.compress(b"", mtime=0)[:9],
        b"BZh9",
        b"\xfd7zXZ\0",
        bytes(600),
    ],
)
def test_what_is_no_archive(content: bytes) -> None:
    assert not is_archive(content)


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_a_file_larger_than_it_may_be_is_not_unpacked(kind: str) -> None:
    for name, read in open_archive(KINDS[kind], where=""):
        if name == "notes.txt":
            with pytest.raises(BadPicture, match="5,000 bytes; the limit is 4,999"):
                read(4_999)


def test_a_size_that_is_a_lie_is_no_way_round() -> None:
    content = bytearray(zipped({"a.png": bytes(100_000)}))
    for at in (content.index(b"PK\x03\x04") + 22, content.index(b"PK\x01\x02") + 24):
        content[at : at + 4] = (9).to_bytes(4, "little")
    [(_, read)] = open_archive(bytes(content), where="")
    with pytest.raises(BadPicture, match="is damaged"):
        read(20)


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE])
def test_links_and_devices_in_a_tar_are_no_files(kind: bytes) -> None:
    assert open_archive(tarred({"a.png": b""}, kind=kind), where="") == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", [0.3, 0.6, 0.9])
def test_damaged_archives(kind: str, part: float) -> None:
    content = KINDS[kind][: int(len(KINDS[kind]) * part)]
    with contextlib.suppress(BadInput):
        found = [read(10_000) for _, read in open_archive(content, where="scans")]
        assert kind == "tar"  # which says nowhere how many files it has
        assert set(found) <= set(FILES.values())


def test_an_encrypted_zip_is_called_so() -> None:
    content = bytearray(zipped({"a.png": b"content"}))
    for at in (content.index(b"PK\x03\x04") + 6, content.index(b"PK\x01\x02") + 8):
        content[at] |= 1
    [(_, read)] = open_archive(bytes(content), where="")
    with pytest.raises(BadPicture, match="is encrypted"):
        read(100)


def test_archives_that_grow_beyond_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "LARGEST_ARCHIVE", 5_000)
    with pytest.raises(BadInput, match="more than 5,000 bytes once unpacked"):
        open_archive(KINDS["tar.gz"], where="scans.tgz")
    monkeypatch.setattr(archives, "MOST_FILES", 2)
    for kind in ("zip", "tar"):
        with pytest.raises(BadInput, match="holds 3 files; the limit is 2"):
            open_archive(KINDS[kind], where="scans")
