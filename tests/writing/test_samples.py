"""Strips as the line recognizer sees them."""

import numpy as np

from inkdigit.architectures import ALPHABET, MARK
from inkdigit.page.strips import normalise_strip
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.samples import line_sample
from inkdigit.writing.scenes import HEIGHT, WIDEST


def test_strips_have_the_height_and_texts_the_alphabet(source: DigitSource) -> None:
    random = np.random.default_rng(0)
    samples = [line_sample(source, random) for _ in range(150)]
    assert all(one.strip.shape[0] == HEIGHT and one.strip.shape[1] <= WIDEST for one in samples)
    assert all(one.strip.dtype == np.uint8 for one in samples)
    assert all(set(one.text) <= set(ALPHABET) for one in samples)
    texts = [one.text for one in samples]
    assert 0.01 < np.mean([text == "" for text in texts]) < 0.15
    assert MARK in texts
    assert all(one.strip.shape[1] > 5 * len(one.text) for one in samples)  # CTC needs a column of four pixels for each


def test_what_is_written_can_be_seen(source: DigitSource) -> None:
    random = np.random.default_rng(1)
    seen = []
    for _ in range(150):
        one = line_sample(source, random)
        if any(character.isdigit() for character in one.text):
            seen.append(np.mean(normalise_strip(one.strip) > 0.5))
    assert np.mean(np.array(seen) > 0.01) > 0.97


def test_the_same_seed_gives_the_same_strip(source: DigitSource) -> None:
    one, again = (line_sample(source, np.random.default_rng(7)) for _ in range(2))
    assert one.text == again.text
    assert np.array_equal(one.strip, again.strip)
