"""One hand that writes on one sheet: numbers of a size, words and marks, and again what it wrote before.

In: a source of digits and a random generator. Out: `Written`. A page of many numbers has some that are written anew
and others that are the same ink, stretched a little: writing takes longer than all else on a page. Knows nothing of
where on a page it writes.
"""

import cv2
import numpy as np

from inkdigit.writing.digits import DigitSource
from inkdigit.writing.hand import Hand
from inkdigit.writing.strings import Written, write
from inkdigit.writing.texts import random_text

TRIES = 6
"""Texts asked for until one is short enough."""


class Scribe:
    """One hand, one pen, one usual size.

    Args:
        source: Of the digits.
        random: Decides everything.
        unit: Usual height of a digit, pixels.
        fresh: How many texts are written anew; from then on they are written again.
    """

    def __init__(self, source: DigitSource, random: np.random.Generator, *, unit: float, fresh: int = 10) -> None:
        self.unit, self.fresh = unit, fresh
        self._source, self._random = source, random
        self._hand = Hand.random(random)
        self._texts: list[Written] = []
        self._digits: dict[str, list[Written]] = {}
        self._words: list[Written] = []

    def number(self, *, longest: int = 40, whole: bool = False) -> Written:
        """Write what people write on a line, at most `longest` characters; `whole` for one number without gaps."""
        known = [one for one in self._texts if _fits(one.text, longest, whole)]
        if len(self._texts) >= self.fresh and known:
            return self._again(known[int(self._random.integers(len(known)))])
        written = self.write(self._text(longest, whole))
        self._texts.append(written)
        return written

    def digit(self) -> Written:
        """Write a single digit."""
        text = str(self._random.integers(10))
        known = self._digits.setdefault(text, [])
        if known and sum(map(len, self._digits.values())) >= self.fresh:
            return self._again(known[int(self._random.integers(len(known)))])
        known.append(self.write(text))
        return known[-1]

    def word(self) -> Written:
        """Write a word or another mark that is no number."""
        if len(self._words) >= max(2, self.fresh // 3):
            return self._again(self._words[int(self._random.integers(len(self._words)))])
        self._words.append(self.write("?"))
        return self._words[-1]

    def write(self, text: str, *, scale: float = 1.0) -> Written:
        """Write a text, its digits about `scale` times as high as usual."""
        height = self.unit * scale * float(np.exp(np.clip(self._random.normal(0, 0.06), -0.2, 0.2)))
        return write(text, self._hand, self._source, self._random, height=max(6, round(height)))

    def _text(self, longest: int, whole: bool) -> str:
        for _ in range(TRIES):
            text = random_text(self._random)
            if _fits(text, longest, whole):
                return text
        count = int(self._random.integers(1, min(longest, 6) + 1))
        return "".join(str(value) for value in self._random.integers(0, 10, count))

    def _again(self, written: Written) -> Written:
        """The same ink, a little wider or narrower, higher or lower."""
        h, w = written.ink.shape
        across, down = np.exp(np.clip(self._random.normal(0, 0.07, 2), -0.2, 0.2))
        size = (max(2, round(w * float(across))), max(2, round(h * float(down))))
        ink = np.asarray(cv2.resize(written.ink, size, interpolation=cv2.INTER_LINEAR), np.float32)
        x, y = size[0] / w, size[1] / h
        boxes = tuple(
            (round(b[0] * x), round(b[1] * y), max(1, round(b[2] * x)), max(1, round(b[3] * y))) for b in written.boxes
        )
        return Written(ink, written.text, boxes, max(1, round(written.height * y)), round(written.baseline * y))


def _fits(text: str, longest: int, whole: bool) -> bool:
    has_digit = any(sign.isdigit() for sign in text)
    return len(text) <= longest and not (whole and (" " in text or not has_digit))
