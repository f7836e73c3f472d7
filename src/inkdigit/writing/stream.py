"""Batches of made lines and pages without end, for training: processes beside the training make them ahead.

In: digit drawings, a seed. Out: batches, in an order that the seed alone decides, however many processes there are.
Everything is synthetic but the digits. Knows nothing of networks, nor of what is learned from the batches.
"""

import contextlib
import multiprocessing
from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import cv2
import numpy as np

from inkdigit.architectures import ALPHABET, SINE, STEP, STRIP
from inkdigit.page.detect import normalise_page
from inkdigit.page.strips import GreyStrip, Strip, normalise_strip
from inkdigit.shapes import UInt8
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.pages import page_views

Batch = tuple[np.ndarray, ...]
Line = tuple[Strip, str]
Make = Callable[[DigitSource, int, int], list[Batch]]

LINES, LINES_AT_ONCE = 64, 4
"""Lines in a batch, and in each part of one, where they are short."""

GROUP = 8
"""Batches of lines that are made together and sorted by length, so that little of each is padding."""

WIDTHS = (96, 160, 224, 320, 448, 640)
"""Pixels of width that a batch may have: the training compiles once for each."""

LONGEST = 40
"""Characters of a line, at most."""

PAGES, PAGE_GROUP = 8, 8
"""Crops of pages in a batch, and batches that are made together."""

SHOWN = 2
"""How often each line is shown in its group, then changed a little: making one takes longer than learning it (Choi et
al., "Faster neural network training with data echoing", 2019)."""

VIEWS = 3
"""Crops of each page, on other paper, in other ink and otherwise turned: 9 ms each, a page of its own 22."""

CROP = 384
"""Pixels of their sides."""

AHEAD = 3
"""Groups that each process has ready or is making."""


def line_batches(source: DigitSource, seed: int, number: int) -> list[Batch]:
    """Make the `number`-th group of batches of lines.

    Returns:
        For each batch: strips float16 (parts, n, 40, width, 1), labels int32 (parts, n, 40), their number int32
        (parts, n).
    """
    from inkdigit.writing.samples import line_sample

    random = np.random.default_rng([seed, number])
    cv2.setRNGSeed(int(random.integers(2**31)))
    lines: list[Line] = []
    while len(lines) < GROUP * LINES:
        sample = line_sample(source, random)
        copies = (sample.strip, *(stretched(sample.strip, random) for _ in range(SHOWN - 1)))
        told = (strip for strip in copies if can_be_told(sample.text, width=strip.shape[1]))
        lines += [(normalise_strip(strip), sample.text) for strip in told]
    lines.sort(key=lambda line: line[0].shape[1])
    return [_batch_of_lines(lines[i * LINES : (i + 1) * LINES], random) for i in random.permutation(GROUP).tolist()]


def stretched(strip: GreyStrip, random: np.random.Generator) -> GreyStrip:
    """Another copy of a strip: longer or shorter, a little higher or lower, with another grain."""
    height, width = strip.shape
    across, down = random.uniform(0.82, 1.2), random.uniform(0.92, 1.1)
    new = max(4 * STEP, round(width * across))
    shift = random.normal(0, 1.2) + height * (1 - down) / 2
    matrix = np.array([[across, 0, 0], [0, down, shift]])
    copy = cv2.warpAffine(strip, matrix, (new, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    noise = np.zeros_like(copy)
    spread = abs(random.normal(0, 4))
    cv2.randn(noise, np.array([spread]), np.array([spread]))  # seeded with the group; 20 times as fast as NumPy's
    return np.asarray(cv2.add(copy, noise), np.uint8)


def can_be_told(text: str, *, width: int) -> bool:
    """Whether a strip has a place for each character, one between equal ones, and is no longer than the longest."""
    places = len(text) + sum(a == b for a, b in pairwise(text))
    return places < width // STEP and width <= WIDTHS[-1] and len(text) <= LONGEST


def _batch_of_lines(lines: list[Line], random: np.random.Generator) -> Batch:
    widest = max(strip.shape[1] for strip, _ in lines)
    width = next(width for width in WIDTHS if width >= widest)
    strips = np.zeros((len(lines), STRIP, width, 1), np.float16)
    labels = np.zeros((len(lines), LONGEST), np.int32)
    lengths = np.zeros(len(lines), np.int32)
    for i, (strip, text) in enumerate(lines):
        start = int(random.integers(0, width - strip.shape[1] + 1))
        strips[i, :, start : start + strip.shape[1], 0] = strip
        labels[i, : len(text)] = [ALPHABET.index(character) for character in text]
        lengths[i] = len(text)
    n = LINES_AT_ONCE if width <= WIDTHS[3] else LINES_AT_ONCE // 2
    return tuple(array.reshape(-1, n, *array.shape[1:]) for array in (strips, labels, lengths))


def page_batches(source: DigitSource, seed: int, number: int) -> list[Batch]:
    """Make the `number`-th group of batches of crops of pages.

    Returns:
        For each batch: crops float16 (8, 1, 384, 384, 1) and targets float16 (8, 1, 96, 96, 6).
    """
    random = np.random.default_rng([seed, number])
    crops = np.zeros((PAGE_GROUP * PAGES, 1, CROP, CROP, 1), np.float16)
    targets = np.zeros((PAGE_GROUP * PAGES, 1, CROP // STEP, CROP // STEP, SINE + 2), np.float16)
    # The views of a page lie far apart: a batch of one page would teach that page.
    places = random.permutation(len(crops)).tolist()
    while places:
        for sample in page_views(source, random, views=min(VIEWS, len(places)), size=CROP):
            place = places.pop()
            crops[place, 0, :, :, 0], targets[place, 0] = normalise_page(sample.grey), sample.target
    return [(crops[i : i + PAGES], targets[i : i + PAGES]) for i in range(0, len(crops), PAGES)]


@dataclass(frozen=True)
class Stream:
    """Batches made by processes of their own.

    Args:
        make: `line_batches` or `page_batches`.
        images: MNIST's training digits uint8 (n, 28, 28) and their labels, or None for drawn forms alone.
        seed: Decides every batch.
        processes: How many make them.
    """

    make: Make
    images: tuple[UInt8[np.ndarray, "n 28 28"], UInt8[np.ndarray, " n"]] | None
    seed: int
    processes: int = 1

    def batches(self, first: int) -> Generator[Batch, None, None]:
        """Yield the batches of the group `first` and of all that follow."""
        with contextlib.closing(self.groups(first)) as groups:
            for group in groups:
                yield from group

    def groups(self, first: int) -> Generator[list[Batch], None, None]:
        """Yield the group `first` and all that follow."""
        # A fresh interpreter: a forked one would inherit the threads of the training in the middle of their work.
        spawn = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(self.processes, mp_context=spawn, initializer=_begin, initargs=(self.images,)) as pool:
            waiting: deque[Future[list[Batch]]] = deque()
            number = first
            try:
                while True:
                    while len(waiting) < self.processes * AHEAD:
                        waiting.append(pool.submit(_work, self.make, self.seed, number))
                        number += 1
                    yield waiting.popleft().result()
            finally:
                for one in waiting:
                    one.cancel()


_sources: list[DigitSource] = []
"""The drawings of this process, which `_begin` puts here."""


def _begin(images: tuple[UInt8[np.ndarray, "n 28 28"], UInt8[np.ndarray, " n"]] | None) -> None:
    cv2.setNumThreads(1)
    _sources[:] = [DigitSource(*images) if images else DigitSource(None, None)]


def _work(make: Make, seed: int, number: int) -> list[Batch]:
    return make(_sources[0], seed, number)
