"""The printed lines of a form taken out of the ink.

In: ink. Out: the ink without straight lines that run from border to border, where there are any. A
stroke that crosses such a line is kept where it is darker than the line, and mended where it is not. Cannot
tell an upright 1 as tall as the picture from a rule: who asks must keep the ink as it was, too.
"""

from collections.abc import Iterator

import cv2
import numpy as np

from inkdigit.shapes import Bool, Float32, UInt8

INK = 0.15  # of the faintest rule that matters: less is no wider box of the digit
ROOM = 32  # pixels of the shorter side below which a rule and a stroke look the same
SPAN = 0.8  # of the picture's side: a rule crosses the picture, a stroke of a digit seldom does
STRAIGHT = 4  # a rule holds vertical (or level) runs of at least this part of the side: it leans by less than 1 in 4
THICKEST = 0.1  # of the side
DARKER = 0.25  # ink by which a stroke is seen on a rule


def without_rules(ink: Float32[np.ndarray, "height width"]) -> Float32[np.ndarray, "height width"] | None:
    """Take out vertical and level rules.

    Args:
        ink: 0.0 to 1.0.

    Returns:
        The ink left over, or None where there is no rule.
    """
    if min(ink.shape) < ROOM:
        return None
    mask = (ink > INK).view(np.uint8)
    upright = _rules(mask) if mask[0].any() and mask[-1].any() else None
    level = _rules(np.ascontiguousarray(mask.T)) if mask[:, 0].any() and mask[:, -1].any() else None
    if upright is None and level is None:
        return None
    left = ink if upright is None else _taken_out(ink, upright)
    return left if level is None else np.ascontiguousarray(_taken_out(left.T, level).T)


def _rules(mask: UInt8[np.ndarray, "height width"]) -> Bool[np.ndarray, "height width"] | None:
    """Mark the rules from top to bottom with a pixel at either side; None where there are none."""
    height, width = mask.shape
    run = max(3, height // STRAIGHT)
    straight = cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((run, 1), np.uint8), borderValue=0)
    if not straight.any():
        return None
    joined = cv2.morphologyEx(straight, cv2.MORPH_CLOSE, np.ones((max(3, run // 2), 1), np.uint8))
    _, labels, table, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    tall = np.flatnonzero(table[1:, cv2.CC_STAT_HEIGHT] >= SPAN * height) + 1
    found = np.zeros(mask.shape, bool)
    rows, columns = np.ogrid[:height, :width]
    for slope, start, thickness in _lines(labels, tall):
        found |= np.abs(columns - (start + slope * rows)) <= thickness / 2 + 1
    return found if found.any() else None


def _lines(labels: np.ndarray, tall: np.ndarray) -> Iterator[tuple[float, float, float]]:
    """Fit a line through each component that is a straight, thin one: columns per row, first column, thickness."""
    for label in tall:
        rows, columns = np.nonzero(labels == label)
        counts = np.bincount(rows)
        present = np.flatnonzero(counts)
        centres = np.bincount(rows, columns)[present] / counts[present]
        thickness = float(np.median(counts[present]))
        usual = counts[present] <= thickness + 1  # elsewhere a stroke runs along the rule
        slope, start = np.polyfit(present[usual], centres[usual], 1)
        off = np.abs(centres - start - slope * present)[usual]
        if thickness <= max(2.0, THICKEST * labels.shape[0]) and np.quantile(off, 0.9) <= 1 + thickness / 2:
            yield float(slope), float(start), thickness


def _taken_out(
    ink: Float32[np.ndarray, "height width"], rule: Bool[np.ndarray, "height width"]
) -> Float32[np.ndarray, "height width"]:
    """Clear the vertical rules, except where a darker stroke lies on them or a stroke goes on at both sides."""
    darkness = float(np.median(ink[rule & (ink > INK)])) if (rule & (ink > INK)).any() else 0.0
    rest = np.where(rule & (ink <= darkness + DARKER), np.float32(0), ink)
    across = 2 * (int(rule.sum(axis=1).max()) // 2) + 3
    if across > ink.shape[1] // 4:  # many rules: each as wide as the widest run of them
        across = 7
    bridge = cv2.morphologyEx(rest, cv2.MORPH_CLOSE, np.ones((1, across), np.uint8))
    return np.where(rule, np.maximum(rest, np.minimum(ink, bridge)), ink)
