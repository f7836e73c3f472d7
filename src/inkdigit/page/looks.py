"""Numbers read by the line recognizer, those in doubt more than once: larger, smaller, wider, narrower.

In: a grey picture, boxes of numbers, and the network as a function. Out: for each box its text, how probable it is, and
where its characters stand. A text's probability is the mean over the looks, of those texts that any look took for the
likeliest: what is read otherwise at another size is in doubt. Knows nothing of where numbers come from.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from inkdigit.architectures import STEP
from inkdigit.page.boxes import RotatedBox
from inkdigit.page.decode import Decoded, LogProbabilities, characters_of, log_probabilities, text_probability
from inkdigit.page.strips import LOOKS, Look, Strip, cut_strip, joined, normalise_strip, strip_box
from inkdigit.page.thresholds import Thresholds
from inkdigit.shapes import Float32, UInt8

Read = Callable[[Float32[np.ndarray, "n 1 40 width"]], Float32[np.ndarray, "n classes 1 places"]]

TOGETHER, ALIKE = 16, 1.3
"""Strips that are read at once, at most, and how much longer the longest of them may be than the shortest."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What one look at a number saw.

    Args:
        box: The part of the picture that was shown.
        strip: Its ink.
        log_p: What the line recognizer says of each place.
        characters: Along the best path.
    """

    box: RotatedBox
    strip: Strip
    log_p: LogProbabilities
    characters: tuple[Decoded, ...]

    @property
    def text(self) -> str:
        """The likeliest text."""
        return "".join(one.text for one in self.characters)


@dataclass(frozen=True, eq=False)
class ReadNumber:
    """What all looks at a number saw: the look that saw it best, and the mean probability of its text."""

    seen: Seen
    probability: float


def read_boxes(
    grey: UInt8[np.ndarray, "height width"], boxes: list[RotatedBox], read: Read, thresholds: Thresholds
) -> list[ReadNumber]:
    """Read the numbers in boxes, and look again at those whose text is less probable than `thresholds.again`.

    Args:
        grey: uint8 (height, width).
        boxes: Around the ink of each number, in its pixels.
        read: The network.
        thresholds: Temperature, and when to look again.
    """
    first, *others = LOOKS
    numbers = [best_of([one]) for one in see(grey, boxes, first, read, thresholds)]
    again = [i for i, number in enumerate(numbers) if number.probability < thresholds.again]
    looks = [see(grey, [boxes[i] for i in again], look, read, thresholds) for look in others]
    for place, i in enumerate(again):
        numbers[i] = best_of([numbers[i].seen, *(look[place] for look in looks)])
    return numbers


def best_of(looks: list[Seen]) -> ReadNumber:
    """Choose, among what the looks took for the likeliest, the text that is so on the average."""
    means = {one.text: float(np.mean([text_probability(other.log_p, one.text) for other in looks])) for one in looks}
    text = max(means, key=lambda text: means[text])
    seen = max((one for one in looks if one.text == text), key=lambda one: text_probability(one.log_p, text))
    return ReadNumber(seen, means[text])


def see(
    grey: UInt8[np.ndarray, "height width"], boxes: list[RotatedBox], look: Look, read: Read, thresholds: Thresholds
) -> list[Seen]:
    """Look once at each of some numbers."""
    shown = [strip_box(box, look) for box in boxes]
    strips = [normalise_strip(cut_strip(grey, box, stretch=look.stretch)) for box in shown]
    answers = read_strips(strips, read, thresholds)
    return [
        Seen(box, strip, log_p, tuple(characters_of(log_p)))
        for box, strip, log_p in zip(shown, strips, answers, strict=True)
    ]  # fmt: skip


def read_strips(strips: list[Strip], read: Read, thresholds: Thresholds) -> list[LogProbabilities]:
    """What the network says of strips, those of about one length at once."""
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
    return [answers[i] for i in range(len(strips))]
