"""The ways to read a line: every run of neighbouring parts may be a digit, every part may be none.

In: the parts of a line, and what a recognizer says of each run of them. Out: the likeliest reading, and how
likely each digit of it is among all readings (forward-backward). Knows nothing of pictures or models.

The method is the one cheque readers use (LeCun et al. 1998, section V to VII).
"""

import math
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

from inkdigit.images.cuts import Part
from inkdigit.images.components import Piece, joined
from inkdigit.types import Predictions

LONGEST = 6
"""Parts in a run: a broad zero is cut into five."""

WIDEST = 1.7
"""Digit heights: a run that is wider is no digit."""

APART = 0.3
"""Digit heights: parts with more paper between them are not of one digit."""

TALLEST = 3.0
"""Digit heights: a run that is taller is no digit."""


UNLIKELY = -5.0
"""Of the logarithm of the shape's probability: what is less likely is not shown to the recognizer."""

TOUCHING = -1.5
STICKING = 8.0
FLAT = 0.4
STEEP = 10.0
LARGER, SMALLER, NARROWER, WIDER = 0.4, 0.6, 0.6, 0.4
BONUS = 0.0
DROPPED = -0.3
SHARES = -2.0
SUREST = 0.001
WEIGHT = 0.5


@dataclass(frozen=True, eq=False)
class Run:
    """Parts `start` to `end` (exclusive) of a line, taken as one glyph, and the number of sides at which it has a share in a stroke."""

    start: int
    end: int
    glyph: Piece
    shared: int = 0


@dataclass(frozen=True)
class Choice:
    """A run that is read as a digit, the probability that this is right, and whether the recognizer doubts it."""

    run: Run
    digit: int
    confidence: float
    unsure: bool


def runs_of(parts: list[Part], *, height: float) -> list[Run]:
    """Every run of neighbouring parts that may be one digit, by where it starts, alone or with strokes it may share."""
    runs = []
    for start in range(len(parts)):
        for end in range(start + 1, min(start + LONGEST, len(parts)) + 1):
            group = [part.piece for part in parts[start:end]]
            if end > start + 1 and (_size(group)[0] > WIDEST * height or _gap(group) > APART * height):
                break
            before, after = parts[start].before, parts[end - 1].after
            for more in {(), (before,), (after,), (before, after)}:
                glyph = [*group, *(piece for piece in more if piece)]
                if all(more) and _is_possible(glyph, height):
                    runs.append(Run(start, end, joined(glyph), len(more)))
    return runs


def _size(pieces: list[Piece]) -> tuple[int, int]:
    """Width and height of the pieces together."""
    width = max(piece.right for piece in pieces) - min(piece.x for piece in pieces)
    return width, max(piece.bottom for piece in pieces) - min(piece.y for piece in pieces)


def _is_possible(pieces: list[Piece], height: float) -> bool:
    """Whether a digit may have this size."""
    width, tall = _size(pieces)
    likely = _shape(tall, width, height).max() > UNLIKELY
    return width <= WIDEST * height and tall <= TALLEST * height and likely


def _gap(parts: list[Piece]) -> int:
    """Paper between the last part and those before it, pixels."""
    return parts[-1].x - max(part.right for part in parts[:-1])


def solve(parts: list[Part], runs: list[Run], predictions: Predictions, *, height: float) -> list[Choice]:
    """Find the likeliest way to read a line.

    Args:
        parts: Of the line, left to right.
        runs: What `runs_of` gave for them.
        predictions: What a recognizer says of the glyph of each run, in the same order.
        height: How tall a digit is in the line, pixels.

    Returns:
        The digits from left to right.
    """
    scores = _scores(runs, predictions, height)
    drops = np.array([_drop(part.piece, height) for part in parts])
    prices = np.array([part.price for part in parts])
    drops += _seams(prices)
    scores += _seams(prices)[[run.start for run in runs]][:, None]
    by_end: list[list[int]] = [[] for _ in range(len(parts) + 1)]
    for index, run in enumerate(runs):
        by_end[run.end].append(index)
    chosen = _best(runs, by_end, scores.max(axis=1, initial=-np.inf), drops)
    share = _posterior(runs, by_end, np.logaddexp.reduce(scores, axis=1), drops)
    found = []
    for index in chosen:
        digit = int(scores[index].argmax())
        within = np.exp(scores[index, digit] - np.logaddexp.reduce(scores[index]))
        found.append(
            Choice(runs[index], digit, float(np.clip(share[index] * within, 0, 1)), bool(predictions.unsure[index]))
        )
    return found


def _scores(runs: list[Run], predictions: Predictions, height: float) -> Float64[np.ndarray, "runs 10"]:
    """Log-likelihood of each run as each digit."""
    probabilities = predictions.probabilities.astype(np.float64)
    nothing = np.maximum(1 - probabilities.sum(axis=1, keepdims=True), SUREST)
    odds = np.log(np.maximum(probabilities, 1e-6)) - np.log(nothing)
    shared = np.array([run.shared for run in runs]).reshape(-1, 1)
    return (
        WEIGHT * odds
        + SHARES * shared
        + np.array([_shape(run.glyph.height, run.glyph.width, height) for run in runs]).reshape(-1, 10)
    )


def _shape(tall: int, wide: int, height: float) -> Float64[np.ndarray, "10"]:
    """Log-probability, up to a constant, of a digit's size and proportions.

    A digit is seldom much smaller or taller than its neighbours, nor much wider than tall; a 1 may be narrow.
    """
    larger = math.log(tall / height)
    size = -0.5 * (larger / (LARGER if larger > 0 else SMALLER)) ** 2
    aspect = math.log(wide / (0.7 * tall))
    spread = np.full(10, NARROWER)
    lean = -0.5 * np.square(np.minimum(aspect, 0) / spread) - 0.5 * np.square(max(aspect, 0) / WIDER)
    lean[1] = -0.5 * np.square(max(math.log(wide / (0.55 * tall)), 0.0) / 0.4)
    return BONUS + size + lean


def _seams(prices: Float64[np.ndarray, " parts"]) -> Float64[np.ndarray, " parts"]:
    """Log-probability that digits touch where a part begins: seldom, and the less the more ink holds them together."""
    return np.where(prices > 0, TOUCHING - STICKING * prices, 0.0)


def _drop(part: Piece, height: float) -> float:
    """Log-probability that a part is no digit at all, nor of one: a dot is likely so, a tall stroke hardly."""
    size = max(part.height, FLAT * part.width) / height
    return DROPPED - STEEP * float(np.clip(size - 0.25, 0, 0.5))


def _best(
    runs: list[Run], by_end: list[list[int]], scores: Float64[np.ndarray, " runs"], drops: Float64[np.ndarray, " parts"]
) -> list[int]:
    """The runs of the best path (Viterbi)."""
    total = np.full(len(by_end), -np.inf)
    total[0] = 0.0
    came: list[int | None] = [None] * len(by_end)
    for end in range(1, len(by_end)):
        total[end] = total[end - 1] + drops[end - 1]
        for index in by_end[end]:
            score = total[runs[index].start] + scores[index]
            if score > total[end]:
                total[end], came[end] = score, index
    chosen, end = [], len(by_end) - 1
    while end > 0:
        index = came[end]
        if index is None:
            end -= 1
        else:
            chosen.append(index)
            end = runs[index].start
    return chosen[::-1]


def _posterior(
    runs: list[Run], by_end: list[list[int]], scores: Float64[np.ndarray, " runs"], drops: Float64[np.ndarray, " parts"]
) -> Float64[np.ndarray, " runs"]:
    """The probability of each run among all paths (forward-backward)."""
    nodes = len(by_end)
    forward, backward = np.full(nodes, -np.inf), np.full(nodes, -np.inf)
    forward[0] = backward[-1] = 0.0
    for end in range(1, nodes):
        ways = [forward[end - 1] + drops[end - 1], *(forward[runs[i].start] + scores[i] for i in by_end[end])]
        forward[end] = np.logaddexp.reduce(ways)
    for end in range(nodes - 1, 0, -1):
        backward[end - 1] = np.logaddexp(backward[end - 1], backward[end] + drops[end - 1])
        for i in by_end[end]:
            start = runs[i].start
            backward[start] = np.logaddexp(backward[start], backward[end] + scores[i])
    starts, ends = np.array([r.start for r in runs], int), np.array([r.end for r in runs], int)
    return np.exp(forward[starts] + scores + backward[ends] - forward[-1])
