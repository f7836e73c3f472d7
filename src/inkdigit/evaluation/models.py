"""Any model a user may point at, opened as one thing that can be evaluated.

In: a run directory, an `.onnx` file, or somebody's `.keras` or `.h5` file. Out: an `OpenModel`.
The file is read once and judged by its first bytes, never by its name; nothing in it may run.
Knows nothing of data or of metrics. ONNX files are opened without Keras, Keras files without ONNX.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float32

from inkdigit.errors import BadInput
from inkdigit.files import read_regular
from inkdigit.types import Images, Ink, Probabilities

WHAT = "cannot open model"
LARGEST = 1 << 30
BATCH = 1000

FirstLayer = Float32[np.ndarray, "units 28 28"]
"""Weights from every pixel to each unit."""


@dataclass(frozen=True, eq=False)
class OpenModel:
    """A model that is ready to answer.

    Args:
        name: The card's name, or the file's.
        predict: Grey levels in, the network's own probabilities out (before any temperature).
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
        from inkdigit.evaluation import keras_file

        return keras_file.open_keras(content, path=path)
    if not content or (refusal := _refusal(content)):
        raise BadInput(WHAT, path, refusal if content else "is empty",
                       hint="give a run directory, or an .onnx, .keras or .h5 file")  # fmt: skip
    from inkdigit.evaluation import onnx_file

    return onnx_file.open_onnx(content, path=path)


def _open_run(folder: Path) -> OpenModel:
    file = folder / "model.onnx"
    if not file.is_file():
        trained = (folder / "run.json").exists()
        why = "has no model.onnx" + (": the training did not finish" if trained else ", so it is no run directory")
        raise BadInput(WHAT, folder, why, hint="resume it with --resume" if trained else "name a run or a model file")
    return open_model(file)


def _refusal(content: bytes) -> str:
    """Name what is surely not a model, by its first bytes; nothing is parsed."""
    if content[:1] == b"\x80" and content[1:2] <= b"\x05":
        return "is a Python pickle, which could run code when opened"
    if content.lstrip()[:1] in {b"<", b"{", b"["}:
        return "is text (HTML or JSON), not a model"
    return ""


def in_batches(answer: Callable[[Ink], Probabilities], images: Images, *, scale: float) -> Probabilities:
    """Ask `answer` for all images, a thousand at a time.

    Args:
        answer: Maps ink (n, 28, 28) to probabilities (n, 10).
        images: Grey levels.
        scale: What to divide the grey levels by: 255 for ink 0..1.
    """
    parts = [answer(images[i : i + BATCH].astype(np.float32) / np.float32(scale)) for i in range(0, len(images), BATCH)]
    return np.concatenate(parts) if parts else np.zeros((0, 10), np.float32)


def probe_images() -> Images:
    """Return eight images to try a model on: paper, full ink, and noise that is always the same."""
    noise = np.random.default_rng(0).integers(0, 256, (6, 28, 28), np.uint8)
    return np.concatenate([np.zeros((1, 28, 28), np.uint8), np.full((1, 28, 28), 255, np.uint8), noise])
