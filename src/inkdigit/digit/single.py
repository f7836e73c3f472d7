"""Which ink of a picture is its one digit.

In: decoded pixels. Out: a few candidate glyphs, framed for the network, each with its prior; and, once a
recognizer has answered for all of them, the one to believe. A clean picture has one candidate. Knows no
recognizer: what it says comes in as arrays.

A crop holds pieces of its neighbours, rules, dots and stains beside the digit. What is near the middle
is likely the digit, what lies at the left and right border likely not: every candidate explains
each pixel of ink as digit or as something else, and its prior is how well that fits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from inkdigit.digit.glyphs import Glyph, possible_glyphs
from inkdigit.digit.ink import find_ink
from inkdigit.digit.pieces import FAINT
from inkdigit.frame import centre_glyph, view_of
from inkdigit.shapes import Float32, Float64, UInt8
from inkdigit.types import Box, Predictions

LARGEST = 192
"""Pixels of the longer side of the picture that is looked at: several times the 20 that a glyph ends with."""

CONTESTED = 0.5
"""All ink that may be the digit, together, must make the answer likelier than not."""

SMALL = 48
"""A glyph whose longer side is less than this in a picture that was shrunk is looked at again, closer."""


@dataclass(frozen=True, eq=False)
class Candidate:
    """Ink that may be the digit.

    Args:
        frame: float32 (28, 28), what a network sees.
        box: Where the ink is in the picture.
        prior: Log-probability, up to a constant, that this ink and no other is the digit.
    """

    frame: Float32[np.ndarray, "28 28"]
    box: Box
    prior: float


@dataclass(frozen=True)
class Decision:
    """The index of the candidate that is believed, the probability that its digit is right, and whether to doubt it."""

    index: int
    confidence: float
    unsure: bool


def candidates(pixels: UInt8[np.ndarray, "*shape"]) -> tuple[Candidate, ...]:
    """Find the ink that may be the digit.

    Args:
        pixels: uint8, grey (h, w) or RGB (h, w, 3), upright, each side at least 1.

    Returns:
        One candidate where the picture is simple, a few where it is not, none where it is blank.
    """
    small, scale = shrunk(pixels)
    found = find_ink(small)
    if found is None:
        return ()
    if np.array_equal(centre_glyph(found.ink), found.ink):  # framed already, like the images of MNIST
        return (Candidate(found.ink, box_of(found.ink, scale), 0.0),)
    glyphs = possible_glyphs(found)
    if scale > 1 and (near := _closer(glyphs, pixels, scale)) is not None:
        left, top, crop = near
        return tuple(
            Candidate(one.frame, (one.box[0] + left, one.box[1] + top, *one.box[2:]), one.prior)
            for one in candidates(crop)
        )
    return tuple(Candidate(view_of(one.ink), box_of(one.ink, scale), one.prior) for one in glyphs)


def decide(candidates: Sequence[Candidate], predictions: Predictions) -> Decision:
    """Say which candidate to believe, and how far.

    Where the candidates contradict it, two digits in the picture for instance, it is unsure, and its confidence lies
    half way between what the network says of it and what all candidates say.

    Args:
        candidates: At least one.
        predictions: What a recognizer says of their frames, in the same order.
    """
    best = choose(candidates, predictions.probabilities)
    own, unsure = float(predictions.confidence[best]), bool(predictions.unsure[best])
    share = support(candidates, predictions.probabilities, best) if len(candidates) > 1 else 1.0
    if share >= CONTESTED:
        return Decision(best, own, unsure)
    return Decision(best, (own + share) / 2, True)


def choose(candidates: Sequence[Candidate], probabilities: Float32[np.ndarray, "n 10"]) -> int:
    """Say which candidate to believe.

    The digit is the one that all candidates together make likeliest, each weighing as much as its prior
    says; of the candidates, it is then the one that best stands for it.

    Args:
        candidates: At least one.
        probabilities: What a recognizer says of their frames. Rows that add up to less than 1 for what
            is no digit are what makes it sure which ink is one.

    Returns:
        The index of the candidate.
    """
    shares = _shares(candidates, probabilities)
    return int(np.argmax(shares[:, int(np.argmax(shares.sum(axis=0)))]))


def support(candidates: Sequence[Candidate], probabilities: Float32[np.ndarray, "n 10"], best: int) -> float:
    """Say how likely all candidates together make the digit of the best one; 1.0 where they agree and are sure.

    Two digits side by side have a candidate each, and neither has more than half. Of 1,000 digits from old
    records, most with neighbours in the picture, those below one half (156) are right in 63 % of the cases, the
    others in 98.6 %.
    """
    shares = _shares(candidates, probabilities)
    return float(shares[:, int(probabilities[best].argmax())].sum())


def _shares(candidates: Sequence[Candidate], probabilities: Float32[np.ndarray, "n 10"]) -> Float64[np.ndarray, "n 10"]:
    """The probability that this candidate is the digit and is this digit; what is missing to 1 is no digit."""
    priors = np.array([candidate.prior for candidate in candidates])
    weights = np.exp(priors - priors.max())
    return (weights / weights.sum())[:, None] * probabilities


def shrunk(pixels: UInt8[np.ndarray, "*shape"]) -> tuple[UInt8[np.ndarray, "*smaller"], float]:
    """Shrink a large picture; also how many of its pixels one pixel of what comes out is, 1.0 or more."""
    longer = max(pixels.shape[:2])
    if longer <= LARGEST:
        return pixels, 1.0
    height, width = (max(1, round(side * LARGEST / longer)) for side in pixels.shape[:2])
    return cv2.resize(pixels, (width, height), interpolation=cv2.INTER_AREA), longer / LARGEST


def _closer(
    glyphs: Sequence[Glyph], pixels: UInt8[np.ndarray, "*shape"], scale: float
) -> tuple[int, int, UInt8[np.ndarray, "*crop"]] | None:
    """Cut the likeliest glyph out of the picture, half its size around it, where it is small; and where that is."""
    best = max(glyphs, key=lambda glyph: glyph.prior)
    left, top, width, height = box_of(best.ink, scale)
    longer = max(width, height)
    if longer >= SMALL * scale:
        return None
    margin = longer // 2 + 1
    x, y = max(0, left - margin), max(0, top - margin)
    return x, y, pixels[y : top + height + margin, x : left + width + margin]


def box_of(glyph: Float32[np.ndarray, "height width"], scale: float) -> Box:
    """Say where the ink is, in pixels of the picture as it was given, of which one here is `scale`."""
    left, top, width, height = (round(side * scale) for side in cv2.boundingRect((glyph > FAINT).view(np.uint8)))
    return left, top, width, height
