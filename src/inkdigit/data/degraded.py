"""MNIST's training digits degraded, as other pens, cameras and cuts would show them, with negatives.

In: MNIST. Out: `Digits` whose label 10 says "no digit", to train and calibrate a reader of real
handwriting. Every image went through the framing of all reading. The test part is MNIST's own, untouched.
Knows nothing of real handwriting other than MNIST's: everything added is synthetic.

Of every MNIST image there are ROUNDS versions, and for every five digits two shapes that are none (`negatives`). One
digit in six is drawn by a program, most
of them in the forms of `oldhands`, which are rare in MNIST.
The images that come from the last 5,000 of MNIST's stand at the end, so that holding out the end holds out
whole originals.
"""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

import numpy as np

from inkdigit.data import mnist
from inkdigit.data.degradations import TALL, Drawing, degrade, enlarge
from inkdigit.data.labelled import Part
from inkdigit.data.negatives import DrawDigit, beside, cropped, draw_negative
from inkdigit.data.oldhands import OLD_FORMS
from inkdigit.data.skeletons import FORMS
from inkdigit.data.strokes import draw
from inkdigit.frame import centre_glyph
from inkdigit.machine import Machine
from inkdigit.shapes import Float32, UInt8
from inkdigit.types import NO_DIGIT, Digits, Images, Labels

Frame = Float32[np.ndarray, "28 28"]
Made = tuple[UInt8[np.ndarray, "m 28 28"], UInt8[np.ndarray, " m"]]

ROUNDS = 8
HELD_OUT = 5_000
CHUNK = 1_000
"""Originals that share one random generator."""

PER_FIVE = 2  # negatives, for every five digits
DRAWN, OLD = 0.2, 0.6  # of the digits that are changed, how many a program draws, and of these in old forms
UNTOUCHED, LIGHT = 0.12, 0.3  # shares of the digits that stay as MNIST has them, or are only bent
PIECE = 0.16  # of the digits with a piece of a neighbour at one side


def load(part: Part) -> Digits:
    """Load a part: the training part is made, on as many cores as there are; the test part is MNIST's own."""
    return make_all(processes=Machine.here().cores) if part == "train" else mnist.load("test")


def make_all(*, processes: int, rounds: int = ROUNDS, seed: int = 0, most: int | None = None) -> Digits:
    """Make the training part.

    Args:
        processes: How many make them side by side; the images do not depend on it.
        rounds: Versions of every MNIST image.
        seed: Decides everything random.
        most: Use only the first so many MNIST images (for tests).

    Returns:
        Images and labels 0 to 10, at the end those that come from held-out originals, which are `reserved`; 1.4 times
        `rounds` times 60,000 of them (8 rounds: 527 MB).
    """
    originals = mnist.load("train")
    images, labels = originals.images[:most], originals.labels[:most]
    order = list(_order(len(images), rounds))
    jobs = [
        (images[start : start + CHUNK], labels[start : start + CHUNK], (seed, round_number, start))
        for start, round_number in order
    ]
    # Fresh processes: a copy of this one could hold the locks of its threads.
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        made = list(pool.map(_chunk, jobs))
    all_images = np.concatenate([images for images, _ in made])
    all_labels = np.concatenate([labels for _, labels in made])
    reserved = sum(len(some) for (start, _), (_, some) in zip(order, made, strict=True) if start >= _cut(len(images)))
    return Digits(all_images, all_labels, "degraded", "train", reserved=reserved)


def originals() -> Digits:
    """Load the MNIST images that what is `reserved` was made of."""
    digits = mnist.load("train")
    return digits.take(slice(_cut(len(digits)), None), part="validation")


def _cut(n: int) -> int:
    """The first of n originals that is held out."""
    return max(n - HELD_OUT, 0)


def _order(n: int, rounds: int) -> Iterator[tuple[int, int]]:
    """Start and round of every chunk: first all rounds of what is trained on, then those of what is held out."""
    for first, last in ((0, _cut(n)), (_cut(n), n)):
        for round_number in range(rounds):
            yield from ((start, round_number) for start in range(first, last, CHUNK))


def _chunk(job: tuple[Images, Labels, tuple[int, ...]]) -> Made:
    images, labels, seed = job
    return make(images, labels, np.random.default_rng(seed))


def make(images: Images, labels: Labels, random: np.random.Generator) -> Made:
    """Make a version of every image, and shapes that are no digit.

    Args:
        images: MNIST's, uint8 (n, 28, 28).
        labels: Their digits.
        random: Decides everything.

    Returns:
        uint8 (n + 2 n / 5, 28, 28) and as many labels; 10 says no digit.
    """
    n, others = len(images), len(images) * PER_FIVE // 5
    made, truth = np.zeros((n + others, 28, 28), np.uint8), np.full(n + others, NO_DIGIT, np.uint8)

    def another() -> Drawing:
        return cropped(enlarge(_ink(images[random.integers(n)])))

    for i in range(n):
        made[i], truth[i] = _grey(_digit(images[i], int(labels[i]), random, another)), labels[i]
    for i in range(n, n + others):
        made[i] = _grey(centre_glyph(degrade(draw_negative(another, random), random, strength=0.8)))
    return made, truth


def _digit(image: UInt8[np.ndarray, "28 28"], label: int, random: np.random.Generator, another: DrawDigit) -> Frame:
    """A version of one digit, framed; `another` gives neighbours."""
    fate = random.random()
    if fate < UNTOUCHED:
        return _ink(image)
    if random.random() < DRAWN:
        forms = OLD_FORMS if random.random() < OLD else FORMS
        drawing = draw(label, random=random, height=TALL, wildness=0.8, forms=forms)
    else:
        drawing = cropped(enlarge(_ink(image)))
    if random.random() < PIECE:
        drawing = _with_piece(drawing, another(), random)
    return centre_glyph(degrade(drawing, random, strength=0.0 if fate < UNTOUCHED + LIGHT else 1.0))


def _with_piece(drawing: Drawing, neighbour: Drawing, random: np.random.Generator) -> Drawing:
    """A digit that a bit of its neighbour hangs on: at most a quarter of its width, half of the neighbour's."""
    width = max(2, round(min(drawing.shape[1], 2 * neighbour.shape[1]) * random.uniform(0.05, 0.25)))
    gap, drop = int(random.integers(-4, 6)), int(random.integers(-12, 12))
    if random.random() < 0.5:
        return beside(drawing, np.ascontiguousarray(neighbour[:, :width]), gap=gap, drop=drop)
    return beside(np.ascontiguousarray(neighbour[:, -width:]), drawing, gap=gap, drop=drop)


def _ink(image: UInt8[np.ndarray, "28 28"]) -> Frame:
    return image.astype(np.float32) / np.float32(255)


def _grey(ink: Frame) -> UInt8[np.ndarray, "28 28"]:
    return np.rint(255 * ink).astype(np.uint8)
