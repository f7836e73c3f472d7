"""The golden file that the stages of the page are held to says what the package does."""

import base64
import json
import zlib
from typing import Any

import numpy as np
import pytest

from vectors.make_reading import FILE, PAGES, answer, pages, read, stages

GOLDEN = json.loads(FILE.read_text(encoding="utf-8"))
STAGES = GOLDEN["stages"]

Record = dict[str, Any]


def levels_of(record: Record) -> np.ndarray:
    return np.frombuffer(zlib.decompress(base64.b64decode(record["levels"])), np.uint8).reshape(
        record["height"], record["width"]
    )


def test_the_file_is_small() -> None:
    assert FILE.stat().st_size < 150_000


def test_each_stage_gives_what_is_recorded() -> None:
    now = json.loads(json.dumps(stages()))
    for name in ("cells", "lines", "boxes"):
        assert now[name] == STAGES[name]
    np.testing.assert_allclose(now["detections"], STAGES["detections"], atol=1e-3)
    assert [one[:3] for one in now["characters"]] == [one[:3] for one in STAGES["characters"]]
    assert now["best"]["text"] == STAGES["best"]["text"]
    assert now["best"]["probability"] == pytest.approx(STAGES["best"]["probability"], rel=1e-4)
    assert now["grids"] == STAGES["grids"]
    np.testing.assert_allclose(now["turned"], STAGES["turned"], atol=1e-3)
    assert now["direction"] == pytest.approx(STAGES["direction"], abs=1e-2)
    assert [text for text, _ in now["numbers"]] == [text for text, _ in STAGES["numbers"]]
    np.testing.assert_allclose([sure for _, sure in now["numbers"]], [sure for _, sure in STAGES["numbers"]], atol=1e-5)
    np.testing.assert_allclose(now["parted"], STAGES["parted"], atol=1e-3)
    assert now["probability"] == pytest.approx(STAGES["probability"], rel=1e-4)


def test_cuts_are_the_recorded_ones_within_a_level_or_two() -> None:
    for now, recorded in zip(stages()["strips"], STAGES["strips"], strict=True):
        # OpenCV 4 turns in steps of 1/32 of a pixel, OpenCV 5 exactly.
        assert np.abs(levels_of(now).astype(int) - levels_of(recorded)).mean() < 1


def test_the_recorded_pages_are_those_that_are_made() -> None:
    for record, (name, grey) in zip(GOLDEN["pages"], pages().items(), strict=True):
        assert record["name"] == name
        assert np.abs(levels_of(record["picture"]).astype(int) - grey).mean() < 0.5


@pytest.mark.parametrize("record", GOLDEN["pages"], ids=lambda record: str(record["name"]))
def test_a_page_is_read_as_recorded(record: Record) -> None:
    found = answer(read(record["name"], levels_of(record["picture"])))
    recorded = record["page"]
    assert (found["note"], found["rotation"]) == (recorded["note"], recorded["rotation"])
    assert [len(line) for line in found["lines"]] == [len(line) for line in recorded["lines"]]
    for line, expected in zip(found["lines"], recorded["lines"], strict=True):
        for number, truth in zip(line, expected, strict=True):
            assert number["text"] == truth["text"]
            assert number["cell"] == (tuple(truth["cell"]) if truth["cell"] else None)
            assert np.abs(np.subtract(number["box"], truth["box"])).max() <= 2
            assert abs(number["confidence"] - truth["confidence"]) < 0.1


def test_the_recorded_pages_hold_the_stages_to_something() -> None:
    numbers = [number for record in GOLDEN["pages"] for line in record["page"]["lines"] for number in line]
    assert len(numbers) > 10
    assert any(not number["unsure"] for number in numbers)
    assert len({record["page"]["rotation"] for record in GOLDEN["pages"]}) > 1
    assert GOLDEN["pages"][list(PAGES).index("nothing")]["page"]["note"] == "blank"
    assert sum(cell is not None for cell in STAGES["cells"]) > 4
