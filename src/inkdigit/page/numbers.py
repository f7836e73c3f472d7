"""What was read in a box -> numbers, each of characters with their boxes, and what of them is in doubt.

In: a box as the looks at it saw it, and how sure the detector is. Out: the numbers in it, parted by gaps and by marks
that are neither digit nor sign. Knows nothing of lines or pages.
"""

import math
from itertools import groupby

import numpy as np

from inkdigit.architectures import GAP, MARK, STEP
from inkdigit.page.boxes import around, within
from inkdigit.page.decode import Decoded, text_probability
from inkdigit.page.looks import ReadNumber, Seen
from inkdigit.page.strips import Strip
from inkdigit.page.thresholds import Thresholds
from inkdigit.shapes import Int64
from inkdigit.types import Box, Character, Number

INK = 0.4
"""Of a strip's darkest ink, from where a pixel belongs to a character."""

EDGE = 0.15
"""Of the height that is shown, what at both ends is of the surroundings: less than there is of them at any look."""

REACH = 0.6
"""Of a strip's height, how far a character reaches to either side of its place, at most."""


def numbers_of(read: ReadNumber, score: float, thresholds: Thresholds, *, shape: tuple[int, int]) -> list[Number]:
    """The numbers of a box; none where it holds no digit.

    Args:
        read: What stands in the box.
        score: How sure the detector is that a number does.
        thresholds: When to doubt.
        shape: Rows and columns of the picture.
    """
    characters = read.seen.characters
    marked = thresholds.marked if any(one.text == MARK for one in characters) else 1.0
    sure = min(1.0, score / thresholds.detected) * marked
    parts = [list(part) for parts, part in groupby(characters, key=lambda one: one.text in (GAP, MARK)) if not parts]
    numbers = [part for part in parts if any(one.text.isdigit() for one in part) and _is_inside(read.seen, part)]
    alone = len(parts) == 1
    return [
        _number(
            read.seen, part, sure * (read.probability if alone else _probability(read.seen, part)), thresholds,
            shape=shape,
        )
        for part in numbers
    ]  # fmt: skip


def _is_inside(seen: Seen, part: list[Decoded]) -> bool:
    """Whether a part is the number's own: what lies beyond its ends is of a neighbour, which is read by itself."""
    width = seen.strip.shape[1]
    edge = EDGE * seen.box.height * width / seen.box.width
    middles = [(one.first + one.last + 1) / 2 * STEP for one in part]
    return any(edge <= middle <= width - edge for middle in middles)


def _probability(seen: Seen, part: list[Decoded]) -> float:
    """How probable one of several numbers of a strip is, whatever the others are: half way to its neighbours on."""
    before = [one.last for one in seen.characters if one.last < part[0].first]
    behind = [one.first for one in seen.characters if one.first > part[-1].last]
    first = (before[-1] + part[0].first + 1) // 2 if before else 0
    last = (part[-1].last + behind[0]) // 2 if behind else len(seen.log_p) - 1
    return text_probability(seen.log_p[first : last + 1], "".join(one.text for one in part))


def _number(
    seen: Seen, part: list[Decoded], confidence: float, thresholds: Thresholds, *, shape: tuple[int, int]
) -> Number:
    boxes = [character_box(seen, one, shape=shape) for one in part]
    characters = tuple(
        Character(one.text, one.probability, one.probability < thresholds.character, box)
        for one, box in zip(part, boxes, strict=True)
    )
    unsure = confidence < thresholds.number or any(one.unsure for one in characters)
    return Number("".join(one.text for one in part), confidence, unsure, around(boxes), characters)


def character_box(seen: Seen, character: Decoded, *, shape: tuple[int, int]) -> Box:
    """Where a character stands in the picture: the ink about its place, up to where least is beside it."""
    height, width = seen.strip.shape
    middles = [(one.first + one.last + 1) / 2 * STEP for one in seen.characters]
    middle = (character.first + character.last + 1) / 2 * STEP
    reach = REACH * height
    ink = (seen.strip > INK).sum(axis=0)
    before = [_emptiest(ink, one, middle) for one in middles if one < middle]
    behind = [_emptiest(ink, middle, one) for one in middles if one > middle]
    left, right = max([*before, middle - reach, 0]), min([*behind, middle + reach, width])
    first = min(int(left), width - 1)
    x, y, wide, high = _ink_box(seen.strip, first, max(math.ceil(right), first + 1))
    # A strip may be stretched: its columns and its rows are each as large as they are in the picture.
    across, down = seen.box.width / width, seen.box.height / height
    return within(seen.box.inside(x * across, y * down, wide * across, high * down), shape)


def _emptiest(ink: Int64[np.ndarray, " width"], start: float, end: float) -> int:
    """The column with least ink between two places; of several the one nearest to the middle."""
    first = min(int(start), len(ink) - 1)
    columns = np.arange(first, max(first + 1, min(int(end), len(ink))))
    fewest = columns[ink[columns] == ink[columns].min()]
    return int(fewest[np.abs(fewest - (start + end) / 2).argmin()])


def _ink_box(strip: Strip, first: int, last: int) -> Box:
    """The box of the ink between two columns of a strip, or of the columns where there is none."""
    ink = strip[:, first:last] > INK
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return first, 0, last - first, strip.shape[0]
    return first + int(columns[0]), int(rows[0]), int(columns[-1] - columns[0]) + 1, int(rows[-1] - rows[0]) + 1
