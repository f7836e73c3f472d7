"""An explanation in sentences, and as a record for programs.

In: an explanation. Out: text, or a dict that JSON can hold. Knows nothing of where it is shown.
"""

from collections import Counter
from typing import Any

import numpy as np

from inkdigit.digit.reading import FIRST
from inkdigit.explain.explanation import Explanation

SUREST = 0.999
"""No reading of handwriting is certain, whatever is left after rounding."""

LEAST = 0.001
SLIGHT = 0.1
"""Nats of log-odds below which hiding ink has changed nothing worth a word."""


SEEN = {
    "light": "what is lighter than its surroundings",
    "dark": "what is darker than its surroundings",
    "fine light": "what is lighter than its close surroundings",
    "fine dark": "what is darker than its close surroundings",
    "thick": "the ink without its thin lines",
}
"""The views of a picture after the first."""


def percent(probability: float) -> str:
    """A probability with one decimal; the ends are never reached.

    >>> percent(0.99996), percent(0.1234), percent(0.0)
    ('99.9 %', '12.3 %', 'under 0.1 %')
    """
    if probability < LEAST:
        return "under 0.1 %"
    return f"{figure(probability)} %"


def figure(probability: float) -> str:
    """A probability in percent for a column of them.

    >>> figure(0.00001), figure(1.0)
    ('0.0', '99.9')
    """
    return f"{100 * min(probability, SUREST):.1f}"


def verdict(explanation: Explanation) -> str:
    """What it is read as, and how sure."""
    likely = percent(explanation.confidence)
    if explanation.is_likelier_no_digit:
        return (
            f"Likely no digit ({percent(explanation.no_digit)}). The nearest digit is a {explanation.digit}, {likely}."
        )
    if explanation.unsure:
        asked = f"below the {100 * explanation.threshold:.0f} % that this model asks for"
        doubt = "and it may be no digit" if explanation.view == FIRST else "since the first look left doubt"
        reason = asked if explanation.confidence < explanation.threshold else doubt
        return f"Perhaps a {explanation.digit}, but unsure: {likely}, {reason}."
    return f"A {explanation.digit}: {likely}."


def sentences(explanation: Explanation) -> list[str]:
    """Why: what was looked at, the spot that decides, the next answer, the nearest training digits."""
    reasons = (_view(explanation), _decisive(explanation), _next(explanation), _nearest(explanation))
    return [text for text in reasons if text]


def record(file: str, explanation: Explanation | None) -> dict[str, Any]:
    """The JSON of `inkdigit explain`; None is a blank picture."""
    if explanation is None:
        return {
            "file": file, "digit": None, "confidence": 0.0, "unsure": True, "probabilities": None, "no_digit": None,
            "box": None, "view": None, "frame": None, "occlusion": None, "decisive": None, "rival": None, "nearest": [],
            "note": "blank",
        }  # fmt: skip
    spot = explanation.decisive
    return {
        "file": file,
        "digit": explanation.digit,
        "confidence": round(explanation.confidence, 6),
        "unsure": explanation.unsure,
        "probabilities": [round(float(one), 6) for one in explanation.probabilities],
        "no_digit": round(explanation.no_digit, 6),
        "box": [round(side * explanation.scale) for side in explanation.box],
        "view": explanation.view,
        "frame": _rounded(explanation.frame),
        "occlusion": _rounded(explanation.influence),
        "decisive": {
            "row": spot.row,
            "column": spot.column,
            "place": spot.place,
            "effect": round(spot.effect, 3),
            "digit_without": spot.digit,
            "confidence_without": round(spot.confidence, 6),
        },
        "rival": {"digit": explanation.rival, "place": explanation.separating},
        "nearest": [
            {"label": one.label, "index": one.index, "distance": round(one.distance, 4)} for one in explanation.nearest
        ],
        "note": explanation.note,
    }


def _view(explanation: Explanation) -> str:
    seen = SEEN.get(explanation.view)
    return f"The first look left doubt; this is {seen}." if seen else ""


def _decisive(explanation: Explanation) -> str:
    spot, digit = explanation.decisive, explanation.digit
    if spot.effect < SLIGHT:
        return "No spot of ink matters by itself."
    if explanation.is_likelier_no_digit:
        return f"The ink {_at(spot.place)} speaks most for {digit}."
    likely = percent(spot.confidence)
    if spot.digit != digit and not spot.unsure:
        return f"The ink {_at(spot.place)} decides: without it, it would be read as {spot.digit} ({likely})."
    if spot.unsure and not explanation.unsure:
        return f"The ink {_at(spot.place)} decides: without it, {spot.digit} would be likeliest, but unsure ({likely})."
    if spot.digit != digit:
        return f"The ink {_at(spot.place)} matters most: without it, {spot.digit} would be likeliest ({likely})."
    return f"The ink {_at(spot.place)} matters most, but without it, it is still read as {digit} ({likely})."


def _next(explanation: Explanation) -> str:
    likely = percent(float(explanation.probabilities[explanation.rival]))
    text = f"Next comes {explanation.rival}, {likely}"
    if explanation.is_likelier_no_digit:
        return f"{text}."
    if explanation.separating == explanation.decisive.place:
        return f"{text}; the same ink tells the two apart."
    return f"{text}; the ink {_at(explanation.separating)} tells the two apart."


def _nearest(explanation: Explanation) -> str:
    if not explanation.nearest:
        return ""
    counts = Counter(one.label for one in explanation.nearest).most_common()
    n = len(explanation.nearest)
    if len(counts) == 1:
        return f"The {n} nearest training digits are all labelled {counts[0][0]}."
    parts = [f"{times} {'is' if times == 1 else 'are'} labelled {label}" for label, times in counts]
    return f"Of the {n} nearest training digits {', '.join(parts[:-1])} and {parts[-1]}."


def _at(place: str) -> str:
    """Where, with its preposition.

    >>> _at("middle"), _at("top left")
    ('in the middle', 'at the top left')
    """
    return f"in the {place}" if place == "middle" else f"at the {place}"


def _rounded(plane: np.ndarray) -> list[list[float]]:
    return [[round(value, 3) for value in row] for row in plane.tolist()]
