"""Numbers put into written lines, and the lines into reading order.

In: boxes of a page that is read in some direction. Out: their indices, line by line. Numbers stand in one line where
their middles are about equally high, however far apart. Knows nothing of what they say.
"""

import math

import numpy as np

from inkdigit.page.boxes import RotatedBox

SAME = 0.5
"""Of the smaller of two heights: middles that are no further apart are of one line."""


def lines_of(boxes: list[RotatedBox], angle: float) -> list[list[int]]:
    """Sort boxes into lines from top to bottom, and each line from its beginning to its end.

    Args:
        boxes: Of the numbers.
        angle: In which direction the page is read, radians clockwise.
    """
    cosine, sine = math.cos(angle), math.sin(angle)
    along = [box.x * cosine + box.y * sine for box in boxes]
    down = [box.y * cosine - box.x * sine for box in boxes]
    lines: list[list[int]] = []
    for i in sorted(range(len(boxes)), key=lambda i: down[i]):
        # The line whose number beside this one is nearest tells its height best: lines of hand are not straight.
        near = [(abs(along[line_mate(line, along, along[i])] - along[i]), line) for line in lines]
        fitting = [
            (distance, line) for distance, line in near
            if abs(down[line_mate(line, along, along[i])] - down[i])
            <= SAME * min(boxes[i].height, boxes[line_mate(line, along, along[i])].height)
        ]  # fmt: skip
        if fitting:
            min(fitting, key=lambda pair: pair[0])[1].append(i)
        else:
            lines.append([i])
    for line in lines:
        line.sort(key=lambda i: along[i])
    return sorted(lines, key=lambda line: float(np.mean([down[i] for i in line])))


def line_mate(line: list[int], along: list[float], place: float) -> int:
    """The number of a line that stands nearest to a place along it."""
    return min(line, key=lambda i: abs(along[i] - place))
