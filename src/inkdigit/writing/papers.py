"""Bare papers and the ink on them: what handwriting lies on, from a white sheet to the fine print of a cheque.

In: a shape, a random generator, and ink as coverage, 0 none to 1 full. Out: grey levels, float32, 0 black to 255
white. Knows nothing of digits, of pages or of cameras: whatever is on a paper here is nothing to be read.
"""

from collections.abc import Callable
from typing import Literal, TypeAlias

import cv2
import numpy as np

from inkdigit.shapes import Float32

Shape: TypeAlias = tuple[int, int]
"""Height and width, pixels."""

Layer: TypeAlias = Float32[np.ndarray, "h w"]
"""A picture's worth of coverage, 0 to 1, of shades or of grey levels."""

Pen: TypeAlias = Literal["solid", "felt", "ballpoint", "pencil", "chalk"]
"""What ink is laid with."""

PENS: tuple[Pen, ...] = ("solid", "felt", "ballpoint", "pencil", "chalk")

SPECKLE: dict[Pen, tuple[float, float, float]] = {
    "ballpoint": (0.05, 0.35, 0.0),
    "pencil": (0.05, 0.6, 0.6),
    "chalk": (0.3, 1.1, 0.7),
}
"""Least and most spread of the ink's strength from pixel to pixel, and how soft its grain is."""

BRIGHTEST = 255.0


def paper(
    shape: Shape, random: np.random.Generator, *, ruled: bool = True, unit: float | None = None, fine: float = 0.3
) -> Layer:
    """Make a bare paper.

    Args:
        shape: Height and width, pixels.
        random: Decides everything else; the same state gives the same paper.
        ruled: Whether it may be squared, dotted or ruled to write on.
        unit: How high a digit written on it is, pixels, to which squares and rules are in proportion; None for a
            random one from 12 to 60.
        fine: Share of the papers with fine print, as cheques have it.

    Returns:
        Grey levels, 0 to 255; most are light, none is darker on the average than 70.
    """
    unit = unit or float(np.exp(random.uniform(np.log(12), np.log(60))))
    grey = np.full(shape, _tone(random), np.float32)
    if random.random() < 0.45:
        grey *= smooth(shape, random, low=float(random.uniform(0.55, 1.0)), high=1.04, knots=int(random.integers(2, 6)))
    if random.random() < fine:
        grey = _printed(grey, fine_print(shape, random), random.uniform(5, 60))
    if ruled and random.random() < 0.4:
        grey = _printed(grey, rules(shape, random, unit=unit), random.uniform(8, 110))
    for kind, share in ((_stain, 0.08), (_stamp, 0.05), (_fold, 0.07)):
        if random.random() < share:
            grey = kind(grey, random)
    if random.random() < 0.12:
        grey *= shadow(shape, random)
    if random.random() < 0.8:
        grey += grain(shape, random) * np.float32(np.exp(random.uniform(np.log(0.4), np.log(9))))
    return np.clip(grey, 0, BRIGHTEST, out=grey)


def ink_on(
    grey: Layer, ink: Layer, random: np.random.Generator, *, contrast: float | None = None, pen: Pen | None = None
) -> Layer:
    """Lay ink on a paper: it takes light away in proportion, so that what is printed shows through.

    Args:
        grey: The paper, 0 to 255.
        ink: Coverage, 0 to 1, of the same shape.
        random: Decides how uneven the pen writes, and which it is if that is not given.
        contrast: Levels between the paper and full ink; None for 35 to 220, mostly dark.
        pen: What it is written with: "solid" is even everywhere, "chalk" has holes.

    Returns:
        The written paper, a new array.
    """
    level = max(float(np.median(grey[:: max(1, grey.shape[0] // 32), :: max(1, grey.shape[1] // 32)])), 1.0)
    if contrast is None:
        contrast = float(35 + 185 * random.beta(2.2, 1.5))
    depth = np.float32(min(contrast / level, 0.97))
    pen = pen or PENS[int(random.choice(len(PENS), p=[0.2, 0.2, 0.4, 0.17, 0.03]))]
    if pen == "solid":
        return np.asarray(grey * (1 - ink * depth), np.float32)
    strength = smooth(
        grey.shape, random, low=float(random.uniform(0.6, 0.9)), high=1.06, knots=int(random.integers(3, 9))
    )
    if pen in SPECKLE:  # the ball skips, graphite and chalk stay on the grain
        least, most, softness = SPECKLE[pen]
        speckle = cv2.GaussianBlur(grain(grey.shape, random), (3, 3), softness)
        strength += speckle * np.float32(random.uniform(least, most))
    covered = ink * np.clip(strength, 0, 1, out=strength) * depth
    return np.asarray(grey * (1 - covered), np.float32)


def smooth(shape: Shape, random: np.random.Generator, *, low: float, high: float, knots: int) -> Layer:
    """Make a field of random values from `low` to `high` that changes slowly, over `knots` places a side."""
    values = random.uniform(low, high, (knots, knots)).astype(np.float32)
    small = cv2.resize(values, (max(2, shape[1] // 8), max(2, shape[0] // 8)), interpolation=cv2.INTER_CUBIC)
    return np.asarray(cv2.resize(small, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)


def grain(shape: Shape, random: np.random.Generator) -> Layer:
    """Make noise of mean 0 and spread 1, one value for each pixel or coarser."""
    if random.random() < 0.5:
        return noise(shape, random)
    coarse = noise((shape[0] // 2 + 1, shape[1] // 2 + 1), random)
    return np.asarray(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32) * np.float32(1.5)


def noise(shape: Shape, random: np.random.Generator) -> Layer:
    """Make normal noise of mean 0 and spread 1; OpenCV's, seeded anew, takes a fifth of the time of NumPy's."""
    made = np.empty(shape, np.float32)
    cv2.setRNGSeed(int(random.integers(2**31)))
    cv2.randn(made, np.zeros(1), np.ones(1))
    return made


def shadow(shape: Shape, random: np.random.Generator) -> Layer:
    """Make the shade of a hand, a head or a book: 1 in the light, less beyond a border that is sharp or soft."""
    rows, columns = _places(shape)
    angle, middle = random.uniform(0, 2 * np.pi), random.uniform(0.2, 0.8, 2)
    away = (columns - middle[0] * shape[1]) * np.cos(angle) + (rows - middle[1] * shape[0]) * np.sin(angle)
    bend = max(shape) * random.uniform(0.0, 0.15)
    away = away + bend * np.sin((rows + columns) / (max(shape) * random.uniform(0.1, 0.4)))
    softness = max(shape) * np.exp(random.uniform(np.log(0.005), np.log(0.2)))
    dark = random.uniform(0.2, 0.65)
    return np.asarray(1 - dark / (1 + np.exp(-np.clip(away / softness, -30, 30))), np.float32)


def rules(shape: Shape, random: np.random.Generator, *, unit: float) -> Layer:
    """Draw what people write on: rules, squares, dots, or millimetres, as coverage."""
    kind = random.choice(["ruled", "squared", "dotted", "millimetre"], p=[0.35, 0.45, 0.12, 0.08])
    drawn = np.zeros(shape, np.float32)
    pitch = unit * (random.uniform(1.1, 2.2) if kind == "ruled" else random.uniform(0.35, 1.3))
    pitch = max(pitch, 6.0)
    thick = max(1, round(unit * float(random.uniform(0.0, 0.07))))
    start = random.uniform(-pitch, 0, 2)
    at_rows = np.arange(start[0], shape[0], pitch).round().astype(int)
    at_columns = np.arange(start[1], shape[1], pitch).round().astype(int)
    if kind == "dotted":
        for row in at_rows[at_rows >= 0]:
            for part in range(thick):
                drawn[row : row + thick, at_columns[at_columns >= 0] + part - shape[1]] = 1
        return drawn
    for part in range(thick):
        drawn[at_rows[(at_rows >= 0) & (at_rows + part < shape[0])] + part] = 1
        if kind != "ruled":
            drawn[:, at_columns[(at_columns >= 0) & (at_columns + part < shape[1])] + part] = 1
    if kind == "millimetre" and pitch > 10:
        fine = pitch / 5
        drawn[np.arange(0, shape[0], fine).astype(int)] += 0.35
        drawn[:, np.arange(0, shape[1], fine).astype(int)] += 0.35
    if kind == "ruled" and random.random() < 0.3:
        drawn[:, int(random.uniform(0, 0.3) * shape[1])] = 1
    return np.minimum(drawn, 1, out=drawn)


def fine_print(shape: Shape, random: np.random.Generator) -> Layer:
    """Print the pattern of a cheque or a banknote: waves, crossing waves, hatching, rosettes, dots, tiny words."""
    kinds: list[Callable[[Shape, np.random.Generator], Layer]] = [_waves, _crossing, _rosette, _screen, _tiny_words]
    made = kinds[int(random.choice(len(kinds), p=[0.35, 0.25, 0.15, 0.17, 0.08]))](shape, random)
    if random.random() < 0.4:  # printed stronger here than there
        made *= smooth(shape, random, low=0.0, high=1.2, knots=int(random.integers(2, 5)))
    return np.clip(made, 0, 1, out=made)


def _tone(random: np.random.Generator) -> float:
    """How bright a paper is: mostly white, then grey or coloured, seldom brown."""
    kind = random.random()
    if kind < 0.15:
        return 255.0
    return float(
        random.uniform(225, 255)
        if kind < 0.55
        else random.uniform(150, 235)
        if kind < 0.88
        else random.uniform(85, 160)
    )


def _printed(grey: Layer, layer: Layer, levels: float) -> Layer:
    """The paper with a layer of coverage printed on it, at most `levels` darker and never black."""
    return np.asarray(grey * (1 - layer * np.float32(min(levels / 255, 0.7))), np.float32)


def _places(shape: Shape) -> tuple[Float32[np.ndarray, "h 1"], Float32[np.ndarray, "1 w"]]:
    """Rows as a column and columns as a row, to be broadcast."""
    return np.arange(shape[0], dtype=np.float32)[:, None], np.arange(shape[1], dtype=np.float32)[None, :]


def _phase(shape: Shape, random: np.random.Generator, *, period: float, angle: float) -> Layer:
    """The phase of lines `period` pixels apart at an angle, waving."""
    rows, columns = _places(shape)
    along = columns * np.float32(np.cos(angle)) + rows * np.float32(np.sin(angle))
    across = rows * np.float32(np.cos(angle)) - columns * np.float32(np.sin(angle))
    long = period * random.uniform(4, 30)
    swing = random.uniform(0, 3.5) if random.random() < 0.8 else 0.0
    turn = np.float32(2 * np.pi)
    return np.asarray(across * (turn / period) + np.float32(swing) * np.sin(along * (turn / long)), np.float32)


def _lines(phase: Layer, random: np.random.Generator) -> Layer:
    """Lines where the phase is a whole turn, thin or half as wide as they are apart."""
    sharp = np.float32(random.uniform(0.8, 3.0))
    wave = np.cos(phase)
    wave *= sharp
    wave += np.float32(random.uniform(-0.6, 0.3)) * sharp
    return np.clip(wave, 0, 1, out=wave)


def _waves(shape: Shape, random: np.random.Generator) -> Layer:
    """One family of waving lines, flat or slanted."""
    angle = random.normal(0, 0.12) if random.random() < 0.6 else random.uniform(0, np.pi)
    return _lines(_phase(shape, random, period=float(random.uniform(3, 12)), angle=float(angle)), random)


def _crossing(shape: Shape, random: np.random.Generator) -> Layer:
    """Two families of lines that cross, as a net of lozenges."""
    lean, period = random.uniform(0.2, 1.2), random.uniform(4, 16)
    two = [_lines(_phase(shape, random, period=float(period), angle=float(way * lean)), random) for way in (1, -1)]
    return np.maximum(two[0], two[1], out=two[0])


def _rosette(shape: Shape, random: np.random.Generator) -> Layer:
    """Rings around a point near by, waving as they go round."""
    rows, columns = _places(shape)
    middle = random.uniform(-0.3, 1.3, 2)
    down, right = rows - np.float32(middle[0] * shape[0]), columns - np.float32(middle[1] * shape[1])
    far, way = cv2.cartToPolar(np.broadcast_to(right, shape).copy(), np.broadcast_to(down, shape).copy())
    petals, swing, period = int(random.integers(3, 24)), random.uniform(0.5, 6), random.uniform(4, 12)
    phase = far * np.float32(2 * np.pi / period) + np.float32(swing) * np.sin(way * np.float32(petals))
    return _lines(np.asarray(phase, np.float32), random)


def _screen(shape: Shape, random: np.random.Generator) -> Layer:
    """A printer's screen: a small cell of dots, hatches or noise, over and over."""
    side = random.integers(3, 14, 2)
    points = (random.random(side) < random.uniform(0.08, 0.45)).astype(np.float32)
    cell = cv2.GaussianBlur(points, (3, 3), float(random.uniform(0.3, 1.0)), borderType=cv2.BORDER_REFLECT)
    return np.ascontiguousarray(
        np.tile(cell, (shape[0] // side[0] + 1, shape[1] // side[1] + 1))[: shape[0], : shape[1]]
    )


def _tiny_words(shape: Shape, random: np.random.Generator) -> Layer:
    """Letters of a few pixels, line below line."""
    letters = "".join(chr(97 + int(value)) for value in random.integers(0, 26, int(random.integers(3, 12)))).upper()
    size = float(random.uniform(0.22, 0.4))
    (wide, high), _ = cv2.getTextSize(letters + " ", cv2.FONT_HERSHEY_SIMPLEX, size, 1)
    cell = np.zeros((high + int(random.integers(3, 12)), wide), np.uint8)
    cv2.putText(cell, letters, (0, high + 1), cv2.FONT_HERSHEY_SIMPLEX, size, 255.0, 1, cv2.LINE_AA)
    many = np.tile(cell.astype(np.float32) / np.float32(255), (shape[0] // cell.shape[0] + 1, shape[1] // wide + 2))
    return np.ascontiguousarray(many[: shape[0], int(random.integers(0, wide)) :][:, : shape[1]])


def _blot(shape: Shape, random: np.random.Generator, *, wide: float) -> Layer:
    """A round soft spot somewhere, as coverage."""
    rows, columns = _places(shape)
    at, radius = random.uniform(0, 1, 2), wide * max(shape)
    far = np.hypot(rows - at[0] * shape[0], (columns - at[1] * shape[1]) * random.uniform(0.6, 1.6)) / radius
    return np.asarray(np.clip((1 - far) * random.uniform(1, 12), 0, 1), np.float32)


def _stain(grey: Layer, random: np.random.Generator) -> Layer:
    """Coffee or grease: a spot, or only its rim."""
    wide = float(random.uniform(0.05, 0.4))
    spot = _blot(grey.shape, random, wide=wide)
    if random.random() < 0.4:
        spot = np.asarray(spot * (1 - spot) * 4, np.float32)
    return _printed(grey, spot, random.uniform(8, 60))


def _stamp(grey: Layer, random: np.random.Generator) -> Layer:
    """A pale rubber stamp: rings or a frame with capital letters."""
    drawn = np.zeros(grey.shape, np.uint8)
    high, wide = grey.shape
    middle, radius = (
        (int(random.uniform(0, wide)), int(random.uniform(0, high))),
        int(random.uniform(0.1, 0.35) * max(high, wide)),
    )
    angle, thick = float(random.uniform(-40, 40)), int(random.integers(1, 4))
    cv2.ellipse(drawn, middle, (radius, int(radius * random.uniform(0.4, 1))), angle, 0, 360, 255.0, thick, cv2.LINE_AA)
    cv2.ellipse(drawn, middle, (int(radius * 0.8), int(radius * 0.35)), angle, 0, 360, 255.0, 1, cv2.LINE_AA)
    letters = "".join(chr(65 + int(value)) for value in random.integers(0, 26, int(random.integers(3, 9))))
    at = (middle[0] - radius // 2, middle[1] + radius // 10)
    cv2.putText(drawn, letters, at, cv2.FONT_HERSHEY_DUPLEX, radius / 90, 255.0, thick, cv2.LINE_AA)
    uneven = smooth(grey.shape, random, low=0.2, high=1.1, knots=6) * np.float32(1 / 255)
    return _printed(grey, np.clip(drawn * uneven, 0, 1), random.uniform(20, 90))


def _fold(grey: Layer, random: np.random.Generator) -> Layer:
    """A crease: one side a little darker, a thin line between."""
    rows, columns = _places(grey.shape)
    angle = random.normal(0, 0.05) + (np.pi / 2 if random.random() < 0.5 else 0)
    away = (columns - random.uniform(0, 1) * grey.shape[1]) * np.sin(angle) + (
        rows - random.uniform(0, 1) * grey.shape[0]
    ) * np.cos(angle)
    side = 1 - random.uniform(0, 0.12) * (away > 0) * np.exp(-np.abs(away) / (0.2 * max(grey.shape)))
    crease = 1 - random.uniform(-0.1, 0.35) * np.exp(-((away / random.uniform(0.5, 2)) ** 2))
    return np.asarray(grey * side * crease, np.float32)
