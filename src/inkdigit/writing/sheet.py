"""A sheet in the making: layers of ink and print, and the truth of every piece that was put on it.

In: ink of what was written or printed, and where it shall lie. Out: the layers, and `Piece`s and `Wall`s in the
sheet's own pixels. Knows nothing of why something lies where it lies, of papers and of cameras.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import cv2
import numpy as np

from inkdigit.shapes import Float32, Float64, UInt8
from inkdigit.writing.papers import Layer, Shape
from inkdigit.writing.strings import Written

Quad: TypeAlias = Float32[np.ndarray, "4 2"]
"""Corners (x, y), clockwise from where reading begins above: the first two are the upper side."""

Cell: TypeAlias = tuple[int, int]
"""Row and column, from 0."""

Rectangle: TypeAlias = tuple[float, float, float, float]
"""x, y, width and height."""

Point: TypeAlias = tuple[float, float]
"""x and y."""


@dataclass(frozen=True, eq=False)
class Piece:
    """What somebody could take for a number, and whether it is one.

    Args:
        kind: "number", or "other" for words, marks, scribbles and all print.
        quad: Its tight box.
        height: Of its digits, pixels; of the whole for what is no number.
        text: What stands there, a `?` for each other mark; empty for what is no number.
        line: Which line it stands on, from 0; pieces of one line are read from left to right.
        cell: Where it stands in a table or which row of boxes it fills.
    """

    kind: Literal["number", "other"]
    quad: Quad
    height: float
    text: str = ""
    line: int = 0
    cell: Cell | None = None


@dataclass(frozen=True)
class Wall:
    """A straight wall of a box or a cell, or a rule of a table."""

    start: Point
    end: Point
    thick: int


class Sheet:
    """What lies on a paper: `ink` by hand and `print` by machine, 0 to 255, with `pieces` and `walls` as the truth.

    Args:
        shape: Height and width, pixels.
        whole: Whether all that is written must lie within it; else it is a part of something larger, and its sides cut.
    """

    def __init__(self, shape: Shape, *, whole: bool = False) -> None:
        self.shape, self.whole = shape, whole
        self.ink: UInt8[np.ndarray, "h w"] = np.zeros(shape, np.uint8)
        self.print: UInt8[np.ndarray, "h w"] = np.zeros(shape, np.uint8)
        self.pieces: list[Piece] = []
        self.walls: list[Wall] = []
        self._taken: list[Rectangle] = []

    @property
    def height(self) -> int:
        """Rows."""
        return self.shape[0]

    @property
    def width(self) -> int:
        """Columns."""
        return self.shape[1]

    def is_free(self, box: Rectangle, *, margin: float = 0.0) -> bool:
        """Whether nothing that was written or printed lies in the box or nearer to it than `margin`."""
        x, y, w, h = box
        return not any(
            x - margin < left + wide and left < x + w + margin and y - margin < top + high and top < y + h + margin
            for left, top, wide, high in self._taken
        )

    def holds(self, box: Rectangle) -> bool:
        """Whether something may lie there: within a whole sheet, anywhere on a part of one."""
        x, y, w, h = box
        return not self.whole or (x >= 0 and y >= 0 and x + w <= self.width and y + h <= self.height)

    def take(self, box: Rectangle) -> None:
        """Say that the box is no longer free."""
        self._taken.append(box)

    def write(self, written: Written, at: Point, *, line: int, cell: Cell | None = None, angle: float = 0.0) -> None:
        """Put what was written with the upper left corner of its ink at a point, turned by some degrees around it.

        Every number (what stands between gaps) becomes a piece of its own, and every mark beside or in it another.
        """
        ink, turn = written.ink, np.eye(2, 3, dtype=np.float64)
        if angle:
            ink, turn = _turned(ink, angle)
        turn[:, 2] += (round(at[0]), round(at[1]))
        left, top = round(at[0]), round(at[1])
        if not self.holds((left, top, ink.shape[1], ink.shape[0])):
            return
        self._paste(self.ink, ink, left, top, 255.0)
        self.take((left, top, ink.shape[1], ink.shape[0]))
        for text, box in numbers_of(written):
            if any(sign.isdigit() for sign in text):
                self.pieces.append(Piece("number", _moved(box, turn), written.height, text, line, cell))
            elif "?" not in text:  # a dash alone, dots
                self.pieces.append(Piece("other", _moved(box, turn), written.height, line=line, cell=cell))
        for sign, box in zip(written.text, written.boxes, strict=True):
            if sign == "?":
                self.pieces.append(Piece("other", _moved(box, turn), written.height, line=line, cell=cell))

    def put_print(self, layer: Layer, at: Point, *, strength: float = 1.0, other: bool = True) -> None:
        """Print a layer with its upper left corner at a point; `other`: as a piece that is no number."""
        left, top = round(at[0]), round(at[1])
        self._paste(self.print, layer, left, top, 255.0 * strength)
        self._is_other((left, top, layer.shape[1], layer.shape[0]), other)

    def put_scrawl(self, layer: Layer, at: Point, *, other: bool = True) -> None:
        """Put a layer of ink by hand that is no number."""
        left, top = round(at[0]), round(at[1])
        self._paste(self.ink, layer, left, top, 255.0)
        self._is_other((left, top, layer.shape[1], layer.shape[0]), other)

    def rule(self, start: Point, end: Point, *, thick: int = 1, strength: float = 1.0, by_hand: bool = False) -> None:
        """Draw a line to write on, or any line that bounds nothing."""
        layer = self.ink if by_hand else self.print
        first, last = (round(start[0]), round(start[1])), (round(end[0]), round(end[1]))
        cv2.line(layer, first, last, 255.0 * strength, thick, cv2.LINE_AA if by_hand else cv2.LINE_8)

    def wall(self, start: Point, end: Point, *, thick: int = 1, strength: float = 1.0, by_hand: bool = False) -> None:
        """Draw a wall of a box or a cell, or a rule of a table."""
        self.rule(start, end, thick=thick, strength=strength, by_hand=by_hand)
        self.walls.append(Wall(start, end, thick))

    def shade(self, box: Rectangle, level: int) -> None:
        """Print a grey area, 0 white to 255 black; it is nothing to be found."""
        x, y, w, h = box
        part = self.print[max(0, round(y)) : max(0, round(y + h)), max(0, round(x)) : max(0, round(x + w))]
        np.maximum(part, np.uint8(level), out=part)

    def number(self, box: Rectangle, text: str, *, height: float, line: int, cell: Cell | None = None) -> None:
        """Say that the pieces of ink in a box are one number, as the digits in a row of boxes are."""
        self.pieces.append(Piece("number", corners(box), height, text, line, cell))

    def put_ink(self, ink: Layer, at: Point) -> None:
        """Put ink of which the truth is told by `number`."""
        self._paste(self.ink, ink, round(at[0]), round(at[1]), 255.0)

    def _is_other(self, box: Rectangle, other: bool) -> None:
        self.take(box)
        if other:
            self.pieces.append(Piece("other", corners(box), box[3]))

    def _paste(self, onto: UInt8[np.ndarray, "rows columns"], layer: Layer, left: int, top: int, full: float) -> None:
        """Lay a layer over another, the darker wins; what lies outside is cut off."""
        y0, x0 = max(0, top), max(0, left)
        y1, x1 = min(self.height, top + layer.shape[0]), min(self.width, left + layer.shape[1])
        if y0 < y1 and x0 < x1:
            part = layer[y0 - top : y1 - top, x0 - left : x1 - left]
            place = onto[y0:y1, x0:x1]
            np.maximum(place, np.clip(part * np.float32(full), 0, 255).astype(np.uint8), out=place)


def corners(box: Rectangle) -> Quad:
    """The corners of an upright box."""
    x, y, w, h = box
    return np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]], np.float32)


def numbers_of(written: Written) -> list[tuple[str, Rectangle]]:
    """What stands between the gaps of what was written, each with the box around its characters."""
    found: list[tuple[str, Rectangle]] = []
    start = 0
    for end in [*(i for i, sign in enumerate(written.text) if sign == " "), len(written.text)]:
        boxes = np.array(written.boxes[start:end], np.float32).reshape(-1, 4)
        if len(boxes):
            low, high = boxes[:, :2].min(0), (boxes[:, :2] + boxes[:, 2:]).max(0)
            found.append((written.text[start:end], (float(low[0]), float(low[1]), *map(float, high - low))))  # type: ignore[arg-type]
        start = end + 1
    return found


def _moved(box: Rectangle, turn: Float64[np.ndarray, "2 3"]) -> Quad:
    """The corners of a box after an affine map."""
    return np.asarray(corners(box) @ turn[:, :2].T + turn[:, 2], np.float32)


def _turned(ink: Layer, angle: float) -> tuple[Float32[np.ndarray, "high wide"], Float64[np.ndarray, "2 3"]]:
    """Ink turned clockwise by some degrees in a picture that holds all of it, and the affine map that did so."""
    h, w = ink.shape
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), -angle, 1.0)
    wide = int(np.ceil(abs(turn[0, 0]) * w + abs(turn[0, 1]) * h)) + 1
    high = int(np.ceil(abs(turn[0, 1]) * w + abs(turn[0, 0]) * h)) + 1
    turn[:, 2] += ((wide - w) / 2, (high - h) / 2)
    return np.asarray(cv2.warpAffine(ink, turn, (wide, high)), np.float32), turn
