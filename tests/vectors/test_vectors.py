"""The golden files that the page is held to say what the package does."""

import base64
import json
from pathlib import Path

import numpy as np
import pytest

from inkdigit.frame import view_of
from vectors.make_views import FILE as VIEWS
from vectors.make_views import bytes_of, glyphs

HERE = Path(__file__).parent
NAMES = ("framing.json", "views.json", "reading.json", "networks.json")


def test_the_files_are_small() -> None:
    assert sum((HERE / name).stat().st_size for name in NAMES) < 450_000


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


def test_base64_of_framing_is_of_whole_frames() -> None:
    rows = json.loads((HERE / "framing.json").read_text(encoding="utf-8"))["glyphs"]
    assert all(len(base64.b64decode(row["frame"])) == 784 for row in rows)
