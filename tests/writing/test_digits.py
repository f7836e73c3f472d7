"""Digits by a hand: the shipped reader, which never saw these forms, is the oracle."""

from dataclasses import replace

import numpy as np
import pytest

import inkdigit
from inkdigit.data.mnist import load
from inkdigit.frame import view_of
from inkdigit.types import Digits
from inkdigit.writing.digits import ALL_FORMS, DigitSource, from_image
from inkdigit.writing.hand import Hand
from inkdigit.writing.pen import trace


def usual(random: np.random.Generator) -> Hand:
    hand = Hand.random(random)
    return replace(hand, lean=0.1, pen=0.09, wildness=0.6, aspect=1.0)


def read(drawn: list[np.ndarray]) -> np.ndarray:
    framed = np.stack([view_of(np.pad(ink, 4)) for ink in drawn])
    return np.asarray(inkdigit.load().classify(framed).digit)


def test_most_drawings_of_every_form_are_read_as_their_digit() -> None:
    random = np.random.default_rng(0)
    names, drawn = [], []
    for digit, (forms, _) in enumerate(ALL_FORMS):
        for form in forms:
            names += [(digit, form.name)] * 12
            drawn += [trace(form, usual(random), random, height=56).ink for _ in range(12)]
    right = read(drawn) == np.array([digit for digit, _ in names])
    assert right.mean() > 0.85
    shares = right.reshape(-1, 12).mean(axis=1)
    wrong = [(names[12 * i], share) for i, share in enumerate(shares) if share < 0.25]
    assert len(wrong) <= 4, wrong


def test_images_keep_their_digit(made_digits: Digits) -> None:
    random = np.random.default_rng(0)
    drawn = [from_image(image, usual(random), random, height=48).ink for image in made_digits.images[:300]]
    assert np.mean(read(drawn) == made_digits.labels[:300]) > 0.85


@pytest.mark.real
def test_digits_of_mnist_keep_their_digit() -> None:
    random = np.random.default_rng(0)
    mnist = load("train")
    source = DigitSource(mnist.images, mnist.labels)
    wanted = np.arange(300) % 10
    drawn = [source.draw(digit, replace(usual(random), drawn=0.0), random, height=48) for digit in wanted.tolist()]
    assert np.mean(read(drawn) == wanted) > 0.95


def test_only_the_images_that_are_learned_from_are_used() -> None:
    images = np.zeros((60_000, 28, 28), np.uint8)
    images[:, 8:20, 12:16] = 255
    images[55_000:, 8:20, 4:24] = 255
    source = DigitSource(images, np.zeros(60_000, np.uint8))
    random = np.random.default_rng(0)
    hand = replace(usual(random), drawn=0.0)
    drawn = [source.draw(0, hand, random, height=40) for _ in range(100)]
    assert max(ink.shape[1] for ink in drawn) < 40


@pytest.mark.parametrize("height", [10, 30, 90, 300])
def test_a_digit_is_about_as_high_as_asked_for(source: DigitSource, height: int) -> None:
    random = np.random.default_rng(0)
    heights = [source.draw(digit, usual(random), random, height=height).shape[0] for digit in range(10)]
    assert 0.85 * height < np.median(heights) < 1.3 * height + 2
