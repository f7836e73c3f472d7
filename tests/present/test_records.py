import json

import numpy as np

from inkdigit.present.records import failure_record, page_record, reading_record, reading_records, record
from inkdigit.types import Character, Line, Number, Page, Predictions, Reading

DIGIT = Character("4", 0.9912345678, False, (3, 4, 5, 6))
PAGE = Page((Line("4", (1, 2, 7, 8), (Number("4", 0.97, False, (2, 3, 6, 7), (DIGIT,)),)),), rotation=90, note="a note")


def test_a_page() -> None:
    """The very form of the design."""
    assert json.loads(json.dumps(page_record("a.png", PAGE), allow_nan=False)) == {
        "file": "a.png",
        "rotation": 90,
        "note": "a note",
        "lines": [
            {
                "text": "4",
                "box": [1, 2, 7, 8],
                "numbers": [
                    {
                        "text": "4",
                        "confidence": 0.97,
                        "box": [2, 3, 6, 7],
                        "unsure": False,
                        "cell": None,
                        "characters": [{"text": "4", "confidence": 0.991235, "unsure": False, "box": [3, 4, 5, 6]}],
                    }
                ],
            }
        ],
    }


def test_a_digit() -> None:
    reading = Reading(7, 0.993, False, (0.0,) * 7 + (0.993, 0.0, 0.001), (1, 2, 3, 4))
    assert json.loads(json.dumps(reading_record("a.png", reading))) == {
        "file": "a.png",
        "digit": 7,
        "confidence": 0.993,
        "unsure": False,
        "probabilities": [0, 0, 0, 0, 0, 0, 0, 0.993, 0, 0.001],
        "note": None,
    }


def test_blank_and_failed() -> None:
    blank = Reading(None, 0.0, True, None, note="blank")
    assert reading_record("a.png", blank) == {
        "file": "a.png",
        "digit": None,
        "confidence": 0.0,
        "unsure": True,
        "probabilities": None,
        "note": "blank",
    }
    assert failure_record("a.png", code="truncated", message="ends early") == {
        "file": "a.png",
        "error": {"code": "truncated", "message": "ends early"},
    }


def test_either() -> None:
    assert record("a", PAGE) == page_record("a", PAGE)
    assert record("a", Reading(None, 0.0, True, None)) == reading_record("a", Reading(None, 0.0, True, None))


def test_a_batch_says_what_each_reading_says() -> None:
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(10), 40).astype(np.float32)
    digit, confidence = probabilities.argmax(axis=1).astype(np.uint8), probabilities.max(axis=1)
    unsure = random.random(40) < 0.5
    alone = [
        reading_record(f"x#{i}", Reading(int(d), float(c), bool(u), tuple(p.tolist())))
        for i, (d, c, u, p) in enumerate(zip(digit, confidence, unsure, probabilities, strict=True))
    ]
    batch = reading_records(Predictions(digit, confidence, unsure, probabilities), name="x")
    assert json.loads(json.dumps(batch)) == json.loads(json.dumps(alone))
    nothing = Predictions(digit[:0], confidence[:0], unsure[:0], probabilities[:0])
    assert reading_records(nothing, name="x") == []
