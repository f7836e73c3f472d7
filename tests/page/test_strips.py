"""Strips: what lies askew stands level, light ink becomes dark, thin strokes are not lost when a number is shrunk."""

import math

import cv2
import numpy as np
import pytest

from inkdigit.page.boxes import RotatedBox
from inkdigit.page.strips import cut_strip, dark_on_light, joined, normalise_strip, strip_box


def drawn(angle: float, *, thick: int = 6) -> tuple[np.ndarray, RotatedBox]:
    """A picture with a bar at the beginning of a box and a point at its end."""
    picture = np.full((400, 400), 220, np.uint8)
    box = RotatedBox(200.0, 200.0, 200.0, 80.0, angle)
    top, bottom = (np.rint(box.place(20, v)).astype(int).tolist() for v in (10, 70))
    cv2.line(picture, top, bottom, 30, thick)
    cv2.circle(picture, np.rint(box.place(180, 60)).astype(int).tolist(), 8, 30, -1)
    return picture, box


@pytest.mark.parametrize("angle", [0.0, 0.3, math.pi / 2, math.pi, -2.0])
def test_a_turned_number_stands_level(angle: float) -> None:
    picture, box = drawn(angle)
    strip = cut_strip(picture, box)
    assert strip.shape == (40, 100)
    ink = strip < 120
    # The bar at a tenth of the length, from an eighth of the height to seven eighths; the point at nine tenths, low.
    assert ink[8:32, 8:12].mean() > 0.7
    assert ink[26:34, 87:93].mean() > 0.7
    assert ink[:, 20:80].mean() == 0


def test_light_ink_becomes_dark() -> None:
    picture, box = drawn(0.0)
    assert np.abs(cut_strip(255 - picture, box).astype(int) - cut_strip(picture, box)).max() <= 1
    assert np.array_equal(dark_on_light(cut_strip(picture, box)), cut_strip(picture, box))


def test_thin_strokes_of_a_large_number_are_kept() -> None:
    picture = np.full((1600, 1600), 255, np.uint8)
    cv2.line(picture, (800, 200), (800, 1400), 0, 7)
    strip = cut_strip(picture, RotatedBox(800.0, 800.0, 1500.0, 1300.0, 0.0))
    assert strip[20].min() < 235


def test_paper_is_nothing_and_ink_is_one() -> None:
    picture, box = drawn(0.0)
    strip = normalise_strip(cut_strip(picture, box))
    assert strip.dtype == np.float32
    assert float(np.median(strip)) == pytest.approx(0, abs=0.05)
    assert float(strip.max()) == pytest.approx(1, abs=0.2)
    assert float(np.abs(normalise_strip(np.full((40, 50), 90, np.uint8))).max()) == 0


def test_short_strips_have_paper_behind_them() -> None:
    short, long = np.ones((40, 17), np.float32), np.ones((40, 30), np.float32)
    batch = joined([short, long])
    assert batch.shape == (2, 1, 40, 32)
    assert batch[0, 0, :, :17].min() == 1
    assert np.abs(batch[0, 0, :, 17:]).max() == 0


def test_the_surroundings_of_a_number_are_seen() -> None:
    assert strip_box(RotatedBox(0.0, 0.0, 100.0, 20.0, 0.1)) == RotatedBox(0.0, 0.0, 112.0, 28.0, 0.1)
