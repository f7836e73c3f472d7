"""Where pictures come from: a file, a page of one, a folder, an archive, the standard input, a stack of images.

In: what the user named. Out: sources, each with the names of its pictures in a stable order and a way to
decode each when its turn comes: contents are not kept, a hundred thousand pictures need no more memory
than their names. What is wrong with one picture is raised when it is decoded, not before. Knows nothing of
what a picture shows; how a stack of images is opened it is told.
"""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from inkdigit.errors import BadInput, BadPicture
from inkdigit.pictures.dataurl import undo_data_url
from inkdigit.pictures.decode import count_pages, decode_file
from inkdigit.pictures.folders import FolderEntry, entries_of, is_picture_name, natural
from inkdigit.pictures.formats import HEAD, SUFFIXES, Format, format_of
from inkdigit.pictures.given import encoded_file, first_bytes, read_file
from inkdigit.pictures.pages import ALL, Pages
from inkdigit.pictures.picture import LARGE, Encoded, Picture
from inkdigit.shapes import UInt8

STACKS = (".npz", "idx3-ubyte", "idx3-ubyte.gz", ".csv", ".csv.gz", ".tsv", ".tsv.gz", ".npy", ".mat", ".parquet")
"""How the names of stacks of images end; those with "idx3" are MNIST's, a table has an image in every row."""

STACK_STARTS = (b"\x1f\x8b", b"\x00\x00\x08", b"PK\x03\x04")
"""gzip, the magic of an IDX file of bytes, and a zip archive, which an .npz file is."""

STDIN = "-"
LARGEST_STREAM = 1 << 30
"""Bytes of a stack or an archive on the standard input, as of one in a file."""

ONE_OF_MANY = re.compile(r"(.+)#(\d{1,9})")

OpenStack = Callable[[Path | bytes], UInt8[np.ndarray, "n height width"]]
"""Opens an IDX or .npz file of images, or the bytes of an IDX file; raises BadInput."""

ReadStdin = Callable[[int], bytes]
Load = Callable[[], Picture]


@dataclass(frozen=True, eq=False)
class Source:
    """Pictures that were named together.

    Args:
        names: What each is called: a label, not always a path.
        load: Decodes the one with that index; raises BadInput.
        passed_over: Names of the files of a folder that are not among the pictures.
        skipped: How many of these are called like pictures: links, pipes.
    """

    names: Sequence[str]
    load: Callable[[int], Picture]
    passed_over: tuple[str, ...] = ()
    skipped: int = 0

    def __len__(self) -> int:
        return len(self.names)

    def __iter__(self) -> Iterator[tuple[str, Load]]:
        """Each name with what decodes its picture."""
        for index, name in enumerate(self.names):
            yield name, lambda index=index: self.load(index)  # type: ignore[misc]


def find(
    named: str,
    *,
    open_stack: OpenStack,
    read_stdin: ReadStdin,
    pages: Pages | None = None,
    recursive: bool = False,
) -> Source:
    """Find the pictures that one argument of a command line means.

    Args:
        named: A picture file, a folder, a .zip or .tar of pictures, an IDX or .npz file of images, one page or image of
            these as `scan.pdf#2`, or "-" for the standard input. Of a folder the pictures directly in it are taken, in
            natural order.
        open_stack: Opens a stack of images.
        read_stdin: Gives the next so many bytes of the standard input.
        pages: Which pages of files that have several; None for all of a document, and the first of others.
        recursive: Whether the folders in a folder are looked into as well.

    Returns:
        At least one picture; where nothing can be read at all, one that says so when it is decoded.
    """
    try:
        if named == STDIN:
            return _stream(read_stdin, open_stack, pages)
        if os.path.isdir(named):  # noqa: PTH112 (Path raises where a name is too long)
            return _folder(named, pages, recursive=recursive)
        match = ONE_OF_MANY.fullmatch(named)
        if match and not os.path.lexists(named):
            return _one_of(named, find(match[1], open_stack=open_stack, read_stdin=read_stdin, pages=ALL))
        if _is_stack(named):
            return _stack(named, open_stack(Path(named)))
        if not is_picture_name(named) and _is_archive(named):
            return _archive(named, Path(named), pages)
    except BadInput as error:
        return _failing(named, error)
    return _source(_file(named, pages))


def _source(pictures: Iterable[tuple[str, Load]], passed_over: tuple[str, ...] = (), skipped: int = 0) -> Source:
    found = list(pictures)
    return Source([name for name, _ in found], lambda index: found[index][1](), passed_over, skipped)


def _file(path: str, pages: Pages | None) -> Iterator[tuple[str, Load]]:
    """The pages of a picture file; of most there is one, whose file is first opened when its turn comes."""
    return _pages(path, format_of(first_bytes(path)), pages, lambda: encoded_file(path))


def _pages(
    name: str, form: Format | None, pages: Pages | None, opened: Callable[[], Encoded]
) -> Iterator[tuple[str, Load]]:
    """The pages that are meant of a file, which is opened at once only if each of them is a picture of its own."""
    is_document = form is not None and form.is_document
    several = form is not None and form.count is not None and (is_document or pages is not None)
    try:
        count = count_pages(opened()) if several else 1
        numbers = (pages or ALL).of(count)
        if not numbers:
            has = "one page" if count == 1 else f"{count:,} pages"
            raise BadPicture("no-such-page", name, f"has {has}, and none of those that were asked for")
    except BadInput as error:
        yield name, _raising(error)
        return
    if count == 1 and not is_document:
        yield name, lambda: decode_file(opened())
        return
    for number in numbers:
        page = f"{name}#{number}"
        yield page, lambda number=number, page=page: decode_file(replace(opened(), page=number, where=page))  # type: ignore[misc]


def _one_of(named: str, source: Source) -> Source:
    """The one picture of that name among those of a file with many."""
    if named in source.names:
        index = source.names.index(named)
        return Source([named], lambda _: source.load(index))
    if len(source) == 1 and "#" not in source.names[0]:
        source.load(0)  # says why where nothing can be read at all
    why = f"it has {len(source):,}, from {source.names[0]} to {source.names[-1]}"
    raise BadPicture("no-such-page", named, why if "#" in source.names[0] else "it is one picture")


def _folder(folder: str, pages: Pages | None, *, recursive: bool) -> Source:
    """The pictures in a folder; hidden files are as if they were not there."""
    entries = entries_of(folder, recursive=recursive)
    taken = sorted((entry.name for entry in entries if entry.is_taken), key=natural)
    others = sorted({entry.name for entry in entries if not entry.is_taken}, key=natural)
    if not taken:
        raise _no_pictures(folder, len(others))
    skipped = sum(_is_skipped(entry) for entry in entries)
    found = (picture for name in taken for picture in _of_folder(str(Path(folder, name)), pages))
    return _source(found, tuple(others), skipped)


def _is_skipped(entry: FolderEntry) -> bool:
    return not entry.is_taken and not entry.is_folder and is_picture_name(entry.name)


def _of_folder(path: str, pages: Pages | None) -> Iterator[tuple[str, Load]]:
    """The pages of a file of a folder; only what may have several, by its name, is opened before its turn."""
    form = SUFFIXES.get(os.path.splitext(path)[1].lower())  # noqa: PTH122 (Path is ten times slower)
    if pages is not None or (form is not None and form.is_document):
        yield from _file(path, pages)
    else:
        yield path, lambda: read_file(path)


def _no_pictures(where: object, others: int) -> BadPicture:
    why = f"no pictures found among {others} files" if others else "no pictures found: it is empty"
    return BadPicture("no-pictures", where, why, hint="expected names like .png, .jpg, .heic, .pdf, .tif")


def _archive(name: str, given: Path | bytes, pages: Pages | None) -> Source:
    """The pictures of an archive, by the endings of their names, in natural order."""
    from inkdigit.pictures.archives import open_archive  # 10 ms, which reading a picture must not pay

    files = [(inner, read) for inner, read in open_archive(given, where=name) if not _is_hidden(inner)]
    files.sort(key=lambda pair: natural(pair[0]))
    found: list[tuple[str, Load]] = []
    for inner, read in files:
        if is_picture_name(inner):
            found += _of_archive(f"{name}/{inner}", read, pages)
    others = tuple(inner for inner, _ in files if not is_picture_name(inner))
    if not found:
        raise _no_pictures(name, len(others))
    return _source(found, others)


def _of_archive(label: str, read: Callable[[int], bytes], pages: Pages | None) -> Iterator[tuple[str, Load]]:
    form = SUFFIXES.get(os.path.splitext(label)[1].lower())  # noqa: PTH122 (Path is ten times slower)
    return _pages(label, form, pages, lambda: _unpacked(read, label))


def _unpacked(read: Callable[[int], bytes], label: str) -> Encoded:
    try:
        return Encoded(read(LARGE.bytes), label, limits=LARGE)
    except BadPicture as error:
        raise BadPicture(error.code, label, error.why) from error


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.replace("\\", "/").split("/"))


def _is_archive(path: str) -> bool:
    from inkdigit.pictures.archives import is_archive

    try:
        return Path(path).is_file() and is_archive(Path(path))
    except (OSError, ValueError):
        return False  # reading it will say why


def _is_stack(path: str) -> bool:
    """Whether a file is a stack of images: by its name, or by its first bytes where the name says nothing."""
    if path.lower().endswith(STACKS):
        return True
    if is_picture_name(path):
        return False
    return first_bytes(path).startswith(STACK_STARTS[:2]) and not _is_archive(path)


def _stream(read: ReadStdin, open_stack: OpenStack, pages: Pages | None) -> Source:
    start = read(HEAD)
    if start.startswith(STACK_STARTS) or start[257:262] == b"ustar":
        from inkdigit.pictures.archives import is_archive

        content = start + read(LARGEST_STREAM)
        return _archive(STDIN, content, pages) if is_archive(content) else _stack(STDIN, open_stack(content))
    form = format_of(start)
    most = LARGEST_STREAM if form is not None and form.is_document else LARGE.bytes
    content = undo_data_url(start + read(most * 4 // 3), where=STDIN)
    file = Encoded(content, STDIN, limits=replace(LARGE, bytes=most))
    return _source(_pages(STDIN, format_of(content), pages, lambda: file))


def _stack(named: str, images: UInt8[np.ndarray, "n height width"]) -> Source:
    return Source([f"{named}#{index}" for index in range(len(images))], lambda index: Picture(images[index]))


def _failing(named: str, error: BadInput) -> Source:
    """A picture that cannot be read."""
    return _source([(named, _raising(error))])


def _raising(error: BadInput) -> Load:
    def load() -> Picture:
        raise error

    return load


def describe_passed_over(source: Source, *, most: int = 3) -> str | None:
    """What to say of the files of a folder that were not read, or None.

    >>> describe_passed_over(Source(["a.png"], print, ("labels.csv",)))
    '1 file is no picture: labels.csv'
    """
    names: Any = source.passed_over
    if not names:
        return None
    shown = ", ".join(names[:most]) + (", …" if len(names) > most else "")
    return f"1 file is no picture: {shown}" if len(names) == 1 else f"{len(names):,} files are no pictures: {shown}"
