"""Pictures of one digit in, what they are read as out: the composition of finding, asking, and looking again.

In: decoded pixels of any number of pictures, and a recognizer as a function. Out: for each picture the ink that was
taken for its digit, with its answer; nothing where it is blank. Knows nothing of files, models, or how the answer is
shown.

Where the first look leaves doubt, other views of the picture are tried, and of those that the recognizer is sure of the
surest is believed. It had as many chances to be wrong as there were looks, so its odds are divided by their number.
And doubt stays: no look after the first makes an answer sure, so no letter becomes a digit beyond doubt by them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from inkdigit.digit.single import Candidate, candidates, decide
from inkdigit.digit.views import NAMES, other_views
from inkdigit.shapes import UInt8
from inkdigit.types import Ink, Predictions

Classify = Callable[[Ink], Predictions]

FAIRLY_SURE = 0.9
"""An answer less likely than this is looked at again. Between 0.8 and 0.98 as many spoiled digits are read."""

FIRST = "first"
"""The name of the view that all ink of the picture gives; `views` has the others."""

LOOKS = 1 + len(NAMES)
"""The first, and the others."""


@dataclass(frozen=True, eq=False)
class Found:
    """The ink that was taken for the digit of a picture, and what it is read as.

    Args:
        candidate: That ink.
        answer: What the recognizer says of its frame; of length 1.
        confidence: Probability that this is the digit, 0.0 to 1.0: less than the recognizer says of the frame
            where other ink of the picture contradicts, or where several looks were needed.
        unsure: Whether to doubt it.
        view: What the ink was seen in: "first", or as `views` calls it.
    """

    candidate: Candidate
    answer: Predictions
    confidence: float
    unsure: bool
    view: str = FIRST

    @property
    def digit(self) -> int:
        """The likeliest digit, 0 to 9."""
        return int(self.answer.digit[0])


def find_digits(
    pictures: Sequence[UInt8[np.ndarray, "..."]], classify: Classify, *, again: bool = True
) -> list[Found | None]:
    """Find the digit of each picture, and read it.

    Args:
        pictures: uint8, grey (h, w) or RGB (h, w, 3), upright, each side at least 1.
        classify: The recognizer; asked once for the first looks at all pictures, and once more for the other views
            of those in doubt, if there are any.
        again: Whether to look again where the first look leaves doubt. Only a recognizer that knows what is no digit
            can tell which view shows one: with one of ten classes, sure of anything, other views cost 0.6 % of
            clean digits.

    Returns:
        For each picture what is believed; None where it is blank: neither does ink stand out in it, nor is there a
        view of which the recognizer is sure.
    """
    seen = [candidates(pixels) for pixels in pictures]
    found = _answers(seen, classify)
    doubted = [i for i, one in enumerate(found) if again and _is_doubtful(one)]
    views = [other_views(pictures[i], seen[i]) for i in doubted]
    others = iter(_answers([shown for some in views for shown in some.values()], classify))
    for i, some in zip(doubted, views, strict=True):
        found[i] = believed(found[i], {name: next(others) for name in some})
    return found


def believed(first: Found | None, others: Mapping[str, Found | None]) -> Found | None:
    """Say which look to believe: the surest, the odds of all but the first divided by the number of looks.

    Of the other looks only those count of which the recognizer is sure. Dividing the level by the number of tests is
    Bonferroni's; here it is done to the odds. It keeps confidences honest: where one picture in ten is no digit and the
    others are half spoiled, half clean, the calibration error is 1.7 % with it and 3.1 % without.

    Args:
        first: What the first look found; None for nothing.
        others: What the others found, by the names of their views.

    Returns:
        It is unsure where the first look left doubt or had another answer. None where there was nothing at first,
        and nothing later of which the recognizer is sure.
    """
    named = [replace(one, view=name) for name, one in others.items() if one and not one.unsure]
    chosen = max((_discounted(one) for one in named), key=lambda one: one.confidence, default=None)
    if chosen is None or (first and first.confidence >= chosen.confidence):
        return first
    return replace(chosen, unsure=first is None or first.unsure or first.digit != chosen.digit)


def _is_doubtful(first: Found | None) -> bool:
    return first is None or first.unsure or first.confidence < FAIRLY_SURE


def _discounted(found: Found) -> Found:
    """The same with its odds divided by the number of looks."""
    right, wrong = found.confidence, 1 - found.confidence
    return replace(found, confidence=right / (right + LOOKS * wrong))


def _answers(seen: Sequence[Sequence[Candidate]], classify: Classify) -> list[Found | None]:
    """What a recognizer says where there are candidates; it is asked for all of them at once, if there are any."""
    frames = [one.frame for some in seen for one in some]
    if not frames:
        return [None] * len(seen)
    predictions = classify(np.stack(frames))
    found: list[Found | None] = []
    start = 0
    for some in seen:
        found.append(_answer(some, predictions[start : start + len(some)]) if some else None)
        start += len(some)
    return found


def _answer(some: Sequence[Candidate], predictions: Predictions) -> Found:
    """The candidate that is believed among those of one view."""
    decision = decide(some, predictions)
    best = decision.index
    return Found(some[best], predictions[best : best + 1], decision.confidence, decision.unsure)
