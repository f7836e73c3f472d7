"""The detector's maps become boxes: shrunk ones grow back, turned ones keep their angle, doubles go."""

import math

import cv2
import numpy as np
import pytest

from inkdigit.architectures import COSINE, NUMBERS, SINE, STEP, WALLS
from inkdigit.page.detect import SHRUNK, detect_numbers, numbers_in, scales_of
from inkdigit.shapes import Float32

Maps = Float32[np.ndarray, "5 rows columns"]


def maps_of(boxes: list[tuple[float, float, float, float, float]], *, rows: int = 60, columns: int = 80) -> Maps:
    """Logits as a perfect detector gives them for boxes x, y, width, height, degrees, in places of the map."""
    maps = np.full((5, rows, columns), -9, np.float32)
    maps[COSINE], maps[SINE] = 0, 0
    for x, y, width, height, degrees in boxes:
        shrunk = SHRUNK * height
        size = (width - 2 * shrunk, height - 2 * shrunk)
        fine = np.zeros((rows * 8, columns * 8), np.uint8)
        corners = cv2.boxPoints(((x * 8, y * 8), (size[0] * 8, size[1] * 8), degrees))
        cv2.fillPoly(fine, [np.rint(corners).astype(np.int32)], 1)
        share = cv2.resize(fine.astype(np.float32), (columns, rows), interpolation=cv2.INTER_AREA)
        inside = share > 0.02
        maps[NUMBERS][inside] = np.clip(18 * (share[inside] - 0.5), -9, 9)
        maps[COSINE][inside], maps[SINE][inside] = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return maps


@pytest.mark.parametrize("degrees", [0, 12, 90, 180, -60])
def test_a_shrunk_box_grows_back(degrees: float) -> None:
    [found] = numbers_in(maps_of([(40, 30, 30, 10, degrees)]))
    box = found.box
    assert [box.x / STEP, box.y / STEP] == pytest.approx([40, 30], abs=0.5)
    assert [box.width / STEP, box.height / STEP] == pytest.approx([30, 10], abs=1.6)
    assert math.degrees(math.remainder(found.angle - math.radians(degrees), 2 * math.pi)) == pytest.approx(0, abs=1)
    assert found.score > 0.8


def test_two_numbers_side_by_side_are_two() -> None:
    found = sorted(numbers_in(maps_of([(20, 30, 20, 10, 0), (46, 30, 20, 10, 0)])), key=lambda one: one.box.x)
    assert [round(one.box.x / STEP) for one in found] == [20, 46]


@pytest.mark.parametrize("shape", [(1, 1), (28, 28), (300, 200), (4000, 3000), (50, 9000)])
def test_the_copies_of_a_picture_are_neither_huge_nor_tiny(shape: tuple[int, int]) -> None:
    longest = [max(shape) * scale for scale in scales_of(shape)]
    assert longest == sorted(longest, reverse=True)
    assert max(longest) <= 1_281
    assert min(longest) >= 95
    assert longest[-1] < 192


def test_a_number_seen_at_two_scales_is_one() -> None:
    """A box of 60 pixels is in the maps of the whole and of the half picture."""
    seen = []

    def detect(picture: Float32[np.ndarray, "1 1 height width"]) -> Float32[np.ndarray, "1 maps rows columns"]:
        rows, columns = picture.shape[2] // STEP, picture.shape[3] // STEP
        seen.append((rows, columns))
        times = columns / 160
        return maps_of([(80 * times, 60 * times, 90 * times, 22 * times, 0)], rows=rows, columns=columns)[None]

    detected = detect_numbers(np.full((480, 640), 200, np.uint8), detect)
    assert len(seen) > 1
    [one] = detected.numbers
    assert [one.box.x, one.box.y, one.box.width, one.box.height] == pytest.approx([320, 240, 360, 88], abs=10)
    assert detected.walls.shape == (120, 160)
    assert detected.scale == STEP


def test_a_page_without_numbers_has_none() -> None:
    def detect(picture: Float32[np.ndarray, "1 1 height width"]) -> Float32[np.ndarray, "1 maps rows columns"]:
        return np.full((1, 5, picture.shape[2] // STEP, picture.shape[3] // STEP), -9, np.float32)

    detected = detect_numbers(np.full((100, 130), 255, np.uint8), detect)
    assert detected.numbers == ()
    assert detected.angle == 0.0
    assert float(detected.walls.max()) < 0.01
    assert detected.walls.shape == (25, 33)
    assert WALLS == 2
