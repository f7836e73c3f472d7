"""The files of a data set, in a folder or in an archive, by name: nothing is read before it is asked for.

In: a folder, or a .zip file. Out: a `Tree` of relative names, and the bytes of each when its turn comes. Nothing is
unpacked to disk, no name in an archive is used as a path, and links are not followed. Does not know what is in a file.
"""

import io
import os
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from inkdigit.data.labelled import CANNOT_READ_ARCHIVE, LARGEST_FILE
from inkdigit.data.left_out import LeftOut
from inkdigit.errors import BadInput
from inkdigit.files import read_regular

NOT_DATA = {"Thumbs.db", "desktop.ini", "__MACOSX"}
MOST_FILES = 400_000
DEEPEST = 8
"""Folders in one another."""


@dataclass(frozen=True)
class Tree:
    """Files by name.

    Args:
        root: What the user named.
        names: "train/3/a.png", with "/" between the parts, in order.
        read: Gives the bytes of the file with that name, at most so many; raises BadInput.
        left_out: Collects what was passed over.
    """

    root: Path
    names: Sequence[str]
    read: Callable[[str, int], bytes]
    left_out: LeftOut


def of_folder(folder: Path) -> Tree:
    """All files in a folder and below, but hidden ones and links.

    Raises:
        BadInput: The folder cannot be read.
    """
    left_out = LeftOut(folder)
    names = sorted(_files(folder, "", left_out))
    return Tree(folder, names, lambda name, limit: read_regular(folder / name, limit=limit), left_out)


def of_siblings(path: Path) -> Tree:
    """A file, and those beside it."""
    folder, left_out = path.parent, LeftOut(path)
    names = sorted(name for name, entry in _entries(folder) if not entry.is_dir())
    return Tree(path, names, lambda name, limit: read_regular(folder / name, limit=limit), left_out)


def of_archive(path: Path) -> Tree:
    """All files in a .zip archive.

    Raises:
        BadInput: It is none, is damaged, or holds too many files.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(read_regular(path, limit=LARGEST_FILE)))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError) as error:
        raise BadInput(CANNOT_READ_ARCHIVE, path, "is no ZIP archive, or a damaged one") from error
    count = len(archive.infolist())
    if count > MOST_FILES:
        raise BadInput(CANNOT_READ_ARCHIVE, path, f"holds {count:,} files; the limit is {MOST_FILES:,}")
    infos = {_plain(info.filename): info for info in archive.infolist() if not info.is_dir()}
    names = sorted(name for name in infos if name and _is_visible(PurePosixPath(name).parts))
    return Tree(path, names, lambda name, limit: _content(archive, infos[name], limit), LeftOut(path))


def _plain(name: str) -> str:
    """A name in an archive without what points elsewhere: it is never a path, only a name."""
    return "/".join(part for part in name.replace("\\", "/").split("/") if part not in {"", ".", ".."})


def _is_visible(parts: Sequence[str]) -> bool:
    return not any(part.startswith(".") or part in NOT_DATA for part in parts)


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int) -> bytes:
    """One file of the archive; its declared size is checked before it is unpacked, and its real one after."""
    if info.file_size > limit:
        raise BadInput(CANNOT_READ_ARCHIVE, info.filename, f"{info.file_size:,} bytes; the limit is {limit:,}")
    try:
        with archive.open(info) as file:
            return file.read(limit)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        why = "is damaged, encrypted or packed in a way that is not supported"
        raise BadInput(CANNOT_READ_ARCHIVE, info.filename, why) from error


def _files(folder: Path, inside: str, left_out: LeftOut) -> Iterator[str]:
    try:
        entries = _entries(folder)
    except BadInput as error:
        if not inside:
            raise
        left_out.add(inside, error.why)
        return
    for name, entry in entries:
        relative = f"{inside}/{name}" if inside else name
        if entry.is_symlink():
            left_out.add(relative, "a link, not followed")
        elif entry.is_dir(follow_symlinks=False):
            if relative.count("/") < DEEPEST:
                yield from _files(folder / name, relative, left_out)
        elif entry.is_file(follow_symlinks=False):
            yield relative
        else:
            left_out.add(relative, "not a regular file")


def _entries(folder: Path) -> list[tuple[str, os.DirEntry[str]]]:
    """What is in a folder and not hidden, by name."""
    try:
        with os.scandir(folder) as entries:
            return sorted(((entry.name, entry) for entry in entries if _is_visible((entry.name,))), key=lambda e: e[0])
    except OSError as error:
        raise BadInput("cannot read folder", folder, (error.strerror or str(error)).lower()) from error
