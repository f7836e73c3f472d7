"""The folder of pictures with the answers drawn on them: a name for each, and the drawing of it."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from inkdigit.errors import CannotWrite
from inkdigit.files import make_folder, write_whole
from inkdigit.pictures.formats import SUFFIXES
from inkdigit.pictures.sources import STDIN

if TYPE_CHECKING:
    from inkdigit.pictures.picture import Picture
    from inkdigit.types import Page, Reading

LONGEST_NAME = 240  # bytes; file systems allow 255, and a file is first written under a longer name
PART = 20  # bytes of that longer name


def drawer(folder: Path, names: list[str]) -> "Callable[[int, Picture, Page | Reading], None]":
    """Make the folder, and say how picture number `index` is drawn into it.

    Args:
        folder: Made if it is missing. Overlays of the same names are replaced.
        names: What all the pictures are called.

    Raises:
        CannotWrite: The folder cannot be made, or the pictures themselves are in it.
    """
    make_folder(folder)
    for parent in {os.path.dirname(name) or "." for name in names}:  # noqa: PTH120 (as fast as 100,000 names need)
        if os.path.isdir(parent) and os.path.samefile(parent, folder):  # noqa: PTH112, PTH121
            raise CannotWrite("cannot write", folder, "the pictures are in it", hint="choose another folder")
    files = file_names(names)

    def draw(index: int, picture: "Picture", answer: "Page | Reading") -> None:
        from inkdigit.pictures.scale import enlarged
        from inkdigit.present.overlay import overlay

        write_whole(folder / files[index], overlay(picture.pixels, enlarged(answer, 1 / picture.scale)))

    return draw


def file_names(names: Iterable[str]) -> list[str]:
    """A file name for each picture, ending in .png, no two the same whatever the letters' case.

    >>> file_names(["a.png", "b/a.jpg", "x.gz#3", "-"])
    ['a.png', 'a-2.png', 'x.gz#3.png', 'stdin.png']
    """
    used: set[str] = set()
    found = []
    for name in names:
        stem = "stdin" if name == STDIN else _stem(name)
        number, file = 1, f"{stem}.png"
        while file.lower() in used:
            number += 1
            file = f"{stem}-{number}.png"
        used.add(file.lower())
        found.append(file)
    return found


def _stem(name: str) -> str:
    """The last part of a name without the ending of a picture file, and not too long."""
    stem, suffix = os.path.splitext(os.path.basename(name))  # noqa: PTH119, PTH122
    whole = stem if suffix.lower() in SUFFIXES else stem + suffix
    return os.fsdecode(os.fsencode(whole)[: LONGEST_NAME - PART]).lstrip(".") or "picture"
