"""A data set as a folder of pictures: one sub-folder per digit, "0" to "9".

In: a folder and a part. Out: its images and labels, and a word about every file that was left out.
With sub-folders `train` and `test` these are the parts; otherwise about every tenth picture is the
test part, chosen by its name, so that adding pictures never moves one from one part to the other.
Does not know how a page is cut into digits: one picture holds one digit.

A 28x28 picture on a black background is taken as it is; anything else is framed.
"""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from inkdigit.data.labelled import Part, labelled
from inkdigit.errors import BadInput, printable
from inkdigit.files import read_regular, sha256
from inkdigit.frame import SIDE, centre_glyph
from inkdigit.pictures.decode import MOST_BYTES, decode
from inkdigit.pictures.formats import ACCEPTED
from inkdigit.shapes import Float32, UInt8
from inkdigit.types import Digits

OnSkip = Callable[[Path, str], None]
"""Called with a file that was left out and the reason."""

NOT_PICTURES = {"Thumbs.db", "desktop.ini"}
TENTH = 10
BLACK = 64
"""A darker border is the black background of a framed picture."""

FAINTEST = 24
"""Grey levels between paper and ink; less is a blank picture."""

NO_PICTURES = "no pictures found"

_log = logging.getLogger(__name__)


def log_skip(path: Path, reason: str) -> None:
    """Report a file that was left out, on stderr unless the program's logging is set up otherwise."""
    _log.warning("skipped %s: %s", printable(path), reason)


def load(folder: Path, *, part: Part, on_skip: OnSkip = log_skip) -> Digits:
    """Load one part of a folder of pictures.

    Args:
        folder: Holds sub-folders named 0 to 9, or `train` and `test` that hold them. Pictures are
            PNG, JPEG, BMP, GIF, WebP or TIFF. Hidden files are ignored, links are not followed.
        part: "train" or "test".
        on_skip: Told each file that was left out.

    Returns:
        The digits in the order of their labels and file names, named after the folder.

    Raises:
        BadInput: The folder cannot be read, or not one picture in it can be used.
    """
    root, is_split = _root(folder, part)
    images: list[UInt8[np.ndarray, "28 28"]] = []
    labels: list[int] = []
    for path, digit in _pictures(root, on_skip):
        if not (is_split or is_test(path.relative_to(root)) == (part == "test")):
            continue
        try:
            images.append(frame_picture(read_regular(path, limit=MOST_BYTES)))
            labels.append(digit)
        except BadInput as error:
            on_skip(path, error.why or error.what)
    if not images:
        why = f"the {part} part is empty; expected sub-folders 0 to 9 with {ACCEPTED} pictures"
        raise BadInput(NO_PICTURES, folder, why)
    return labelled(np.stack(images), np.array(labels, np.uint8), name=str(folder), part=part)


def frame_picture(data: bytes) -> UInt8[np.ndarray, "28 28"]:
    """Turn the bytes of a picture file with one digit into an image as MNIST has them.

    Raises:
        BadInput: It is no picture of an accepted format, is damaged, too large, or blank.
    """
    grey = _grey(data)
    paper = np.median(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])).astype(np.float32)
    if grey.shape == (SIDE, SIDE) and paper < BLACK:
        return grey
    distance = grey - paper if grey.max() - paper > paper - grey.min() else paper - grey
    return np.rint(centre_glyph(_ink(distance)) * 255).astype(np.uint8)


def _root(folder: Path, part: Part) -> tuple[Path, bool]:
    """The folder that holds 0 to 9, and whether it holds only that part."""
    parts = {name for name, entry in _entries(folder) if name in {"train", "test"} and _is_folder(entry)}
    if not parts:
        return folder, False
    if part not in parts:
        raise BadInput(NO_PICTURES, folder, f"it has {'/, '.join(parts)}/ but no {part}/")
    return folder / part, True


def _pictures(root: Path, on_skip: OnSkip) -> Iterator[tuple[Path, int]]:
    """Every regular file of the sub-folders 0 to 9, by digit and name."""
    for name, entry in _entries(root):
        if not (len(name) == 1 and name in "0123456789"):
            on_skip(root / name, "not one of the sub-folders 0 to 9")
        elif not _is_folder(entry):
            on_skip(root / name, "not a folder (links are not followed)")
        else:
            yield from ((path, int(name)) for path in _files(root / name, on_skip))


def _files(folder: Path, on_skip: OnSkip) -> Iterator[Path]:
    try:
        entries = _entries(folder)
    except BadInput as error:
        on_skip(folder, error.why)
        return
    for name, entry in entries:
        if entry.is_symlink():
            on_skip(folder / name, "a link, not followed")
        elif not entry.is_file(follow_symlinks=False):
            on_skip(folder / name, "not a regular file")
        else:
            yield folder / name


def _entries(folder: Path) -> list[tuple[str, os.DirEntry[str]]]:
    """What is in a folder and not hidden, by name."""
    try:
        with os.scandir(folder) as entries:
            visible = [e for e in entries if not e.name.startswith(".") and e.name not in NOT_PICTURES]
    except OSError as error:
        raise BadInput("cannot read folder", folder, (error.strerror or str(error)).lower()) from error
    return sorted(((entry.name, entry) for entry in visible), key=lambda pair: pair[0])


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    return entry.is_dir(follow_symlinks=False)


def is_test(relative: Path) -> bool:
    """Whether a picture belongs to the test part where nobody said so."""
    return int(sha256(os.fsencode(relative))[:8], 16) % TENTH == 0


def _grey(data: bytes) -> UInt8[np.ndarray, "height width"]:
    """Decode a picture to grey levels, upright, on white where it is transparent."""
    pixels = decode(data, where="").pixels
    return pixels if pixels.ndim == 2 else np.asarray(Image.fromarray(pixels).convert("L"))


def _ink(distance: Float32[np.ndarray, "height width"]) -> Float32[np.ndarray, "height width"]:
    """Grey levels from the paper, as a fraction of the strongest ink; the faint noise of a scan is paper."""
    strongest = distance.max()
    if strongest < FAINTEST:
        raise BadInput("blank picture", "", "blank")
    return np.clip((distance / strongest - 0.2) / 0.6, 0, 1)
