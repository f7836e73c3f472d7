"""The picture with the answers drawn on; what it looks like was looked at, here is what can be counted."""

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from inkdigit.present.overlay import SURE, SURE_ON_DARK, UNSURE, UNSURE_ON_DARK, overlay
from inkdigit.types import Box, Character, Line, Number, Page, Reading


def page(*boxes: Box, unsure: bool = False, rotation: int = 0) -> Page:
    """A line with one number whose digits are in these boxes."""
    characters = tuple(Character(str(index % 10), 0.9, unsure, box) for index, box in enumerate(boxes))
    left, top = min(box[0] for box in boxes), min(box[1] for box in boxes)
    around = (left, top, max(b[0] + b[2] for b in boxes) - left, max(b[1] + b[3] for b in boxes) - top)
    number = Number("".join(one.text for one in characters), 0.9, unsure, around, characters)
    return Page((Line(number.text, around, (number,)),), rotation=rotation)


def drawn(pixels: np.ndarray, answer: Page | Reading) -> np.ndarray:
    with Image.open(io.BytesIO(overlay(pixels, answer))) as picture:
        assert picture.format == "PNG"
        return np.asarray(picture)


def places(picture: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """Rows and columns of the pixels that have exactly this colour."""
    return np.argwhere((picture == colour).all(axis=2))


PAPER = np.full((400, 600), 240, np.uint8)
BOXES: tuple[Box, ...] = ((100, 150, 40, 60), (160, 150, 40, 60))


@pytest.mark.parametrize("level", [240, 10])
def test_doubt_has_a_colour_and_a_shape_of_its_own(level: int) -> None:
    pixels = np.full((400, 600), level, np.uint8)
    colours = (SURE, UNSURE) if level > 128 else (SURE_ON_DARK, UNSURE_ON_DARK)
    sure, unsure = drawn(pixels, page(BOXES[0])), drawn(pixels, page(BOXES[0], unsure=True))
    assert len(places(sure, colours[0]))
    assert not len(places(sure, colours[1]))
    assert len(places(unsure, colours[1]))
    assert not len(places(unsure, colours[0]))
    left_side = [  # of a box that is whole and of one that is dashed
        len({row for row, column in places(picture, colour) if column < 100 and 155 <= row < 205})
        for picture, colour in zip((sure, unsure), colours, strict=True)
    ]
    assert left_side[0] == 50
    assert 15 < left_side[1] < 40


def test_boxes_are_around_the_ink() -> None:
    rows, columns = places(drawn(PAPER, page(*BOXES)), SURE).T
    assert 94 <= columns.min() < 100
    assert 200 < columns.max() <= 210
    assert rows.max() <= 220
    assert rows.min() < 150 - 15  # the label


def test_a_picture_of_a_page_keeps_its_size() -> None:
    assert drawn(PAPER, page(*BOXES)).shape == (400, 600, 3)


@pytest.mark.parametrize("side", [8, 28, 100])
def test_a_small_picture_is_enlarged_until_its_label_can_be_read(side: int) -> None:
    pixels = np.full((side, side, 3), 250, np.uint8)
    picture = drawn(pixels, page((side // 4, side // 4, side // 2, side // 2)))
    assert picture.shape[1] >= min(320, 16 * side)
    assert picture.shape[1] % side == 0


def test_a_label_above_the_edge_gets_room() -> None:
    picture = drawn(PAPER, page((100, 0, 40, 60)))
    assert picture.shape[0] > 400
    assert places(picture, SURE)[:, 0].min() >= 1


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_a_turned_page_is_set_upright_with_its_boxes(rotation: int) -> None:
    """A black block stays inside its box."""
    pixels = PAPER.copy()
    x, y, width, height = 100, 150, 40, 60
    pixels[y : y + height, x : x + width] = 0
    picture = drawn(pixels, page((x, y, width, height), rotation=rotation))
    assert (picture.shape[0] > picture.shape[1]) == (rotation in {90, 270})
    block = np.argwhere(picture.max(axis=2) < 100)
    frame = places(picture, SURE)
    frame = frame[frame[:, 0] >= block[:, 0].min() - 8]  # without the label
    assert (frame.min(axis=0) <= block.min(axis=0)).all()
    assert (frame.max(axis=0) >= block.max(axis=0)).all()
    assert (block.min(axis=0) - frame.min(axis=0) <= 8).all()
    assert (frame.max(axis=0) - block.max(axis=0) <= 8).all()


def test_a_single_digit() -> None:
    single = Reading(7, 0.9, False, None, (7, 7, 14, 14))
    assert len(places(drawn(np.full((28, 28), 250, np.uint8), single), SURE))


def test_a_blank_picture_has_nothing_drawn_on() -> None:
    for blank in (Page(()), Reading(None, 0.0, True, None)):
        picture = drawn(PAPER, blank)
        assert len(np.unique(picture)) == 1


@settings(max_examples=50)
@given(
    shape=st.tuples(st.integers(1, 60), st.integers(8, 60)),
    boxes=st.lists(st.tuples(*[st.integers(0, 70)] * 4), min_size=1, max_size=4),
    rotation=st.sampled_from([0, 90, 180, 270]),
    unsure=st.booleans(),
)
def test_any_boxes_can_be_drawn(shape: tuple[int, int], boxes: list[Box], rotation: int, unsure: bool) -> None:
    assert drawn(np.full(shape, 200, np.uint8), page(*boxes, rotation=rotation, unsure=unsure)).ndim == 3
