"""Pages with their truth: crops to train the detector on, and whole documents to measure reading with.

In: a source of digits and a random generator; the same state gives the same page. Out: grey levels and what stands
where. Everything is made here; nothing was ever written by a person on such a page but the digits of MNIST.
"""

from dataclasses import dataclass, replace

import numpy as np

from inkdigit.shapes import UInt8
from inkdigit.writing import capture, clutter
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.dress import Around, Dress, dressed
from inkdigit.writing.layouts import ARRANGEMENTS
from inkdigit.writing.papers import Shape
from inkdigit.writing.scribe import Scribe
from inkdigit.writing.sheet import Cell, Piece, Quad, Sheet
from inkdigit.writing.targets import Target, moved, target_maps, visible

SMALLEST, LARGEST = 10.0, 90.0
"""Heights of digits in a crop, pixels."""

ON_DESK = 0.19
"""Share of the sheets that are smaller than the crop."""


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


def page_sample(source: DigitSource, random: np.random.Generator, *, size: int = 384) -> PageSample:
    """Make a crop of a page, with digits 10 to 90 pixels high, or none in every fifth.

    Args:
        source: Of the digits.
        random: Decides everything.
        size: Of the crop, pixels; a multiple of 4.

    Returns:
        The crop and its target.
    """
    return page_views(source, random, views=1, size=size)[0]


def page_views(
    source: DigitSource, random: np.random.Generator, *, views: int, size: int = 384
) -> tuple[PageSample, ...]:
    """Make several crops of what was written once: writing takes longer than all else.

    Each is on another paper with other ink, in another light, turned and enlarged differently.

    Args:
        source: Of the digits.
        random: Decides everything.
        views: How many crops.
        size: Of each, pixels; a multiple of 4.

    Returns:
        The crops and their targets.
    """
    names = list(ARRANGEMENTS)
    shares = np.array([ARRANGEMENTS[name].share for name in names])
    name = names[int(random.choice(len(names), p=shares / shares.sum()))]
    around: Around = "flat" if name == "strip" else "desk" if random.random() < ON_DESK else "nothing"
    dresses = [Dress.random(random, around=around) for _ in range(views)]
    shape = _sheet_shape(random, size, dresses)
    whole = around == "desk" or random.random() < 0.35
    sheet, unit = _filled(name, shape, source, random, low=SMALLEST, high=LARGEST, whole=whole)
    return tuple(
        _view(sheet, dress, size, random, unit=unit, scale=1.0 if first else float(random.uniform(0.97, 1.35)))
        for dress, first in zip(dresses, [True] + [False] * (views - 1), strict=True)
    )


def _view(
    sheet: Sheet, dress: Dress, size: int, random: np.random.Generator, *, unit: float, scale: float
) -> PageSample:
    """One crop of a sheet, enlarged by a scale."""
    shift = max(0.0, (scale - 1) / 2) if dress.around == "nothing" else 0.1
    matrix = capture.view(
        sheet.shape, (size, size), random, angle=dress.angle, tilt=dress.tilt, shift=shift, scale=scale
    )
    grey, faint = dressed(sheet, dress, matrix, (size, size), random, unit=unit * scale)
    return PageSample(grey, target_maps(sheet.pieces, sheet.walls, matrix, (size, size), faint=faint))


KINDS: dict[str, tuple[str, Dress]] = {
    "notes": ("notes", Dress()),
    "list": ("list", Dress()),
    "form": ("form", Dress()),
    "comb": ("comb", Dress()),
    "squares": ("squares", Dress()),
    "table": ("table", Dress()),
    "columns": ("columns", Dress()),
    "slip": ("slip", Dress("cheque")),
    "strip": ("strip", Dress("cheque")),
    "sparse": ("sparse", Dress()),
    "big": ("big", Dress("screen")),
    "pointer": ("notes", Dress("screen")),
    "inverted": ("notes", Dress("screen", inverted=True)),
    "board": ("notes", Dress("board", inverted=True, tilt=0.02)),
    "desk": ("notes", Dress(around="desk", tilt=0.03)),
    "turned": ("notes", Dress()),
    "nothing": ("nothing", Dress()),
}
"""Kinds of whole documents: an arrangement and a dress. Those on a desk are askew, those turned by whole quarters."""


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
    turn = {"turned": float(random.choice([90, 180, 270])), "desk": float(random.normal(0, 6))}
    dress = replace(dress, angle=turn.get(kind, float(random.normal(0, 0.7))))
    wide, high = (int(side) for side in np.exp(random.uniform(np.log(450), np.log(1500), 2)))
    unit = float(np.clip(min(wide, high) * random.uniform(0.03, 0.09), 18, 80))
    if kind == "strip":
        high = int(unit * random.uniform(1.4, 2.2))
    sheet, unit = _filled(name, (high, wide), source, random, low=unit, high=unit, whole=True, fresh=60)
    upright = abs(round(dress.angle / 90)) % 2 == 0
    around = random.uniform(1.1, 1.6) if dress.around == "desk" else 1.0
    picture = (int((high if upright else wide) * around), int((wide if upright else high) * around))
    matrix = capture.view((high, wide), picture, random, angle=dress.angle, tilt=dress.tilt, shift=(around - 1) / 4)
    grey, faint = dressed(sheet, dress, matrix, picture, random, unit=unit)
    quads = moved([piece.quad for piece in sheet.pieces], matrix)
    shown = [
        (piece, quad)
        for piece, quad, is_faint in zip(sheet.pieces, quads, faint, strict=True)
        if piece.kind == "number" and not is_faint and visible(quad, picture) > 0.95
    ]
    return _page(grey, shown)


def _page(grey: UInt8[np.ndarray, "h w"], shown: list[tuple[Piece, Quad]]) -> Page:
    """Sort numbers into lines as they were written, and the lines from the top down."""
    lines = []
    for number in sorted({piece.line for piece, _ in shown}):
        line = [(piece, quad) for piece, quad in shown if piece.line == number]
        lines.append(sorted(line, key=lambda pair: float(pair[0].quad[0, 0])))
    lines.sort(key=lambda line: float(np.mean([piece.quad[:, 1].mean() for piece, _ in line])))
    return Page(
        grey,
        [[piece.text for piece, _ in line] for line in lines],
        [[_upright(quad) for _, quad in line] for line in lines],
        [[piece.cell for piece, _ in line] for line in lines],
    )


def _upright(quad: Quad) -> tuple[int, int, int, int]:
    low, high = np.floor(quad.min(0)).astype(int), np.ceil(quad.max(0)).astype(int)
    return (int(low[0]), int(low[1]), int(high[0] - low[0]), int(high[1] - low[1]))


def _sheet_shape(random: np.random.Generator, size: int, dresses: list[Dress]) -> Shape:
    """So large that it covers the crop however it is turned; on a desk about as large as it, or a strip of it."""
    if dresses[0].around == "flat":
        return int(np.exp(random.uniform(np.log(16), np.log(150)))), int(size * random.uniform(0.35, 1.0))
    if dresses[0].around == "desk":
        return int(size * random.uniform(0.5, 1.05)), int(size * random.uniform(0.5, 1.05))
    turns = np.deg2rad([dress.angle for dress in dresses])
    tilts = np.array([dress.tilt for dress in dresses])
    side = int(np.ceil(size * float(((np.abs(np.cos(turns)) + np.abs(np.sin(turns))) * (1 + 2 * tilts)).max())))
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
    if name != "strip" and random.random() < 0.25:
        clutter.strew(sheet, scribe, random)
    return sheet, scribe.unit
