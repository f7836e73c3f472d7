"""What a camera or a scanner does to a sheet: perspective, a desk around it, blur, noise, few pixels, JPEG.

In: grey levels of a sheet and a random generator. Out: the picture, and the matrix by which the truth can follow:
3x3, from pixels of the sheet to pixels of the picture. Knows nothing of what stands on the sheet.
"""

from typing import TypeAlias

import cv2
import numpy as np

from inkdigit.shapes import Float64, UInt8
from inkdigit.writing.papers import Layer, Shape, fine_print, grain, noise, shadow, smooth

Matrix: TypeAlias = Float64[np.ndarray, "3 3"]
"""Maps (x, y, 1) of one picture to (x, y, w) of another."""

Grey: TypeAlias = UInt8[np.ndarray, "h w"]
"""Grey levels, 0 black."""


def view(
    sheet: Shape,
    picture: Shape,
    random: np.random.Generator,
    *,
    angle: float,
    tilt: float = 0.0,
    shift: float = 0.0,
    scale: float = 1.0,
) -> Matrix:
    """Look at a sheet: its middle in the middle of the picture.

    Args:
        sheet: Its height and width, pixels.
        picture: Those of the picture.
        random: Decides the perspective and the shift.
        angle: By which the sheet is turned, degrees clockwise.
        tilt: How far its corners move at most in perspective, as a share of its sides.
        shift: How far its middle lies at most from that of the picture, as a share of the picture's sides.
        scale: By which it is enlarged.

    Returns:
        From the sheet to the picture.
    """
    h, w = sheet
    plain = np.vstack([cv2.getRotationMatrix2D((w / 2, h / 2), -angle, scale), [0, 0, 1]])
    plain[:2, 2] += (np.array(picture[::-1]) - (w, h)) / 2 + random.uniform(-shift, shift, 2) * picture[::-1]
    if not tilt:
        return plain
    before = np.array([[0, 0], [w, 0], [w, h], [0, h]], np.float32)
    after = before + (random.uniform(-tilt, tilt, (4, 2)) * (w, h)).astype(np.float32)
    return np.asarray(plain @ cv2.getPerspectiveTransform(before, after), np.float64)


def seen(
    layer: Grey, matrix: Matrix, picture: Shape, *, outside: int | None = None
) -> UInt8[np.ndarray, "rows columns"]:
    """A layer of a sheet as the picture shows it; `outside` the sheet this level, or None for its own sides."""
    border = cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT
    return np.asarray(
        cv2.warpPerspective(
            layer, matrix, picture[::-1], flags=cv2.INTER_LINEAR, borderMode=border, borderValue=outside or 0
        ),
        np.uint8,
    )


def on_desk(picture: Grey, matrix: Matrix, sheet: Shape, random: np.random.Generator) -> Grey:
    """The picture with a desk wherever the sheet does not lie, and the shadow of the sheet on it now and then."""
    covers = (
        seen(np.full(sheet, 255, np.uint8), matrix, (picture.shape[0], picture.shape[1]), outside=0).astype(np.float32)
        / 255
    )
    desk = _desk((picture.shape[0], picture.shape[1]), random, unlike=float(np.median(picture)))
    if random.random() < 0.4:
        reach = float(random.uniform(1.5, 8))
        desk *= 1 - cv2.GaussianBlur(covers, (0, 0), reach) * np.float32(random.uniform(0.2, 0.7))
    return np.clip(picture * covers + desk * (1 - covers), 0, 255).astype(np.uint8)


def _desk(shape: Shape, random: np.random.Generator, *, unlike: float) -> Layer:
    """Wood, cloth or a plain surface, darker or lighter than a sheet."""
    level = float(random.uniform(4, 170))
    if abs(level - unlike) < 30:
        level = unlike - 55 if unlike > 90 else unlike + 70
    desk = smooth(shape, random, low=level * 0.8, high=level * 1.15, knots=int(random.integers(2, 7)))
    kind = random.random()
    if kind < 0.25:  # the grain of wood
        streaks = noise((shape[0], max(2, shape[1] // 60)), random)
        desk += cv2.resize(streaks, shape[::-1], interpolation=cv2.INTER_CUBIC) * np.float32(random.uniform(2, 14))
    elif kind < 0.4:
        desk += fine_print(shape, random) * np.float32(random.uniform(-40, 40))
    return np.asarray(desk + grain(shape, random) * np.float32(random.uniform(0, 9)), np.float32)


def degraded(picture: Grey, random: np.random.Generator, *, unit: float) -> Grey:
    """What light, lens, sensor and file do to a picture.

    Args:
        picture: Grey levels.
        random: Decides which of them, and how much.
        unit: Height of a digit, pixels: nothing is blurred so much that none could be read.

    Returns:
        A new picture of the same shape.
    """
    grey = picture.astype(np.float32)
    shape = (picture.shape[0], picture.shape[1])
    if random.random() < 0.08:
        grey *= shadow(shape, random)
    if random.random() < 0.08:
        grey *= _vignette(shape, random)
    if random.random() < 0.35:  # exposure and contrast
        low, high = random.uniform(-10, 40), random.uniform(170, 265)
        grey = grey * np.float32((high - low) / 255) + np.float32(low)
    grey = _softened(grey, random, unit=unit)
    if random.random() < 0.45:
        grey += noise(shape, random) * np.float32(np.exp(random.uniform(np.log(0.7), np.log(11))))
    made = np.clip(grey, 0, 255).astype(np.uint8)
    if random.random() < 0.04 and np.median(made) > 120:  # a fax: black and white alone
        near = int(unit) * 2 | 1
        return np.asarray(
            cv2.adaptiveThreshold(made, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY, max(near, 11), 12), np.uint8
        )
    return jpeg(made, random) if random.random() < 0.4 else made


def jpeg(picture: Grey, random: np.random.Generator) -> Grey:
    """Store as JPEG of any quality from 22 to 95 and read it back."""
    _, stored = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(22, 96))])
    read = cv2.imdecode(stored, cv2.IMREAD_GRAYSCALE)
    assert read is not None, "what OpenCV has just written, it reads"
    return np.asarray(read, np.uint8)


def _softened(grey: Layer, random: np.random.Generator, *, unit: float) -> Layer:
    """Out of focus, moved, of few pixels, or sharpened."""
    kind, most = random.random(), min(max(0.07 * unit, 0.5), 3.0)
    if kind < 0.35:
        return np.asarray(cv2.GaussianBlur(grey, (0, 0), float(random.uniform(0.3, most))), np.float32)
    if kind < 0.43:
        reach = max(2, round(unit * random.uniform(0.04, 0.14)))
        kernel = np.zeros((2 * reach + 1, 2 * reach + 1), np.uint8)
        angle = random.uniform(0, np.pi)
        away = (int(reach * np.cos(angle) * 0.5), int(reach * np.sin(angle) * 0.5))
        cv2.line(kernel, (reach - away[0], reach - away[1]), (reach + away[0], reach + away[1]), 1.0, 1)
        return np.asarray(cv2.filter2D(grey, -1, kernel.astype(np.float32) / kernel.sum()), np.float32)
    if kind < 0.55 and unit > 12:
        share = max(float(random.uniform(0.4, 0.9)), 10 / unit)
        small = cv2.resize(grey, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        return np.asarray(cv2.resize(small, grey.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    if kind < 0.63:
        strength = float(random.uniform(0.3, 1.2))
        return np.asarray(
            cv2.addWeighted(grey, 1 + strength, cv2.GaussianBlur(grey, (0, 0), 1.2), -strength, 0), np.float32
        )
    return grey


def _vignette(shape: Shape, random: np.random.Generator) -> Layer:
    """Darker towards the corners."""
    down = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
    right = np.linspace(-1, 1, shape[1], dtype=np.float32)[None, :]
    return np.asarray(1 - np.float32(random.uniform(0.1, 0.35)) * (down**2 + right**2), np.float32)
