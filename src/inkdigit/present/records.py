"""What was read -> the JSON of the command line and of the HTTP service.

In: a page, a digit or a failure, and the picture's name. Out: a dict that JSON can hold. Knows nothing of streams.
"""

from typing import Any

from inkdigit.types import Character, Line, Number, Page, Predictions, Reading

Record = dict[str, Any]

DECIMALS = 6
"""Of a probability: more are noise, and a float32 has no more than seven."""


def page_record(file: str, page: Page) -> Record:
    """A page with its lines, numbers and characters.

    >>> page_record("a.png", Page((), note="blank"))
    {'file': 'a.png', 'rotation': 0, 'note': 'blank', 'lines': []}
    """
    return {"file": file, "rotation": page.rotation, "note": page.note, "lines": [_line(one) for one in page.lines]}


def reading_record(file: str, reading: Reading) -> Record:
    """The one digit of a picture, or that it is blank.

    >>> reading_record("a.png", Reading(None, 0.0, True, None, note="blank"))["note"]
    'blank'
    """
    probabilities = reading.probabilities
    return {
        "file": file,
        "digit": reading.digit,
        "confidence": _short(reading.confidence),
        "unsure": reading.unsure,
        "probabilities": None if probabilities is None else [_short(one) for one in probabilities],
        "note": reading.note,
    }


def reading_records(predictions: Predictions, *, name: str) -> list[Record]:
    """What `reading_record` says of each of many digits, called name#0, name#1, and so on; a batch at once.

    >>> import numpy as np
    >>> one = np.ones(1, np.float32)
    >>> seven = Predictions(np.uint8([7]), one, one < 0, np.eye(10, dtype=np.float32)[7:8])
    >>> reading_records(seven, name="x")[0]["digit"]
    7
    """
    rows = zip(
        predictions.digit.tolist(),
        predictions.confidence.astype(float).round(DECIMALS).tolist(),
        predictions.unsure.tolist(),
        predictions.probabilities.astype(float).round(DECIMALS).tolist(),
        strict=True,
    )
    return [
        {"file": f"{name}#{i}", "digit": digit, "confidence": confidence, "unsure": unsure,
         "probabilities": probabilities, "note": None}
        for i, (digit, confidence, unsure, probabilities) in enumerate(rows)
    ]  # fmt: skip


def record(file: str, answer: Page | Reading) -> Record:
    """Either."""
    return page_record(file, answer) if isinstance(answer, Page) else reading_record(file, answer)


def failure_record(file: str, *, code: str, message: str) -> Record:
    """A picture that could not be read.

    >>> failure_record("a.png", code="empty-file", message="is empty")
    {'file': 'a.png', 'error': {'code': 'empty-file', 'message': 'is empty'}}
    """
    return {"file": file, "error": {"code": code, "message": message}}


def _line(line: Line) -> Record:
    return {"text": line.text, "box": list(line.box), "numbers": [_number(one) for one in line.numbers]}


def _number(number: Number) -> Record:
    return {
        "text": number.text,
        "confidence": _short(number.confidence),
        "unsure": number.unsure,
        "box": list(number.box),
        "cell": None if number.cell is None else list(number.cell),
        "characters": [_character(one) for one in number.characters],
    }


def _character(one: Character) -> Record:
    return {"text": one.text, "confidence": _short(one.confidence), "unsure": one.unsure, "box": list(one.box)}


def _short(probability: float) -> float:
    return round(probability, DECIMALS)
