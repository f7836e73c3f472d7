"""Pictures of a digit that a person reads alike: coloured, faint, ruled, shaded, enlarged, JPEG. Synthetic."""

import io
from collections.abc import Callable

import cv2
import numpy as np
from PIL import Image

from inkdigit.data.strokes import draw

PAPER, PEN = 235.0, 45.0
SIDE = 96


def written(digit: int, *, seed: int) -> np.ndarray:
    """Ink of a digit in the middle of a square picture."""
    glyph = draw(digit, random=np.random.default_rng([seed, digit]), height=52)
    ink = np.zeros((SIDE, SIDE), np.float32)
    left = (SIDE - glyph.shape[1]) // 2
    ink[22:74, left : left + glyph.shape[1]] = glyph
    return ink


def grey(ink: np.ndarray, *, paper: float = PAPER, pen: float = PEN) -> np.ndarray:
    return np.round(paper + (pen - paper) * ink).astype(np.uint8)


def coloured(ink: np.ndarray, paper: tuple[int, ...], pen: tuple[int, ...]) -> np.ndarray:
    return np.round(np.array(paper) + (np.array(pen) - np.array(paper)) * ink[..., None]).astype(np.uint8)


def jpeg(picture: np.ndarray, quality: int) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file))


def noisy(picture: np.ndarray, spread: float) -> np.ndarray:
    noise = np.random.default_rng(0).normal(0, spread, picture.shape)
    return np.clip(np.round(picture + noise), 0, 255).astype(np.uint8)


def lined(picture: np.ndarray, *, every: int, darkness: int, squared: bool = False) -> np.ndarray:
    picture = picture.copy()
    picture[4::every] = np.minimum(picture[4::every], darkness)
    if squared:
        picture[:, 4::every] = np.minimum(picture[:, 4::every], darkness)
    return picture


def shaded(picture: np.ndarray, darkest: float) -> np.ndarray:
    return np.round(picture * np.linspace(1, darkest, picture.shape[1])).astype(np.uint8)


def resized(ink: np.ndarray, times: float) -> np.ndarray:
    size = (round(ink.shape[1] * times), round(ink.shape[0] * times))
    return cv2.resize(ink, size, interpolation=cv2.INTER_AREA if times < 1 else cv2.INTER_LINEAR)


TWINS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "inverted": lambda ink: 255 - grey(ink),
    "white on black": lambda ink: grey(ink, paper=0, pen=255),
    "blue on yellow": lambda ink: coloured(ink, (240, 220, 150), (30, 60, 160)),
    "red and green alike bright": lambda ink: coloured(ink, (200, 120, 120), (90, 170, 120)),
    "contrast of 5 %": lambda ink: grey(ink, paper=200, pen=187),
    "contrast of 5 %, light on dark": lambda ink: grey(ink, paper=30, pen=43),
    "contrast of 10 %, JPEG 30": lambda ink: jpeg(grey(ink, paper=200, pen=174), 30),
    "ruled": lambda ink: lined(grey(ink), every=17, darkness=190),
    "ruled dark": lambda ink: lined(grey(ink), every=30, darkness=110),
    "squared": lambda ink: lined(grey(ink), every=14, darkness=195, squared=True),
    "squared dark": lambda ink: lined(grey(ink), every=22, darkness=130, squared=True),
    "shaded": lambda ink: shaded(grey(ink), 0.4),
    "faint and shaded": lambda ink: shaded(grey(ink, pen=190), 0.6),
    "JPEG 30": lambda ink: jpeg(grey(ink), 30),
    "colour JPEG 30": lambda ink: jpeg(coloured(ink, (230, 225, 200), (60, 60, 110)), 30),
    "noise": lambda ink: noisy(grey(ink), 12),
    "half the size": lambda ink: grey(resized(ink, 0.5)),
    "twice the size": lambda ink: grey(resized(ink, 2)),
    "eight times the size": lambda ink: noisy(grey(resized(ink, 8)), 4),
    "in a corner": lambda ink: grey(np.pad(ink[20:76], ((0, 60), (70, 0)))),
    "small in a large picture": lambda ink: noisy(grey(np.pad(ink, ((30, 600), (700, 50)))), 3),
    "in a black frame": lambda ink: grey(np.pad(ink, 3, constant_values=1)),
    "with a dot and a speck": lambda ink: grey(np.maximum(ink, dots(ink.shape))),
}


def dots(shape: tuple[int, ...]) -> np.ndarray:
    ink = np.zeros(shape, np.float32)
    ink[70:75, 84:89] = 1
    ink[8, 12] = 1
    return ink
