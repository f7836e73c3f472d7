"""What a sheet is made of, and how it lies before the camera: paper, ink and light put together.

In: a sheet, its dress and the matrix of its view. Out: the picture, and which pieces hardly stand out from their
ground. Knows nothing of how things were arranged on the sheet.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np

from inkdigit.shapes import Bool, UInt8
from inkdigit.writing import capture
from inkdigit.writing.papers import Pen, Shape, ink_on, paper
from inkdigit.writing.sheet import Quad, Sheet
from inkdigit.writing.targets import moved

Surface: TypeAlias = Literal["paper", "cheque", "screen", "board"]
"""What is written on; a cheque is paper with fine print, a screen is drawn on by pointer, a board with chalk."""

Around: TypeAlias = Literal["nothing", "desk", "flat"]
"""What is seen beside a sheet."""

LEAST_CONTRAST = 9.0
"""Levels between a number's ink and what lies around it, below which nobody need find it."""

LEAST_OF_PATTERN = 0.45
"""The same as a share of the spread of what lies around it: fine print, rules, walls."""


@dataclass(frozen=True)
class Dress:
    """What a sheet is made of and how it lies before the camera.

    Args:
        surface: What it is.
        inverted: Light on dark.
        around: "nothing", as it is larger than the picture; a "desk"; a "flat" level, with which a picture of another
            shape was filled up.
        angle: By which it is turned, degrees clockwise.
        tilt: Of perspective, as a share of the sides.
    """

    surface: Surface = "paper"
    inverted: bool = False
    around: Around = "nothing"
    angle: float = 0.0
    tilt: float = 0.0

    @staticmethod
    def random(random: np.random.Generator, *, around: Around = "nothing") -> "Dress":
        """Some sheet somewhere."""
        kind = random.random()
        surface: Surface = "paper" if kind < 0.68 else "cheque" if kind < 0.75 else "screen" if kind < 0.87 else "board"
        if surface == "screen" and around == "desk":
            surface = "paper"
        inverted = surface == "board" or random.random() < (0.42 if surface == "screen" else 0.09)
        if around == "flat":
            return Dress(surface, inverted, around, _angle(random) if random.random() < 0.3 else 0.0)
        tilt = 0.04 if around == "desk" or random.random() < 0.2 else 0.0
        return Dress(surface, inverted, around, _angle(random), tilt)


def dressed(
    sheet: Sheet, dress: Dress, matrix: capture.Matrix, shape: Shape, random: np.random.Generator, *, unit: float
) -> tuple[UInt8[np.ndarray, "h w"], Bool[np.ndarray, " n"]]:
    """Take a picture of a sheet.

    Args:
        sheet: What lies on the paper.
        dress: Which paper, and what lies around it.
        matrix: From the sheet to the picture.
        shape: Of the picture.
        random: Decides the rest.
        unit: Height of a digit, pixels.

    Returns:
        Grey levels; and for each piece whether it is a number that hardly stands out.
    """
    page = _composed(sheet, dress, random, unit=unit)
    soiled = dress.surface != "screen" or random.random() < 0.3
    if dress.around == "flat":  # filled up after it was stored
        page = capture.degraded(page, random, unit=unit) if soiled else page
        level = int(random.choice([int(np.median(page)), 255, 0, 128], p=[0.55, 0.2, 0.15, 0.1]))
        grey = capture.seen(page, matrix, shape, outside=level)
    else:
        grey = capture.seen(page, matrix, shape)
        if dress.around == "desk":
            grey = capture.on_desk(grey, matrix, sheet.shape, random)
        grey = capture.degraded(grey, random, unit=unit) if soiled else grey
    ink = capture.seen(sheet.ink, matrix, shape, outside=0)
    quads = moved([piece.quad for piece in sheet.pieces], matrix)
    faint = [
        piece.kind == "number" and _is_faint(grey, ink, quad) for piece, quad in zip(sheet.pieces, quads, strict=True)
    ]
    return grey, np.array(faint, bool)


def _angle(random: np.random.Generator) -> float:
    """Mostly nearly upright, sometimes askew, sometimes turned by a quarter, half or any turn."""
    kind = random.random()
    if kind < 0.7:
        return float(random.uniform(-4, 4)) if random.random() < 0.7 else 0.0
    if kind < 0.85:
        return float(random.uniform(-20, 20))
    if kind < 0.95:
        return float(random.choice([90, 180, 270]) + random.uniform(-6, 6))
    return float(random.uniform(0, 360))


def _composed(sheet: Sheet, dress: Dress, random: np.random.Generator, *, unit: float) -> UInt8[np.ndarray, "h w"]:
    """Paper, print and ink as one picture of the sheet."""
    pen: Pen | None = None
    contrast: float | None = None
    if dress.surface == "screen":
        grey = np.full(sheet.shape, random.choice([255, 255, 250, 240]), np.float32)
        pen, contrast = "solid", float(random.choice([255, 255, 230, 200]))
    else:
        fine = 0.75 if dress.surface == "cheque" else 0.2
        grey = paper(sheet.shape, random, ruled=dress.surface == "paper", unit=unit, fine=fine)
    if dress.surface == "board":
        pen = "chalk" if random.random() < 0.6 else "felt"
        grey = np.asarray(grey * np.float32(random.uniform(0.75, 1.0)), np.float32)
    if sheet.print.any():
        grey *= 1 - sheet.print * np.float32(random.uniform(0.5, 0.95) / 255)
    written = ink_on(grey, sheet.ink * np.float32(1 / 255), random, contrast=contrast, pen=pen)
    page = np.clip(written, 0, 255).astype(np.uint8)
    return 255 - page if dress.inverted else page


def _is_faint(grey: UInt8[np.ndarray, "h w"], ink: UInt8[np.ndarray, "h w"], quad: Quad) -> bool:
    """Whether a number's ink hardly differs from what lies between it."""
    low, high = np.floor(np.maximum(quad.min(0), 0)).astype(int), np.ceil(np.maximum(quad.max(0), 0)).astype(int)
    part = (slice(low[1], high[1]), slice(low[0], high[0]))
    covered, levels = ink[part], grey[part]
    on, off = covered > 140, covered < 20
    if not on.any() or not off.any():
        return False
    here = levels[off].astype(np.float32)
    contrast = abs(float(levels[on].mean()) - float(here.mean()))
    return contrast < max(LEAST_CONTRAST, LEAST_OF_PATTERN * float(here.std()))
