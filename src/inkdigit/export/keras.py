"""A network as a file of Keras' own, for programs that do not have this package.

In: a Keras model and a path. Out: a `.keras` or `.h5` file that plain Keras opens on any backend.
Knows nothing of cards or of ONNX.
"""

import contextlib
import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import keras

from inkdigit.errors import CannotWrite
from inkdigit.files import cannot_write, write_whole


def write_keras(model: keras.Model, path: Path) -> None:
    """Save a model in the format that the ending of `path` names.

    Args:
        model: Made of Keras' own layers, losses and metrics; an optimizer it is compiled with is saved too.
        path: Ends with ".keras" (a zip of the layers as JSON and the weights) or ".h5" (the form that
            older Keras and the TensorFlow.js converter read). An older file of that name is replaced.

    Raises:
        CannotWrite: Another ending, or the place cannot be written.
    """
    if path.suffix not in (".keras", ".h5"):
        raise CannotWrite("cannot write", path, f'expected a name that ends with .keras or .h5, got "{path.suffix}"')
    try:
        # Keras chooses the format by the name and writes in place, so it writes beside and the whole is renamed.
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=f".{path.name}.") as folder, _without_legacy_note():
            draft = Path(folder) / f"model{path.suffix}"
            model.save(draft)
            write_whole(path, draft.read_bytes())
    except OSError as error:
        raise cannot_write(path, error) from error


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
