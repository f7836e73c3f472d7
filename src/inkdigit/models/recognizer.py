"""Framed glyphs in, digits out: a model file and the honesty that its card adds.

In: a model file or a run directory, and frames (n, 28, 28). Out: for each frame the ten probabilities, the
digit, how sure, and whether it is unsure. Knows nothing of pictures or of learning; loads neither Keras,
JAX nor onnx.
"""

import logging
from pathlib import Path

import numpy as np

from inkdigit.errors import BadInput, printable
from inkdigit.files import read_regular, writable_by_anyone
from inkdigit.formats.card import DIGITS
from inkdigit.formats.check import WHAT, ModelFile, check_model_file
from inkdigit.models.runtime import Network
from inkdigit.types import Card, Ink, Outputs, Predictions, Probabilities

_log = logging.getLogger(__name__)

LARGEST = 64 << 20
"""Bytes of a model file that is opened for reading; the largest shipped one has 12.2 MB."""


class Recognizer:
    """A model file, ready to answer; any number of threads may ask it at once.

    Args:
        file: A checked model file.
        where: Where it came from, for messages.

    Raises:
        BadInput: ONNX Runtime refuses it, or it fails its self-test.
    """

    def __init__(self, file: ModelFile, *, where: object = "the model") -> None:
        self._network = Network(file, where=where)
        self.file = file
        self.card: Card = file.card
        self.sha256: str = file.sha256

    def classify(self, ink: Ink) -> Predictions:
        """Recognise framed glyphs.

        Args:
            ink: float32 (n, 28, 28), framed as `images.frame` does, 0.0 paper, 1.0 ink.

        Returns:
            Calibrated predictions; unsure is also what is likelier no digit than any one digit.
        """
        classes = calibrated(self._network(ink), temperature=self.card.temperature)
        probabilities: Probabilities = np.ascontiguousarray(classes[:, : len(DIGITS)])
        confidence = probabilities.max(axis=1)
        unsure = (confidence < self.card.threshold) | (classes.max(axis=1) > confidence)
        return Predictions(probabilities.argmax(axis=1).astype(np.uint8), confidence, unsure, probabilities)


def open_recognizer(path: Path) -> Recognizer:
    """Open an `.onnx` file that inkdigit wrote, or the one of a run directory.

    The file is read once; what happens to it afterwards changes nothing. One that any user of the machine may
    write to is opened with a warning in the log, which goes to stderr.

    Raises:
        BadInput: Missing, no regular file, too large, or refused by `check_model_file`.
    """
    file = path / "model.onnx" if _is_folder(path) else path
    if file != path and not file.exists():
        raise BadInput(WHAT, path, "has no model.onnx", hint="name a run whose training finished, or an .onnx file")
    content = read_regular(file, limit=LARGEST, what=WHAT)
    recognizer = Recognizer(check_model_file(content, where=file), where=file)
    if writable_by_anyone(file):
        _log.warning("inkdigit: %s may be changed by any user of this machine; chmod o-w it", printable(file))
    return recognizer


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:  # a name of 300 characters; opening it will say so
        return False


def calibrated(outputs: Outputs, *, temperature: float) -> Outputs:
    """Divide the log-probabilities by a temperature, over all classes.

    Method: Guo et al., "On Calibration of Modern Neural Networks", 2017, section 4.2.

    Args:
        outputs: float32 (n, classes), rows that add up to 1.
        temperature: Above 0; more than 1 makes less sure.

    >>> (100 * calibrated(np.array([[0.2, 0.8]], np.float32), temperature=0.5)).round().tolist()
    [[6.0, 94.0]]
    """
    # The smallest float32 there is stands for 0, whose logarithm is not finite.
    logits = np.log(np.maximum(outputs, np.finfo(np.float32).tiny)).astype(np.float64)
    with np.errstate(over="ignore"):  # at the temperature 1e-310, an unlikely class is -inf, and its power 0
        powers = np.exp((logits - logits.max(axis=1, keepdims=True)) / temperature)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
