"""A picture in, a page of numbers or one digit out: the composition of decoding, finding and recognising.

In: pictures of any kind, and a recognizer. Out: `Page`, `Reading` or `Predictions`. Knows the order of the
stages and nothing of how any of them works; does not know how an answer is shown.
"""

import itertools
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

import numpy as np

from inkdigit.errors import BadInput, UsageError
from inkdigit.formats.card import DIGITS
from inkdigit.page.thresholds import Thresholds
from inkdigit.pictures.given import Given, to_picture
from inkdigit.pictures.picture import Picture
from inkdigit.pictures.scale import enlarged_page, enlarged_reading
from inkdigit.shapes import Num
from inkdigit.types import Card, Character, Ink, Line, Number, Page, Predictions, Reading

if TYPE_CHECKING:
    from inkdigit.digit.reading import Found

BATCH = 64
"""Pictures of one digit that are recognised together: enough to keep the network busy, few enough to wait for."""

THREADS_FOR_PAGES, THREADS_FOR_SINGLES = 2, 1
"""A page is long work in OpenCV and the network, which let go of the interpreter. A picture of one digit is many short
calls, and threads that fight over the interpreter are slower than one: 4,000 in 2.2 s with 1, 2.9 s with 2 or 3."""

AHEAD = 2
"""Pieces of work beyond one per thread that are begun before the first is asked for."""

ONE, SEVEN = 1, 7

FLAGGED = 0.9
"""Probability from which a 7 is a 1 with a flag after all."""

SMALL = 128
"""Pixels of the longer side of a picture that is read as one digit where no number is found in it."""

Before = TypeVar("Before")
After = TypeVar("After")
OnRead = Callable[[int, Picture, Page | Reading], None]
"""Told which picture was read, counted from 0, and what was read, while its pixels are still there."""


@runtime_checkable
class Classifier(Protocol):
    """What a reader needs of a recognizer."""

    def classify(self, ink: Ink) -> Predictions:
        """Recognise framed glyphs, float32 (n, 28, 28)."""


class Reader:
    """Reads handwritten digits with one model; any number of threads may ask it at once.

    Args:
        recognizer: Outputs for framed glyphs: it reads pictures of one digit.
        threshold: Confidence below which an answer is unsure; the readers' own if not given.
        is_shipped: Whether it is one of those that come with the package.
    """

    def __init__(self, recognizer: Classifier, *, threshold: float | None = None, is_shipped: bool = False) -> None:
        self.recognizer, self.threshold, self.is_shipped = recognizer, threshold, is_shipped
        self.thresholds = Thresholds() if threshold is None else Thresholds(number=threshold, character=threshold)

    def read(self, picture: Given) -> Page:
        """Read every number of a picture.

        Args:
            picture: A path ("scan.pdf#2" for a page), the bytes of a file, pixels (uint8, or floats 0..1), or a Pillow
                image.

        Returns:
            Lines of numbers of characters, with boxes in the picture; without lines and with a note if it is blank.

        Raises:
            BadPicture: It cannot be read as a picture.
        """
        from inkdigit.models.page_networks import load_page_networks
        from inkdigit.page.reading import Networks, read_page

        decoded = to_picture(picture)
        networks = load_page_networks()
        page = read_page(decoded.pixels, Networks(networks.detect, networks.read), self.thresholds)
        if may_be_one_digit(page, decoded.pixels):
            page = agreed(page, enlarged_reading(self.readings([decoded])[0], 1 / decoded.scale))
        return enlarged_page(replace(page, note=_notes(page.note, decoded.note)), decoded.scale)

    def read_single(self, picture: Given) -> Reading:
        """Read the one digit of a picture.

        Args:
            picture: As for `read`.

        Raises:
            BadPicture: It cannot be read as a picture.
        """
        [reading] = self.readings([to_picture(picture)])
        return reading

    def read_all(
        self, pictures: Iterable[Given], *, single: bool = False, on_read: OnRead | None = None
    ) -> Iterator[Page | Reading | BadInput]:
        """Read many pictures in turn, a few at once; a bad one is an error among the answers.

        Args:
            pictures: Each as for `read`; they are decoded when their turn comes.
            single: Whether each holds one digit.
            on_read: Called for each that was read, in the thread that did.

        Yields:
            In the order of the pictures: a `Reading` where `single`, else a `Page`, or why there is none.
        """
        # A few single digits go through the network together; a page is work enough by itself.
        size, work = (BATCH, self._read_singles) if single else (1, self._read_pages)
        threads = THREADS_FOR_SINGLES if single else THREADS_FOR_PAGES
        batches = _batches(enumerate(pictures), size)
        for answers in in_order(lambda batch: work(batch, on_read), batches, threads=threads):
            yield from answers

    def classify(self, images: Num[np.ndarray, "..."]) -> Predictions:
        """Recognise images that are framed as MNIST's are.

        Args:
            images: (n, 28, 28) or (28, 28): uint8, 0 paper to 255 ink, or floats 0.0 to 1.0.

        Raises:
            BadInput: Another shape, type or range.
        """
        return self.recognizer.classify(_ink(images))

    def readings(self, pictures: list[Picture]) -> list[Reading]:
        """The digits of decoded pictures of one digit each, all of them classified at once."""
        from inkdigit.digit.reading import find_digits

        pixels = [picture.pixels for picture in pictures]
        found = find_digits(pixels, self.recognizer.classify, again=_knows_no_digit(self.recognizer))
        answers = [_reading(one, picture) for one, picture in zip(found, pictures, strict=True)]
        answers = [self._one_or_seven(one, picture) for one, picture in zip(answers, pictures, strict=True)]
        if self.threshold is None:
            return answers
        return [replace(one, unsure=one.confidence < self.threshold) for one in answers]

    def _one_or_seven(self, reading: Reading, picture: Picture) -> Reading:
        """Ask the line recognizer whether a 7 is a 1 with a long flag, as Europeans write it: MNIST has none of them.

        Only where the model that came with the package has answered: another one's answers are its own.
        """
        if reading.digit != SEVEN or reading.box is None or not self.is_shipped:
            return reading
        from inkdigit.models.page_networks import load_page_networks
        from inkdigit.page.reading import as_grey
        from inkdigit.page.single import digit_probabilities

        box = enlarged_reading(reading, 1 / picture.scale).box
        assert box is not None
        p = digit_probabilities(as_grey(picture.pixels), box, load_page_networks().read, self.thresholds)
        if p[ONE] > FLAGGED and p[SEVEN] < 1 - FLAGGED:
            return flagged_one(reading)
        return replace(reading, unsure=reading.unsure or bool(p[ONE] > p[SEVEN]))

    def _read_pages(self, given: list[tuple[int, Given]], on_read: OnRead | None) -> list[Page | Reading | BadInput]:
        return [self._read_page(index, one, on_read) for index, one in given]

    def _read_page(self, index: int, given: Given, on_read: OnRead | None) -> Page | BadInput:
        picture = _decoded(given)
        if isinstance(picture, BadInput):
            return picture
        page = self.read(picture)
        if on_read:
            on_read(index, picture, page)
        return page

    def _read_singles(self, given: list[tuple[int, Given]], on_read: OnRead | None) -> list[Page | Reading | BadInput]:
        decoded = [(index, _decoded(one)) for index, one in given]
        pictures = [(index, one) for index, one in decoded if isinstance(one, Picture)]
        readings = self.readings([picture for _, picture in pictures])
        if on_read:
            for (index, picture), reading in zip(pictures, readings, strict=True):
                on_read(index, picture, reading)
        rest = iter(readings)
        return [one if isinstance(one, BadInput) else next(rest) for _, one in decoded]


def load(model: str | Path | None = None, *, threshold: float | None = None) -> Reader:
    """Open a model for reading.

    Args:
        model: "cnn" (the default), "mlp" or any other model that comes with the package; an `.onnx` file that inkdigit
            wrote; the directory of a run; or anybody's `.keras` or `.h5` file, which needs the training stack. It reads
            pictures of one digit; pages are read by two networks of their own.
        threshold: Confidence, 0 to 1, below which an answer is unsure; the readers' own if not given.

    Raises:
        UsageError: There is no model of that name, or the threshold is out of its range.
        BadInput: The file cannot be used.
    """
    from inkdigit.models.open import open_model
    from inkdigit.models.zoo import NAMES

    if threshold is not None and not 0 <= threshold <= 1:
        raise UsageError("value out of range", "--threshold", f"got {threshold:g}", hint="give a number from 0 to 1")
    return Reader(open_model(model or NAMES[0]), threshold=threshold, is_shipped=model is None or model in NAMES)


def may_be_one_digit(page: Page, pixels: Num[np.ndarray, "..."]) -> bool:
    """Whether all that a page holds is one digit, or nothing is found in a small picture."""
    characters = [one for line in page.lines for number in line.numbers for one in number.characters]
    return len(characters) == 1 if characters else max(pixels.shape[:2]) <= SMALL


def agreed(page: Page, reading: Reading) -> Page:
    """A page of one digit as `--single` reads it: in doubt where it is, or where they differ; none where both doubt."""
    numbers = [number for line in page.lines for number in line.numbers]
    if reading.digit is None or reading.box is None or (reading.unsure and not numbers):
        return page
    if reading.unsure and all(number.unsure for number in numbers):
        return replace(page, lines=(), note="no digits")
    text = str(reading.digit)
    unsure = reading.unsure or any(number.text != text for number in numbers)
    box = numbers[0].box if numbers else reading.box
    number = Number(text, reading.confidence, unsure, box, (Character(text, reading.confidence, unsure, box),))
    return replace(page, lines=(Line(text, box, (number,)),), note=None)


def flagged_one(reading: Reading) -> Reading:
    """A 7 that is a 1 after all, and in doubt: two networks have seen something else."""
    assert reading.probabilities is not None
    p = list(reading.probabilities)
    p[ONE], p[SEVEN] = p[SEVEN], p[ONE]
    return replace(reading, digit=ONE, probabilities=tuple(p), unsure=True)


def in_order(work: Callable[[Before], After], things: Iterable[Before], *, threads: int) -> Iterator[After]:
    """Do work for each thing in a few threads, and give the results in the order of the things.

    Things are taken as results are asked for, so no more than a handful is ever held.
    """
    with ThreadPoolExecutor(threads, thread_name_prefix="inkdigit") as pool:
        begun: deque[Future[After]] = deque()
        try:
            for thing in things:
                begun.append(pool.submit(work, thing))
                if len(begun) >= threads + AHEAD:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:
            for one in begun:
                one.cancel()


def _batches(things: Iterable[Before], size: int) -> Iterator[list[Before]]:
    rest = iter(things)
    while batch := list(itertools.islice(rest, size)):
        yield batch


def _decoded(given: Given) -> Picture | BadInput:
    try:
        return to_picture(given)
    except BadInput as error:
        return error


def _knows_no_digit(recognizer: Classifier) -> bool:
    """Whether it has a class for what is no digit; one without a card is taken to be able to say so."""
    card = getattr(recognizer, "card", None)
    return not isinstance(card, Card) or len(card.classes) > len(DIGITS)


def _reading(found: "Found | None", picture: Picture) -> Reading:
    if found is None:
        note = _notes("blank", picture.note)
        return Reading(digit=None, confidence=0.0, unsure=True, probabilities=None, note=note)
    reading = Reading(
        digit=found.digit,
        confidence=found.confidence,
        unsure=found.unsure,
        probabilities=tuple(found.answer.probabilities[0].tolist()),
        box=found.candidate.box,
        note=picture.note,
    )
    return enlarged_reading(reading, picture.scale)


def _notes(*notes: str | None) -> str | None:
    return "; ".join(note for note in notes if note) or None


def _ink(images: Num[np.ndarray, "..."]) -> Ink:
    """Framed images of either kind as ink."""
    what = "cannot classify images"
    images = images[None] if images.shape == (28, 28) else images
    if images.ndim != 3 or images.shape[1:] != (28, 28):
        raise BadInput(what, "", f"the array has shape {images.shape}; expected (n, 28, 28)")
    if images.dtype == np.uint8:
        return images.astype(np.float32) / np.float32(255)
    if images.dtype.kind != "f":
        raise BadInput(what, "", f"the array has type {images.dtype}; expected uint8, or floats from 0 to 1")
    if images.size and not (images.min() >= 0 and images.max() <= 1):  # NaN is neither
        raise BadInput(what, "", f"the values go from {images.min():g} to {images.max():g}; floats must be 0 to 1")
    return images.astype(np.float32, copy=False)
