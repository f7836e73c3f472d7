"""What lies in a folder, and what of it are pictures.

In: a folder. Out: its files by their names in it, each taken or not. By the ending of its name a file is a picture, or
by its first bytes where the name has no ending; hidden files are as if they were not there, links are not followed.
"""

import os
import re
from dataclasses import dataclass

from inkdigit.errors import BadPicture
from inkdigit.pictures.formats import SUFFIXES, UNREAD, format_of
from inkdigit.pictures.given import first_bytes

NUMBERS = re.compile(r"(\d+)")
DEEPEST = 100  # folders within folders

WEAK = {"BMP", "PPM", "PCX", "ICO", "SGI", "TGA"}
"""Formats that begin with so little that other files begin so too."""


@dataclass(frozen=True)
class FolderEntry:
    """Something in a folder: its name there, whether it is read, and whether it is a folder itself."""

    name: str
    is_taken: bool
    is_folder: bool = False


def entries_of(folder: str, *, recursive: bool) -> list[FolderEntry]:
    """List a folder, and where `recursive` those in it.

    Raises:
        BadPicture: It cannot be opened.
    """
    found: list[FolderEntry] = []
    left = [""]
    while left:
        inner = left.pop()
        for entry in _visible(os.path.join(folder, inner) if inner else folder):  # noqa: PTH118
            name = f"{inner}/{entry.name}" if inner else entry.name
            is_folder = entry.is_dir(follow_symlinks=False)
            if is_folder and recursive and name.count("/") < DEEPEST:
                left.append(name)
            else:
                found.append(FolderEntry(name, entry.is_file(follow_symlinks=False) and _is_picture(entry), is_folder))
    return found


def is_picture_name(name: str) -> bool:
    """Whether a file is called like a picture.

    >>> is_picture_name("a/scan.PDF"), is_picture_name("labels.csv")
    (True, False)
    """
    return _suffix(name) in SUFFIXES


def natural(name: str) -> list[tuple[int, str]]:
    """A key that sorts the numbers in names by their value.

    >>> sorted(["scan10.png", "scan2.png", "a.png"], key=natural)
    ['a.png', 'scan2.png', 'scan10.png']
    """
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in NUMBERS.split(name)] + [(-2, name)]


def _visible(folder: str) -> list["os.DirEntry[str]"]:
    try:
        with os.scandir(folder) as entries:
            return [entry for entry in entries if not entry.name.startswith(".")]
    except OSError as error:
        raise BadPicture("cannot-open", folder, (error.strerror or str(error)).lower()) from error


def _is_picture(entry: "os.DirEntry[str]") -> bool:
    """Whether a file is to be read; also one that is surely a picture and cannot be, so that this is said."""
    suffix = _suffix(entry.name)
    if suffix:
        return suffix in SUFFIXES or suffix in UNREAD
    form = format_of(first_bytes(entry.path))
    return form is not None and form.name not in WEAK


def _suffix(name: str) -> str:
    return os.path.splitext(name)[1].lower()  # noqa: PTH122 (Path is ten times slower, in folders of 100,000)
