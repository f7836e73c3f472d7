"""A Keras file: the bytes of a `.keras` or `.h5` file out of a Keras model, and a Keras model out of anybody's file.

In: a Keras model, or the bytes of a file. Out: a file that plain Keras opens on any backend, the same bytes for the
same model; or a model that is safe to run. The layers named in a file are checked before Keras sees it: those that
carry code (Lambda and its kin) are refused, and Keras' own safe mode stands behind that. Knows nothing of cards, of
ONNX, nor of what the model is for.
"""

import contextlib
import functools
import io
import json
import logging
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import h5py

from inkdigit.backend import keras
from inkdigit.errors import BadInput, CannotWrite
from inkdigit.files import cannot_write, write_whole
from inkdigit.formats.check import LARGEST_MODEL, WHAT
from inkdigit.formats.hdf5 import SAVE_AGAIN, copy_of, open_copy, text_of, weights_of
from inkdigit.formats.old_keras import build_old

ENDINGS = (".keras", ".h5")
CODE = frozenset({"Lambda", "__lambda__", "TorchModuleWrapper", "TFSMLayer", "JaxLayer", "FlaxLayer"})
BESIDE = "put its description (model.to_json()) beside it, as model.json, or save all of it with model.save"

# By it Keras knows a part that several layers share; only which are equal counts.
SHARED = re.compile(rb'("shared_object_id": )(\d+)')


def open_keras(content: bytes, *, where: object) -> keras.Model:
    """Open a Keras file that is held in memory; nothing that is kept in it can run.

    Args:
        content: The whole of a `.keras` or an `.h5` file; which of them, its first bytes say. A stranger's goes through
            `without_hdf5_of_strangers` first.
        where: Where it came from, for messages.

    Returns:
        The model, not compiled.

    Raises:
        BadInput: Damaged, with code inside, or with layers that Keras does not know.
    """
    if not content.startswith(b"PK"):
        return _open_h5(content, where=where)
    _refuse_code(_read_config(content, where=where), where=where)
    return _load(content, where=where)


def _open_h5(content: bytes, *, where: object) -> keras.Model:
    """Open an `.h5` file: of Keras 3 by Keras, of an older one by what it says."""
    with open_copy(content) as file:
        text = text_of(file, "model_config")
        if text is None:
            if "layer_names" in file.attrs:
                raise BadInput(WHAT, where, "holds weights alone", hint=BESIDE)
            raise BadInput(WHAT, where, "holds no Keras model", hint=SAVE_AGAIN)
        config = _parsed(text, where=where)
        _refuse_code(config, where=where)
        if (text_of(file, "keras_version") or "2").startswith("3"):
            return _load(content, where=where)
        if "model_weights" not in file:
            raise BadInput(WHAT, where, "holds no weights", hint=SAVE_AGAIN)
        return build_old(config, partial(weights_of, file["model_weights"]), where=where)


def open_with_weights(description: str, weights: bytes, *, where: object) -> keras.Model:
    """Open a network whose description and weights are two files, as `to_json` and `save_weights` write them.

    Args:
        description: JSON.
        weights: An `.h5` file.
        where: Where it came from, for messages.

    Raises:
        BadInput: As `open_keras`.
    """
    config = _parsed(description, where=where)
    _refuse_code(config, where=where)
    with open_copy(copy_of(weights, where=where)) as file:
        return build_old(config, partial(weights_of, file.get("model_weights", file)), where=where)


def _parsed(text: str, *, where: object) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadInput(WHAT, where, "is damaged: its layers are described in broken JSON", hint=SAVE_AGAIN) from error


def without_hdf5_of_strangers(content: bytes, *, where: object) -> bytes:
    """Return a Keras file with the same parts, whose HDF5 was looked through and written anew; see `hdf5`.

    Args:
        content: The whole of a `.keras` or an `.h5` file.
        where: Where it came from, for messages.

    Raises:
        BadInput: It is damaged, or its HDF5 reaches outside itself or declares more than it holds.
    """
    if not content.startswith(b"PK"):
        return copy_of(content, where=where)
    parts = _members(content, where=where)
    _parsed(parts["config.json"].decode("utf-8", "replace"), where=where)
    parts["model.weights.h5"] = copy_of(parts["model.weights.h5"], where=where)
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return result.getvalue()


PARTS = ("config.json", "metadata.json", "model.weights.h5")
"""Of a `.keras` file; of anything else in it, a vocabulary for instance, no network for pictures has need."""


def _members(content: bytes, *, where: object) -> dict[str, bytes]:
    """The parts of a `.keras` file, once it is known what it unpacks to."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(member.file_size for member in archive.infolist()) > LARGEST_MODEL:
                raise BadInput(WHAT, where, f"unpacks to more than the limit of {LARGEST_MODEL:,} bytes")
            return {name: archive.read(name) for name in PARTS}
    except KeyError as error:
        raise BadInput(WHAT, where, "holds no Keras model (weights alone, or another kind of archive)",
                       hint=SAVE_AGAIN) from error  # fmt: skip
    except (OSError, ValueError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise BadInput(WHAT, where, "is damaged or ends early", hint=SAVE_AGAIN) from error


def _read_config(content: bytes, *, where: object) -> Any:
    """Read the description of the layers of a `.keras` file, without building anything."""
    return _parsed(_members(content, where=where)["config.json"].decode("utf-8", "replace"), where=where)


def _refuse_code(config: Any, *, where: object) -> None:
    """Refuse layers that run code kept in the file, and objects from anywhere but Keras."""
    for part in _objects(config):
        name, module = part.get("class_name"), part.get("module")
        if name in CODE:
            kind = "Lambda" if name == "__lambda__" else name
            raise BadInput(WHAT, where, f"has a {kind} layer, which runs code kept in the file",
                           hint="replace it by a built-in layer and save the model again")  # fmt: skip
        if str(module or "keras").split(".")[0] != "keras":
            raise BadInput(WHAT, where, f"has a part {name} that is not Keras' own",
                           hint="replace it by a built-in layer and save the model again")  # fmt: skip


def _objects(config: Any) -> Iterator[dict[str, Any]]:
    """Yield every description of an object, outermost first; how the model was compiled is never read."""
    waiting = [config]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            if "class_name" in part:
                yield part
            waiting.extend(value for key, value in part.items() if key != "compile_config")
        elif isinstance(part, list):
            waiting.extend(part)


def _load(content: bytes, *, where: object) -> Any:
    """Let Keras open a private copy, named for what it is, so that no one can swap the checked file."""
    with tempfile.TemporaryDirectory(prefix="inkdigit-") as folder:
        copy = Path(folder) / ("model.keras" if content.startswith(b"PK") else "model.h5")
        copy.write_bytes(content)
        try:
            return keras.saving.load_model(copy, safe_mode=True, compile=False)
        except Exception as error:  # Keras raises whatever its layers raise
            raise BadInput(WHAT, where, "Keras cannot rebuild it: it is damaged, or made by an older version",
                           hint=SAVE_AGAIN) from error  # fmt: skip


def write_keras(model: keras.Model, path: Path) -> None:
    """Save a model in the format that the ending of `path` names.

    Args:
        model: Made of Keras' own layers, losses and metrics; an optimizer it is compiled with is saved too.
        path: Ends with ".keras" (a zip of the layers as JSON and the weights) or ".h5" (the form that
            older Keras and the TensorFlow.js converter read). An older file of that name is replaced.

    Raises:
        CannotWrite: Another ending, or the place cannot be written.
    """
    if path.suffix not in ENDINGS:
        raise CannotWrite("cannot write", path, f'expected a name that ends with .keras or .h5, got "{path.suffix}"')
    try:
        write_whole(path, keras_bytes(model, path.suffix, folder=path.parent, name=path.name))
    except OSError as error:
        raise cannot_write(path, error) from error


def keras_bytes(
    model: keras.Model,
    ending: str,
    *,
    notes: Mapping[str, object] | None = None,
    folder: Path | None = None,
    name: str = "inkdigit",
) -> bytes:
    """Return the file that Keras saves, without the time at which it did.

    Args:
        model: As for `write_keras`.
        ending: ".keras" or ".h5".
        notes: What the file shall say beside the model, as JSON values: in "metadata.json" of a `.keras` file, in
            attributes of an `.h5` file. Keras reads neither.
        folder: Where Keras writes its draft, if not among the temporary files.
        name: How the name of the draft begins.

    Raises:
        OSError: The draft cannot be written.
    """
    # Keras chooses the format by the name and writes in place, so it writes beside.
    with tempfile.TemporaryDirectory(dir=folder, prefix=f".{name}.") as place, _without_legacy_note():
        draft = Path(place) / f"model{ending}"
        model.save(draft)
        if ending == ".keras":
            return _timeless(draft.read_bytes(), notes or {})
        with h5py.File(draft, "a") as file:
            for key, value in (notes or {}).items():
                file.attrs[key] = json.dumps(value)
        return draft.read_bytes()


def _timeless(content: bytes, notes: Mapping[str, object]) -> bytes:
    """The same archive with other metadata, and with nothing of the moment in which it was written: the day of every
    part is the first that a zip can name, and what has the address of an object as its number is numbered anew.
    """
    result = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as archive, zipfile.ZipFile(result, "w") as copy:
        for member in archive.infolist():
            data = archive.read(member)
            if member.filename == "metadata.json":
                metadata = json.loads(data)
                metadata.pop("date_saved", None)
                data = json.dumps(metadata | notes).encode()
            elif member.filename == "config.json":
                data = SHARED.sub(functools.partial(_renumbered, seen={}), data)
            copy.writestr(zipfile.ZipInfo(member.filename), data)
    return result.getvalue()


def _renumbered(found: re.Match[bytes], seen: dict[bytes, int]) -> bytes:
    return found[1] + str(seen.setdefault(found[2], len(seen) + 1)).encode()


@contextlib.contextmanager
def _without_legacy_note() -> Iterator[None]:
    """Silence Keras' advice against .h5, which was asked for, and nothing else that it logs."""
    logger = logging.getLogger("absl")
    logger.addFilter(_is_no_legacy_note)
    try:
        yield
    finally:
        logger.removeFilter(_is_no_legacy_note)


def _is_no_legacy_note(record: logging.LogRecord) -> bool:
    return "saving your model as an HDF5 file" not in record.getMessage()
