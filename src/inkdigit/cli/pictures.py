"""The pictures that a command line names, with the openers of image stacks that `pictures` does not know."""

import itertools
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import numpy as np

from inkdigit.cli import console
from inkdigit.errors import printable
from inkdigit.pictures.pages import Pages
from inkdigit.pictures.picture import Picture
from inkdigit.pictures.sources import STDIN, Source, describe_passed_over, find
from inkdigit.shapes import UInt8


def found(named: str, *, pages: Pages | None = None, recursive: bool = False) -> Source:
    """The pictures of one argument."""
    return find(
        named,
        open_stack=open_stack,
        read_stdin=lambda size: sys.stdin.buffer.read(size),
        pages=pages,
        recursive=recursive,
    )


def open_stack(given: Path | bytes) -> UInt8[np.ndarray, "n height width"]:
    """Open a file of images in any form that a data set may have, or the bytes of an IDX file.

    Raises:
        BadInput: It is none, or damaged.
    """
    if isinstance(given, bytes):
        from inkdigit.data import idx

        return idx.parse_images(given, where=STDIN, size=None)
    from inkdigit.data import arrayfiles

    return arrayfiles.load_images(given)


def loaders(sources: Iterable[Source]) -> Iterator[Callable[[], Picture]]:
    """What decodes each picture of the sources in turn."""
    return (load for _, load in itertools.chain.from_iterable(sources))


def tell_passed_over(sources: Iterable[Source]) -> None:
    """Say on stderr which files of the folders are not among the pictures."""
    for source in sources:
        if said := describe_passed_over(source):
            console.remark(f"inkdigit: {printable(_place(source))}: {printable(said)}")


def _place(source: Source) -> str:
    """The folder or the archive that all its pictures lie in."""
    return os.path.commonpath([os.path.dirname(name) for name in source.names]) or "."  # noqa: PTH120
