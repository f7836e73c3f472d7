"""The model that a service runs, opened once.

In: a name, a file or a run directory. Out: a `Served`: the reader, and the checked bytes it was made of. What
happens to the file afterwards changes nothing. Knows nothing of HTTP.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inkdigit.formats.check import ModelFile
from inkdigit.models import zoo
from inkdigit.models.recognizer import open_recognizer
from inkdigit.reader import Reader, model_path


@dataclass(frozen=True, eq=False)
class Served:
    """A model that is ready to answer.

    Args:
        name: What it is called: a shipped name, or the name of its card.
        reader: Reads with it.
        file: The bytes it was made of, with its card and digest.
    """

    name: str
    reader: Reader
    file: ModelFile


def open_model(model: str | Path | None = None) -> Served:
    """Open a model and read a first picture with it, so that the first client does not wait for what loads late.

    Args:
        model: As for `inkdigit.load`: "cnn" (the default) or "mlp", an `.onnx` file, or a run directory.

    Raises:
        UsageError: There is no model of that name.
        BadInput: The file cannot be used.
    """
    recognizer = open_recognizer(model_path(model))
    reader, name = Reader(recognizer), str(model or zoo.NAMES[0])
    # A stroke, as a digit and as a page: both load code when they are first called.
    paper = np.full((56, 56), 255, np.uint8)
    paper[12:44, 26:30] = 0
    reader.read_single(paper)
    reader.read(paper)
    return Served(name if name in zoo.NAMES else recognizer.card.name, reader, recognizer.file)
