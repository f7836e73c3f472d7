"""A checked model file, run by ONNX Runtime.

In: a `ModelFile`, and ink (n, 28, 28). Out: the network's own probabilities, (n, classes). Knows nothing
of temperatures, of digits or of pictures.
"""

from typing import Any

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.formats.check import AGAIN, INPUT, OUTPUT, WHAT, ModelFile
from inkdigit.ort import onnxruntime
from inkdigit.types import Ink, Outputs

# Measured on two shared cores, a convnet of 198,000 weights: 185 us a frame in batches of 16 to 256, but memory
# grows with the batch, from 56 MB by 12 MB at 64 and by 84 MB at 256 frames.
BATCH = 64


class Network:
    """A network that is ready to answer; any number of threads may ask it at once.

    Args:
        file: What `check_model_file` returned.
        where: Where it came from, for messages.

    Raises:
        BadInput: ONNX Runtime refuses it, or it fails the self-test.
    """

    def __init__(self, file: ModelFile, *, where: object) -> None:
        self._classes = len(file.card.classes)
        try:
            self._session = session_of(file.content)
        except Exception as error:  # ONNX Runtime's exceptions share no public base
            raise BadInput(
                WHAT, where, "ONNX Runtime refuses it: its layers do not fit together", hint=AGAIN
            ) from error
        self._test_itself(where)

    def __call__(self, ink: Ink) -> Outputs:
        """Answer for each image, in batches.

        Args:
            ink: float32 (n, 28, 28), 0.0 paper, 1.0 ink.

        Returns:
            float32 (n, 10) or (n, 11), rows that add up to 1.
        """
        parts = [self._run(ink[start : start + BATCH]) for start in range(0, len(ink), BATCH)]
        return np.concatenate(parts) if parts else np.zeros((0, self._classes), np.float32)

    def _run(self, ink: Ink) -> Outputs:
        return np.asarray(self._session.run([OUTPUT], {INPUT: ink})[0])

    def _test_itself(self, where: object) -> None:
        """Check on a few images that a probability of each class comes out."""
        try:
            outputs = self._run(probe_ink())
        except Exception as error:
            raise BadInput(WHAT, where, "fails on images of 28x28 in 0..1", hint=AGAIN) from error
        # Written so that NaN is refused too.
        adds_up = outputs.shape[1:] == (self._classes,) and bool((np.abs(outputs.sum(axis=1) - 1) < 1e-3).all())
        if not (adds_up and bool((outputs >= 0).all())):
            why = f"does not answer with {self._classes} probabilities per image"
            raise BadInput(WHAT, where, why, hint=AGAIN)


def probe_ink() -> Ink:
    """Return four images, always the same: paper, ink, a gradient, stripes; `numpy.random` would take 10 ms to load."""
    gradient = np.arange(784, dtype=np.float32).reshape(28, 28) / np.float32(783)
    stripes = np.indices((28, 28)).sum(axis=0) % 3 == 0
    return np.stack([np.zeros_like(gradient), np.ones_like(gradient), gradient, stripes.astype(np.float32)])


def session_of(content: bytes) -> Any:
    """Load a checked file into ONNX Runtime, one thread; raises whatever ONNX Runtime raises."""
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 4  # what it has to say is in the exception
    # Measured: two threads are slower than one here (250 us a frame instead of 185), and idle ones would spin.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    # A plan of the memory for each number of frames it ever sees: 10 MB more and no faster.
    options.enable_mem_pattern = False
    # Without `enable_fallback=0` a failure would be printed to stdout.
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"], enable_fallback=0)
