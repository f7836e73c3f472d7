"""Two networks small enough to be written twice: what they find and read means nothing, but both languages agree on it.

In: what the real networks are given. Out: maps and logits of the real shapes. The detector takes what is dark for
numbers, and faint bars for walls; the line recognizer makes characters of how much ink each place has.
"""

import math
from dataclasses import dataclass

import numpy as np

from inkdigit.architectures import BLANK, STEP


@dataclass(frozen=True)
class StubDetector:
    """Says that everything is written at one angle, radians clockwise."""

    angle: float

    def __call__(self, pictures: np.ndarray) -> np.ndarray:
        """Pictures (1, 1, height, width) to maps (1, 5, height / 4, width / 4)."""
        height, width = pictures.shape[2:]
        dark = -pictures[0, 0].reshape(height // STEP, STEP, width // STEP, STEP).mean(axis=(1, 3))
        maps = [3 * dark - 1, 0 * dark - 5, 6 - 12 * np.abs(dark - 0.5), 0 * dark + math.cos(self.angle),
                0 * dark + math.sin(self.angle)]  # fmt: skip
        return np.stack(maps)[None].astype(np.float32)


def stub_line(strips: np.ndarray) -> np.ndarray:
    """Strips (n, 1, 40, width) to logits (n, 18, 1, width / 4)."""
    n, _, height, width = strips.shape
    ink = strips.reshape(n, height, width // STEP, STEP).mean(axis=(1, 3))
    classes = np.arange(BLANK + 1)[None, :, None]
    # Nine classes from paper to ink, each place's own far above the others.
    logits: np.ndarray = 400 * np.cos((classes - 9 * ink[:, None]) * (2 * np.pi / (BLANK + 1)))
    return logits[:, :, None].astype(np.float32)
