"""Any model a user may point at, opened as one thing that can be evaluated.

In: a run directory, an `.onnx` file, or somebody's `.keras` or `.h5` file. Out: an `OpenModel`.
The file is read once and judged by its first bytes, never by its name; nothing in it may run.
Knows nothing of data or of metrics. ONNX files are opened without Keras, Keras files without ONNX.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.files import read_regular
from inkdigit.formats.check import WHAT, another_kind
from inkdigit.shapes import Float32
from inkdigit.types import Images, Ink, Outputs, Probabilities

LARGEST = 1 << 30
BATCH = 1000


FirstLayer = Float32[np.ndarray, "units 28 28"]
"""Weights from every pixel to each unit."""


@dataclass(frozen=True, eq=False)
class OpenModel:
    """A model that is ready to answer.

    Args:
        name: The card's name, or the file's.
        predict: Grey levels in, the network's own probabilities out (before any temperature); of a network
            with an eleventh class, "no digit", which digit it is given that it is one.
        temperature: That of the card, fitted on held-out images; 1.0 if none.
        parameters: Number of trained weights.
        first_layer: Weights from every pixel to each unit, float32 (units, 28, 28); None when the
            first layer with weights is not a dense layer on the pixels.
    """

    name: str
    predict: Callable[[Images], Probabilities]
    temperature: float
    parameters: int
    first_layer: FirstLayer | None


def open_model(path: Path) -> OpenModel:
    """Open a run directory, an `.onnx`, a `.keras` or an `.h5` file.

    Args:
        path: What the user named. Of a run directory its `model.onnx` is used.

    Raises:
        BadInput: Missing, unreadable, no model, of the wrong shape, or with code inside.
    """
    if path.is_dir():
        return _open_run(path)
    content = read_regular(path, limit=LARGEST, what=WHAT)
    if content.startswith((b"PK\x03\x04", b"\x89HDF\r\n\x1a\n")):
        from inkdigit.models import keras_file

        return keras_file.open_keras(content, path=path)
    if refusal := another_kind(content):
        raise BadInput(WHAT, path, refusal, hint="give a run directory, or an .onnx, .keras or .h5 file")
    from inkdigit.models import onnx_file

    return onnx_file.open_onnx(content, path=path)


def _open_run(folder: Path) -> OpenModel:
    file = folder / "model.onnx"
    if not file.is_file():
        trained = (folder / "run.json").exists()
        why = "has no model.onnx" + (": the training did not finish" if trained else ", so it is no run directory")
        raise BadInput(WHAT, folder, why, hint="resume it with --resume" if trained else "name a run or a model file")
    return open_model(file)


def in_batches(answer: Callable[[Ink], Outputs], images: Images, *, scale: float) -> Outputs:
    """Ask `answer` for all images, a thousand at a time.

    Args:
        answer: Maps ink (n, 28, 28) to outputs (n, 10) or (n, 11).
        images: Grey levels.
        scale: What to divide the grey levels by: 255 for ink 0..1.
    """
    parts = [answer(images[i : i + BATCH].astype(np.float32) / np.float32(scale)) for i in range(0, len(images), BATCH)]
    return np.concatenate(parts) if parts else np.zeros((0, 10), np.float32)


def of_digits(outputs: Outputs) -> Probabilities:
    """Answer which digit it is, given that it is one: evaluation has images of digits only.

    Args:
        outputs: Probabilities of ten classes, or of eleven, the last of which means "no digit" and is left out.

    >>> of_digits(np.array([[0.0] * 8 + [0.1, 0.3, 0.6]], np.float32)).round(2)[0, 8:].tolist()
    [0.25, 0.75]
    """
    if outputs.shape[1] == 10:
        return outputs
    digits = np.maximum(outputs[:, :10], 1e-30)  # all ten are 0.0 where the network is sure that it is no digit
    return np.asarray(digits / digits.sum(axis=1, keepdims=True), np.float32)


def probe_images() -> Images:
    """Return eight images to try a model on: paper, full ink, and noise that is always the same."""
    noise = np.random.default_rng(0).integers(0, 256, (6, 28, 28), np.uint8)
    return np.concatenate([np.zeros((1, 28, 28), np.uint8), np.full((1, 28, 28), 255, np.uint8), noise])
