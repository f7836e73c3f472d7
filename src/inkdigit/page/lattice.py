"""The ways to read a line: every run of neighbouring parts may be a digit, every part may be none.

In: the parts of a line, and what a recognizer says of each run of them. Out: the likeliest reading, and how
likely each digit of it is among all readings (forward-backward). Knows nothing of pictures or models.

The method is the one cheque readers use (LeCun et al. 1998, section V to VII).
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np

from inkdigit.page.components import Piece, joined
from inkdigit.page.cuts import Part
from inkdigit.page.loops import Loop
from inkdigit.page.priors import no_digit, shape, touching
from inkdigit.shapes import Float64
from inkdigit.types import Predictions

LONGEST = 6
"""Parts in a run: a broad zero is cut into five."""

APART = 0.3
"""Digit heights: parts with more paper between them are not of one digit."""

UNLIKELY = -5.0
"""Of the logarithm of the shape's probability: what is less likely is not shown to the recognizer."""

WEIGHT = 0.6
"""Of the recognizer's log-odds: what it says of overlapping runs is not independent."""

MOSTLY_NONE = 1.0
"""By so much the log-odds of every run are lowered: of all the ways to cut a line most are no digit, while the
recognizer expects one in ten of what it is shown to be none. With the weight 0.5, 540 amounts and 137 digits of
photographed pages are read at 0.3, 0.7, 1 and 2: 63.9, 63.7, 63.7 and 65.0 %; 97.1, 97.1, 96.4 and 94.2 %; with the
weight 0.6 and 1: 64.3 and 97.8 %."""

SUREST = 0.001
"""No glyph is a digit for surer than this, whatever a network says of what it has never seen."""

SAME = 0.5
"""Parts that two runs have in common, over all their parts, from which on they are the same digit."""

Scores = Float64[np.ndarray, " runs"]
Drops = Float64[np.ndarray, " parts"]


@dataclass(frozen=True, eq=False)
class Run:
    """Parts of a line, taken as one glyph.

    Args:
        start: The first part.
        end: The one after the last.
        glyph: Their ink, and what closes the loops that are mostly theirs.
    """

    start: int
    end: int
    glyph: Piece


@dataclass(frozen=True)
class Choice:
    """A run that is read as a digit, the probability that this is right, and whether the recognizer doubts it."""

    run: Run
    digit: int
    confidence: float
    unsure: bool


def runs_of(parts: list[Part], *, height: float) -> list[Run]:
    """Every run of neighbouring parts that may be one digit, by where it starts."""
    runs = []
    for start in range(len(parts)):
        for end in range(start + 1, min(start + LONGEST, len(parts)) + 1):
            group = [part.piece for part in parts[start:end]]
            if len(group) > 1 and _gap(group) > APART * height:
                break
            if _likeliest(group, height) > UNLIKELY:
                runs.append(Run(start, end, _glyph(parts[start:end])))
    return runs


def _glyph(parts: list[Part]) -> Piece:
    """The ink of some parts, and the walls of the loops of which they have at least half: a cut may have taken them."""
    inside: Counter[Loop] = Counter()
    for part in parts:
        inside.update(dict(part.loops))
    walls = [loop.wall for loop, pixels in inside.items() if 2 * pixels >= loop.area]
    return joined([*(part.piece for part in parts), *walls])


def _likeliest(pieces: list[Piece], height: float) -> float:
    """Log-probability of the digit that has this size most often."""
    wide = max(piece.right for piece in pieces) - min(piece.x for piece in pieces)
    tall = max(piece.bottom for piece in pieces) - min(piece.y for piece in pieces)
    return float(shape(tall, wide, height=height).max())


def _gap(pieces: list[Piece]) -> int:
    """Paper between the last piece and those before it, pixels."""
    return pieces[-1].x - max(piece.right for piece in pieces[:-1])


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
    if not runs:
        return []
    cuts = touching(np.array([part.price for part in parts]))
    drops = cuts + [no_digit(part.piece.height, part.piece.width, height=height) for part in parts]
    scores = _scores(runs, predictions, height) + cuts[[run.start for run in runs], None]
    by_end: list[list[int]] = [[] for _ in range(len(parts) + 1)]
    for index, run in enumerate(runs):
        by_end[run.end].append(index)
    chosen = _best(runs, by_end, scores.max(axis=1), drops)
    together = np.logaddexp.reduce(scores, axis=1)
    shares = _posterior(runs, by_end, together, drops)[:, None] * np.exp(scores - together[:, None])
    return [_choice(index, int(scores[index].argmax()), runs, shares, predictions) for index in chosen]


def _choice(
    index: int, digit: int, runs: list[Run], shares: Float64[np.ndarray, "runs 10"], predictions: Predictions
) -> Choice:
    """A digit with the probability of all runs that are the same digit at the same place; no path holds two of them."""
    here = runs[index]
    same = [
        other
        for other, run in enumerate(runs)
        if min(run.end, here.end) - max(run.start, here.start)
        > SAME * (max(run.end, here.end) - min(run.start, here.start))
        or other == index
    ]
    confidence = float(np.clip(shares[same, digit].sum(), 0, 1))
    return Choice(here, digit, confidence, bool(predictions.unsure[index]))


def _scores(runs: list[Run], predictions: Predictions, height: float) -> Float64[np.ndarray, "runs 10"]:
    """Log-odds of each run as each digit, against its being none.

    Every run of the lattice is seen, those that are no digit as well. The likelihood of a path is the product of
    P(digit) over its runs and of P(no digit) over all others, hence up to a constant the product of their ratio over
    its own: so a path with more digits is not worse for having more factors.
    """
    probabilities = predictions.probabilities.astype(np.float64)
    nothing = np.maximum(1 - probabilities.sum(axis=1, keepdims=True), SUREST)
    odds = np.log(np.maximum(probabilities, 1e-6)) - np.log(nothing)
    shapes = np.array([shape(run.glyph.height, run.glyph.width, height=height) for run in runs])
    return WEIGHT * odds - MOSTLY_NONE + np.maximum(shapes, -100)


def _best(runs: list[Run], by_end: list[list[int]], scores: Scores, drops: Drops) -> list[int]:
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
        last = came[end]
        if last is None:
            end -= 1
        else:
            chosen.append(last)
            end = runs[last].start
    return chosen[::-1]


def _posterior(runs: list[Run], by_end: list[list[int]], scores: Scores, drops: Drops) -> Scores:
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
