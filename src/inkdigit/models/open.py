"""The one door for models: whatever a user names, opened as a `Model`.

In: the name of a shipped model, "committee", a run directory, an `.onnx`, `.keras` or `.h5` file, or a `model.json`
with its weights beside it, inkdigit's own or anybody's. Out: a `Model`. A file is read once, judged by its first bytes
and never by its name, and checked before anything of it is run; what happens to it afterwards changes nothing. Model
files are opened without Keras and without the onnx package, Keras files without ONNX.
"""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from inkdigit.errors import BadInput, UsageError, printable
from inkdigit.files import read_regular, sha256, writable_by_anyone
from inkdigit.formats.check import LARGEST_MODEL, WHAT, ModelFile, check_model_file, is_own
from inkdigit.models import zoo
from inkdigit.models.model import Model, committee_of
from inkdigit.models.runtime import Network
from inkdigit.version import __version__

if TYPE_CHECKING:
    import keras

    from inkdigit.formats.chain import Chain


ZIP, HDF5 = b"PK\x03\x04", b"\x89HDF\r\n\x1a\n"
"""How a `.keras` file, which is an archive, and an `.h5` file begin."""

GIVE = "give a run directory, or an .onnx, .keras, .h5 or model.json file"

_log = logging.getLogger(__name__)


def open_model(named: Path | str) -> Model:
    """Open whatever a user names.

    A file that any user of the machine may write to is opened with a warning in the log, which goes to stderr.

    Args:
        named: The name of a shipped model, "committee" for all members of the shipped one, a file or a run directory.

    Raises:
        UsageError: It is no path, and no shipped model has that name.
        BadInput: Missing, no regular file, too large, no model, damaged, with code inside, or of the wrong shape.
    """
    paths = located([named])
    return _open_path(paths[0]) if len(paths) == 1 else open_models(paths)


def open_models(named: Sequence[Path | str]) -> Model:
    """Open one model as it is, or several as a committee.

    Args:
        named: Each as for `open_model`; at least one.

    Raises:
        UsageError: There is none, one is named twice, or it is no path and no shipped model.
        BadInput: As `open_model`, of any of them.
    """
    paths = located(named)
    opened = [_open_path(path) for path in paths]
    if len(opened) == 1:
        return opened[0]
    return committee_of(opened, names=[called(path) for path in paths], version=__version__)


def located(named: Sequence[Path | str]) -> tuple[Path, ...]:
    """Return where the models lie that a user names, "committee" standing for the members of the shipped one.

    Raises:
        UsageError: There is none, one is named twice, or it is no path and no shipped model.

    >>> [path.name for path in located(["mlp", "a.keras"])]
    ['mlp.onnx', 'a.keras']
    """
    paths = tuple(zoo.locate(model) for model in _spelled_out(named))
    if not paths:
        raise UsageError("which model?", "", "no model is named")
    for i, path in enumerate(paths):
        if path in paths[:i]:
            raise UsageError("cannot average", called(path), "is named twice", hint="name each model once")
    return paths


def called(path: Path) -> str:
    """Return what a model is called: its shipped name, its run directory's, or its file's.

    >>> called(Path("runs/mlp-128-1")), called(Path("notebook.keras")), called(zoo.path_of("mlp"))
    ('mlp-128-1', 'notebook.keras', 'mlp')
    """
    if path.parent == zoo.HERE:
        return path.stem
    return path.name or path.resolve().name


def opened_from(content: bytes, *, where: Path) -> Model:
    """Open the bytes of a model file.

    Args:
        content: The whole file; what it is, its first bytes say.
        where: Where it came from, for messages, and for the name of one that has none.

    Raises:
        BadInput: As `open_model`.
    """
    if other := _other_kind(content):
        raise BadInput(WHAT, where, other[0], hint=other[1])
    if content.startswith((ZIP, HDF5)):
        from inkdigit.models.foreign_keras import open_keras_file  # and Keras and JAX, which takes a second and a half

        return open_keras_file(content, where=where)
    if content.lstrip()[:1] == b"{":
        from inkdigit.models.foreign_json import open_json

        return open_json(content, where=where)
    if not is_own(content):
        from inkdigit.models.foreign_onnx import open_onnx_file

        return open_onnx_file(content, where=where)
    return _of_file(check_model_file(content, where=where), where=where)


def _other_kind(content: bytes) -> tuple[str, str] | None:
    """Name what is surely no model that is read here, by its first bytes, and the way out; nothing is parsed.

    >>> _other_kind(b"<html>")
    ('is a web page or XML, not a model', 'give a run directory, or an .onnx, .keras, .h5 or model.json file')
    """
    if not content:
        return "is empty", GIVE
    if content.startswith(ZIP) and b"/data.pkl" in content[:4096]:
        return "is a PyTorch file, which could run code when opened", "write it as .onnx with torch.onnx.export"
    if content[:1] == b"\x80" and content[1:2] <= b"\x05":
        return "is a Python pickle, which could run code when opened", (
            "write it as .onnx: torch.onnx.export for PyTorch, skl2onnx for scikit-learn"
        )
    if content[4:8] == b"TFL3":
        return "is a TensorFlow Lite file", "write the model that it was made from with model.save, or with tf2onnx"
    if content.lstrip()[:1] in {b"<", b"["}:
        return "is a web page or XML, not a model", GIVE
    return None


def _spelled_out(named: Sequence[Path | str]) -> Iterator[Path | str]:
    """Put the members in the place of the committee's name, where one is shipped."""
    for model in named:
        if str(model) == zoo.COMMITTEE_NAME and zoo.COMMITTEE:
            yield from zoo.COMMITTEE
        else:
            yield model


def _open_path(path: Path) -> Model:
    """Open a file, or the model file of a run directory."""
    if not _is_folder(path):
        return _open_file(path)
    file = path / "model.onnx"
    if not file.exists() and (path / "model.json").exists():  # as TensorFlow.js has it
        return _open_file(path / "model.json")
    if not file.exists() and (path / "saved_model.pb").exists():
        raise BadInput(WHAT, path, "is a SavedModel of TensorFlow",
                       hint="load it there and write it with model.save(\"model.keras\"), or with tf2onnx")  # fmt: skip
    if not file.exists():
        trained = (path / "run.json").exists()
        why = "has no model.onnx" + (": the training did not finish" if trained else ", so it is no run directory")
        raise BadInput(WHAT, path, why, hint="resume it with --resume" if trained else "name a run or a model file")
    model, kept = _open_file(file), path / "model.keras"
    # As it was trained: the model file has lost the dropout.
    return replace(model, build_keras=lambda: _open_file(kept).build_keras()) if kept.exists() else model


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name of 300 characters; opening it will say so
        return False


def _open_file(file: Path) -> Model:
    model = opened_from(read_regular(file, limit=LARGEST_MODEL, what=WHAT), where=file)
    if writable_by_anyone(file):
        _log.warning("inkdigit: %s may be changed by any user of this machine; chmod o-w it", printable(file))
    return model


def _of_file(file: ModelFile, *, where: Path) -> Model:
    """Make a model of a checked file of inkdigit's own; only who asks for its layers has them read."""

    def read_layers() -> "Chain":
        from inkdigit.formats.from_onnx import chain_from_onnx

        return chain_from_onnx(file)

    def build_keras() -> "keras.Sequential":
        from inkdigit.formats.keras_chain import keras_from_chain

        return keras_from_chain(read_layers())

    network = Network(file, where=where)
    return Model(file.card.name, file.card, network, read_layers, build_keras, sha256(file.content), file)
