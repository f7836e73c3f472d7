"""Where digits come from: MNIST's training images, and forms drawn with a pen.

In: a digit and the hand that writes it. Out: its ink at any height, crisp, with the hand's lean, width and pen. Knows
nothing of strings, signs or paper.
"""

import cv2
import numpy as np

from inkdigit.data.curves import Form
from inkdigit.data.oldhands import OLD_FORMS
from inkdigit.data.skeletons import FORMS
from inkdigit.frame import lean
from inkdigit.shapes import Float32, UInt8
from inkdigit.types import Images, Labels
from inkdigit.writing.forms import MORE_FORMS
from inkdigit.writing.hand import Hand
from inkdigit.writing.pen import Glyph, cropped, trace

LEARNED = 55_000  # MNIST's first training images; the last 5,000 are held out
LARGER = 3  # times an image is enlarged before its outline is taken
FAR = -30.0  # distance from the ink that stands outside an image
SHARES = (0.4, 0.2, 0.4)  # of the drawn digits by FORMS, OLD_FORMS and MORE_FORMS
STEEPENED = 0.6  # of an image's own lean that is taken from it before it leans as the hand does
ERODED, DILATED = 0.45, 0.09  # at most this share of a stroke is taken off, this share of the height added
BEND = 0.03  # of an image, in heights


def _all_forms() -> tuple[tuple[tuple[Form, ...], tuple[float, ...]], ...]:
    """For each digit all forms, and the sums of their shares."""
    forms: list[tuple[tuple[Form, ...], tuple[float, ...]]] = []
    for digit in range(10):
        tables = (FORMS[digit], OLD_FORMS[digit], MORE_FORMS[digit])
        share = np.concatenate(
            [
                np.array([form.weight for form in table]) * part / sum(form.weight for form in table)
                for table, part in zip(tables, SHARES, strict=True)
            ]
        )
        forms.append((sum(tables, ()), tuple(np.cumsum(share).tolist())))
    return tuple(forms)


ALL_FORMS = _all_forms()
"""For each digit its forms, and up to which number between 0 and 1 each is chosen."""


class DigitSource:
    """Digits to write with.

    Args:
        images: MNIST's training images, of which the first 55,000 are used; None for drawn forms alone.
        labels: What they show.
    """

    def __init__(self, images: Images | None = None, labels: Labels | None = None) -> None:
        self._images = images
        self._of_digit = [] if labels is None else [np.flatnonzero(labels[:LEARNED] == digit) for digit in range(10)]

    def draw(
        self, digit: int, hand: Hand, random: np.random.Generator, *, height: int = 64
    ) -> Float32[np.ndarray, "height width"]:
        """Write one digit: ink 0.0 to 1.0, cropped, about as high as asked for."""
        return self.glyph(digit, hand, random, height=height).ink

    def glyph(self, digit: int, hand: Hand, random: np.random.Generator, *, height: int) -> Glyph:
        """Write one digit and say how high above the line it stands."""
        if self._images is not None and random.random() >= hand.drawn:
            of_digit = self._of_digit[digit]
            image = self._images[of_digit[int(random.integers(len(of_digit)))]]
            return from_image(image, hand, random, height=height)
        forms, sums = ALL_FORMS[digit]
        liked = hand.habits[digit] if random.random() < hand.loyalty else float(random.random())
        form = forms[min(int(np.searchsorted(sums, liked)), len(forms) - 1)]
        return trace(form, hand, random, height=height)


def from_image(image: UInt8[np.ndarray, "28 28"], hand: Hand, random: np.random.Generator, *, height: int) -> Glyph:
    """Write a digit after an image of 28x28: its outline, posed and inked as the hand does."""
    outline, stroke = _outline(image)
    scale = height / (outline.shape[0] - 4.0)  # the outline has two pixels of paper around the ink
    wider, turn, leaning = random.normal(0, (0.08, 0.06, 1.0)).tolist()
    across = scale * hand.aspect * float(np.exp(wider))
    shear = hand.lean + hand.lean_spread * leaning - STEEPENED * -lean(np.maximum(outline, 0))
    posed = _posed(outline, (across, scale), shear, turn, height, hand.wildness, random)
    pen = hand.pen * height
    own = stroke * scale
    wider = float(np.clip((pen - own) * random.uniform(0.6, 1.0), -ERODED * own, DILATED * height)) / 2
    ink = np.clip(posed * np.float32(scale) + np.float32(wider + 0.5), 0, 1)
    return Glyph(cropped(ink, bottom=0).ink)


def _outline(image: UInt8[np.ndarray, "28 28"]) -> tuple[Float32[np.ndarray, "rows columns"], float]:
    """How deep each pixel of the enlarged image lies in the ink (negative: how far from it); the stroke's width."""
    left, top, width, height = cv2.boundingRect((image > 60).view(np.uint8))
    left, top = max(left - 1, 0), max(top - 1, 0)
    part = image[top : top + height + 2, left : left + width + 2]
    size = (part.shape[1] * LARGER, part.shape[0] * LARGER)
    large = cv2.GaussianBlur(cv2.resize(part, size, interpolation=cv2.INTER_CUBIC), (5, 5), 1.2)
    inked: UInt8[np.ndarray, "_ _"] = np.asarray(large > 105, np.uint8)
    x, y, across, down = cv2.boundingRect(inked)
    inked = np.pad(inked[y : y + down, x : x + across], 2)
    inside = cv2.distanceTransform(inked, cv2.DIST_L2, 3)
    depth = inside - cv2.distanceTransform(1 - inked, cv2.DIST_L2, 3)
    edge = int(np.count_nonzero((inside > 0) & (inside < 1.3)))
    return depth, 2 * float(np.count_nonzero(inked)) / max(edge, 1)


def _posed(
    outline: Float32[np.ndarray, "rows columns"],
    scale: tuple[float, float],
    shear: float,
    turn: float,
    height: int,
    wildness: float,
    random: np.random.Generator,
) -> Float32[np.ndarray, "height width"]:
    """Stretch, slant, turn and bend an outline by one lookup."""
    rows, columns = outline.shape
    margin = max(3, height // 6)
    across = round(columns * scale[0] + abs(shear) * height) + 2 * margin
    down = height + 2 * margin
    x = np.arange(across, dtype=np.float32)[None] - np.float32(across / 2)
    y = np.arange(down, dtype=np.float32)[:, None] - np.float32(down / 2)
    bends = (random.standard_normal((2, 4, 4)) * (BEND * wildness * rows)).astype(np.float32)
    flat_x, flat_y = (cv2.resize(bend, (across, down), interpolation=cv2.INTER_LINEAR) for bend in bends)
    slanted = (x + y * np.float32(shear + turn)) * np.float32(1 / scale[0])
    from_x = slanted + np.float32(columns / 2 - 0.5) + flat_x
    from_y = (y - x * np.float32(turn)) * np.float32(1 / scale[1]) + np.float32(rows / 2 - 0.5) + flat_y
    return cv2.remap(outline, from_x, from_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=FAR)
