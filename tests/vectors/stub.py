"""A recognizer small enough for a golden file: 784 - 24 - 11, weights of eight bits, trained on strokes.

In: nothing to train it; its record to open it. Out: a function from frames to predictions. Both languages compute it
from the same numbers, so the pages they read with it must be the same. It is no good recognizer: nine strokes in ten.
"""

import base64
import zlib
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from inkdigit.data.strokes import draw, strokes
from inkdigit.frame import view_of
from inkdigit.types import Ink, Predictions

HIDDEN, THRESHOLD = 24, 0.6
NO_DIGIT = 10

Record = dict[str, Any]


def train() -> Record:
    """Fit the recognizer to synthetic digits, and to pairs and halves of them, which are none."""
    from sklearn.neural_network import MLPClassifier

    digits = strokes(12000, seed=31)
    others = np.stack(list(_others(5000)))
    frames = np.concatenate([digits.ink, others]).reshape(-1, 784)
    labels = np.concatenate([digits.labels, np.full(len(others), NO_DIGIT)])
    made = MLPClassifier((HIDDEN,), alpha=1e-2, max_iter=60, tol=1e-3, early_stopping=True, random_state=0).fit(
        frames, labels
    )
    return {
        "threshold": THRESHOLD,
        "hidden": HIDDEN,
        "layers": [_rounded(kernel, bias) for kernel, bias in zip(made.coefs_, made.intercepts_, strict=True)],
    }


def _others(n: int) -> Iterator[np.ndarray]:
    """Frames of two digits side by side, and of the left or the right half of one."""
    random = np.random.default_rng(32)
    for index in range(n):
        one, other = (draw(int(digit), random=random, height=40) for digit in random.integers(0, 10, 2))
        half = one.shape[1] // 2 + 1
        kinds = (np.hstack([one, other]), one[:, :half], one[:, half:])
        yield view_of(np.ascontiguousarray(kinds[index % 3]))


def _rounded(kernel: np.ndarray, bias: np.ndarray) -> Record:
    step = float(np.abs(kernel).max()) / 127
    levels = np.rint(kernel / step).astype(np.int8)
    return {"step": step, "kernel": coded(levels), "bias": [round(float(value), 5) for value in bias]}


def open_stub(record: Record) -> Callable[[Ink], Predictions]:
    """The recognizer of a record; everything is reckoned with 64 bits."""
    (kernel, bias), (out, shift) = (
        (
            layer["step"] * np.frombuffer(bytes_of(layer["kernel"]), np.int8).reshape(shape).astype(np.float64),
            np.array(layer["bias"]),
        )
        for layer, shape in zip(record["layers"], [(784, record["hidden"]), (record["hidden"], 11)], strict=True)
    )

    def classify(ink: Ink) -> Predictions:
        hidden = np.maximum(ink.reshape(-1, 784).astype(np.float64) @ kernel + bias, 0)
        powers = np.exp(hidden @ out + shift)
        classes = (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)
        probabilities = np.ascontiguousarray(classes[:, :NO_DIGIT])
        confidence = probabilities.max(axis=1, initial=0)
        unsure = (confidence < record["threshold"]) | (classes[:, NO_DIGIT] > confidence)
        return Predictions(probabilities.argmax(axis=1).astype(np.uint8), confidence, unsure, probabilities)

    return classify


def coded(values: np.ndarray) -> str:
    """Numbers as text: base64 of a zlib stream."""
    return base64.b64encode(zlib.compress(values.tobytes(), 9)).decode()


def bytes_of(text: str) -> bytes:
    """The other way round."""
    return zlib.decompress(base64.b64decode(text))
