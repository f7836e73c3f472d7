"""The model that a service runs, opened once; loaded beside the framework, of which it knows nothing."""

from pathlib import Path
from typing import NamedTuple

import numpy as np

from inkdigit.models import zoo
from inkdigit.models.model import Model
from inkdigit.models.open import open_model as open_named
from inkdigit.reader import Reader


class Served(NamedTuple):
    """A model that is ready to answer: a shipped name or that of its card, the reader, and what it reads with."""

    name: str
    reader: Reader
    model: Model


def open_model(model: str | Path | None = None) -> Served:
    """Open a model as `inkdigit.load` does, with the same errors, and read with it once: some code loads late."""
    name = str(model or zoo.NAMES[0])
    opened = open_named(name)
    reader = Reader(opened)
    # A stroke, as a digit and as a page: both load code when they are first called.
    paper = np.full((56, 56), 255, np.uint8)
    paper[12:44, 26:30] = 0
    reader.read_single(paper)
    reader.read(paper)
    return Served(name if name in zoo.NAMES else opened.card.name, reader, opened)
