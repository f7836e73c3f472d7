"""Pages with a known truth, and a recognizer that needs no model: for the tests of reading.

A page is written with `strokes.draw`; the recognizer compares with framed strokes of other seeds.
"""

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from jaxtyping import Float32, UInt8

from inkdigit.data.strokes import draw, strokes
from inkdigit.types import Box, Ink, Predictions

PAPER, PEN = 225.0, 60.0

Pixels = UInt8[np.ndarray, "height width"]


@dataclass(frozen=True, eq=False)
class WrittenPage:
    """A picture and where each digit was written in it, line by line."""

    pixels: Pixels
    boxes: tuple[tuple[Box, ...], ...]


def write_page(
    lines: list[str],
    *,
    seed: int = 0,
    height: int = 40,
    gap: float = 0.25,
    pitch: float = 2.0,
    margin: int = 60,
    wildness: float = 0.2,
) -> WrittenPage:
    """Write lines of digits; a space is a wide gap.

    Args:
        lines: What to write.
        seed: Decides the hand.
        height: Of a digit, pixels.
        gap: Between two digits, digit heights.
        pitch: From line to line, digit heights.
        margin: Of paper around, pixels.
        wildness: Of the hand, see `draw`.
    """
    random = np.random.default_rng(seed)
    glyphs = [[draw(int(c), random=random, height=height, wildness=wildness) if c != " " else None for c in line]
              for line in lines]  # fmt: skip
    boxes, placed = [], []
    for row, line in enumerate(glyphs):
        x, y, here = float(margin), margin + round(row * pitch * height), []
        for glyph in line:
            if glyph is None:
                x += 1.5 * height
                continue
            here.append((round(x), y, glyph.shape[1], height))
            placed.append((here[-1], glyph))
            x += glyph.shape[1] + gap * height
        boxes.append(tuple(here))
    width = max((x + w for line in boxes for x, _, w, _ in line), default=0) + margin
    ink = np.zeros((2 * margin + round((len(lines) - 1) * pitch * height) + height, width), np.float32)
    for (x, y, w, h), glyph in placed:
        part = ink[y : y + h, x : x + w]
        np.maximum(part, glyph, out=part)
    return WrittenPage(on_paper(ink), tuple(boxes))


def on_paper(ink: Float32[np.ndarray, "height width"]) -> Pixels:
    """Grey paper, dark pen."""
    return np.rint(PAPER + (PEN - PAPER) * ink).astype(np.uint8)


@cache
def _known() -> tuple[Float32[np.ndarray, "n 784"], UInt8[np.ndarray, " n"]]:
    """Framed strokes, softened, each of length 1."""
    digits = strokes(2500, seed=77)
    return _features(digits.ink), digits.labels


def _features(ink: Ink) -> Float32[np.ndarray, "n 784"]:
    soft = np.stack([cv2.GaussianBlur(frame, (0, 0), 1.0) for frame in ink]).reshape(len(ink), 784)
    return soft / np.maximum(np.linalg.norm(soft, axis=1, keepdims=True), 1e-6)


def classify(ink: Ink) -> Predictions:
    """Recognise by the nearest known stroke; what is like none is no digit."""
    known, labels = _known()
    alike = _features(ink) @ known.T if len(ink) else np.zeros((0, len(labels)), np.float32)
    best = np.stack([alike[:, labels == digit].max(axis=1, initial=0) for digit in range(10)], axis=1)
    among = np.exp(40 * (best - best.max(axis=1, keepdims=True)))
    is_digit = 1 / (1 + np.exp(-40 * (best.max(axis=1, keepdims=True) - 0.88)))
    probabilities = (among / among.sum(axis=1, keepdims=True) * is_digit).astype(np.float32)
    confidence = probabilities.max(axis=1, initial=0)
    return Predictions(probabilities.argmax(axis=1).astype(np.uint8), confidence, confidence < 0.5, probabilities)
