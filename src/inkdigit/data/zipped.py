"""A data set as a ZIP archive of pictures, a folder per digit: what the page's "download" gives.

In: a .zip file and a part. Out: its images and labels, and a word about every file that was left out. Nothing
is unpacked to disk, and no name in the archive is ever used as a path. About every tenth picture is the test
part, chosen by its name, as in a folder; how a picture becomes an image is the folder's business too.
"""

import io
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np

from inkdigit.data.folder import NO_PICTURES, NOT_PICTURES, OnSkip, frame_picture, is_test, log_skip
from inkdigit.data.labelled import CANNOT_READ_ARCHIVE, LARGEST_FILE, Part, labelled
from inkdigit.errors import BadInput
from inkdigit.files import read_regular
from inkdigit.pictures.decode import MOST_BYTES
from inkdigit.shapes import UInt8
from inkdigit.types import Digits

MOST_FILES = 200_000


def load(path: Path, *, part: Part, on_skip: OnSkip = log_skip) -> Digits:
    """Load one part of an archive of pictures.

    Args:
        path: A ZIP archive. A picture counts for the digit that the folder it lies in is named after.
        part: "train" or "test".
        on_skip: Told each file that was left out.

    Returns:
        The digits in the order of their labels and file names, named after the archive.

    Raises:
        BadInput: No ZIP archive, too large, or not one picture in it can be used.
    """
    archive = _opened(path)
    images: list[UInt8[np.ndarray, "28 28"]] = []
    labels: list[int] = []
    for info, digit in _pictures(archive, path, on_skip):
        if is_test(Path(info.filename)) != (part == "test"):
            continue
        try:
            images.append(frame_picture(_content(archive, info)))
            labels.append(digit)
        except BadInput as error:
            on_skip(path / info.filename, error.why or error.what)
    if not images:
        raise BadInput(NO_PICTURES, path, f"the {part} part is empty; expected folders 0 to 9 with pictures")
    return labelled(np.stack(images), np.array(labels, np.uint8), name=str(path), part=part)


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        archive = zipfile.ZipFile(io.BytesIO(read_regular(path, limit=LARGEST_FILE)))
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError) as error:
        raise BadInput(CANNOT_READ_ARCHIVE, path, "is no ZIP archive, or a damaged one") from error
    if len(archive.infolist()) > MOST_FILES:
        raise BadInput(
            CANNOT_READ_ARCHIVE, path, f"holds {len(archive.infolist()):,} files; the limit is {MOST_FILES:,}"
        )
    return archive


def _pictures(archive: zipfile.ZipFile, path: Path, on_skip: OnSkip) -> Iterator[tuple[zipfile.ZipInfo, int]]:
    """Every file in a folder 0 to 9, by digit and name; hidden ones are ignored."""
    found = []
    for info in archive.infolist():
        parts = PurePosixPath(info.filename).parts
        if info.is_dir() or not parts or parts[-1].startswith(".") or parts[-1] in NOT_PICTURES or "__MACOSX" in parts:
            continue
        if len(parts) < 2 or parts[-2] not in set("0123456789"):
            on_skip(path / info.filename, "not in one of the folders 0 to 9")
        else:
            found.append((int(parts[-2]), info.filename, info))
    for digit, _, info in sorted(found, key=lambda one: one[:2]):
        yield info, digit


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """One file of the archive; its declared size is checked before it is unpacked, and its real one after."""
    if info.file_size > MOST_BYTES:
        raise BadInput(CANNOT_READ_ARCHIVE, info.filename, f"{info.file_size:,} bytes; the limit is {MOST_BYTES:,}")
    try:
        with archive.open(info) as file:
            return file.read(MOST_BYTES)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, NotImplementedError, ValueError) as error:
        raise BadInput(
            CANNOT_READ_ARCHIVE, info.filename, "is damaged, encrypted or packed in a way that is not supported"
        ) from error
