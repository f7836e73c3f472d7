"""What `--data` names, turned into labelled images.

In: a word, a folder or a file, and a part. Out: `Digits`. Knows where each kind of data is read,
and nothing of how; each reader is imported when it is needed.
"""

import os
import stat
from pathlib import Path
from typing import Literal

from inkdigit.errors import BadInput
from inkdigit.machine import Machine
from inkdigit.types import Digits

STROKES_TRAIN, STROKES_TRAIN_SEED = 20_000, 1
STROKES_TEST, STROKES_TEST_SEED = 4_000, 2

ACCEPTED = "give mnist, strokes, degraded, a folder or a .zip with sub-folders 0 to 9, or an .npz file"


def load(source: str, *, part: Literal["train", "test"]) -> Digits:
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
    if source == "mnist":
        from inkdigit.data import mnist

        return mnist.load(part)
    if source == "strokes":
        return _strokes(part)
    if source == "degraded":
        from inkdigit.data import degraded, mnist

        return degraded.load(processes=Machine.here().cores) if part == "train" else mnist.load("test")
    if source.lower().endswith(".npz"):
        from inkdigit.data import npz

        return npz.load(Path(source), part=part)
    if source.lower().endswith(".zip"):
        from inkdigit.data import zipped

        return zipped.load(Path(source), part=part)
    if _is_folder(source):
        from inkdigit.data import folder

        return folder.load(Path(source), part=part)
    raise BadInput("unknown data", source, "neither a folder nor an .npz or .zip file", hint=ACCEPTED)


def as_written(held_out: Digits) -> Digits:
    """Return held-out digits as somebody wrote them: hardly any of these may be called unsure.

    Args:
        held_out: Of any data, the images that a network did not learn from.

    Returns:
        The same; of data that is made of other data the originals, for what is made of them is meant to
        be doubtful now and then.
    """
    if held_out.name == "degraded":
        from inkdigit.data import degraded

        return degraded.originals()
    return held_out


def _is_folder(source: str) -> bool:
    try:
        return stat.S_ISDIR(os.stat(source).st_mode)  # noqa: PTH116  Path("").stat() would be that of "."
    except (OSError, ValueError) as error:
        why = (getattr(error, "strerror", None) or str(error)).lower()
        raise BadInput("unknown data", source, why, hint=ACCEPTED) from error


def _strokes(part: Literal["train", "test"]) -> Digits:
    from inkdigit.data.strokes import strokes

    if part == "train":
        return strokes(STROKES_TRAIN, seed=STROKES_TRAIN_SEED, part=part)
    return strokes(STROKES_TEST, seed=STROKES_TEST_SEED, part=part)
