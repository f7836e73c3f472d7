"""A form of a digit in writing, and the smooth curve that it stands for.

In: forms, written as text. Out: a `Curve`: control points, and the matrix that makes of them the
points the pen passes. Knows nothing of which digits there are, of pens, or of pixels.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from inkdigit.shapes import Float64

STEPS = 6
"""Straight pieces between two control points; more cannot be seen at 28 x 28."""


@dataclass(frozen=True)
class Form:
    """One way of writing a digit.

    Args:
        name: What tells it from the other forms of the digit.
        weight: How often it is written, relative to the other forms of the digit.
        hands: A path for each hand that writes it. All have the same points in the same order, the same
            corners and lifts, so that anything between two of them is of that form too.
    """

    name: str
    weight: float
    hands: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Curve:
    """A compiled form: hand h passes the points `matrix @ hands[h]`.

    Args:
        hands: Control points in units of the digit's height, (x, y) with y down.
        matrix: The weight of every control point in every point of the curve.
        strokes: Where each stroke of the pen begins and ends among the points of the curve.
    """

    hands: Float64[np.ndarray, "hands controls 2"]
    matrix: Float64[np.ndarray, "points controls"]
    strokes: tuple[tuple[int, int], ...]


def read_forms(text: str) -> tuple[Form, ...]:
    """Read the forms of one digit: a line with the name and the weight of each, then its hands, indented.

    A hand reads like it moves: points "x,y" in hundredths of the digit's height, x to the right and y
    down. The pen glides smoothly through them, turns sharply at a point marked "!", and is lifted at "/".

    >>> read_forms("flag 2\\n  14,22 34,2! 34,100\\n  4,40 36,2! 36,100")[0].hands
    ('14,22 34,2! 34,100', '4,40 36,2! 36,100')
    """
    forms: list[Form] = []
    for line in text.strip().splitlines():
        if line.startswith(" "):
            forms[-1] = replace(forms[-1], hands=(*forms[-1].hands, line.strip()))
        else:
            name, weight = line.rsplit(maxsplit=1)
            forms.append(Form(name, float(weight), ()))
    return tuple(forms)


@cache
def compile_form(form: Form) -> Curve:
    """Turn the notation of a form into control points and the matrix of its smooth curve.

    >>> compile_form(Form("equals", 1, ("0,0 50,0 / 0,20 50,20",))).strokes
    ((0, 7), (7, 14))
    """
    shapes = {_shape(path) for path in form.hands}
    assert len(shapes) == 1, f"the hands of {form.name!r} differ in their points, corners or lifts"
    blocks = [_stroke_matrix(corners) for corners in shapes.pop()]
    ends = np.cumsum([len(block) for block in blocks]).tolist()
    strokes = tuple(zip([0, *ends[:-1]], ends, strict=True))
    return Curve(np.array([_points(path) for path in form.hands]), _block_diagonal(blocks), strokes)


def _shape(path: str) -> tuple[tuple[bool, ...], ...]:
    """For every stroke of a path, which of its points are corners."""
    return tuple(tuple(point.endswith("!") for point in stroke.split()) for stroke in path.split("/"))


def _points(path: str) -> Float64[np.ndarray, "controls 2"]:
    """The control points of a path, in units of the digit's height."""
    points = path.replace("!", "").replace("/", " ").split()
    return np.array([point.split(",") for point in points], np.float64) / 100


def _stroke_matrix(corners: tuple[bool, ...]) -> Float64[np.ndarray, "points controls"]:
    """Weights of the control points of one stroke in its curve.

    Each gap is a cubic Hermite curve; the direction at a smooth point is half the way from its
    predecessor to its successor (Catmull-Rom), at a corner or an end that of the gap itself.
    """
    one = np.eye(len(corners))
    last = len(corners) - 1
    rows = [one[0]]
    for index in range(last):
        gap = one[index + 1] - one[index]
        leave = gap if index == 0 or corners[index] else (one[index + 1] - one[index - 1]) / 2
        arrive = gap if index + 1 == last or corners[index + 1] else (one[index + 2] - one[index]) / 2
        for t in np.arange(1, STEPS + 1) / STEPS:
            bend = (t**3 - 2 * t**2 + t) * leave + (t**3 - t**2) * arrive
            rows.append(one[index] + (3 * t**2 - 2 * t**3) * gap + bend)
    return np.array(rows)


def _block_diagonal(blocks: list[Float64[np.ndarray, "_ _"]]) -> Float64[np.ndarray, "points controls"]:
    """One matrix for all strokes: no stroke knows the points of another."""
    matrix = np.zeros(np.sum([block.shape for block in blocks], axis=0))
    row = column = 0
    for block in blocks:
        rows, columns = block.shape
        matrix[row : row + rows, column : column + columns] = block
        row, column = row + rows, column + columns
    return matrix
