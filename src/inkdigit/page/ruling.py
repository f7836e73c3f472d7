"""The printed rules of a page taken out of its ink: writing lines, boxes, squared paper.

In: the ink of a page and the height of its digits. Out: the ink without what is straight, thin and much longer
than any stroke; strokes that cross it stay. Knows nothing of lines of writing or digits.
"""

import cv2
import numpy as np

from inkdigit.shapes import Bool, Float32, Int64

Plane = Float32[np.ndarray, "height width"]

INK = 0.3

LONG = 6.0
"""Digit heights that a rule is followed at a time: no stroke of a digit is as long, and paper bends little on it."""

COVERED = 0.75
"""Of its length a rule shows at least this part; rows through writing show a half, seldom more."""

SHORTEST, WHOLLY = 1.5, 0.9
"""Digit heights: in a narrow picture a rule is shorter, and must show this part of its length."""

THIN = 0.2
"""Digit heights: a rule is not thicker than a pen's stroke."""

STEEPEST = 0.06
"""Rise of a rule over its length; a page may lie askew by 3 degrees."""

LONE, EDGE = 0.6, 0.75
"""Of what is inked of a rule, what the rows beside it have at most, and where the rule ends."""


def without_ruling(ink: Plane, *, height: float) -> Plane:
    """Take out level and upright rules.

    Args:
        ink: Of a page, 0.0 to 1.0.
        height: How tall a digit is, pixels.
    """
    level = _level(ink > INK, height)
    upright = _level(np.ascontiguousarray((ink > INK).T), height).T
    return np.where(level | upright, np.float32(0), ink)


def _level(mask: Bool[np.ndarray, "height width"], height: float) -> Bool[np.ndarray, "height width"]:
    """The pixels of level rules that belong to nothing else."""
    rules = np.zeros_like(mask)
    length = max(8, round(LONG * height))
    width = mask.shape[1]
    if width < SHORTEST * height:
        return rules
    tiles = max(1, width // length)
    thick, covered = max(1, round(THIN * height)), COVERED if width >= length else WHOLLY
    for index in range(tiles):
        columns = slice(index * width // tiles, (index + 1) * width // tiles)
        rules[:, columns] = _in_tile(mask[:, columns], thick, covered)
    strokes = cv2.morphologyEx(mask.view(np.uint8), cv2.MORPH_OPEN, np.ones((thick + 2, 1), np.uint8)).astype(bool)
    return rules & ~strokes


def _in_tile(mask: Bool[np.ndarray, "height width"], thick: int, covered: float) -> Bool[np.ndarray, "height width"]:
    """Mark the bands of rows, level or rising steadily, that are inked nearly everywhere while those beside are not."""
    rows, columns = np.nonzero(mask)
    height, width = mask.shape
    found = np.zeros_like(mask)
    if len(rows) < covered * width:
        return found
    steps = np.arange(-round(STEEPEST * width), round(STEEPEST * width) + 1)
    cover = np.stack([_cover(rows + _rise(columns, step, width), columns, height, width) for step in steps.tolist()])
    best = cover.max(axis=0)
    for row in np.flatnonzero(best >= covered).tolist():
        step, beside = int(steps[cover[:, row].argmax()]), cover[cover[:, row].argmax()]
        if max(_beyond(beside, row - thick - 1), _beyond(beside, row + thick + 1)) < LONE * best[row]:
            at = rows + _rise(columns, step, width)
            above, below = (
                next(n for n in range(thick + 2) if _beyond(beside, row + s * n) < EDGE * best[row]) for s in (-1, 1)
            )
            where = (at > row - above) & (at < row + below + 1)
            found[rows[where], columns[where]] = True
    return found


def _beyond(cover: Float32[np.ndarray, " height"], row: int) -> float:
    """What is inked of a row; nothing beyond the picture."""
    return float(cover[row]) if 0 <= row < len(cover) else 0.0


def _rise(columns: Int64[np.ndarray, " n"], step: int, width: int) -> Int64[np.ndarray, " n"]:
    return np.rint((columns - width / 2) * step / max(1, width)).astype(np.int64)


def _cover(
    rows: Int64[np.ndarray, " n"], columns: Int64[np.ndarray, " n"], height: int, width: int
) -> Float32[np.ndarray, " height"]:
    """Part of the columns that have ink in each row or the next."""
    seen = np.zeros((height, width), bool)
    inside = (rows >= 0) & (rows < height)
    seen[rows[inside], columns[inside]] = True
    seen[:-1] |= seen[1:]
    return seen.mean(axis=1, dtype=np.float32)
