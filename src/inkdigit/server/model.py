"""The model that a service runs, opened once; loaded beside the framework, of which it knows nothing."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from inkdigit.formats.check import ModelFile
from inkdigit.models import zoo
from inkdigit.models.recognizer import open_recognizer
from inkdigit.reader import Reader, model_path


class Served(NamedTuple):
    """A model that is ready to answer: a shipped name or that of its card, the reader, and the checked bytes."""

    name: str
    reader: Reader
    file: ModelFile


def open_model(model: str | Path | None = None) -> Served:
    """Open a model as `inkdigit.load` does, with the same errors; what happens to its file afterwards changes nothing.

    It reads a first picture, so that the first client does not wait for what loads late.
    """
    recognizer = open_recognizer(model_path(model))
    reader, name = Reader(recognizer), str(model or zoo.NAMES[0])
    # A stroke, as a digit and as a page: both load code when they are first called.
    paper = np.full((56, 56), 255, np.uint8)
    paper[12:44, 26:30] = 0
    reader.read_single(paper)
    reader.read(paper)
    return Served(name if name in zoo.NAMES else recognizer.card.name, reader, recognizer.file)
