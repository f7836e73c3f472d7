"""A page put together from what two networks say: numbers, characters, boxes, doubts. The networks are scripted."""

import numpy as np
import pytest

from inkdigit.architectures import ALPHABET, BLANK, COSINE, NUMBERS, SINE, STEP
from inkdigit.page.decode import characters_of
from inkdigit.page.looks import read_strips
from inkdigit.page.reading import BLANK as BLANK_PAGE
from inkdigit.page.reading import NO_DIGITS, Networks, is_blank, read_page
from inkdigit.page.thresholds import Thresholds
from inkdigit.shapes import Float32
from inkdigit.types import Page

Batch = Float32[np.ndarray, "n 1 height width"]
Answer = Float32[np.ndarray, "n maps rows columns"]

SIZE = (200, 400)
SURE = Thresholds(number=0.5, character=0.5, marked=1.0, temperature=1.0)


def detecting(*boxes: tuple[int, int, int, int]) -> "object":
    """A detector that finds numbers in level boxes x, y, width, height, whose map is shrunk as it must be."""

    def detect(pictures: Batch) -> Answer:
        _, _, height, width = pictures.shape
        maps = np.full((1, 5, height // STEP, width // STEP), -9, np.float32)
        maps[:, COSINE], maps[:, SINE] = 1, 0
        if width >= SIZE[1]:
            for x, y, wide, high in boxes:
                less = round(0.14 * high)
                rows, columns = (
                    slice((y + less) // STEP, (y + high - less) // STEP),
                    slice((x + less) // STEP, (x + wide - less) // STEP),
                )
                maps[0, NUMBERS, rows, columns] = 9
        return maps

    return detect


def saying(text: str, *, doubt: dict[int, float] | None = None) -> "object":
    """A line recognizer that says a text, evenly spread; the probabilities of some characters may be lower."""

    def read(pictures: Batch) -> Answer:
        n, _, _, width = pictures.shape
        places = width // STEP
        logits = np.full((n, BLANK + 1, 1, places), -12, np.float32)
        logits[:, BLANK] = 0
        for i, character in enumerate(text):
            place = (2 * i + 1) * places // (2 * len(text))
            p = (doubt or {}).get(i, 0.9999)
            logits[:, :, 0, place] = -12
            logits[:, ALPHABET.index(character), 0, place] = np.log(p)
            logits[:, BLANK, 0, place] = np.log(1 - p)
        return logits

    return read


def page(text: str, *boxes: tuple[int, int, int, int], doubt: dict[int, float] | None = None) -> Page:
    picture = np.full(SIZE, 230, np.uint8)
    for x, y, wide, high in boxes:
        picture[y + 2 : y + high - 2, x + 2 : x + wide - 2 : 12] = 40
    networks = Networks(detecting(*boxes), saying(text, doubt=doubt))  # type: ignore[arg-type]
    return read_page(picture, networks, SURE)


def test_a_number_keeps_its_signs() -> None:
    found = page("-12.50", (80, 60, 160, 40))
    [line] = found.lines
    [number] = line.numbers
    assert (found.text, number.text, number.unsure) == ("-12.50", "-12.50", False)
    assert [one.text for one in number.characters] == list("-12.50")
    lefts = [one.box[0] for one in number.characters]
    assert lefts == sorted(lefts)
    assert number.confidence > 0.9
    x, y, wide, high = number.box
    assert x >= 60
    assert x + wide <= 262
    assert y >= 50
    assert y + high <= 110


def test_a_gap_parts_two_numbers() -> None:
    assert [number.text for number in page("12 345", (60, 60, 240, 40)).lines[0].numbers] == ["12", "345"]


def test_another_mark_is_no_digit() -> None:
    assert [number.text for number in page("85?", (60, 60, 120, 40)).lines[0].numbers] == ["85"]
    assert page("?", (60, 60, 120, 40)).lines == ()
    assert page("-.", (60, 60, 120, 40)).lines == ()


def test_a_doubtful_character_makes_the_number_doubtful() -> None:
    [number] = page("123", (60, 60, 120, 40), doubt={1: 0.6}).lines[0].numbers
    assert [one.unsure for one in number.characters] == [False, False, False]
    [number] = page("123", (60, 60, 120, 40), doubt={1: 0.51}).lines[0].numbers
    assert number.confidence < 0.6
    assert number.confidence == pytest.approx(0.51, abs=0.05)


def test_lines_come_from_top_to_bottom() -> None:
    found = page("7", (60, 120, 40, 40), (60, 30, 40, 40), (200, 32, 40, 40))
    assert found.text == "7 7\n7"


def test_an_empty_picture_is_blank_and_a_drawing_holds_no_digits() -> None:
    networks = Networks(detecting(), saying(""))  # type: ignore[arg-type]
    blank = np.full(SIZE, 230, np.uint8)
    assert read_page(blank, networks, SURE) == Page((), 0, BLANK_PAGE)
    drawing = blank.copy()
    drawing[50:150, 100:104] = 20
    assert read_page(drawing, networks, SURE).note == NO_DIGITS
    assert is_blank(np.random.default_rng(0).normal(200, 6, (300, 300)).astype(np.uint8))


def test_colours_are_read_as_grey() -> None:
    networks = Networks(detecting((60, 60, 120, 40)), saying("42"))  # type: ignore[arg-type]
    assert read_page(np.full((*SIZE, 3), 200, np.uint8), networks, SURE).text == "42"


def test_strips_of_all_lengths_are_answered_in_order() -> None:
    seen: list[tuple[int, ...]] = []

    def read(pictures: Batch) -> Answer:
        seen.append(pictures.shape)
        logits = np.full((len(pictures), BLANK + 1, 1, pictures.shape[3] // STEP), -9, np.float32)
        for i, one in enumerate(pictures):
            logits[i, int(one[0, 0, 0]), 0, 0] = 9
            logits[i, BLANK, 0, 1:] = 9
        return logits

    strips = [np.full((40, width), value, np.float32) for width, value in ((200, 1), (40, 2), (44, 3), (600, 4))]
    found = read_strips(strips, read, SURE)
    assert ["".join(one.text for one in characters_of(log_p)) for log_p in found] == ["1", "2", "3", "4"]
    assert [shape[0] for shape in seen] == [2, 1, 1]
