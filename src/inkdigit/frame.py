"""The one framing of the project, version 1: a glyph of any size placed in 28x28 the way MNIST does.

In: the ink of one glyph. Out: the frame a network sees: `view_of` brings lean and pen near MNIST's, `centre_glyph`
size and place. Does not know where the ink came from, nor whether it is a digit: a 7 leans by itself, without harm.

`centre_glyph`, step by step, so that another language can repeat it:
1. Crop to the pixels with at least half a grey level of ink.
2. Scale the longer side to 20 pixels, the shorter in proportion (rounded half up, at least 1):
   area averages when shrinking, bilinear when enlarging, untouched when it is 20 already.
3. Put it where its centre of mass has pixel coordinates in [13.5, 14.5) on both axes, moving by
   whole pixels. Where ink would fall over the edge the glyph stops at the edge.

That is what made MNIST: framing its 70,000 images again returns 69,971 of them unchanged. Of the
other 29, 16 do not fill a box of 20 and 13 have their centre on the very bound of step 3.

Lean: of 540 amounts from cheques 57.0 % (even ones) and 56.7 % (odd) were read without that step, 58.9 % and 57.8 %
with it.

Pen: a thin one on a large picture covers only a part of each pixel once the glyph is shrunk to 20 pixels: its strokes
come out grey. MNIST's never are: in 10,000 training digits the darkest tenth of the ink pixels is 0.855 or more. Of
120 synthetic digits 400 pixels high, written with a pen of 0.4 % of that, as many are read either way (97.5 %), with a
mean confidence of 0.84 as they are and 0.97 darkened.
"""

import math

import cv2
import numpy as np

from inkdigit.shapes import Float32

SIDE = 28
BOX = 20
PAPER = 0.5 / 255
"""Less ink than half a grey level is paper."""

# The lowest centre of mass, a little below 13.5: a symmetric glyph lies exactly on that bound, and
# the last bit of a float must not decide where it goes.
LOWEST_CENTRE = 13.5 - 1e-4

COORDINATES = np.arange(BOX, dtype=np.float64)

STEEPEST = 0.2
"""The lean that is left: columns to the side for each row. Of MNIST's digits 49 % lean less, and 98 % less than 0.7;
the hands of old books lean by 0.5 to 1. Of 1,000 digits from such books a network that was trained with leans of
MNIST's kind read 87.6 % as they were, 88.1 % with at most 0.4 left, 89.3 % with 0.2, 89.2 % with 0.1; of 2,007 from
envelopes 98.1 % with each."""

INKED = 0.1  # below this a pixel is the edge of a stroke
PALE = 0.85
USUAL = 0.98  # MNIST's median


def view_of(ink: Float32[np.ndarray, "height width"]) -> Float32[np.ndarray, "28 28"]:
    """Bring lean, size, place and darkness of one glyph near those of MNIST's.

    Args:
        ink: 0.0 paper to 1.0 ink.
    """
    return darkened(centre_glyph(steepened(ink)))


def centre_glyph(ink: Float32[np.ndarray, "height width"]) -> Float32[np.ndarray, "28 28"]:
    """Place one handwritten glyph the way MNIST does.

    The glyph is scaled to fit a 20 x 20 square, keeping its proportions, and moved so that its
    centre of mass falls on the centre of a 28 x 28 frame. About 22 µs for 80 x 80.

    Args:
        ink: Darkness of each pixel, 0.0 (paper) to 1.0 (ink), finite. Any size.

    Returns:
        The framed glyph, float32 in [0, 1]. Paper only in, paper only out.

    >>> centre_glyph(np.ones((40, 10), np.float32)).shape
    (28, 28)
    """
    frame = np.zeros((SIDE, SIDE), np.float32)
    glyph = _cropped(ink)
    if glyph.size:
        scaled = _scaled(glyph)
        height, width = scaled.shape
        top, left = _corner(scaled)
        np.clip(scaled, 0.0, 1.0, out=frame[top : top + height, left : left + width])
    return frame


def _cropped(ink: Float32[np.ndarray, "height width"]) -> Float32[np.ndarray, "rows columns"]:
    """Cut off the paper around the ink."""
    if not ink.size:
        return ink
    left, top, width, height = cv2.boundingRect((ink >= PAPER).view(np.uint8))
    return ink[top : top + height, left : left + width]


def _scaled(glyph: Float32[np.ndarray, "rows columns"]) -> Float32[np.ndarray, "height width"]:
    """Make the longer side 20 pixels."""
    rows, columns = glyph.shape
    longer = max(rows, columns)
    if longer == BOX:
        return glyph
    height, width = (max(1, (2 * BOX * side + longer) // (2 * longer)) for side in (rows, columns))
    method = cv2.INTER_AREA if longer > BOX else cv2.INTER_LINEAR
    return cv2.resize(glyph, (width, height), interpolation=method)


def _corner(glyph: Float32[np.ndarray, "height width"]) -> tuple[int, int]:
    """Row and column of the top left corner that bring the centre of mass to the middle."""
    height, width = glyph.shape
    mass = float(glyph.sum(dtype=np.float64))
    down = float(glyph.sum(axis=1) @ COORDINATES[:height]) / mass
    along = float(glyph.sum(axis=0) @ COORDINATES[:width]) / mass
    return _inside(math.ceil(LOWEST_CENTRE - down), height), _inside(math.ceil(LOWEST_CENTRE - along), width)


def _inside(start: int, length: int) -> int:
    """Move `start` so that `length` pixels stay within the frame."""
    return min(max(start, 0), SIDE - length)


def lean(ink: Float32[np.ndarray, "height width"]) -> float:
    """Columns by which the ink moves to the right for each row down: its covariance over its vertical variance.

    The measure of LeCun and others 1998 for deslanting. A hand that leans to the right has a negative one.
    """
    moments = cv2.moments(ink)
    return moments["mu11"] / moments["mu02"] if moments["mu02"] > 0 else 0.0


def steepened(ink: Float32[np.ndarray, "height width"]) -> Float32[np.ndarray, "height columns"]:
    """Shear a glyph that leans more than `STEEPEST` until it leans as much; others come back as they are."""
    shear = lean(ink)
    if abs(shear) <= STEEPEST:
        return ink
    shear -= math.copysign(STEEPEST, shear)
    height, width = ink.shape
    margin = math.ceil(abs(shear) * height / 2) + 1
    matrix = np.array([[1, -shear, shear * (height - 1) / 2 + margin], [0, 1, 0]])
    return cv2.warpAffine(ink, matrix, (width + 2 * margin, height), flags=cv2.INTER_LINEAR)


def darkened(frame: Float32[np.ndarray, "28 28"]) -> Float32[np.ndarray, "28 28"]:
    """Make the strokes of a thin pen as dark as MNIST's; edges stay soft, and a usual frame stays as it is.

    >>> darkened(np.eye(28, dtype=np.float32) / 2).max()
    np.float32(0.98)
    """
    inside = frame[frame > INKED]
    if not inside.size:
        return frame
    darkest = np.partition(inside, -1 - inside.size // 10)[-1 - inside.size // 10]
    if darkest >= PALE:
        return frame
    return np.minimum(frame * np.float32(USUAL / darkest), np.float32(1))
