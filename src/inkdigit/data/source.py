"""What `--data` names, turned into labelled images.

In: a word, a folder or a file, and a part. Out: `Digits`. Knows where each kind of data is read, and nothing of how: a
new data set, or a new layout of files, is a module here and a line in one of the two tables. A module is imported when
something of it is asked for; this one imports nothing, for the help of the command line reads its tables.
"""

import os
import stat
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from inkdigit.errors import BadInput

if TYPE_CHECKING:
    from inkdigit.data.labelled import Part
    from inkdigit.types import Digits

NAMED = {"mnist": "", "strokes": "synthetic", "degraded": "for readers"}
"""Data sets that have a name, with a word about each. Of the module of that name `load(part)` gives them; where they
are made of other data, its `originals()` gives what is held out of that."""

FOLDER = ""
LAYOUTS = {".npz": "npz", ".zip": "zipped", FOLDER: "folder"}
"""How the name of a file ends, and the module whose `load(path, part=part)` reads it."""

ACCEPTED = f"give {', '.join(NAMED)}, a folder or a .zip with sub-folders 0 to 9, or an .npz file"


def load(source: str, *, part: "Part") -> "Digits":
    """Load one part of the data that `source` names.

    Args:
        source: "mnist", "strokes" (synthetic), "degraded" (MNIST as other pens would write it, with shapes that
            are no digit; its test part is MNIST's), a folder or a .zip of pictures, or an .npz file. A folder that
            is called mnist is ./mnist.
        part: "train" or "test".

    Raises:
        BadInput: There is no such data, or it cannot be used.
        NetworkError: MNIST is nowhere on this machine and no mirror gives it.

    >>> len(load("strokes", part="test"))
    4000
    """
    if source in NAMED:
        return _module(source).load(part)
    ending = os.path.splitext(source)[1].lower()  # noqa: PTH122  Path raises where a name has a NUL
    if ending not in LAYOUTS:
        ending = FOLDER
    if ending == FOLDER and not _is_folder(source):
        raise BadInput("unknown data", source, "neither a folder nor an .npz or .zip file", hint=ACCEPTED)
    return _module(LAYOUTS[ending]).load(Path(source), part=part)


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
    return import_module(f"inkdigit.data.{name}")


def _is_folder(source: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(source).st_mode)  # noqa: PTH116  Path("").stat() would be that of "."
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise BadInput("unknown data", source, why, hint=ACCEPTED) from error
