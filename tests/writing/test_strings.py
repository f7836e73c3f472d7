"""Texts in handwriting, with the place of each character."""

import numpy as np
import pytest

from inkdigit.architectures import MARK
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.hand import Hand
from inkdigit.writing.strings import write, write_struck_out

TEXTS = ("7", "1984", "12.50", "-264", "24.12.2026", "1,299", "12:30", "8/10", "020 7946 18", "85?", "?25?", "5 ?")


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("height", [12, 40, 120])
def test_every_character_has_ink_in_its_box(source: DigitSource, text: str, height: int) -> None:
    random = np.random.default_rng(len(text))
    for _ in range(3):
        written = write(text, Hand.random(random), source, random, height=height, ringed=0.0)
        assert written.text == text
        assert len(written.boxes) == len(text)
        assert written.ink.dtype == np.float32
        covered = np.zeros(written.ink.shape, bool)
        for character, (x, y, wide, tall) in zip(text, written.boxes, strict=True):
            part = written.ink[max(y, 0) : max(y + tall, 0), max(x, 0) : max(x + wide, 0)]
            covered[max(y - 1, 0) : max(y + tall + 1, 0), max(x - 1, 0) : max(x + wide + 1, 0)] = True
            if character != " ":
                assert part.max() > 0.2
        assert written.ink[covered].sum() > 0.6 * written.ink.sum()  # the rest: a join, a broad nib


def test_ink_is_cropped(source: DigitSource, hand: Hand) -> None:
    ink = write("305", hand, source, np.random.default_rng(1), height=50).ink
    assert min(ink[0].max(), ink[-1].max(), ink[:, 0].max(), ink[:, -1].max()) > 0.2


def test_characters_stand_in_the_order_of_the_text(source: DigitSource) -> None:
    random = np.random.default_rng(0)
    for _ in range(40):
        written = write("1,234.50-7", Hand.random(random), source, random, height=40)
        left = [box[0] for box in written.boxes]
        assert left == sorted(left)


def test_the_same_seed_writes_the_same(source: DigitSource, hand: Hand) -> None:
    one, again, other = (write("8 305?", hand, source, np.random.default_rng(seed), height=40) for seed in (1, 1, 2))
    assert np.array_equal(one.ink, again.ink)
    assert one.boxes == again.boxes
    assert one.ink.shape != other.ink.shape or not np.array_equal(one.ink, other.ink)


def test_a_number_that_is_struck_out_is_a_mark(source: DigitSource, hand: Hand) -> None:
    written = write_struck_out(hand, source, np.random.default_rng(0), height=40)
    assert written.text == MARK
    assert written.boxes == ((0, 0, written.ink.shape[1], written.ink.shape[0]),)
