"""The golden files that the page is held to say what the package does."""

import base64
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from inkdigit.page.segment import find_page

from inkdigit.data.pages import draw_page
from inkdigit.frame import view_of
from inkdigit.types import Page
from vectors.make_reading import EXAMPLES, answer, levels_of, planes, read_plane
from vectors.make_views import FILE as VIEWS
from vectors.make_views import glyphs
from vectors.stub import bytes_of, open_stub

HERE = Path(__file__).parent
NAMES = ("framing.json", "views.json", "reading.json")
READING = json.loads((HERE / "reading.json").read_text(encoding="utf-8"))
CLASSIFY = open_stub(READING["stub"])

Record = dict[str, Any]


def named(record: Record) -> str:
    return str(record.get("name", record.get("file")))


def assert_read_so(page: Page, record: Record) -> None:
    """The same text and boxes; confidences as far as another version of OpenCV may move them."""
    found = answer(page)
    assert {key: found[key] for key in ("rotation", "note")} == {key: record[key] for key in ("rotation", "note")}
    assert [line["text"] for line in found["lines"]] == [line["text"] for line in record["lines"]]
    for line, expected in zip(found["lines"], record["lines"], strict=True):
        digits, truth = np.array(line["digits"], float), np.array(expected["digits"], float)
        assert np.abs(digits[:, 3:] - truth[:, 3:]).max() <= 1
        assert np.abs(digits[:, 1] - truth[:, 1]).max() < 0.05


def test_the_files_are_small() -> None:
    assert sum((HERE / name).stat().st_size for name in NAMES) < 400_000


@pytest.mark.parametrize("index", range(50))
def test_a_view_is_the_recorded_one(index: int) -> None:
    row = json.loads(VIEWS.read_text(encoding="utf-8"))["glyphs"][index]
    ink = np.frombuffer(bytes_of(row["ink"]), np.uint8).reshape(row["height"], row["width"])
    frame = np.frombuffer(bytes_of(row["frame"]), "<u2").reshape(28, 28) / 65535
    # OpenCV 4 shears in steps of 1/32 of a pixel, OpenCV 5 exactly: up to 0.015 before the glyph is framed.
    assert np.abs(view_of(ink.astype(np.float32) / np.float32(255)) - frame).max() < 0.02


def test_the_recorded_glyphs_are_those_that_are_drawn() -> None:
    rows = json.loads(VIEWS.read_text(encoding="utf-8"))["glyphs"]
    drawn = glyphs()
    assert len(rows) == len(drawn)
    for row, ink in zip(rows, drawn, strict=True):
        recorded = np.frombuffer(bytes_of(row["ink"]), np.uint8).reshape(row["height"], row["width"])
        assert recorded.shape == ink.shape
        assert np.abs(recorded.astype(int) - ink).mean() < 1


@pytest.mark.parametrize("record", READING["planes"], ids=named)
def test_ink_is_read_as_recorded(record: Record) -> None:
    assert_read_so(read_plane(levels_of(record), CLASSIFY), record)


@pytest.mark.parametrize("record", READING["pictures"], ids=named)
def test_a_picture_is_read_as_recorded(record: Record) -> None:
    assert_read_so(find_page(levels_of(record), CLASSIFY), record)


@pytest.mark.parametrize(("name", "record"), list(zip(EXAMPLES, READING["examples"], strict=True)), ids=EXAMPLES)
def test_an_example_is_read_as_recorded(name: str, record: Record) -> None:
    assert record["file"] == f"{name}.png"
    assert_read_so(find_page(draw_page(name).pixels, CLASSIFY), record)


def test_the_recorded_pages_hold_what_was_written_on_them() -> None:
    """The recognizer is a poor one, but it must read most: else the file would hold nobody to anything."""
    drawn = {name for name in planes() if name.endswith("gap 0.2")}
    texts = {record["name"]: record["lines"][0]["text"] for record in READING["planes"] if record["name"] in drawn}
    assert len(texts) == 8
    right = sum(text == "4829310567"[len(text) - 1 :: -1] for text in texts.values())
    assert right >= 5


def test_base64_of_framing_is_of_whole_frames() -> None:
    rows = json.loads((HERE / "framing.json").read_text(encoding="utf-8"))["glyphs"]
    assert all(len(base64.b64decode(row["frame"])) == 784 for row in rows)
