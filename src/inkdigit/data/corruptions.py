"""Fifteen ways in which a digit goes bad, to measure how well it is still read; never to learn from.

In: framed images and a random generator. Out: new images of the same shape, on which a person still reads
the same digits. Knows no reader and no network. Everything happens to the grey levels as MNIST stores them, 0
paper to 255 ink.

The kinds are those of MNIST-C (Mu & Gilmer, "MNIST-C: A robustness benchmark for computer vision", 2019,
arXiv:1906.02337), which took most of them from Hendrycks & Dietterich, "Benchmarking neural network robustness to
common corruptions and perturbations", 2019, arXiv:1903.12261. The names, the forms and the code are inkdigit's own.
The strengths are comparable to theirs, not the same, so the figures do not stand beside published ones as equals.

Nothing that trains may import this module; a test holds it. It shares no code with `degradations` either, from
which the shipped networks learned: a blur made by the very same lines would be an old acquaintance.
"""

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from inkdigit.data.clutter import dotted_line, splashes, zigzag
from inkdigit.shapes import Float32, Float64, UInt8
from inkdigit.types import Images

Corruption = Callable[[Images, np.random.Generator], Images]
"""uint8 (n, 28, 28) and what decides everything; uint8 (n, 28, 28), the images given are left as they are."""

SIDE = 28
MIDDLE = (SIDE - 1) / 2


def grain(images: Images, random: np.random.Generator, *, photons: float = 3.0) -> Images:
    """Count so few photons that ink is uneven: Poisson noise, full ink being `photons` of them on average."""
    counted = random.poisson(images * (photons / 255)) * (255 / photons)
    return _grey(counted)


def salt_and_pepper(images: Images, random: np.random.Generator, *, share: float = 0.17) -> Images:
    """Make this share of the pixels, 0.0 to 1.0, full ink or bare paper, half of them each."""
    fate = random.random(images.shape)
    salted = np.where(fate < share / 2, np.uint8(255), images)
    return np.where(fate > 1 - share / 2, np.uint8(0), salted)


def frosted_glass(images: Images, random: np.random.Generator, *, sigma: float = 0.7, reach: int = 1) -> Images:
    """Look through rough glass: soften, let every pixel show one of its neighbours, soften again.

    Args:
        images: As for every corruption.
        random: As for every corruption.
        sigma: Of the softening, pixels; 0.0 for none.
        reach: How far away the neighbour is at most, in rows and in columns.
    """
    image, row, column = np.ogrid[: len(images), :SIDE, :SIDE]
    down, along = random.integers(-reach, reach, (2, *images.shape), endpoint=True)
    seen = image, np.clip(row + down, 0, SIDE - 1), np.clip(column + along, 0, SIDE - 1)
    return _softened(_softened(images, sigma)[seen], sigma)


def shake(images: Images, random: np.random.Generator, *, length: float = 7.0) -> Images:
    """Move the camera while it looks: the mean along a line of `length` pixels, at least 1, in any direction.

    The even line of 7 pixels spreads ink along its direction by 1.9 pixels (standard deviation); MNIST-C's trail, half
    a bell of sigma 3, does so by 1.8.
    """
    trails = [_trail(angle, length) for angle in random.uniform(0, np.pi, len(images))]
    shaken = [
        cv2.filter2D(image, -1, trail, borderType=cv2.BORDER_CONSTANT)
        for image, trail in zip(images, trails, strict=True)
    ]
    return _stacked(shaken)


def lean(images: Images, random: np.random.Generator, *, slope: float = 0.4) -> Images:
    """Lean to the left or to the right: each row moves by `slope` columns against the next."""
    slopes = slope * _signs(len(images), random)
    return _mapped(images, [np.array([[1, one], [0, 1]]) for one in slopes])


def shrunk(images: Images, random: np.random.Generator, *, factor: float = 0.7) -> Images:
    """Draw smaller about the middle, by a factor above 0.0."""
    return _mapped(images, [np.eye(2) / factor] * len(images))


def turned(images: Images, random: np.random.Generator, *, angle: float = 0.4) -> Images:
    """Turn about the middle to the left or to the right, by an angle in radians; 0.4 is 23 degrees."""
    angles = angle * _signs(len(images), random)
    return _mapped(images, [np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]]) for a in angles])


def bleached(images: Images, random: np.random.Generator, *, by: float = 0.5) -> Images:
    """Expose too long: `by` of the whole range is added to every pixel, and what is too much is cut off."""
    return _grey(images + 255.0 * by)


def shifted(images: Images, random: np.random.Generator, *, by: int = 3) -> Images:
    """Move by whole pixels, up or down and left or right; what leaves the frame is gone."""
    moves = by * np.stack([_signs(len(images), random), _signs(len(images), random)], axis=1).astype(np.int64)
    padded = np.pad(images, ((0, 0), (by, by), (by, by)))
    shifts = [padded[i, by - down :, by - along :][:SIDE, :SIDE] for i, (down, along) in enumerate(moves)]
    return _stacked(shifts)


def inverted_bands(images: Images, random: np.random.Generator, *, width: int = 7) -> Images:
    """Exchange ink and paper in a band of columns at the left and one at the right."""
    at_side = np.minimum(np.arange(SIDE), np.arange(SIDE)[::-1]) < width
    return np.where(at_side, 255 - images, images).astype(np.uint8)


def mist(images: Images, random: np.random.Generator, *, density: float = 3.0) -> Images:
    """Lay drifting light over the picture, up to `density` times as bright as ink, and darken it to fit the range.

    The drift is smooth random fields of four finenesses, each of 0.6 times the weight of the coarser one.
    """
    drift = np.zeros(images.shape, np.float32)
    for octave in range(4):
        cells = 2 + 2**octave
        drift += 0.6**octave * _smooth(random.random((len(images), cells, cells), np.float32))
    drift -= drift.min(axis=(1, 2), keepdims=True)
    drift /= np.maximum(drift.max(axis=(1, 2), keepdims=True), np.float32(1e-6))
    return _grey((images + 255 * density * drift) / (1 + density))


def outline(images: Images, random: np.random.Generator, *, reach: int = 2) -> Images:
    """Keep of the ink only where it ends: a line along the edge of the strokes, `reach` quarter pixels to each side.

    An edge finder draws lines a pixel wide; so does a reach of 2.
    """
    outlined = np.empty_like(images)
    tip = np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)), np.uint8)
    for image, target in zip(images, outlined, strict=True):
        strokes = cv2.resize(image, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC) // 128 * 255
        edge = cv2.morphologyEx(strokes, cv2.MORPH_GRADIENT, tip)
        cv2.resize(edge, (SIDE, SIDE), dst=target, interpolation=cv2.INTER_AREA)
    return outlined


CORRUPTIONS: Mapping[str, Corruption] = {
    "grain": grain,
    "salt and pepper": salt_and_pepper,
    "frosted glass": frosted_glass,
    "shake": shake,
    "lean": lean,
    "shrunk": shrunk,
    "turned": turned,
    "bleached": bleached,
    "shifted": shifted,
    "inverted bands": inverted_bands,
    "mist": mist,
    "splashes": splashes,
    "dotted line": dotted_line,
    "zigzag": zigzag,
    "outline": outline,
}
"""By name, in the order in which MNIST-C lists its own."""


def _grey(values: Float64[np.ndarray, "n 28 28"] | Float32[np.ndarray, "n 28 28"]) -> Images:
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)


def _signs(n: int, random: np.random.Generator) -> Float64[np.ndarray, " n"]:
    """Left or right, for each image."""
    return random.choice([-1.0, 1.0], n)


def _stacked(images: list[UInt8[np.ndarray, "28 28"]]) -> Images:
    return np.array(images, np.uint8).reshape(-1, SIDE, SIDE)


def _softened(images: Images, sigma: float) -> Images:
    return _stacked([cv2.GaussianBlur(image, (0, 0), sigma) for image in images]) if sigma else images


def _mapped(images: Images, matrices: list[Float64[np.ndarray, "2 2"]]) -> Images:
    """Show at each place of an image what lay at `matrix` times that place, (x, y) from the middle."""
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    mapped = np.empty_like(images)
    for image, matrix, target in zip(images, matrices, mapped, strict=True):
        middle = np.full((2, 1), MIDDLE)
        cv2.warpAffine(image, np.hstack([matrix, middle - matrix @ middle]), (SIDE, SIDE), dst=target, flags=how)
    return mapped


def _trail(angle: float, length: float) -> Float64[np.ndarray, "side side"]:
    """The kernel of an even line: points half a pixel apart, each shared among the four pixels around it."""
    along = np.linspace(-0.5, 0.5, int(2 * length)) * (length - 1)
    places = np.arange(np.ceil(length) // 2 * 2 + 1) - np.ceil(length) // 2
    columns, rows = (np.clip(1 - abs(places[:, None] - along * way), 0, 1) for way in (np.cos(angle), np.sin(angle)))
    return rows @ columns.T / len(along)


def _smooth(coarse: Float32[np.ndarray, "n cells cells"]) -> Float32[np.ndarray, "n 28 28"]:
    """Enlarge fields of random numbers without corners."""
    fields = [cv2.resize(field, (SIDE, SIDE), interpolation=cv2.INTER_CUBIC) for field in coarse]
    return np.array(fields, np.float32).reshape(-1, SIDE, SIDE)
