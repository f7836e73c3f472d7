"""Lines of handwriting as the line recognizer sees them: strips of 40 rows with what stands in them.

In: a source of digits and a random generator. Out: `LineSample`s, as a detector would cut them from photographs and
scans: tilted, cut close, with rules, walls and parts of neighbours. Knows nothing of networks.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from inkdigit.shapes import Float32, UInt8
from inkdigit.writing.alphabet import MARK
from inkdigit.writing.combs import write_comb
from inkdigit.writing.digits import DigitSource
from inkdigit.writing.hand import Hand
from inkdigit.writing.papers import ink_on, paper
from inkdigit.writing.strings import Written, write
from inkdigit.writing.texts import digits, number, random_text

HEIGHT = 40
"""Rows of a strip."""

WIDEST = 640
"""Columns of a strip."""

NARROWEST = 24

TALL = 54  # rows that a strip is drawn at before it is made smaller
EMPTY, MARKS, COMBS = 0.05, 0.05, 0.09  # shares of the samples
LOWEST, HIGHEST = 9.5, 130.0  # heights of a digit in the picture that the strip is cut from, pixels
LEVELS = (2.0, 75.0)
"""Percentiles of a strip's levels: what is ink, and what is paper."""

LEAST_CONTRAST = 12.0  # levels between them; with less there is nothing to see


@dataclass(frozen=True, eq=False)
class LineSample:
    """A strip and its truth.

    Args:
        strip: Grey levels, ink dark.
        text: What stands there, of `alphabet.ALPHABET`; "" if nothing.
    """

    strip: UInt8[np.ndarray, "40 w"]
    text: str


@dataclass(frozen=True, eq=False)
class Scene:
    """Ink and walls before there is a paper: `TALL` rows, more or less."""

    ink: Float32[np.ndarray, "h w"]
    walls: Float32[np.ndarray, "h w"]
    text: str
    height: int


def line_sample(source: DigitSource, random: np.random.Generator) -> LineSample:
    """Make one strip."""
    scene = _scene(source, random)
    grey = paper(scene.ink.shape, random, unit=float(scene.height))
    grey *= 1 - scene.walls * np.float32(random.uniform(0.15, 0.9))
    grey = ink_on(grey, scene.ink, random)
    if random.random() < 0.1:
        grey = _board(grey, random)
    strip = _seen(grey, scene.height, random)
    return LineSample(normalised_polarity(strip), scene.text)


def normalised_polarity(strip: UInt8[np.ndarray, "h w"]) -> UInt8[np.ndarray, "h w"]:
    """Make ink dark: the border of a strip is paper, and what differs most from it is ink.

    >>> int(normalised_polarity(np.array([[0, 0, 0], [0, 200, 0], [0, 0, 0]], np.uint8)).min())
    55
    """
    border = float(np.median(np.concatenate([strip[0], strip[-1], strip[1:-1, 0], strip[1:-1, -1]])))
    dark, light = np.percentile(strip, (2, 98))
    return (255 - strip) if light - border > border - dark else strip


def normalise_strip(strip: UInt8[np.ndarray, "h w"]) -> Float32[np.ndarray, "h w"]:
    """What the network sees: 0 on paper, about 1 in ink, whatever the levels."""
    levels = strip.astype(np.float32)
    ink, bare = np.percentile(strip, LEVELS)
    return np.clip((np.float32(bare) - levels) / np.float32(max(bare - ink, LEAST_CONTRAST)), -1.0, 1.5)


def _scene(source: DigitSource, random: np.random.Generator) -> Scene:
    """Something written, not wider than a strip may be."""
    hand = Hand.random(random)
    kind = float(random.random())
    if kind < EMPTY:
        return _empty(random)
    if kind < EMPTY + COMBS:
        return _comb(hand, source, random)
    share = float(random.uniform(0.55, 0.85))
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
    if random.random() < 0.16:
        _neighbours(ink, written, (left, top), hand, source, random)
    walls = _rules(ink.shape, (top, top + tall), random)
    return _tilted(Scene(ink, walls, written.text, height), random)


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
        other = write(digits(random, most=6), hand, source, random, height=height).ink
        seen = float(random.uniform(0.05, 0.3))
        if side in ("above", "below"):
            x = int(random.integers(-other.shape[1] // 2, max(1, columns)))
            free = place[1] if side == "above" else rows - place[1] - written.ink.shape[0]
            deep = round(min(seen * height, max(0, free) + 0.1 * height))
            _paste(ink, other, x, deep - other.shape[0] if side == "above" else rows - deep)
            continue
        one = source.glyph(int(random.integers(10)), hand, random, height=height).ink
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
    return Scene(ink, walls, scene.text, scene.height)


def _board(grey: Float32[np.ndarray, "h w"], random: np.random.Generator) -> Float32[np.ndarray, "h w"]:
    """Light on dark: a screen, or chalk that leaves out the grain of the board."""
    light = 255 - grey
    if random.random() < 0.5:
        rough = random.standard_normal(grey.shape, dtype=np.float32)
        rough = cv2.GaussianBlur(rough, (3, 3), 0.7) * np.float32(random.uniform(0.1, 0.6))
        dark = float(np.median(light))
        light = dark + (light - dark) * np.clip(1 - np.abs(rough), 0, 1)
    return np.asarray(light, np.float32)


def _seen(grey: Float32[np.ndarray, "h w"], height: int, random: np.random.Generator) -> UInt8[np.ndarray, "40 w"]:
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
    if random.random() < 0.5:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(25, 96))]
        seen = cv2.imdecode(cv2.imencode(".jpg", seen, quality)[1], cv2.IMREAD_GRAYSCALE)
    larger = seen.shape[0] < HEIGHT
    method = (cv2.INTER_LINEAR if random.random() < 0.6 else cv2.INTER_CUBIC) if larger else cv2.INTER_AREA
    return np.asarray(cv2.resize(seen, (width, HEIGHT), interpolation=method), np.uint8)
