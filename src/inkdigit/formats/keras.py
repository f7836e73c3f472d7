"""A network as a file of Keras' own, for programs that do not have this package.

In: a Keras model. Out: a `.keras` or `.h5` file that plain Keras opens on any backend, the same bytes for the same
model. Also runs a model, to see that a file answers as it should. Knows nothing of cards or of ONNX.
"""

import contextlib
import functools
import io
import json
import logging
import re
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import h5py
import jax
import keras
import numpy as np

from inkdigit.errors import CannotWrite
from inkdigit.files import cannot_write, write_whole
from inkdigit.formats.from_keras import pixel_scale
from inkdigit.types import Ink, Outputs

ENDINGS = (".keras", ".h5")

# By it Keras knows a part that several layers share; only which are equal counts.
SHARED = re.compile(rb'("shared_object_id": )(\d+)')


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


def run_keras(model: keras.Model, ink: Ink, *, scale: float | None = None) -> Outputs:
    """Answer with a model, in whatever shape it takes its pictures.

    Args:
        model: Takes (28, 28), (28, 28, 1) or (784,).
        ink: float32 (n, 28, 28), 0.0 paper, 1.0 ink.
        scale: What the ink is multiplied by; what the first layers of a `keras.Sequential` ask for, if not given.
    """
    # Compiled whole, 0.07 s for 784-512-512-10 and 0.15 s for a small convnet; called layer by layer, JAX
    # would compile every operation by itself, 0.3 s and 0.7 s. "highest": on a GPU, JAX may otherwise
    # multiply in TF32, which is good for three digits.
    scale = pixel_scale(model) if scale is None else scale
    pixels = (ink * np.float32(scale)).reshape(len(ink), *model.inputs[0].shape[1:])
    with jax.default_matmul_precision("highest"):
        return np.asarray(model.predict_on_batch(pixels), np.float32)


def open_bytes(content: bytes) -> keras.Model:
    """Open a Keras file that is held in memory; nothing that is kept in it can run.

    Args:
        content: Of a `.keras` or an `.h5` file; which of them, its first bytes say.
    """
    with tempfile.TemporaryDirectory(prefix="inkdigit-") as folder:
        copy = Path(folder) / ("model.keras" if content.startswith(b"PK") else "model.h5")
        copy.write_bytes(content)
        return keras.saving.load_model(copy, safe_mode=True, compile=False)


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
