import io
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import inkdigit
from inkdigit import reader as reading
from inkdigit.data.pages import draw_page
from inkdigit.errors import BadInput, BadPicture, InkdigitError, UsageError
from inkdigit.pictures.given import Given
from inkdigit.pictures.picture import Picture
from inkdigit.reader import Reader, in_order
from inkdigit.types import Ink, Page, Predictions
from linear import CARD


class Judge:
    """A recognizer that tells glyphs apart by how much ink they have, and counts how often it is asked."""

    def __init__(self, sureness: float = 0.95) -> None:
        self.sureness = sureness
        self.asked: list[int] = []

    def classify(self, ink: Ink) -> Predictions:
        self.asked.append(len(ink))
        digit = (ink.sum(axis=(1, 2)) / 20).astype(np.uint8) % 10
        probabilities = np.full((len(ink), 10), 0.005, np.float32)
        probabilities[np.arange(len(ink)), digit] = self.sureness
        return Predictions(digit, np.full(len(ink), self.sureness, np.float32), digit == 1, probabilities)


def bar(width: int, *, side: int = 40) -> np.ndarray:
    """A black bar on white paper."""
    picture = np.full((side, side), 255, np.uint8)
    picture[8:32, 18 : 18 + width] = 0
    return picture


def form() -> np.ndarray:
    """A form with four lines of numbers."""
    return draw_page("form").pixels


@pytest.fixture
def reader() -> Reader:
    return Reader(Judge())


def test_a_single_digit(reader: Reader) -> None:
    answer = reader.read_single(bar(4))
    assert answer.digit in range(10)
    assert answer.confidence == pytest.approx(0.95)
    assert answer.note is None
    assert answer.probabilities is not None
    assert np.argmax(answer.probabilities) == answer.digit
    x, y, width, height = answer.box or (0, 0, 0, 0)
    assert abs(x - 18) <= 2
    assert abs(y - 8) <= 2
    assert abs(width - 4) <= 3
    assert abs(height - 24) <= 3


def test_the_same_answer_for_bytes_a_path_an_array_and_an_image(reader: Reader, tmp_path: Path) -> None:
    picture = Image.fromarray(bar(4))
    picture.save(tmp_path / "a.png")
    data = io.BytesIO()
    picture.save(data, "BMP")
    forms: list[Given] = [tmp_path / "a.png", str(tmp_path / "a.png"), data.getvalue(), picture, bar(4) / 255]
    assert {reader.read_single(form) for form in forms} == {reader.read_single(bar(4))}


def test_a_blank_picture(reader: Reader) -> None:
    for level in (0, 128, 255):
        blank = np.full((40, 40), level, np.uint8)
        answer = reader.read_single(blank)
        assert (answer.digit, answer.confidence, answer.unsure, answer.probabilities) == (None, 0.0, True, None)
        assert answer.note == "blank"
        page = reader.read(blank)
        assert (page.lines, page.text, page.note) == ((), "", "blank")


def test_what_is_known_of_the_file_is_noted(reader: Reader) -> None:
    note = "animated: first frame used"
    assert reader.read_single(Picture(bar(4), note)).note == note
    assert reader.read_single(Picture(np.full((9, 9), 255, np.uint8), note)).note == f"blank; {note}"
    assert reader.read(Picture(form(), note)).note == note


def test_a_page(reader: Reader) -> None:
    page = reader.read(form())
    assert page.text.splitlines() == list(draw_page("form").lines)
    [first, *_] = page.lines
    lefts = [one.box[0] for number in first.numbers for one in number.characters]
    assert lefts == sorted(lefts)
    assert 80 < lefts[0] < 110


@pytest.mark.parametrize("sureness", [0.95, 0.7])
def test_many_are_read_as_one_is_and_in_order(sureness: float) -> None:
    """The oracle is `read_single`; 150 pictures are more than two batches, every seventh is blank, some are bad."""
    reader = Reader(Judge(sureness))
    pictures: list[Given] = [bar(index % 7 * 2) for index in range(150)]
    pictures[3] = pictures[149] = b""
    pictures[5] = b"no picture"
    answers = list(reader.read_all(pictures, single=True))
    for index, (picture, answer) in enumerate(zip(pictures, answers, strict=True)):
        if index in {3, 5, 149}:
            assert isinstance(answer, BadPicture)
        else:
            assert answer == reader.read_single(picture)
    assert {answer.code for answer in answers if isinstance(answer, BadInput)} == {"empty-file", "unsupported-format"}


def test_single_digits_go_through_the_network_together() -> None:
    judge = Judge()
    list(Reader(judge).read_all([bar(4)] * 100, single=True))
    assert len(judge.asked) == 2
    doubtful = Judge(0.7)
    list(Reader(doubtful).read_all([bar(4)] * 100, single=True))
    assert len(doubtful.asked) == 4  # and their other views together


def test_a_model_that_knows_no_no_digit_is_not_asked_again() -> None:
    """One of ten classes is as sure of a view that shows nothing."""
    judge = Judge(0.7)
    judge.card = replace(CARD, classes="0123456789")  # type: ignore[attr-defined]
    reading = Reader(judge).read_single(bar(4))
    assert len(judge.asked) == 1
    assert reading.confidence == pytest.approx(0.7)
    judge.card = CARD  # type: ignore[attr-defined]
    Reader(judge).read_single(bar(4))
    assert len(judge.asked) == 3


def test_pages_are_read_as_one_is(reader: Reader) -> None:
    page = form()
    answers = list(reader.read_all([page, b"", bar(4)]))
    assert answers[0] == reader.read(page)
    assert isinstance(answers[1], BadPicture)
    assert isinstance(answers[2], Page)


@pytest.mark.parametrize("single", [False, True])
def test_a_listener_hears_of_every_picture_that_was_read(reader: Reader, single: bool) -> None:
    heard = {}
    pictures: list[Given] = [bar(2), b"", bar(6), np.full((9, 9), 255, np.uint8)]
    answers = list(
        reader.read_all(
            pictures,
            single=single,
            on_read=lambda index, picture, answer: heard.update({index: (picture.pixels, answer)}),
        )
    )
    assert sorted(heard) == [0, 2, 3]
    assert all(heard[index][1] is answers[index] for index in heard)
    assert np.array_equal(heard[2][0], bar(6))


def test_pictures_are_taken_as_answers_are_asked_for(reader: Reader) -> None:
    """A hundred thousand pictures need no more memory than a few."""
    taken = 0

    def endless() -> Iterator[Given]:
        nonlocal taken
        while True:
            taken += 1
            yield bar(4)

    answers = reader.read_all(endless())
    for _ in range(10):
        next(answers)
    assert taken <= 10 + reading.THREADS_FOR_PAGES + reading.AHEAD
    answers.close()  # type: ignore[attr-defined]
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("inkdigit")]


def test_work_in_order_passes_on_what_fails() -> None:
    def half(number: int) -> float:
        return 1 / (number - 3)

    results = in_order(half, range(100), threads=2)
    assert [next(results) for _ in range(3)] == [-1 / 3, -1 / 2, -1]
    with pytest.raises(ZeroDivisionError):
        next(results)


# -- framed images


def test_framed_images_of_either_kind(reader: Reader) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, 28, 28)).astype(np.uint8)
    expected = reader.classify(images)
    assert len(expected) == 5
    for same in (images / 255, (images / np.float32(255)).astype(np.float32)):
        assert np.array_equal(reader.classify(same).digit, expected.digit)
    assert len(reader.classify(images[0])) == 1
    assert len(reader.classify(images[:0])) == 0


@pytest.mark.parametrize(
    ("images", "match"),
    [
        (np.zeros((2, 28, 27)), r"shape \(2, 28, 27\); expected \(n, 28, 28\)"),
        (np.zeros((2, 784)), r"shape \(2, 784\)"),
        (np.zeros((2, 28, 28), np.int32), "type int32; expected uint8, or floats"),
        (np.full((2, 28, 28), 255.0), "values go from 255 to 255"),
        (np.full((2, 28, 28), np.nan), "values go from nan to nan"),
    ],
)
def test_images_that_cannot_be_classified(reader: Reader, images: np.ndarray, match: str) -> None:
    with pytest.raises(BadInput, match=match):
        reader.classify(images)


# -- models


def test_there_is_no_such_model(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="unknown model: crn: expected one of cnn, mlp"):
        inkdigit.load("crn")
    for name in ("missing.onnx", "no/folder", tmp_path):
        with pytest.raises(InkdigitError):
            inkdigit.load(name)
