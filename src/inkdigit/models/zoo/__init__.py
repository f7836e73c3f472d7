"""The models that come with the package, by name.

In: a name. Out: the path of an `.onnx` file. Knows nothing of what is in it.

A file that lies here is a model that is shipped: nothing else has to be told of a new one. How each was trained
is said in docs/models.md and docs/results.md, with the command that makes it again.
"""

import re
from itertools import groupby
from pathlib import Path

from inkdigit.errors import UsageError

HERE = Path(__file__).parent

NAMES = ("cnn", "mlp")
"""The readers, which the page and the service offer: the reader's own first; the second is the smallest that is any
good, to look inside."""

COMMITTEE_NAME = "committee"
"""Stands for all members of the committee together."""


def names_in(folder: Path) -> tuple[str, ...]:
    """Name the models of a folder: the readers first, which are always offered, then all others in natural order."""
    others = {path.stem for path in folder.glob("*.onnx")} - set(NAMES)
    return (*NAMES, *sorted(others, key=_natural))


def committee_of(names: tuple[str, ...]) -> tuple[str, ...]:
    """Name the members of the committee among the models: "cnn-best" first; none where there are not two.

    >>> committee_of(("cnn", "mlp", "cnn-best", "committee-2", "committee-10", "mlp-best"))
    ('cnn-best', 'committee-2', 'committee-10')
    """
    members = tuple(name for name in names if name == "cnn-best" or re.fullmatch(r"committee-\d+", name))
    return members if "cnn-best" in members and len(members) > 1 else ()


def in_short(names: tuple[str, ...]) -> str:
    """Name the models, of numbered ones the first and the last.

    >>> in_short(("cnn", "mlp", "cnn-best", "committee-1", "committee-2", "committee-3", "mlp-best"))
    'cnn, mlp, cnn-best, committee-1 to committee-3, mlp-best'
    """
    groups = [list(group) for _, group in groupby(names, key=lambda name: name.rstrip("0123456789"))]
    return ", ".join(f"{group[0]} to {group[-1]}" if len(group) > 1 else group[0] for group in groups)


def path_of(name: str) -> Path:
    """Return where a shipped model lies.

    Raises:
        UsageError: There is none of that name.

    >>> path_of("cnn").name
    'cnn.onnx'
    """
    if name not in SHIPPED:
        raise UsageError("unknown model", name, f"expected one of {in_short(SHIPPED)}, or a file or a run directory")
    return HERE / f"{name}.onnx"


def locate(model: Path | str) -> Path:
    """Return the file or the run directory that a user names: the name of a shipped model, or else a path.

    Raises:
        UsageError: It is no path, and no shipped model has that name.

    >>> locate("mlp").name, str(locate("runs/mlp"))
    ('mlp.onnx', 'runs/mlp')
    """
    name = str(model)
    is_path = isinstance(model, Path) or Path(name).suffix or "/" in name or _is_there(name)
    return Path(name) if is_path and name not in SHIPPED else path_of(name)


def _is_there(name: str) -> bool:
    try:
        return bool(name) and Path(name).exists()
    except (OSError, ValueError):  # a name of 300 characters, or with a zero in it
        return False


def _natural(name: str) -> tuple[str, int]:
    """Sort committee-2 before committee-10."""
    stem = name.rstrip("0123456789")
    return stem, int(name[len(stem) :] or 0)


SHIPPED = names_in(HERE)
"""Every model that comes with the package: the readers, and those that are there to be measured."""

COMMITTEE = committee_of(SHIPPED)
"""The members of the committee."""
