"""What lies on pages and is no number: prose, doodles, diagrams, hatching, blots, logos, empty forms.

In: a sheet, a scribe and a random generator. Out: the sheet with such things on it, none of them a number. Knows
nothing of papers and of cameras.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import TypeAlias

import cv2
import numpy as np

from inkdigit.shapes import UInt8
from inkdigit.writing import boxes, grids
from inkdigit.writing import print as prints
from inkdigit.writing.papers import Layer, noise, smooth
from inkdigit.writing.scribe import Scribe
from inkdigit.writing.sheet import Sheet

Canvas: TypeAlias = UInt8[np.ndarray, "h w"]
"""A drawing, 0 to 255."""


def nothing(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """A page without a number: empty, or with one or several kinds of what is none."""
    kinds: list[Callable[[Sheet, Scribe, np.random.Generator], None]] = [
        prose,
        handwriting,
        drawings,
        empty_grid,
        picture,
    ]
    for _ in range(int(random.choice([0, 1, 2, 3], p=[0.12, 0.5, 0.28, 0.1]))):
        kinds[int(random.choice(len(kinds), p=[0.25, 0.23, 0.27, 0.17, 0.08]))](sheet, scribe, random)


def strew(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """Put a few such things where a page of numbers is still free."""
    for _ in range(int(random.integers(1, 5))):
        kind = random.random()
        if kind < 0.45:
            layer = prints.printed(
                prints.label(random) if random.random() < 0.8 else prints.figures(random),
                random,
                size=float(random.uniform(8, 32)),
            )
        elif kind < 0.6:
            layer = _some_mark(random, scribe.unit)
        else:
            layer = drawing(random, side=int(scribe.unit * random.uniform(1.2, 4.5)) + 8)
        place = random.uniform(-0.1, 1, 2) * (sheet.width, sheet.height)
        box = (float(place[0]), float(place[1]), float(layer.shape[1]), float(layer.shape[0]))
        if sheet.is_free(box, margin=0.3 * scribe.unit):
            (sheet.put_print if kind < 0.6 else sheet.put_scrawl)(layer, box[:2])


def prose(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """Printed paragraphs with a heading, page numbers and a barcode now and then."""
    size = float(np.exp(random.uniform(np.log(8), np.log(34))))
    x, y = random.uniform(-0.1, 0.3) * sheet.width, random.uniform(-0.1, 0.5) * sheet.height
    wide, strength = random.uniform(0.3, 1.1) * sheet.width, float(random.uniform(0.4, 1))
    lead = size * random.uniform(1.15, 1.9)
    if random.random() < 0.4:
        sheet.put_print(prints.printed(prints.words(random, 3), random, size=size * 1.5), (x, y), strength=strength)
        y += size * 2.2
    for layer in prints.paragraph(random, width=wide, size=size, lines=int(random.integers(1, 14))):
        if y < sheet.height:
            sheet.put_print(layer, (x, y), strength=strength)
        y += lead
    if random.random() < 0.4:
        last = prints.printed(prints.figures(random), random, size=size)
        sheet.put_print(
            last, (random.uniform(0, 0.9) * sheet.width, random.uniform(0, 0.95) * sheet.height), strength=strength
        )
    if random.random() < 0.15:
        layer = (
            prints.barcode(random, height=int(size * 2))
            if random.random() < 0.5
            else prints.logo(random, size=int(size * 2))
        )
        sheet.put_print(
            layer, (random.uniform(0, 0.7) * sheet.width, random.uniform(0, 0.9) * sheet.height), strength=strength
        )


def handwriting(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """Lines of words by hand, or a few of them."""
    unit, line = scribe.unit, 0
    left, y = random.uniform(-0.5, 3) * unit, random.uniform(-0.3, 4) * unit
    lines = int(random.integers(1, 9))
    while y < sheet.height and line < lines:
        x = left
        while x < sheet.width and random.random() < 0.9:
            word = scribe.word()
            sheet.write(word, (x, y + unit - word.baseline), line=line)
            x += word.ink.shape[1] + unit * random.uniform(0.4, 1)
        y, line = y + unit * random.uniform(1.3, 2), line + 1


def drawings(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """Doodles and diagrams by pen."""
    for _ in range(int(random.integers(1, 5))):
        side = int(min(sheet.shape) * np.exp(random.uniform(np.log(0.08), np.log(0.8))))
        place = random.uniform(-0.1, 0.9, 2) * (sheet.width, sheet.height)
        layer = drawing(random, side=side)
        (sheet.put_scrawl if random.random() < 0.7 else sheet.put_print)(layer, (float(place[0]), float(place[1])))


def empty_grid(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """A table, rows of boxes or boxes to tick that nobody wrote a number in."""
    kind, unit = random.random(), scribe.unit
    if kind < 0.45:
        grids.empty_table(sheet, scribe, random)
    elif kind < 0.75:
        boxes.empty_combs(sheet, scribe, random)
    else:
        x, y = random.uniform(0, 0.5) * sheet.width, random.uniform(0, 0.5) * sheet.height
        pen = boxes.Pen.random(random, unit)
        while y < sheet.height:
            boxes.box(sheet, (x, y, unit, unit), pen=pen)
            if random.random() < 0.4:
                sheet.put_scrawl(_some_mark(random, unit), (x, y - 0.2 * unit))
            sheet.put_print(prints.printed(prints.label(random), random, size=max(8, unit * 0.8)), (x + 1.5 * unit, y))
            y += unit * 1.8


def picture(sheet: Sheet, scribe: Scribe, random: np.random.Generator) -> None:
    """A photo or a coloured area: soft shapes, hard shapes, noise."""
    high, wide = (int(side * random.uniform(0.2, 0.9)) + 8 for side in sheet.shape)
    shades = smooth((high, wide), random, low=0, high=1, knots=int(random.integers(3, 9)))
    if random.random() < 0.5:
        shades = np.round(shades * 4) / 4
    if random.random() < 0.5:
        shades = shades + noise((high, wide), random) * np.float32(0.15)
    at = (random.uniform(-0.1, 0.8) * sheet.width, random.uniform(-0.1, 0.8) * sheet.height)
    sheet.put_print(np.clip(shades, 0, 1).astype(np.float32), at, strength=float(random.uniform(0.3, 1)), other=False)


def drawing(random: np.random.Generator, *, side: int) -> Layer:
    """One doodle of about `side` pixels, cut tight."""
    side = max(side, 12)
    canvas = np.zeros((side, side), np.uint8)
    pen = max(1, round(side * float(np.exp(random.uniform(np.log(0.008), np.log(0.06))))))
    kinds = [_curl, _zigzag, _hatching, _rings, _circuit, _arrow, _axes, _filled]
    kinds[int(random.choice(len(kinds), p=[0.25, 0.14, 0.12, 0.12, 0.13, 0.1, 0.08, 0.06]))](canvas, random, pen)
    ys, xs = np.flatnonzero(canvas.any(1)), np.flatnonzero(canvas.any(0))
    if not len(ys):
        return np.zeros((4, 4), np.float32)
    return canvas[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1].astype(np.float32) / np.float32(255)


def _some_mark(random: np.random.Generator, unit: float) -> Layer:
    """A tick, a cross, or a scratch of many strokes: nothing that a digit looks like."""
    side = max(10, int(unit * random.uniform(0.7, 1.6)))
    canvas = np.zeros((side, side), np.uint8)
    pen = max(1, round(side * random.uniform(0.04, 0.12)))
    kind = random.random()
    if kind < 0.4:
        path = np.array(
            [[0.1, random.uniform(0.4, 0.7)], [random.uniform(0.25, 0.45), 0.92], [0.93, random.uniform(0.03, 0.3)]]
        )
        cv2.polylines(canvas, [(path * side).astype(np.int32)], False, 255.0, pen, cv2.LINE_AA)
    elif kind < 0.7:
        cv2.line(canvas, (pen, pen), (side - pen, side - pen), 255.0, pen, cv2.LINE_AA)
        cv2.line(canvas, (side - pen, pen), (pen, side - pen), 255.0, pen, cv2.LINE_AA)
    else:
        _zigzag(canvas, random, pen)
    return canvas.astype(np.float32) / np.float32(255)


def _path(canvas: Canvas, points: np.ndarray, pen: int, *, closed: bool = False) -> None:
    cv2.polylines(canvas, [np.round(points).astype(np.int32)], closed, 255.0, pen, cv2.LINE_AA)


def _curl(canvas: Canvas, random: np.random.Generator, pen: int) -> None:
    """A line that wanders, so long and knotted that it is no digit."""
    side, turns = len(canvas), np.linspace(0, random.uniform(22, 50), 240)
    waves = [
        random.uniform(0.05, 0.25) * side * np.sin(turns * random.uniform(0.2, 1.5) + random.uniform(0, 6))
        for _ in range(4)
    ]
    drift = np.linspace(-0.35, 0.35, 240) * side * random.choice([0, 1])
    _path(canvas, np.stack([side / 2 + waves[0] + waves[1] + drift, side / 2 + waves[2] + waves[3]], 1), pen)


def _zigzag(canvas: Canvas, random: np.random.Generator, pen: int) -> None:
    """Strokes to and fro, as one scratches something out."""
    side, count = len(canvas), int(random.integers(6, 24))
    xs = np.linspace(0.05, 0.95, count) * side
    ys = (0.5 + np.where(np.arange(count) % 2, 1, -1) * random.uniform(0.1, 0.4) + random.normal(0, 0.04, count)) * side
    _path(canvas, np.stack([xs, ys], 1), pen)


def _hatching(canvas: Canvas, random: np.random.Generator, pen: int) -> None:
    """Parallel strokes."""
    side, count, angle = len(canvas), int(random.integers(4, 20)), random.uniform(0, np.pi)
    way = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-way[1], way[0]])
    for at in np.linspace(-0.4, 0.4, count):
        middle = side / 2 + across * at * side + random.normal(0, 0.02, 2) * side
        reach = way * side * random.uniform(0.15, 0.4)
        _path(canvas, np.stack([middle - reach, middle + reach]), pen)


def _rings(canvas: Canvas, random: np.random.Generator, pen: int) -> None:
    """Rings around one another, as a target or an eye: one alone would be a zero, and two side by side an eight."""
    side, middle = len(canvas), (len(canvas) // 2, len(canvas) // 2)
    for far in np.linspace(0.46, 0.12, int(random.integers(3, 7))):
        axes = (int(far * side), int(far * side * random.uniform(0.6, 1)))
        angle, end = float(random.uniform(0, 180)), float(random.uniform(300, 360))
        cv2.ellipse(canvas, middle, axes, angle, 0, end, 255.0, pen, cv2.LINE_AA)


def _circuit(canvas: Canvas, random: np.random.Generator, pen: int) -> None:
    """Boxes, rings and corners, joined by straight lines."""
    side, knots = len(canvas), random.uniform(0.15, 0.85, (int(random.integers(3, 7)), 2)) * len(canvas)
    for start, end in pairwise(knots):
        _path(canvas, np.stack([start, [end[0], start[1]], end]), pen)
        size = side * random.uniform(0.04, 0.12)
        if random.random() < 0.5:
            _path(
                canvas,
                end + np.array([[-1, -1], [1, -1], [1, 1], [-1, 1]]) * size * (1, random.uniform(0.4, 1)),
                pen,
                closed=True,
            )
        else:
            cv2.circle(
                canvas,
                (int(end[0]), int(end[1])),
                max(1, int(size)),
                255.0,
                pen if random.random() < 0.7 else -1,
                cv2.LINE_AA,
            )


def _arrow(canvas: Canvas, random: np.random.Generator, pen: int) -> None:
    """A long line with a head."""
    side = len(canvas)
    start, end = (tuple(int(value) for value in point) for point in _far_apart(random) * side)
    cv2.arrowedLine(canvas, start, end, 255.0, pen, cv2.LINE_AA, tipLength=float(random.uniform(0.1, 0.4)))


def _far_apart(random: np.random.Generator) -> np.ndarray:
    """Two points of the unit square, at opposite sides of it."""
    angle = random.uniform(0, 2 * np.pi)
    reach = np.array([np.cos(angle), np.sin(angle)]) * random.uniform(0.3, 0.46)
    return np.stack([0.5 - reach, 0.5 + reach])


def _axes(canvas: Canvas, random: np.random.Generator, pen: int) -> None:
    """Two axes and a curve."""
    side = len(canvas)
    _path(canvas, np.array([[0.1, 0.05], [0.1, 0.9], [0.95, 0.9]]) * side, pen)
    xs = np.linspace(0.1, 0.9, 30)
    ys = 0.5 + random.uniform(-0.35, 0.35) * np.sin(xs * random.uniform(2, 14)) * xs
    _path(canvas, np.stack([xs, ys], 1) * side, pen)


def _filled(canvas: Canvas, random: np.random.Generator, pen: int) -> None:
    """A filled shape: a blot, a star, a block."""
    side, count = len(canvas), int(random.integers(3, 14))
    angles = np.sort(random.uniform(0, 2 * np.pi, count))
    far = random.uniform(0.15, 0.48, count)
    points = 0.5 + np.stack([np.cos(angles), np.sin(angles)], 1) * far[:, None]
    cv2.fillPoly(canvas, [(points * side).astype(np.int32)], 255.0, cv2.LINE_AA)
