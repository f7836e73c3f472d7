"""A picture in, an explanation out: the composition of finding the digit, recognising, hiding and comparing.

In: a picture, a recognizer, and the training images where they are at hand. Out: an `Explanation`. Does
not know how it is shown, nor where training images come from.
"""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np

from inkdigit.digit.reading import find_digits
from inkdigit.explain.neighbours import Neighbour, nearest
from inkdigit.explain.occlusion import Spot, occlude
from inkdigit.formats.card import DIGITS
from inkdigit.pictures.given import Given, to_picture
from inkdigit.shapes import Float32, UInt8
from inkdigit.types import Box, Card, Digits, Ink, Predictions


@runtime_checkable
class Answering(Protocol):
    """What an explanation needs of a recognizer."""

    @property
    def card(self) -> Card:
        """What it says about itself."""

    def classify(self, ink: Ink) -> Predictions:
        """Recognise framed glyphs, float32 (n, 28, 28)."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why a picture was read as it was.

    Args:
        pixels: uint8 (h, w) or (h, w, 3), the picture.
        box: Where in it the digit's ink is.
        frame: float32 (28, 28), what the network saw.
        view: What of the picture that is: "first" for its ink as it was found at once; one of `digit.views` where
            that left doubt.
        digit: The likeliest digit.
        confidence: Its probability.
        unsure: Whether the answer is not to be relied on.
        threshold: The confidence below which the model calls itself unsure.
        probabilities: float32 (10,).
        no_digit: Probability that it is no digit at all; 0 from a model that cannot say so.
        influence: float32 (28, 28), nats: above 0 where the ink speaks for the digit, below 0 against it.
        decisive: The patch of ink without which the digit suffers most.
        rival: The second likeliest digit.
        separating: Where the ink is that tells the digit from its rival.
        nearest: The training digits most like it; empty where none are at hand.
        note: What the user should know of the picture, or None.
        scale: Pixels of the picture as it was given for one of these.
    """

    pixels: UInt8[np.ndarray, "..."]
    box: Box
    frame: Float32[np.ndarray, "28 28"]
    view: str
    digit: int
    confidence: float
    unsure: bool
    threshold: float
    probabilities: Float32[np.ndarray, "10"]
    no_digit: float
    influence: Float32[np.ndarray, "28 28"]
    decisive: Spot
    rival: int
    separating: str
    nearest: tuple[Neighbour, ...]
    note: str | None
    scale: float = 1.0

    @property
    def is_likelier_no_digit(self) -> bool:
        """Whether no digit at all is likelier than any of the ten."""
        return self.no_digit > self.confidence


def explain(picture: Given, recognizer: Answering, *, training: Digits | None = None) -> Explanation | None:
    """Explain how a picture of one digit is read.

    Args:
        picture: A path, the bytes of a file, pixels (uint8, or floats 0..1), or a Pillow image.
        recognizer: The one to explain.
        training: Images to look for the nearest among.

    Returns:
        The explanation, the same each time; None where the picture is blank.

    Raises:
        BadPicture: It cannot be read as a picture.
    """
    decoded = to_picture(picture)
    [found] = find_digits([decoded.pixels], recognizer.classify, again=_knows_no_digit(recognizer.card))
    if found is None:
        return None
    frame, answer = found.candidate.frame, found.answer
    seen = occlude(frame, answer, recognizer.classify)
    return Explanation(
        pixels=decoded.pixels,
        box=found.candidate.box,
        frame=frame,
        view=found.view,
        digit=found.digit,
        confidence=found.confidence,
        unsure=found.unsure,
        threshold=recognizer.card.threshold,
        probabilities=answer.probabilities[0],
        no_digit=_no_digit(answer, recognizer.card),
        influence=seen.influence,
        decisive=seen.decisive,
        rival=seen.rival,
        separating=seen.separating,
        nearest=nearest(frame, training) if training is not None else (),
        note=decoded.note,
        scale=decoded.scale,
    )


def _knows_no_digit(card: Card) -> bool:
    return len(card.classes) > len(DIGITS)


def _no_digit(answer: Predictions, card: Card) -> float:
    """What the ten probabilities lack of 1, where the model has a class for that."""
    if not _knows_no_digit(card):
        return 0.0
    return max(0.0, 1 - float(answer.probabilities[0].sum(dtype=np.float64)))
