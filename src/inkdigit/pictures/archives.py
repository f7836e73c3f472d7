"""Archives of pictures: .zip, and .tar with or without compression.

In: an archive, by its path or its bytes. Out: the names in it, and the content of each when its turn comes. Nothing is
unpacked under a name of its own, and no name in an archive is used as a path; a compressed .tar is unpacked once, into
a file without a name, so that any of its pictures can be had at once. What an archive claims is bounded before it is
unpacked, and again while it is.
"""

import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
import threading
import weakref
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

from inkdigit.errors import BadInput, BadPicture, printable

MOST_FILES = 200_000
LARGEST_ARCHIVE = 4_000_000_000
"""Bytes of a .tar once it is unpacked."""

CHUNK = 1 << 20
TAR_MAGIC, TAR_BLOCK = 257, 512  # where a tar says what it is, and how long its first header is
COMPRESSIONS: dict[bytes, Callable[..., Any]] = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
DAMAGED = (
    zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError, RuntimeError, ValueError,
    NotImplementedError, OverflowError, MemoryError, KeyError, IndexError,
)  # fmt: skip
"""What Python's readers of archives raise on damaged ones."""

Read = Callable[[int], bytes]
"""Gives the content of a file of an archive, at most so many bytes; raises BadPicture."""


def is_archive(given: Path | bytes) -> bool:
    """Whether a file is an archive: by its first bytes."""
    try:
        with _stream(given) as file:
            start = file.read(TAR_BLOCK)
            if start.startswith((b"PK\x03\x04", b"PK\x05\x06")) or _begins_tar(start):
                return True
            if not start.startswith(tuple(COMPRESSIONS)):
                return False
            with _unpacking(file) as inner:
                return _begins_tar(inner.read(TAR_BLOCK))
    except DAMAGED:
        return False


def open_archive(given: Path | bytes, *, where: object) -> list[tuple[str, Read]]:
    """List an archive: each file in it with what reads it, in the order in which they lie there.

    Raises:
        BadInput: It is damaged, or holds too many files.
    """
    try:
        with _stream(given) as file:
            start = file.read(TAR_BLOCK)
        if start.startswith(b"PK"):
            found = _of_zip(zipfile.ZipFile(io.BytesIO(given) if isinstance(given, bytes) else given))
        else:
            found = _of_tar(_stream(given) if _begins_tar(start) else _spooled(given, where))
    except BadInput:
        raise
    except DAMAGED as error:
        raise BadInput("cannot read archive", where, f"is damaged ({_said(error)})") from error
    if len(found) > MOST_FILES:
        raise BadInput("cannot read archive", where, f"holds {len(found):,} files; the limit is {MOST_FILES:,}")
    return found


def _of_zip(archive: zipfile.ZipFile) -> list[tuple[str, Read]]:
    def read(info: zipfile.ZipInfo) -> Read:
        return lambda most: _read(lambda: archive.open(info), info.filename, info.file_size, most)

    return [(info.filename, read(info)) for info in archive.infolist() if not info.is_dir()]


def _of_tar(file: Any) -> list[tuple[str, Read]]:
    archive = tarfile.open(fileobj=file, mode="r:")  # noqa: SIM115  open as long as something may be read of it
    weakref.finalize(archive, file.close)
    lock = threading.Lock()  # all files of a tar are read with one position
    found: list[tuple[str, Read]] = []

    def read(info: tarfile.TarInfo) -> Read:
        def of(most: int) -> bytes:
            with lock:
                return _read(lambda: archive.extractfile(info), info.name, info.size, most)

        return of

    for info in archive:
        if info.isreg():
            found.append((info.name, read(info)))
        if len(found) > MOST_FILES:
            break
    return found


def _read(opened: Callable[[], Any], name: str, size: int, most: int) -> bytes:
    """One file of an archive; its size is believed only as far as it forbids."""
    if size > most:
        raise BadPicture("too-large", name, f"{size:,} bytes; the limit is {most:,}")
    try:
        file = opened()
        if file is None:
            raise BadPicture("cannot-open", name, "is no file")
        with file:
            return file.read(most + 1)
    except BadInput:
        raise
    except DAMAGED as error:
        encrypted = "password" in str(error) or "encrypted" in str(error)
        why = "is encrypted" if encrypted else f"is damaged ({_said(error)})"
        raise BadPicture("unreadable-image", name, why) from error


def _said(error: BaseException) -> str:
    return printable(" ".join(str(error).split()), limit=80)


def _stream(given: Path | bytes) -> Any:
    return io.BytesIO(given) if isinstance(given, bytes) else given.open("rb")


def _begins_tar(start: bytes) -> bool:
    return start[TAR_MAGIC : TAR_MAGIC + 5] == b"ustar"


def _unpacking(file: Any) -> Any:
    """What unpacks a compressed file."""
    file.seek(0)
    start = file.read(6)
    file.seek(0)
    return next(opener for magic, opener in COMPRESSIONS.items() if start.startswith(magic))(file)


def _spooled(given: Path | bytes, where: object) -> Any:
    """A compressed tar, unpacked into a file that vanishes with this process."""
    out, left = tempfile.TemporaryFile(), LARGEST_ARCHIVE  # noqa: SIM115  open as long as something may be read of it
    try:
        with _stream(given) as file, _unpacking(file) as inner:
            while block := inner.read(CHUNK):
                left -= len(block)
                if left < 0:
                    raise BadInput("cannot read archive", where, f"more than {LARGEST_ARCHIVE:,} bytes once unpacked")
                out.write(block)
    except BaseException:
        out.close()
        raise
    out.seek(0)
    return out
