"""What `--data` names, turned into labelled images.

In: a word, a folder or a file, and the parts that are wanted. Out: `Digits`. Knows where each kind of data is read, and
nothing of how: a new data set, or a new layout of files, is a module here and a line in one of the two tables; a new
kind of file with arrays in it, a line in `arrayfiles`. A module is imported when something of it is asked for; this one
imports nothing, for the help of the command line reads its tables.
"""

import os
import stat
from collections.abc import Collection
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkdigit.errors import BadInput

if TYPE_CHECKING:
    from inkdigit.data.labelled import Loaded, Part
    from inkdigit.types import Digits

NAMED = {"mnist": "", "mnist-small": "comes along", "strokes": "synthetic", "degraded": "for readers"}
"""Data sets that have a name, with a word about each. Of the module of that name `load(part)` gives them; where they
are made of other data, its `originals()` gives what is held out of that."""

FOLDER = ""
ARRAYS = (".csv", ".tsv", ".npz", ".npy", ".mat", ".parquet")
LAYOUTS = {FOLDER: "folder", ".zip": "zipped", **dict.fromkeys(ARRAYS, "arrayfiles")}
"""How the name of a file ends, and the module whose `load(path, parts)` reads it; other files may be IDX."""

PACKED = (".gz", ".xz", ".bz2")
ACCEPTED = f"give {', '.join(NAMED)}, a folder, a .zip, or a file: {', '.join(ARRAYS)} or IDX"

PARTS_OF_NAMED: "tuple[Part, ...]" = ("train", "test")


def load(source: str, *, part: "Part") -> "Digits":
    """Load one part of the data that `source` names.

    Args:
        source: "mnist", "mnist-small", "strokes" (synthetic), "degraded" (MNIST as other pens would write it, with
            shapes that are no digit; its test part is MNIST's), a folder or a .zip of pictures or arrays, or a file of
            arrays. A folder that is called mnist is ./mnist.
        part: "train", "validation" or "test".

    Raises:
        BadInput: There is no such data, it cannot be used, or it has no such part.
        NetworkError: MNIST is nowhere on this machine and no mirror gives it.

    >>> len(load("strokes", part="test"))
    4000
    """
    found = load_parts(source, [part])
    if part not in found:
        raise BadInput("no such part", source, f"it has no {part} part")
    return found[part]


def load_parts(source: str, parts: "Collection[Part]") -> "Loaded":
    """Load those of some parts that there are; a file is read once for all of them.

    Raises:
        BadInput: There is no such data, or it cannot be used.
        NetworkError: MNIST is nowhere on this machine and no mirror gives it.
    """
    if source in NAMED:
        return {part: _module(source).load(part) for part in parts if part in PARTS_OF_NAMED}
    found: Loaded = _module(_layout(source)).load(Path(source), parts)
    return found


def _layout(source: str) -> str:
    """The module that reads what a source names: a folder whatever it is called, then a file by its name's ending."""
    name = source.lower()
    plain = next((name[: -len(ending)] for ending in PACKED if name.endswith(ending)), name)
    ending = os.path.splitext(plain)[1]  # noqa: PTH122  Path raises where a name has a NUL
    if _is_folder(source):
        return LAYOUTS[FOLDER]
    if ending in LAYOUTS and ending != FOLDER:
        return LAYOUTS[ending]
    if _is_idx(source):
        return "arrayfiles"
    raise BadInput("unknown data", source, "neither a folder nor a file of a known kind", hint=ACCEPTED)


def as_written(held_out: "Digits") -> "Digits":
    """Return held-out digits as somebody wrote them: hardly any of these may be called unsure.

    Args:
        held_out: Of any data, the images that a network did not learn from.

    Returns:
        The same; of data that is made of other data the originals, for what is made of them is meant to
        be doubtful now and then.
    """
    module: Any = _module(held_out.name) if held_out.name in NAMED else None
    return module.originals() if hasattr(module, "originals") else held_out


def _module(name: str) -> Any:
    return import_module(f"inkdigit.data.{name.replace('-', '_')}")


def _is_idx(source: str) -> bool:
    """Whether a file's first bytes may be those of an IDX file, or of a packed one."""
    with Path(source).open("rb") as file:
        return file.read(3) in {b"\0\0\x08", b"\0\0\x0c", b"\x1f\x8b\x08", b"\xfd7z"}


def _is_folder(source: str) -> bool:
    try:
        mode = os.stat(source).st_mode  # noqa: PTH116  Path("").stat() would be that of "."
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise BadInput("unknown data", source, why, hint=ACCEPTED) from error
    return stat.S_ISDIR(mode)
