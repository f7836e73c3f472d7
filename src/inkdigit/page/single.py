"""One digit, as the line recognizer reads it: a second opinion on what was read as a single digit.

In: a grey picture, the level box of the digit's ink, and the network as a function. Out: how probable each digit is,
alone in that box. Knows nothing of other recognizers.
"""

import numpy as np

from inkdigit.page.boxes import RotatedBox
from inkdigit.page.decode import text_probability
from inkdigit.page.looks import Read, see
from inkdigit.page.strips import LOOKS
from inkdigit.page.thresholds import Thresholds
from inkdigit.shapes import Float64, UInt8
from inkdigit.types import Box


def digit_probabilities(
    grey: UInt8[np.ndarray, "height width"], box: Box, read: Read, thresholds: Thresholds
) -> Float64[np.ndarray, "10"]:
    """How probable it is that a box holds each of the ten digits and nothing else; the mean over all looks.

    Args:
        grey: uint8 (height, width).
        box: Around the ink, in its pixels.
        read: The network.
        thresholds: Its temperature.
    """
    x, y, width, height = box
    number = RotatedBox(x + width / 2, y + height / 2, float(width), float(height), 0.0)
    looks = [see(grey, [number], look, read, thresholds)[0] for look in LOOKS]
    means = [np.mean([text_probability(one.log_p, str(digit)) for one in looks]) for digit in range(10)]
    return np.asarray(means, np.float64)
