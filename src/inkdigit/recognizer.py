"""Framed glyphs in, digits out: ONNX Runtime over a model file with its card.

In: a model file, and frames (n, 28, 28). Out: for each frame the ten probabilities, the digit, how sure,
and whether it is unsure. Knows nothing of pictures or of learning; loads neither Keras, JAX nor onnx.
"""

import json
from pathlib import Path

import numpy as np
import onnxruntime

from inkdigit.types import Ink, Predictions

BATCH = 256


class Recognizer:
    """A model file, ready to answer."""

    def __init__(self, path: Path) -> None:
        options = onnxruntime.SessionOptions()
        options.log_severity_level = 4
        self._session = onnxruntime.InferenceSession(
            path.read_bytes(), options, providers=["CPUExecutionProvider"], enable_fallback=0
        )
        card = json.loads(self._session.get_modelmeta().custom_metadata_map["inkdigit"])
        self._temperature, self._threshold = card["temperature"], card["threshold"]
        self._entry = self._session.get_inputs()[0].name

    def classify(self, ink: Ink) -> Predictions:
        """Recognise framed glyphs, float32 (n, 28, 28) in 0..1."""
        parts = [self._session.run(None, {self._entry: ink[i : i + BATCH]})[0] for i in range(0, len(ink), BATCH)]
        all_probabilities = np.concatenate(parts) if parts else np.zeros((0, 10), np.float32)
        logits = np.log(np.maximum(all_probabilities, 1e-30)) / self._temperature
        scaled = np.exp(logits - logits.max(axis=1, keepdims=True))
        probabilities = (scaled / scaled.sum(axis=1, keepdims=True))[:, :10].astype(np.float32)
        confidence = probabilities.max(axis=1)
        return Predictions(
            probabilities.argmax(axis=1).astype(np.uint8), confidence, confidence < self._threshold, probabilities
        )
