"""A picture of numbers in, a page of them out: the composition of this room.

In: decoded pixels, and the two networks as functions. Out: lines, numbers and characters with boxes in the picture as
given. Knows nothing of files, models, or how the answer is shown.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby

import cv2
import numpy as np

from inkdigit.architectures import GAP, MARK, STEP
from inkdigit.page.boxes import RotatedBox, around, within
from inkdigit.page.cells import cells_of
from inkdigit.page.decode import Decoded, LogProbabilities, characters_of, log_probabilities, text_probability
from inkdigit.page.detect import Detect, detect_numbers
from inkdigit.page.lines import lines_of
from inkdigit.page.strips import Strip, cut_strip, joined, normalise_strip, strip_box
from inkdigit.page.thresholds import Thresholds
from inkdigit.shapes import Float32, UInt8
from inkdigit.types import Box, Character, Line, Number, Page

Read = Callable[[Float32[np.ndarray, "n 1 40 width"]], Float32[np.ndarray, "n classes 1 places"]]
Pixels = UInt8[np.ndarray, "height width"] | UInt8[np.ndarray, "height width 3"]

TOGETHER, ALIKE = 16, 1.3
"""Strips that are read at once, at most, and how much longer the longest of them may be than the shortest."""

BLANK, NO_DIGITS = "blank", "no digits"


@dataclass(frozen=True)
class Networks:
    """The two networks that read a page."""

    detect: Detect
    read: Read


@dataclass(frozen=True, eq=False)
class ReadStrip:
    """What a strip says.

    Args:
        box: The part of the picture that it shows.
        score: How sure the detector is of it.
        strip: Its ink.
        log_p: What the line recognizer says of each place.
        characters: Along the best path.
    """

    box: RotatedBox
    score: float
    strip: Strip
    log_p: LogProbabilities
    characters: tuple[Decoded, ...]


def read_page(pixels: Pixels, networks: Networks, thresholds: Thresholds) -> Page:
    """Read the numbers of a picture.

    Args:
        pixels: uint8 grey (height, width) or RGB (height, width, 3), upright after EXIF.
        networks: Which find the numbers and read them.
        thresholds: When an answer is unsure.

    Returns:
        The page; without lines, and with the note "blank" where nothing is written, or "no digits" where what there is
        are none: a drawing, a texture, a photograph of anything else.
    """
    grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY) if pixels.ndim == 3 else pixels, np.uint8)
    detected = detect_numbers(grey, networks.detect)
    boxes = [strip_box(one.box) for one in detected.numbers]
    strips = read_strips([normalise_strip(cut_strip(grey, box)) for box in boxes], networks.read, thresholds)
    read = [
        ReadStrip(box, one.score, *strip)
        for box, one, strip in zip(boxes, detected.numbers, strips, strict=True)
    ]  # fmt: skip
    cells = cells_of([one.box for one in detected.numbers], detected.walls, scale=detected.scale, angle=detected.angle)
    lines = []
    for line in lines_of([one.box for one in detected.numbers], detected.angle):
        numbers = [
            replace(number, cell=cells[i]) for i in line for number in numbers_of(read[i], thresholds, shape=grey.shape)
        ]
        if numbers:
            text = " ".join(number.text for number in numbers)
            lines.append(Line(text, around([number.box for number in numbers]), tuple(numbers)))
    note = None if lines else (BLANK if is_blank(grey) else NO_DIGITS)
    return Page(tuple(lines), rotation=_rotation(detected.angle), note=note)


def is_blank(grey: UInt8[np.ndarray, "height width"]) -> bool:
    """Whether there is nothing but paper: no level that stands out of its grain and shadows."""
    small = cv2.resize(grey, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) if min(grey.shape) > 64 else grey
    ground = cv2.medianBlur(np.asarray(small, np.uint8), 31 if min(small.shape) > 31 else 3)
    return bool(np.abs(small.astype(np.float32) - ground).max() < 40)


def _rotation(angle: float) -> int:
    """By how many degrees, 0, 90, 180 or 270, to turn the picture clockwise so that it is read to the right."""
    return round(-angle / (math.pi / 2)) % 4 * 90


def read_strips(
    strips: list[Strip], read: Read, thresholds: Thresholds
) -> list[tuple[Strip, LogProbabilities, tuple[Decoded, ...]]]:
    """Read strips, those of about one length together."""
    answers: dict[int, LogProbabilities] = {}
    order = sorted(range(len(strips)), key=lambda i: strips[i].shape[1])
    while order:
        shortest = strips[order[0]].shape[1]
        some = [i for i in order[:TOGETHER] if strips[i].shape[1] <= ALIKE * shortest + STEP]
        order = order[len(some) :]
        logits = read(joined([strips[i] for i in some]))[:, :, 0]
        for i, one in zip(some, logits, strict=True):
            places = math.ceil(strips[i].shape[1] / STEP)
            answers[i] = log_probabilities(one[:, :places], thresholds.temperature)
    return [(strip, answers[i], tuple(characters_of(answers[i]))) for i, strip in enumerate(strips)]


def numbers_of(strip: ReadStrip, thresholds: Thresholds, *, shape: tuple[int, int]) -> list[Number]:
    """The numbers of a strip, parted by gaps and by marks that are neither digit nor sign."""
    whole = text_probability(strip.log_p, "".join(one.text for one in strip.characters))
    marked = any(one.text == MARK for one in strip.characters)
    parts = [
        list(part)
        for parting, part in groupby(strip.characters, key=lambda one: one.text in (GAP, MARK))
        if not parting
    ]
    parts = [part for part in parts if any(one.text.isdigit() for one in part)]
    return [
        _number(strip, part, thresholds, whole=whole, marked=marked, shape=shape)
        for part in parts
    ]  # fmt: skip


def _number(
    strip: ReadStrip, part: list[Decoded], thresholds: Thresholds, *, whole: float, marked: bool,
    shape: tuple[int, int],
) -> Number:  # fmt: skip
    boxes = character_boxes(strip, part, shape=shape)
    confidence = whole * strip.score if not marked else whole * strip.score * thresholds.marked
    characters = tuple(
        Character(one.text, one.probability, one.probability < thresholds.character, box)
        for one, box in zip(part, boxes, strict=True)
    )
    unsure = confidence < thresholds.number or any(one.unsure for one in characters)
    return Number("".join(one.text for one in part), confidence, unsure, around(boxes), characters)


def character_boxes(strip: ReadStrip, part: list[Decoded], *, shape: tuple[int, int]) -> list[Box]:
    """Where the characters stand in the picture: the ink about their places, half way to their neighbours at most."""
    middles = [(one.first + one.last + 1) / 2 * STEP for one in part]
    all_middles = [(one.first + one.last + 1) / 2 * STEP for one in strip.characters]
    width = strip.strip.shape[1]
    height = strip.strip.shape[0]
    boxes = []
    for middle in middles:
        left = max((m for m in all_middles if m < middle), default=middle - 0.8 * height)
        right = min((m for m in all_middles if m > middle), default=middle + 0.8 * height)
        first = int(max(0, (left + middle) / 2, middle - 0.6 * height))
        last = int(min(width, max(first + 1, math.ceil(min((right + middle) / 2, middle + 0.6 * height)))))
        x, y, wide, high = _ink_box(strip.strip, first, max(last, first + 1))
        scale = strip.box.height / height
        boxes.append(within(strip.box.inside(x * scale, y * scale, wide * scale, high * scale), shape))
    return boxes


def _ink_box(strip: Strip, first: int, last: int) -> Box:
    """The box of the ink between two columns of a strip, or of the columns where there is none."""
    ink = strip[:, first:last] > 0.4
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return first, 0, last - first, strip.shape[0]
    return first + int(columns[0]), int(rows[0]), int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1
