"""What lies on a strip before there is a paper: writing, rules, walls, and what of the neighbours was cut along.

In: a source of digits and a random generator. Out: a `Scene`. Knows nothing of paper, light and cameras.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from inkdigit.architectures import MARK
from inkdigit.shapes import Float32, UInt8
from inkdigit.writing.combs import write_comb
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.hand import Hand
from inkdigit.writing.marks import printed
from inkdigit.writing.strings import Written, write
from inkdigit.writing.texts import digits, number, random_text

HEIGHT = 40
"""Rows of a strip."""

WIDEST = 640
"""Columns of a strip."""

NARROWEST = 24

TALL = 54  # rows that a strip is drawn at before it is made smaller
EMPTY, MARKS, COMBS = 0.05, 0.05, 0.09  # shares of the samples
NEIGHBOURS = 0.16  # share that shows a part of what stands near by
UNDERLINED = 0.04
WIDE = (0, 2, 3, 5, 6, 8)  # digits of which a sliver is none: of a 1 it is a 1


@dataclass(frozen=True, eq=False)
class Scene:
    """Ink and walls before there is a paper: `TALL` rows, more or less."""

    ink: Float32[np.ndarray, "h w"]
    walls: Float32[np.ndarray, "h w"]
    text: str
    height: int


def written_scene(source: DigitSource, random: np.random.Generator) -> Scene:
    """Write something, not wider than a strip may be."""
    hand = Hand.random(random)
    kind = float(random.random())
    if kind < EMPTY:
        return _empty(random)
    if kind < EMPTY + COMBS:
        return _comb(hand, source, random)
    share = float(random.uniform(0.52, 0.92))
    height = round(TALL * share)
    text = MARK if kind > 1 - MARKS else random_text(random)
    for _ in range(6):
        written = write(text, hand, source, random, height=height)
        rows = max(height, 0.88 * written.ink.shape[0]) / share
        if written.ink.shape[1] / rows < 0.9 * WIDEST / HEIGHT:
            return _framed(written, round(rows), hand, source, random)
        text = number(random)
    return _empty(random)


def _empty(random: np.random.Generator) -> Scene:
    """A strip of bare paper, with rules and walls."""
    shape = (TALL, int(random.integers(TALL // 2, 7 * TALL)))
    return Scene(np.zeros(shape, np.float32), _rules(shape, (0, 0), random, share=0.75), "", TALL * 2 // 3)


def _comb(hand: Hand, source: DigitSource, random: np.random.Generator) -> Scene:
    """A row of boxes, mostly cut at its walls, sometimes inside them."""
    text = digits(random, least=2, most=9) if random.random() < 0.85 else number(random)
    comb = write_comb(text[:11], hand, source, random, height=round(TALL * float(random.uniform(0.5, 0.8))))
    ink, walls, height = comb.written.ink, comb.walls, comb.written.height
    top, bottom = _around(comb.written.ink, axis=1)
    left, right = _around(comb.written.ink, axis=0)
    if random.random() < 0.7:  # as a detector cuts it that knows numbers, not boxes
        margins = (height * random.uniform(0.05, 0.45, 4)).astype(int).tolist()
        rows = slice(max(0, top - margins[0]), bottom + margins[1])
        columns = slice(max(0, left - margins[2]), right + margins[3])
        ink, walls = ink[rows, columns], walls[rows, columns]
    return _tilted(Scene(ink, walls, text[:11], height), random)


def _around(ink: Float32[np.ndarray, "h w"], *, axis: int) -> tuple[int, int]:
    """The first row or column with ink, and the one after the last."""
    places = np.flatnonzero(ink.max(axis=axis) > 0.3)
    return int(places[0]), int(places[-1]) + 1


def _framed(written: Written, rows: int, hand: Hand, source: DigitSource, random: np.random.Generator) -> Scene:
    """Cut the written out with margins, put rules and neighbours around it."""
    tall, wide = written.ink.shape
    height = written.height
    left, right = (round(height * _margin(random)) for _ in range(2))
    spare = rows - tall
    top = round(spare * float(np.clip(random.normal(0.5, 0.16), 0.05, 0.95)))
    if random.random() < 0.06:  # cut a little into the digits
        top -= round(0.09 * height * float(random.choice([-1, 1])))
    ink = np.zeros((rows, max(wide + left + right, NARROWEST)), np.float32)
    _paste(ink, written.ink, left, top)
    if random.random() < UNDERLINED:
        _underline(ink, (left, top + tall), wide, hand, random, height)
    if random.random() < NEIGHBOURS:
        _neighbours(ink, written, (left, top), hand, source, random)
    walls = _rules(ink.shape, (top, top + tall), random)
    return _tilted(Scene(ink, walls, written.text, height), random)


def _underline(
    ink: Float32[np.ndarray, "h w"],
    start: tuple[int, int],
    wide: int,
    hand: Hand,
    random: np.random.Generator,
    height: int,
) -> None:
    """Draw a stroke or two by the same pen under a number, as under a total."""
    thick = max(1, round(hand.pen * height))
    for line in range(1 + int(random.random() < 0.3)):
        y = start[1] + height * (0.08 + 0.14 * line) + random.normal(0, 0.03 * height, 3)
        x = start[0] + wide * np.array([random.uniform(-0.1, 0.1), 0.5, random.uniform(0.9, 1.15)])
        cv2.polylines(ink, [np.stack([x, y], axis=1).round().astype(np.int32)], False, 1.0, thick, cv2.LINE_AA)


def _margin(random: np.random.Generator) -> float:
    """Paper at an end of a strip, in heights; negative where it is cut into the ink."""
    kind = random.random()
    if kind < 0.05:
        return float(random.uniform(-0.05, 0.0))
    return float(random.uniform(0.04, 0.5) if kind < 0.88 else random.uniform(0.5, 1.8))


def _paste(ink: Float32[np.ndarray, "h w"], part: Float32[np.ndarray, "rows columns"], x: int, y: int) -> None:
    """Lay a part over the ink; what lies outside is cut off."""
    rows, columns = part.shape
    first, last = max(0, -y), min(rows, ink.shape[0] - y)
    begin, end = max(0, -x), min(columns, ink.shape[1] - x)
    if last > first and end > begin:
        under = ink[y + first : y + last, x + begin : x + end]
        np.maximum(under, part[first:last, begin:end], out=under)


def _neighbours(
    ink: Float32[np.ndarray, "h w"],
    written: Written,
    place: tuple[int, int],
    hand: Hand,
    source: DigitSource,
    random: np.random.Generator,
) -> None:
    """Show the feet of the line above, the heads of the one below, or a sliver of a digit at an end."""
    rows, columns = ink.shape
    height = written.height
    for side in random.choice(["above", "below", "left", "right"], int(random.integers(1, 3)), replace=False):
        if random.random() < 0.3:
            other = printed(random, height=height).ink
        else:
            other = write(digits(random, most=6), hand, source, random, height=height).ink
        seen = float(random.uniform(0.05, 0.3))
        if side in ("above", "below"):
            x = int(random.integers(-other.shape[1] // 2, max(1, columns)))
            free = place[1] if side == "above" else rows - place[1] - written.ink.shape[0]
            deep = round(min(seen * height, max(0, free) + 0.1 * height))
            _paste(ink, other, x, deep - other.shape[0] if side == "above" else rows - deep)
            continue
        one = source.glyph(int(random.choice(WIDE)), hand, random, height=height).ink
        wide = round(min(seen, 0.28) * one.shape[1])
        y = place[1] + written.ink.shape[0] - one.shape[0]
        free = place[0] if side == "left" else columns - place[0] - written.ink.shape[1]
        if free > wide + 0.1 * height:
            _paste(ink, one, wide - one.shape[1] if side == "left" else columns - wide, y)


def _rules(
    shape: tuple[int, int], text_rows: tuple[int, int], random: np.random.Generator, *, share: float = 0.4
) -> Float32[np.ndarray, "h w"]:
    """Coverage of rules above, under and through the text, and of walls at the ends of the strip."""
    rows, columns = shape
    drawn = np.zeros(shape, np.uint8)
    if random.random() >= share:
        return drawn.astype(np.float32)
    if random.random() < 0.22:
        return _cell(shape, text_rows, random)
    for _ in range(int(random.integers(1, 3))):
        kind, thick = random.random(), int(random.choice([1, 2, 3, 4], p=[0.4, 0.35, 0.15, 0.1]))
        if kind < 0.7:
            where = random.random()
            under = max(text_rows[1], rows // 2)
            y = float(random.normal(under, 0.06 * rows)) if where < 0.6 else float(random.uniform(0, 0.16)) * rows
            y = float(random.uniform(0, rows)) if where > 0.9 else y
            first = int(random.uniform(0, 0.5) * columns) if random.random() < 0.15 else -5
            rise = float(random.normal(0, 0.012)) * columns
            _rule(drawn, (first, round(y)), (columns + 5, round(y + rise)), thick, random)
        else:
            end = float(random.uniform(0, 0.05))
            x = round((end if random.random() < 0.5 else 1 - end) * columns)
            cv2.line(drawn, (x, -5), (x + round(float(random.normal(0, 1.5))), rows + 5), 255, thick, cv2.LINE_AA)
    return drawn.astype(np.float32) * np.float32(random.uniform(0.5, 1) / 255)


def _cell(
    shape: tuple[int, int], text_rows: tuple[int, int], random: np.random.Generator
) -> Float32[np.ndarray, "h w"]:
    """Coverage of the walls of a table's cell, near the text or at the border of the strip; some walls are lacking."""
    rows, columns = shape
    drawn = np.zeros(shape, np.uint8)
    thick = int(random.choice([1, 2, 3, 5], p=[0.35, 0.35, 0.2, 0.1]))
    top, left = (random.uniform(0, 0.1, 2) * rows).astype(int).tolist()
    right = columns - 1 - int(random.uniform(0, 0.1) * rows)
    bottom = min(rows - 1, max(text_rows[1], rows // 2) + int(random.uniform(0, 0.2) * rows))
    sides = [((left, -5), (left, rows + 5)), ((right, -5), (right, rows + 5)),
             ((-5, top), (columns + 5, top)), ((-5, bottom), (columns + 5, bottom))]  # fmt: skip
    for start, end in sides:
        if random.random() < 0.75:
            cv2.line(drawn, start, end, 255, thick, cv2.LINE_AA)
    return drawn.astype(np.float32) * np.float32(random.uniform(0.5, 1) / 255)


def _rule(
    drawn: UInt8[np.ndarray, "h w"],
    start: tuple[int, int],
    end: tuple[int, int],
    thick: int,
    random: np.random.Generator,
) -> None:
    """A rule: whole, dashed or dotted."""
    kind = random.random()
    if kind < 0.8:
        cv2.line(drawn, start, end, 255, thick, cv2.LINE_AA)
        return
    pitch = int(random.integers(3, 9)) if kind < 0.92 else int(random.integers(8, 22))
    long = 0 if kind < 0.92 else pitch // 2
    for x in range(start[0], end[0], pitch):
        y = start[1] + (end[1] - start[1]) * (x - start[0]) // max(1, end[0] - start[0])
        cv2.line(drawn, (x, y), (x + long, y), 255, max(1, thick - 1), cv2.LINE_AA)


def _tilted(scene: Scene, random: np.random.Generator) -> Scene:
    """Turn by up to four degrees, the less the longer the line is."""
    rows, columns = scene.ink.shape
    most = min(4.0, float(np.degrees(0.3 * scene.height / columns * 2)))
    angle = float(np.clip(random.normal(0, 1.4), -most, most))
    if random.random() < 0.3 or abs(angle) < 0.15:
        return scene
    matrix = cv2.getRotationMatrix2D((columns / 2, rows / 2), angle, 1)
    ink = np.asarray(cv2.warpAffine(scene.ink, matrix, (columns, rows)), np.float32)
    walls = scene.walls
    if walls.any():
        walls = np.asarray(cv2.warpAffine(walls, matrix, (columns, rows), borderMode=cv2.BORDER_REPLICATE), np.float32)
    return replace(scene, ink=ink, walls=walls)
