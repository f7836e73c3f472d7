"""Lines of handwriting as the line recognizer sees them: strips of 40 rows with what stands in them.

In: a source of digits and a random generator. Out: `LineSample`s, as a detector would cut them from photographs and
scans: tilted, cut close, with rules, walls and parts of neighbours. Knows nothing of networks.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from inkdigit.page.strips import dark_on_light
from inkdigit.shapes import Float32, UInt8
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.papers import fine_print, ink_on, paper
from inkdigit.writing.scenes import HEIGHT, NARROWEST, WIDEST, written_scene

SECURITY = 0.25  # share of the papers with the fine print of a cheque, beside those that `paper` gives it to
LOWEST, HIGHEST = 9.5, 130.0  # heights of a digit in the picture that the strip is cut from, pixels
BILEVEL = 0.05  # share that is black and white alone, as a fax or a drawing on a screen

LEAST_CONTRAST = 12.0  # levels between them; with less there is nothing to see


@dataclass(frozen=True, eq=False)
class LineSample:
    """A strip and its truth.

    Args:
        strip: Grey levels, ink dark.
        text: What stands there, of `architectures.ALPHABET`; "" if nothing.
    """

    strip: UInt8[np.ndarray, "40 w"]
    text: str


def line_sample(source: DigitSource, random: np.random.Generator) -> LineSample:
    """Make one strip."""
    scene = written_scene(source, random)
    grey = paper(scene.ink.shape, random, unit=float(scene.height))
    if random.random() < SECURITY:
        grey *= 1 - fine_print(scene.ink.shape, random) * np.float32(random.uniform(0.08, 0.4))
    grey *= 1 - scene.walls * np.float32(random.uniform(0.15, 0.9))
    grey = ink_on(grey, scene.ink, random)
    if random.random() < 0.1:
        grey = _board(grey, random)
    strip = _seen(grey, scene.height, random)
    return LineSample(dark_on_light(strip), scene.text)


def _board(grey: Float32[np.ndarray, "h w"], random: np.random.Generator) -> Float32[np.ndarray, "h w"]:
    """Light on dark: a screen, or chalk that leaves out the grain of the board."""
    light = 255 - grey
    if random.random() < 0.5:
        rough = random.standard_normal(grey.shape, dtype=np.float32)
        rough = cv2.GaussianBlur(rough, (3, 3), 0.7) * np.float32(random.uniform(0.1, 0.6))
        dark = float(np.median(light))
        light = dark + (light - dark) * np.clip(1 - np.abs(rough), 0, 1)
    return np.asarray(light, np.float32)


def _seen(
    grey: Float32[np.ndarray, "h w"], height: int, random: np.random.Generator
) -> UInt8[np.ndarray, "40 columns"]:
    """What a camera or a scanner makes of it, at its own resolution, brought to the height of a strip."""
    rows, columns = grey.shape
    width = int(np.clip(round(columns * HEIGHT / rows), NARROWEST, WIDEST))
    wanted = float(np.exp(random.uniform(np.log(LOWEST), np.log(HIGHEST)))) / height
    scale = min(1.0, wanted)
    if random.random() < 0.45:
        spread = float(random.uniform(0.3, 1.5)) * (1.4 if random.random() < 0.2 else 0.8)
        grey = cv2.GaussianBlur(grey, (0, 0), spread)
    if scale < 1:
        small = (max(8, round(columns * scale)), max(8, round(rows * scale)))
        grey = cv2.resize(grey, small, interpolation=cv2.INTER_AREA)
    if random.random() < 0.6:
        noise = random.standard_normal(grey.shape, dtype=np.float32)
        grey = grey + noise * np.float32(random.uniform(0.5, 9) * random.uniform(0.4, 1))
    seen = np.clip(grey, 0, 255).astype(np.uint8)
    if random.random() < BILEVEL:
        seen = _fax(seen, random)
    if random.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(25, 96))]
        seen = cv2.imdecode(cv2.imencode(".jpg", seen, quality)[1], cv2.IMREAD_GRAYSCALE)
    larger = seen.shape[0] < HEIGHT
    method = (cv2.INTER_LINEAR if random.random() < 0.6 else cv2.INTER_CUBIC) if larger else cv2.INTER_AREA
    return np.asarray(cv2.resize(seen, (width, HEIGHT), interpolation=method), np.uint8)


def _fax(seen: UInt8[np.ndarray, "h w"], random: np.random.Generator) -> UInt8[np.ndarray, "h w"]:
    """Black and white alone: the paper's levels are all above the threshold, if they can be."""
    ink, bare = np.percentile(seen, (1, 60)).tolist()
    if bare - ink < 4 * LEAST_CONTRAST:
        return seen
    threshold = ink + (bare - ink) * float(random.uniform(0.45, 0.75))
    return np.where(seen > threshold, 255, 0).astype(np.uint8)
