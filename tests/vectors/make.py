"""Make framing.json: glyphs and their frames, by an implementation of framing version 1 of its own.

    python tests/vectors/make.py

Every test suite that frames (Python here, TypeScript in the page) reads the file and must come within 1/255. Ink
and frames are base64 of bytes, row by row, 0 paper to 255 ink. The glyphs are synthetic: drawn by `strokes`, or
blocks at the bounds of the rule. This reference shares nothing with the package's: it follows the three steps in
the docstring of `frame.py` in exact fractions.
"""

import base64
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np

from inkdigit.data.strokes import draw

Rows = list[list[Fraction]]
LOWEST_CENTRE = Fraction(135, 10) - Fraction(1, 10_000)


def frame(ink: np.ndarray) -> np.ndarray:
    """Frame bytes (height, width); bytes (28, 28)."""
    glyph = scaled(cropped([[Fraction(int(value), 255) for value in row] for row in ink]))
    height, width = len(glyph), len(glyph[0])
    mass = sum(map(sum, glyph))
    down = sum(row * sum(glyph[row]) for row in range(height)) / mass
    along = sum(column * sum(glyph[row][column] for row in range(height)) for column in range(width)) / mass
    top, left = (
        min(max(math.ceil(LOWEST_CENTRE - centre), 0), 28 - length)
        for centre, length in ((down, height), (along, width))
    )
    out = np.zeros((28, 28), np.uint8)
    for row in range(height):
        for column in range(width):
            out[top + row, left + column] = math.floor(glyph[row][column] * 255 + Fraction(1, 2))
    return out


def cropped(ink: Rows) -> Rows:
    """Cut off the paper around the ink."""
    rows = [i for i, row in enumerate(ink) if any(row)]
    columns = [j for j in range(len(ink[0])) if any(row[j] for row in ink)]
    return [row[columns[0] : columns[-1] + 1] for row in ink[rows[0] : rows[-1] + 1]]


def scaled(glyph: Rows) -> Rows:
    """Make the longer side 20: by area averages if it is longer, by linear interpolation if it is shorter."""
    height, width = len(glyph), len(glyph[0])
    longer = max(height, width)
    if longer == 20:
        return glyph
    sides = [max(1, math.floor(Fraction(20 * side, longer) + Fraction(1, 2))) for side in (height, width)]
    weights = averages if longer > 20 else interpolations
    rows, columns = weights(height, sides[0]), weights(width, sides[1])
    half = [[sum((w * row[j] for j, w in weight), Fraction(0)) for weight in columns] for row in glyph]
    return [[sum((w * half[i][j] for i, w in weight), Fraction(0)) for j in range(sides[1])] for weight in rows]


def averages(old: int, new: int) -> list[list[tuple[int, Fraction]]]:
    """For each new pixel the old ones it covers, each with the share of the new pixel that it fills."""
    step = Fraction(old, new)
    found = []
    for pixel in range(new):
        first, last = pixel * step, (pixel + 1) * step
        covered = range(math.floor(first), math.ceil(last))
        found.append([(i, (min(last, Fraction(i + 1)) - max(first, Fraction(i))) / step) for i in covered])
    return found


def interpolations(old: int, new: int) -> list[list[tuple[int, Fraction]]]:
    """For each new pixel the two old ones around its centre; at the ends the last one."""
    found = []
    for pixel in range(new):
        place = min(max((pixel + Fraction(1, 2)) * Fraction(old, new) - Fraction(1, 2), Fraction(0)), Fraction(old - 1))
        first = min(math.floor(place), old - 1)
        found.append([(first, 1 - (place - first)), (min(first + 1, old - 1), place - first)])
    return found


def glyphs() -> dict[str, np.ndarray]:
    """Digits of many sizes, and blocks at the bounds of the rule."""
    random = np.random.default_rng(28)
    made = {}
    for digit in range(10):
        for height in (12, 20, 33, 64):
            made[f"digit {digit}, {height} high"] = 255 * draw(digit, random=random, height=height, wildness=0.6)
    made["one pixel"] = np.full((1, 1), 255)
    made["a row"] = np.full((1, 50), 255)
    made["a column"] = np.full((50, 1), 200)
    made["a square of 20"] = np.full((20, 20), 255)
    made["a square of 28"] = np.full((28, 28), 128)
    made["ink at one end"] = np.concatenate([np.full((4, 20), 255), np.full((16, 20), 1)])
    made["ink in one corner"] = np.pad(np.full((3, 3), 255), ((0, 25), (25, 0)), constant_values=1)
    made["paper around"] = np.pad(np.full((30, 12), 220), ((5, 9), (17, 2)))
    made["an even block"] = np.full((20, 10), 255)
    made["an odd block"] = np.full((20, 11), 255)
    return {name: np.rint(ink).astype(np.uint8) for name, ink in made.items()}


def coded(values: np.ndarray) -> str:
    """Bytes as text."""
    return base64.b64encode(values.tobytes()).decode()


def main() -> None:
    """Write the file."""
    rows = [
        {"name": name, "height": len(ink), "width": ink.shape[1], "ink": coded(ink), "frame": coded(frame(ink))}
        for name, ink in glyphs().items()
    ]
    text = json.dumps({"framing": 1, "glyphs": rows}, indent=1)
    (Path(__file__).parent / "framing.json").write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
