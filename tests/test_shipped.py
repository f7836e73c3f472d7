"""What the shipped reader does with pictures that it must read, and with those that it must not."""

import cv2
import numpy as np
import pytest

from inkdigit.reader import Reader, load
from inkdigit.types import Reading
from twins import TWINS, grey, written


@pytest.fixture(scope="module")
def reader() -> Reader:
    return load()


def readings(reader: Reader, pictures: list[np.ndarray]) -> list[Reading]:
    found = []
    for answer in reader.read_all(pictures, single=True):
        assert isinstance(answer, Reading)
        found.append(answer)
    return found


@pytest.mark.parametrize("hands", [1, pytest.param(5, marks=pytest.mark.long)])
def test_twins_are_read_alike_or_doubted(reader: Reader, hands: int) -> None:
    """Row I21: 23 pictures of each digit of each hand; the figure for five hands stands in docs/reading.md."""
    inks = [written(digit, seed=seed) for digit in range(10) for seed in range(hands)]
    clean = [reading.digit for reading in readings(reader, [grey(ink) for ink in inks])]
    alike = doubted = total = 0
    for change in TWINS.values():
        for reading, digit in zip(readings(reader, [change(ink) for ink in inks]), clean, strict=True):
            alike += reading.digit == digit
            doubted += reading.digit != digit and reading.unsure
            total += 1
    print(f"{total} twins: {alike} alike, {doubted} others doubted")
    assert total == 230 * hands
    assert alike >= 0.98 * total
    assert alike + doubted >= 0.995 * total


def noise(shape: tuple[int, int], *, smoothness: float) -> np.ndarray:
    """Noise whose power falls with the frequency: from sand to clouds, as most photographs of nothing."""
    frequency = np.hypot(np.fft.fftfreq(shape[0])[:, None], np.fft.rfftfreq(shape[1])[None])
    frequency[0, 0] = 1
    values = np.fft.rfft2(np.random.default_rng(0).normal(size=shape)) / frequency**smoothness
    plane = np.fft.irfft2(values, s=shape)
    return (255 * (plane - plane.min()) / np.ptp(plane)).astype(np.uint8)


@pytest.mark.parametrize("smoothness", [0, 0.5, 1, 2])
@pytest.mark.parametrize("shape", [(240, 320), pytest.param((480, 640), marks=pytest.mark.long)])
def test_a_texture_has_no_digits(reader: Reader, smoothness: float, shape: tuple[int, int]) -> None:
    page = reader.read(noise(shape, smoothness=smoothness))
    digits = [digit for line in page.lines for number in line.numbers for digit in number.characters]
    assert len(digits) <= 1
    assert all(digit.unsure for digit in digits)


FONTS = (cv2.FONT_HERSHEY_COMPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX)


def letter(sign: str, font: int) -> np.ndarray:
    picture = np.full((90, 90), 240, np.uint8)
    cv2.putText(picture, sign, (16, 66), font, 2.2, 30, 4, cv2.LINE_AA)
    return picture


def test_letters_are_doubted(reader: Reader) -> None:
    """Row I22, with fonts that the training has not seen; letters that are also digits are left out."""
    pictures = [letter(sign, font) for sign in "ACDEFHJKLMNPRTUVWXYaedhkmnrwx" for font in FONTS]
    unsure = [reading.unsure for reading in readings(reader, pictures)]
    assert np.mean(unsure) > 0.85


def test_two_digits_are_doubted(reader: Reader) -> None:
    """Row I22: where one digit was promised."""
    pairs = [np.concatenate([written(a, seed=8)[:, 18:78], written(b, seed=9)[:, 18:78]], axis=1)
             for a in range(10) for b in range(10)]  # fmt: skip
    unsure = [reading.unsure for reading in readings(reader, [grey(pair) for pair in pairs])]
    assert np.mean(unsure) > 0.85


def bare_paper(seed: int) -> list[np.ndarray]:
    """Paper with nothing on it: even, shaded, and with the noise of a camera."""
    random = np.random.default_rng(seed)
    left, right = random.uniform(40, 240, 2)
    shaded = np.linspace(left, right, 70)[None] * np.linspace(0.8, 1, 80)[:, None]
    noisy = np.clip(shaded + random.normal(0, random.uniform(2, 20), shaded.shape), 0, 255)
    return [np.full((80, 70), round(left), np.uint8), shaded.astype(np.uint8), noisy.astype(np.uint8)]


def test_bare_paper_is_blank(reader: Reader) -> None:
    """Nothing stands out at first, and no other look makes a digit of its shading."""
    read = readings(reader, [paper for seed in range(20) for paper in bare_paper(seed)])
    assert [reading.digit for reading in read if reading.digit is not None] == []


def banded(picture: np.ndarray) -> np.ndarray:
    """The negative in a band at the left and one at the right, a quarter of the width each."""
    changed, width = picture.copy(), picture.shape[1] // 4
    changed[:, :width], changed[:, -width:] = 255 - changed[:, :width], 255 - changed[:, -width:]
    return changed


def test_digits_under_bands_are_read_though_doubted(reader: Reader) -> None:
    """The first look takes the bands for ink."""
    inks = [written(digit, seed=seed) for digit in range(10) for seed in range(5)]
    clean = [reading.digit for reading in readings(reader, [grey(ink) for ink in inks])]
    spoiled = readings(reader, [banded(grey(ink)) for ink in inks])
    assert np.mean([one.digit == digit for one, digit in zip(spoiled, clean, strict=True)]) > 0.8
    assert np.mean([one.unsure for one in spoiled]) > 0.5
