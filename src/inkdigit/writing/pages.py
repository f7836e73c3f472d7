"""Pages with their truth: crops to train the detector on, and whole documents to measure reading with.

In: a source of digits and a random generator; the same state gives the same page. Out: grey levels and what stands
where. Everything is made here; nothing was ever written by a person on such a page but the digits of MNIST.
"""

from dataclasses import dataclass

import numpy as np

from inkdigit.shapes import Bool, UInt8
from inkdigit.writing import capture, clutter
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.layouts import ARRANGEMENTS
from inkdigit.writing.papers import Pen, Shape, ink_on, paper
from inkdigit.writing.scribe import Scribe
from inkdigit.writing.sheet import Cell, Piece, Quad, Sheet
from inkdigit.writing.targets import Target, moved, target_maps, visible

SMALLEST, LARGEST = 10.0, 90.0
"""Heights of digits in a crop, pixels."""

LEAST_CONTRAST = 9.0
"""Levels between a number's ink and what lies around it, below which nobody need find it."""


@dataclass(frozen=True, eq=False)
class PageSample:
    """A crop to learn from.

    Args:
        grey: The picture.
        target: What the detector shall say of it; see `targets`.
    """

    grey: UInt8[np.ndarray, "size size"]
    target: Target


@dataclass(frozen=True, eq=False)
class Page:
    """A whole document and what stands on it.

    Args:
        grey: The picture.
        lines: The numbers of each line, from the top down and from left to right, a `?` for each mark in them.
        boxes: x, y, width and height of each number, pixels of the picture.
        cells: Row and column of each that stands in a table.
    """

    grey: UInt8[np.ndarray, "h w"]
    lines: list[list[str]]
    boxes: list[list[tuple[int, int, int, int]]]
    cells: list[list[Cell | None]]


@dataclass(frozen=True)
class Dress:
    """What a sheet is made of and how it lies before the camera.

    Args:
        surface: "paper", "screen" (drawn by pointer: one white, one black) or "board" (chalk).
        inverted: Light on dark.
        desk: Whether something is seen around the sheet.
        angle: By which it is turned, degrees clockwise.
        tilt: Of perspective, as a share of the sides.
    """

    surface: str
    inverted: bool
    desk: bool
    angle: float
    tilt: float

    @staticmethod
    def random(random: np.random.Generator) -> "Dress":
        """Some sheet somewhere."""
        surface = str(random.choice(["paper", "screen", "board"], p=[0.74, 0.13, 0.13]))
        inverted = surface == "board" or random.random() < (0.35 if surface == "screen" else 0.09)
        desk = surface != "screen" and random.random() < 0.22
        return Dress(surface, inverted, desk, _angle(random), 0.04 if desk or random.random() < 0.2 else 0.0)


def page_sample(source: DigitSource, random: np.random.Generator, *, size: int = 384) -> PageSample:
    """Make a crop of a page, with digits 10 to 90 pixels high, or none in every fifth.

    Args:
        source: Of the digits.
        random: Decides everything.
        size: Of the crop, pixels; a multiple of 4.

    Returns:
        The crop and its target.
    """
    dress = Dress.random(random)
    names = list(ARRANGEMENTS)
    shares = np.array([ARRANGEMENTS[name].share for name in names])
    name = names[int(random.choice(len(names), p=shares / shares.sum()))]
    shape = _sheet_shape(random, size, dress)
    sheet, unit = _filled(
        name, shape, source, random, low=SMALLEST, high=LARGEST, whole=dress.desk or random.random() < 0.35
    )
    matrix = capture.view(
        shape, (size, size), random, angle=dress.angle, tilt=dress.tilt, shift=0.1 if dress.desk else 0.0
    )
    grey, faint = _picture(sheet, dress, matrix, (size, size), random, unit=unit)
    return PageSample(grey, target_maps(sheet.pieces, sheet.walls, matrix, (size, size), faint=faint))


KINDS: dict[str, tuple[str, Dress]] = {
    "notes": ("notes", Dress("paper", False, False, 0, 0)),
    "list": ("list", Dress("paper", False, False, 0, 0)),
    "form": ("form", Dress("paper", False, False, 0, 0)),
    "comb": ("comb", Dress("paper", False, False, 0, 0)),
    "table": ("table", Dress("paper", False, False, 0, 0)),
    "columns": ("columns", Dress("paper", False, False, 0, 0)),
    "slip": ("slip", Dress("paper", False, False, 0, 0)),
    "sparse": ("sparse", Dress("paper", False, False, 0, 0)),
    "big": ("big", Dress("screen", False, False, 0, 0)),
    "pointer": ("notes", Dress("screen", False, False, 0, 0)),
    "inverted": ("notes", Dress("screen", True, False, 0, 0)),
    "board": ("notes", Dress("board", True, False, 0, 0.02)),
    "desk": ("notes", Dress("paper", False, True, 6, 0.03)),
    "turned": ("notes", Dress("paper", False, False, 90, 0)),
    "nothing": ("nothing", Dress("paper", False, False, 0, 0)),
}
"""Kinds of whole documents: an arrangement and a dress; where the angle is not 0, it is one of several about it."""


def whole_page(kind: str, source: DigitSource, random: np.random.Generator) -> Page:
    """Make a whole document, 400 to 2,000 pixels a side.

    Args:
        kind: One of `KINDS`.
        source: Of the digits.
        random: Decides everything else.

    Returns:
        The document and all numbers that stand on it and can be found.
    """
    name, dress = KINDS[kind]
    turn = {"turned": float(random.choice([90, 180, 270])), "desk": float(random.normal(0, dress.angle))}
    dress = Dress(dress.surface, dress.inverted, dress.desk, turn.get(kind, float(random.normal(0, 0.7))), dress.tilt)
    wide, high = (int(side) for side in np.exp(random.uniform(np.log(450), np.log(1500), 2)))
    unit = float(np.clip(min(wide, high) * random.uniform(0.03, 0.09), 18, 80))
    sheet, unit = _filled(name, (high, wide), source, random, low=unit, high=unit, whole=True, fresh=60)
    turned = abs(round(dress.angle / 90)) % 2 == 1
    around = random.uniform(1.1, 1.6) if dress.desk else 1.0
    shape = tuple(int(side * around) // 4 * 4 for side in ((wide, high) if turned else (high, wide)))
    picture = (shape[0], shape[1])
    matrix = capture.view((high, wide), picture, random, angle=dress.angle, tilt=dress.tilt, shift=(around - 1) / 4)
    grey, faint = _picture(sheet, dress, matrix, picture, random, unit=unit)
    quads = moved([piece.quad for piece in sheet.pieces], matrix)
    shown = [
        (piece, quad)
        for piece, quad, is_faint in zip(sheet.pieces, quads, faint, strict=True)
        if piece.kind == "number" and not is_faint and visible(quad, picture) > 0.95
    ]
    return _page(grey, shown)


def _page(grey: UInt8[np.ndarray, "h w"], shown: list[tuple[Piece, Quad]]) -> Page:
    """Sort numbers into lines as they were written."""
    lines = []
    for number in sorted({piece.line for piece, _ in shown}):
        line = [(piece, quad) for piece, quad in shown if piece.line == number]
        lines.append(sorted(line, key=lambda pair: float(pair[0].quad[0, 0])))
    return Page(
        grey,
        [[piece.text for piece, _ in line] for line in lines],
        [[_upright(quad) for _, quad in line] for line in lines],
        [[piece.cell for piece, _ in line] for line in lines],
    )


def _upright(quad: Quad) -> tuple[int, int, int, int]:
    low, high = np.floor(quad.min(0)).astype(int), np.ceil(quad.max(0)).astype(int)
    return (int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))


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


def _sheet_shape(random: np.random.Generator, size: int, dress: Dress) -> Shape:
    """So large that it covers the crop however it is turned; or, on a desk, of any size about the crop's."""
    if dress.desk:
        return int(size * random.uniform(0.5, 1.05)), int(size * random.uniform(0.5, 1.05))
    turn = np.deg2rad(dress.angle)
    side = int(np.ceil(size * (abs(np.cos(turn)) + abs(np.sin(turn))) * (1 + 2 * dress.tilt)))
    return side, side


def _filled(
    name: str,
    shape: Shape,
    source: DigitSource,
    random: np.random.Generator,
    *,
    low: float,
    high: float,
    whole: bool,
    fresh: int = 9,
) -> tuple[Sheet, float]:
    """A sheet with an arrangement on it, and the usual height of its digits."""
    kind = ARRANGEMENTS[name]
    least, most = (share * min(shape) for share in kind.digits)
    low, high = min(max(low, least), high), max(min(high, most), low)
    unit = float(np.exp(random.uniform(np.log(low), np.log(max(high, low + 1e-3)))))
    sheet, scribe = Sheet(shape, whole=whole), Scribe(source, random, unit=unit, fresh=fresh)
    kind.fill(sheet, scribe, random)
    if random.random() < 0.25:
        clutter.strew(sheet, scribe, random)
    return sheet, scribe.unit


def _picture(
    sheet: Sheet, dress: Dress, matrix: capture.Matrix, shape: Shape, random: np.random.Generator, *, unit: float
) -> tuple[UInt8[np.ndarray, "h w"], Bool[np.ndarray, " n"]]:
    """The sheet as a camera shows it, and which pieces hardly stand out from their ground."""
    page = _composed(sheet, dress, random, unit=unit)
    grey = capture.seen(page, matrix, shape)
    if dress.desk:
        grey = capture.on_desk(grey, matrix, sheet.shape, random)
    if dress.surface != "screen" or random.random() < 0.3:
        grey = capture.degraded(grey, random, unit=unit)
    ink = capture.seen(sheet.ink, matrix, shape, outside=0)
    quads = moved([piece.quad for piece in sheet.pieces], matrix)
    faint = [
        piece.kind == "number" and _is_faint(grey, ink, quad) for piece, quad in zip(sheet.pieces, quads, strict=True)
    ]
    return grey, np.array(faint, bool)


def _composed(sheet: Sheet, dress: Dress, random: np.random.Generator, *, unit: float) -> UInt8[np.ndarray, "h w"]:
    """Paper, print and ink as one picture of the sheet."""
    pen: Pen | None = None
    contrast: float | None = None
    if dress.surface == "screen":
        grey = np.full(sheet.shape, random.choice([255, 255, 250, 240]), np.float32)
        pen, contrast = "solid", float(random.choice([255, 255, 230, 200]))
    else:
        grey = paper(sheet.shape, random, ruled=dress.surface == "paper", unit=unit)
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
    x, y, w, h = _upright(quad)
    part = (slice(max(0, y), max(0, y + h)), slice(max(0, x), max(0, x + w)))
    covered, levels = ink[part], grey[part]
    on, off = covered > 140, covered < 20
    if not on.any() or not off.any():
        return False
    here = levels[off].astype(np.float32)
    contrast = abs(float(levels[on].mean()) - float(here.mean()))
    return contrast < max(LEAST_CONTRAST, 0.45 * float(here.std()))
