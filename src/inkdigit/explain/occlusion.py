"""Which ink decides: hide a little of it, and see what the recognizer then says.

In: a frame and a recognizer as a function. Out: for each pixel how much the ink there speaks for the answer,
and the one spot that matters most. Knows nothing of the network but its answers.

Method: Zeiler and Fergus, "Visualizing and Understanding Convolutional Networks", 2014, section 4.2, with
paper in place of their grey square. The effect is the fall of the log-odds, as Robnik-Sikonja and Kononenko,
"Explaining Classifications For Individual Instances", 2008: probabilities near 1 hardly move, log-odds do.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inkdigit.frame import SIDE
from inkdigit.shapes import Float32, Float64
from inkdigit.types import Ink, Predictions

Frame = Float32[np.ndarray, "28 28"]

WINDOW = np.array([0.5, 1.0, 1.0, 1.0, 0.5], np.float32)
"""How much ink is hidden across a patch: as wide as a pen stroke and half, soft at the edges, where a hard one
would draw corners that are no part of any digit."""

STRIDE = 2
LEAST_INK = 0.5
"""Pixels of ink that a patch must hide to be tried."""

CERTAIN = 1e-6
"""Nearer to 0 or 1 no probability is taken seriously: float32 has no more digits there."""


@dataclass(frozen=True)
class Spot:
    """The patch of ink that matters most.

    Args:
        row, column: Its centre in the frame, 0 to 27.
        place: Where in the glyph that is: "top left", "middle".
        effect: By how many nats the log-odds of the answer fall without it; below 0 where all ink is against it.
        digit: What is read without it.
        confidence: How likely that is then.
        unsure: Whether that would be unsure.
    """

    row: int
    column: int
    place: str
    effect: float
    digit: int
    confidence: float
    unsure: bool


@dataclass(frozen=True, eq=False)
class Occlusion:
    """What hiding ink told.

    Args:
        influence: float32 (28, 28), nats of log-odds: above 0 the ink there speaks for the answer, below 0
            against it, 0 where there is no ink near.
        decisive: The patch without which the answer suffers most.
        rival: The second likeliest digit.
        separating: Where the patch lies that most tells the answer from the rival.
    """

    influence: Frame
    decisive: Spot
    rival: int
    separating: str


def occlude(frame: Frame, whole: Predictions, classify: Callable[[Ink], Predictions]) -> Occlusion:
    """Hide the ink patch by patch, about a hundred times, and ask for an answer each time.

    Args:
        frame: float32 (28, 28), 0.0 paper, 1.0 ink; not all paper.
        whole: What the recognizer says of the frame, of length 1.
        classify: The recognizer; asked once, with all variants.

    Returns:
        The same for the same frame and recognizer.
    """
    windows, centres = _windows(frame)
    hidden = classify(frame * (1 - windows))  # (n, 28, 28): the frame with each patch set to paper
    answer = int(whole.digit[0])
    odds = _log_odds(whole.probabilities)[0, answer] - _log_odds(hidden.probabilities)[:, answer]
    rival = _second(whole.probabilities[0], answer)
    ratio = _log_ratio(whole, answer, rival)[0] - _log_ratio(hidden, answer, rival)
    most, between = int(np.argmax(odds)), int(np.argmax(ratio))
    row, column = centres[most]
    spot = Spot(
        row, column, place_of(row, column, frame), float(odds[most]), int(hidden.digit[most]),
        float(hidden.confidence[most]), bool(hidden.unsure[most]),
    )  # fmt: skip
    return Occlusion(_spread(odds, windows), spot, rival, place_of(*centres[between], frame))


def place_of(row: int, column: int, frame: Frame) -> str:
    """Say in words where a pixel lies in the glyph.

    >>> place_of(5, 14, np.pad(np.ones((20, 12), np.float32), ((4, 4), (8, 8))))
    'top'
    """
    rows, columns = np.flatnonzero(frame.max(axis=1) > 0.25), np.flatnonzero(frame.max(axis=0) > 0.25)
    down, along = _third(row, rows), _third(column, columns)
    words = [word for word in (("top", "", "bottom")[down], ("left", "", "right")[along]) if word]
    return " ".join(words) or "middle"


def _second(probabilities: Float32[np.ndarray, "10"], first: int) -> int:
    """The likeliest digit but the first."""
    others = probabilities.copy()
    others[first] = -1
    return int(np.argmax(others))


def _third(position: int, inked: np.ndarray) -> int:
    """In which third of the inked rows or columns a position lies; a narrow glyph has but a middle."""
    if len(inked) < 2 * len(WINDOW) - 2:
        return 1
    share = (position - inked[0] + 0.5) / (inked[-1] - inked[0] + 1)
    return min(2, max(0, int(3 * share)))


def _windows(frame: Frame) -> tuple[Float32[np.ndarray, "n 28 28"], list[tuple[int, int]]]:
    """The patches that hide some ink, as shares of ink hidden, and their centres."""
    half = len(WINDOW) // 2
    patch = np.outer(WINDOW, WINDOW)
    windows, centres = [], []
    for row in range(0, SIDE, STRIDE):
        for column in range(0, SIDE, STRIDE):
            # With a margin, so that a patch at the edge is cut off instead of out of bounds.
            padded = np.zeros((SIDE + 2 * half, SIDE + 2 * half), np.float32)
            padded[row : row + len(patch), column : column + len(patch)] = patch
            window = padded[half:-half, half:-half]
            if float((window * frame).sum()) >= LEAST_INK:
                windows.append(window)
                centres.append((row, column))
    if not windows:  # a speck of ink: hide all of it
        return np.ones((1, SIDE, SIDE), np.float32), [(SIDE // 2, SIDE // 2)]
    return np.stack(windows), centres


def _spread(effects: Float64[np.ndarray, " n"], windows: Float32[np.ndarray, "n 28 28"]) -> Frame:
    """Give each pixel the mean effect of the patches that cover it, weighed by how much of it each hides."""
    cover = windows.sum(axis=0)
    total = np.tensordot(effects, windows, axes=1)
    return np.divide(total, cover, out=np.zeros_like(total), where=cover > 0).astype(np.float32)


def _log_odds(probabilities: Float32[np.ndarray, "n 10"]) -> Float64[np.ndarray, "n 10"]:
    likely = probabilities.astype(np.float64).clip(CERTAIN, 1 - CERTAIN)
    return np.log(likely / (1 - likely))


def _log_ratio(predictions: Predictions, first: int, second: int) -> Float64[np.ndarray, " n"]:
    likely = predictions.probabilities.astype(np.float64).clip(CERTAIN, 1)
    return np.log(likely[:, first] / likely[:, second])
