"""From pixels to a page, with a recognizer that knows strokes."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from jaxtyping import UInt8

from inkdigit.data.strokes import draw
from inkdigit.page.segment import find_page
from inkdigit.types import Page
from written import PAPER, PEN, classify, on_paper, write_page

TURNED = ["3474743", "7343474"]
LINES = ["31415 92653", "27182 81", "16180339"]
Grey = UInt8[np.ndarray, "height width"]


def wrong(page: Page, lines: list[str]) -> int:
    """Digits that differ where the lines are as long as they should be, else all of them."""
    total = sum(map(len, lines))
    if [len(line.text) for line in page.lines] != [len(line) for line in lines]:
        return total
    return sum(
        a != b for line, text in zip(page.lines, lines, strict=True) for a, b in zip(line.text, text, strict=True)
    )


def turned(pixels: Grey, degrees: float) -> Grey:
    height, width = pixels.shape
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    return cv2.warpAffine(pixels, matrix, (width, height), borderValue=PAPER)


def within(page: Page, pixels: np.ndarray) -> bool:
    """Whether every box has pixels and lies in the picture."""
    boxes = [digit.box for line in page.lines for number in line.numbers for digit in number.digits]
    boxes += [line.box for line in page.lines] + [number.box for line in page.lines for number in line.numbers]
    return all(x >= 0 and y >= 0 and w > 0 and h > 0 and x + w <= pixels.shape[1] and y + h <= pixels.shape[0]
               for x, y, w, h in boxes)  # fmt: skip


@pytest.mark.parametrize("tilt", [0, -3, 3])
def test_lines_and_numbers_are_read_in_order(tilt: float) -> None:
    written = write_page(LINES, seed=5)
    page = find_page(turned(written.pixels, tilt), classify)
    assert wrong(page, LINES) <= 2
    assert page.rotation == 0
    assert page.note is None


def test_each_box_is_around_its_digit() -> None:
    written = write_page(LINES, seed=6)
    page = find_page(written.pixels, classify)
    for line, boxes in zip(page.lines, written.boxes, strict=True):
        digits = [digit for number in line.numbers for digit in number.digits]
        for digit, (x, y, width, height) in zip(digits, boxes, strict=True):
            left, top, wide, tall = digit.box
            assert abs(left + wide / 2 - x - width / 2) <= 4
            assert abs(top + tall / 2 - y - height / 2) <= 4


@pytest.mark.parametrize("quarter", [1, 2, 3])
def test_boxes_of_a_turned_page_are_in_the_picture_as_given(quarter: int) -> None:
    written = write_page(TURNED, seed=1)
    pixels = np.ascontiguousarray(np.rot90(written.pixels, quarter))
    page = find_page(pixels, classify)
    assert page.rotation == 90 * quarter
    assert wrong(page, TURNED) <= 1
    for line in page.lines:
        x, y, width, height = line.box
        assert (pixels[y : y + height, x : x + width] < (PAPER + PEN) / 2).mean() > 0.1
        assert (height > width) == (quarter != 2)


def test_specks_rules_and_dots_are_no_digits() -> None:
    written = write_page(LINES, seed=5)
    pixels = written.pixels.copy()
    random = np.random.default_rng(0)
    for x, y in random.integers(5, np.array(pixels.shape[::-1]) - 5, (30, 2)):
        pixels[y : y + 2, x : x + 2] = PEN
    for line in written.boxes:
        y = line[0][1] + line[0][3] + 6
        pixels[y : y + 2] = PEN  # a rule below each line
        x = (line[2][0] + line[2][2] + line[3][0]) // 2
        pixels[y - 11 : y - 6, x - 2 : x + 3] = PEN  # a decimal point
    assert wrong(find_page(pixels, classify), LINES) <= 3


@pytest.mark.parametrize("text", ["35", "24", "73", "52"])
def test_touching_digits_are_cut(text: str) -> None:
    random = np.random.default_rng(8)
    one, other = (draw(int(c), random=random, height=40, wildness=0.1) for c in text)
    ink = np.zeros((80, 300), np.float32)
    ink[20:60, 100 : 100 + one.shape[1]] = one
    x = 100 + one.shape[1] - 3
    part = ink[20:60, x : x + other.shape[1]]
    np.maximum(part, other, out=part)
    assert find_page(on_paper(ink), classify).text.replace(" ", "") == text


def test_a_large_picture_is_read_as_a_small_one() -> None:
    written = write_page(LINES, seed=5)
    large = cv2.resize(written.pixels, None, fx=4, fy=4, interpolation=cv2.INTER_LINEAR)
    page = find_page(large, classify)
    assert wrong(page, LINES) <= 2
    assert within(page, large)


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_blank_page_has_no_lines(level: int) -> None:
    for shape in ((1, 1), (60, 90), (60, 90, 3)):
        page = find_page(np.full(shape, level, np.uint8), classify)
        assert page.lines == ()
        assert page.note == "blank"


@settings(max_examples=40, deadline=None)
@given(arrays(np.uint8, array_shapes(min_dims=2, max_dims=2, max_side=30)), st.booleans(), st.integers(1, 4))
def test_any_picture_gives_a_page(pixels: Grey, coloured: bool, times: int) -> None:
    pixels = np.repeat(np.repeat(pixels, times, axis=0), times, axis=1)
    page = find_page(np.stack([pixels] * 3, axis=2) if coloured else pixels, classify)
    assert within(page, pixels)
    assert (page.note in {"blank", "no digits"}) == (page.lines == ())
