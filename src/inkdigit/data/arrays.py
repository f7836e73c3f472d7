"""Arrays of any common form -> images and labels as this project has them: the one place that normalises.

In: images (28x28 or of another side, flat or not, grey or in colour, bytes or floats, on black or on white, upright or
transposed), and labels (numbers, words, one-hot). Out: uint8 (n, 28, 28) with 255 for ink, and labels 0 to 9, or
`BadInput` with one line. What it guesses from the values it guesses for all arrays of a data set together. Does not
know files.
"""

import math
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from inkdigit.data.naming import digit_of
from inkdigit.data.pictured import BLACK, FAINTEST, frame_grey
from inkdigit.errors import BadInput
from inkdigit.frame import SIDE, centre_glyph
from inkdigit.shapes import Shaped, UInt8
from inkdigit.types import Images, Labels

CANNOT_USE = "cannot use arrays"

SMALLEST_SIDE, LARGEST_SIDE = 8, 512
SHAPES = "(n, side, side), with a channel or three at most, or (n, side x side)"

Levels = Shaped[np.ndarray, "_ _ _ *channels"]
"""Images in the order (image, row, column), or (image, row, column, colour)."""

NORMALISED = (-0.4242, 2.8215)
"""0 and 1 after MNIST's mean was taken off and the rest divided by its deviation: notebooks save such arrays."""

SCALES: tuple[tuple[float, float], ...] = ((0, 1), (0, 15), (0, 16), (0, 255), (-1, 1), (-0.5, 0.5), NORMALISED,
                                           (0, 65_535))  # fmt: skip
"""Grey levels from one end to the other, as people store them; scikit-learn's digits have 0 to 16."""

LONGEST_WORD = 32
LIGHT = 160
"""Grey level from which a border is paper, and the digits are dark on it."""


def stacked(values: Shaped[np.ndarray, "..."], *, where: object, n: int | None = None) -> Levels:
    """Bring an array of images into the order (image, row, column) or (image, row, column, colour).

    Args:
        values: Images along the first axis, or along the last, as MATLAB has them.
        where: What an error calls it.
        n: How many labels there are, if known.

    Raises:
        BadInput: Its shape is none that images have.
    """
    shape = values.shape
    if values.ndim > 1 and n is not None and shape[-1] == n != shape[0]:
        values = np.moveaxis(values, -1, 0)
    found = _square(values)
    if found is None or values.dtype.kind not in "uifb":
        raise BadInput(CANNOT_USE, where, f"has shape {shape} and type {values.dtype}; expected {SHAPES}, of numbers")
    if not SMALLEST_SIDE <= found.shape[1] <= LARGEST_SIDE:
        raise BadInput(CANNOT_USE, where, f"images of {found.shape[1]}x{found.shape[2]}; expected sides of "
                                          f"{SMALLEST_SIDE} to {LARGEST_SIDE}")  # fmt: skip
    return found


def _square(values: Shaped[np.ndarray, "..."]) -> Levels | None:
    """The array with its rows and columns apart, or None."""
    match values.shape:
        case (n, pixels):
            side = math.isqrt(pixels)
            return values.reshape(n, side, side) if side * side == pixels else None
        case (_, height, width) if height == width:
            return values
        case (n, rows, columns) if 1 in (rows, columns):
            return _square(values.reshape(n, rows * columns))
        case (_, height, width, 1) if height == width:
            return values[..., 0]
        case (_, 1, height, width) if height == width:
            return values[:, 0]
        case (_, height, width, 3) if height == width:
            return values
        case (_, 3, height, width) if height == width:
            return np.moveaxis(values, 1, -1)
    return None


def grey_levels(stacks: Sequence[Levels], *, where: object) -> list[UInt8[np.ndarray, "_ _ _"]]:
    """Bring images to bytes, on one scale for all stacks of one type; polarity stays.

    Raises:
        BadInput: The values are on no known scale.
    """
    kinds = {stack.dtype for stack in stacks}
    if len(kinds) > 1:
        by_kind = {kind: iter(grey_levels([s for s in stacks if s.dtype == kind], where=where)) for kind in kinds}
        return [next(by_kind[stack.dtype]) for stack in stacks]
    filled = [stack for stack in stacks if stack.size]
    if all(stack.dtype == np.uint8 for stack in filled) and max((int(stack.max()) for stack in filled), default=0) > 16:
        return [_grey(stack) for stack in stacks]
    low = min((float(stack.min()) for stack in filled), default=0.0)
    high = max((float(stack.max()) for stack in filled), default=0.0)
    start, end = _scale(low, high, where=where)
    return [_grey(_bytes(stack, start, end)) for stack in stacks]


def _scale(low: float, high: float, *, where: object) -> tuple[float, float]:
    """What is paper or ink in values between two bounds."""
    for start, end in SCALES:
        slack = 1e-3 * (end - start)
        is_full = end - slack <= high <= end + slack and start - slack <= low
        # Of 0 to 255 not every level need occur, nor of floats from 0 to 1; of the others the ends do.
        if is_full and (start == 0 or low <= start + slack):
            return start, end
        if (
            end in {1, 255}
            and start == 0
            and low >= 0
            and (0.5 * end < high <= end or (end == 255 and 16 < high < end))
        ):
            return start, end
    if low == high == 0:
        return 0.0, 255.0
    raise BadInput(CANNOT_USE, where, f"has values from {low:g} to {high:g}",
                   hint="scale grey levels to 0 to 255, or to 0.0 to 1.0")  # fmt: skip


def _bytes(stack: Levels, start: float, end: float) -> UInt8[np.ndarray, "_ _ _ *channels"]:
    found = np.empty(stack.shape, np.uint8)
    for i in range(0, len(stack), 4_096):  # float64 of all images at once would be eight times their bytes
        part = (stack[i : i + 4_096].astype(np.float32) - start) * (255 / (end - start))
        found[i : i + 4_096] = np.rint(part.clip(0, 255))
    return found


def _grey(stack: UInt8[np.ndarray, "_ _ _ *channels"]) -> UInt8[np.ndarray, "_ _ _"]:
    if stack.ndim == 3:
        return stack
    return np.stack([cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY) for image in stack])


def framed(images: UInt8[np.ndarray, "n height width"]) -> Images:
    """Bring grey levels of any side into 28x28 as MNIST frames its digits, ink on black.

    28x28 stay as they are, but for their polarity; of 32x32 with a margin of two the margin is cut off. Where borders
    are neither paper nor black, as of house numbers, each image is taken for a photograph of its own.
    """
    if len(images) and _is_light(images):
        images = 255 - images
    side = images.shape[1]
    margin = (side - SIDE) // 2
    if side == SIDE:
        return np.ascontiguousarray(images)
    if side == SIDE + 2 * margin > SIDE and not _outside(images, margin):
        return np.ascontiguousarray(images[:, margin:-margin, margin:-margin])
    is_photograph = len(images) > 0 and BLACK < np.median(_border(images)) <= LIGHT
    made = np.zeros((len(images), SIDE, SIDE), np.uint8)
    for i, image in enumerate(images):
        if not is_photograph:
            made[i] = np.rint(255 * centre_glyph(image.astype(np.float32) / 255))
        elif image.min() < image.max() - FAINTEST:
            made[i] = frame_grey(image)
    return made


def _is_light(images: UInt8[np.ndarray, "n side side"]) -> bool:
    """Whether the border of most images is paper-white."""
    return bool(np.median(_border(images)) > LIGHT)


def _border(images: UInt8[np.ndarray, "n side side"]) -> UInt8[np.ndarray, "n pixels"]:
    return np.concatenate([images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]], axis=1)


def _outside(images: UInt8[np.ndarray, "n side side"], margin: int) -> bool:
    inside = images[:, margin:-margin, margin:-margin]
    return int(images.sum(dtype=np.int64)) != int(inside.sum(dtype=np.int64))


def labels_of(values: Shaped[np.ndarray, "..."], *, where: object, ten_is_zero: bool = False) -> Labels:
    """Read labels: whole numbers of any type, words, or one column for each digit.

    Args:
        values: (n,), (n, 1), (1, n), (n, 10), or (10, n) where there are more than ten.
        where: What an error calls it.
        ten_is_zero: Whether 1 to 10 without a 0 are MATLAB's, with 10 for the digit 0.

    Raises:
        BadInput: They are none of these, or one of them is no digit.
    """
    flat = _one_each(values, where=where)
    numbers = _from_words(flat, where=where) if flat.dtype.kind in "US" else flat
    if numbers.dtype.kind not in "uif":
        raise BadInput(CANNOT_USE, where, f"labels of type {values.dtype}; expected digits")
    if numbers.size and numbers.min() == 1 and numbers.max() == 10 and (numbers == numbers.astype(np.int64)).all():
        if not ten_is_zero:
            raise BadInput("cannot use labels", where, "they are 1 to 10: 10 may be the digit 0, or 1 may be",
                           hint="store the digits themselves, 0 to 9")  # fmt: skip
        numbers = np.where(numbers == 10, 0, numbers)
    with np.errstate(invalid="ignore"):
        wrong = ~((numbers >= 0) & (numbers <= 9) & (numbers == np.floor(numbers)))
    if wrong.any():
        index = int(np.argmax(wrong))
        raise BadInput("cannot use labels", where, f"label {numbers[index]} at index {index:,}; expected 0 to 9")
    return numbers.astype(np.uint8)


def _one_each(values: Shaped[np.ndarray, "..."], *, where: object) -> Shaped[np.ndarray, " n"]:
    """One label for each image."""
    match values.shape:
        case (_,):
            return values
        case (_, 1) | (1, _):
            return values.ravel()
        case (_, 10) if values.dtype.kind in "uifb":
            return _hottest(values, where=where)
        case (10, _) if values.dtype.kind in "uifb":
            return _hottest(values.T, where=where)
    raise BadInput(CANNOT_USE, where, f"labels of shape {values.shape}; expected (n,), or (n, 10) with one of ten set")


def _hottest(columns: Shaped[np.ndarray, "n 10"], *, where: object) -> Shaped[np.ndarray, " n"]:
    """Which of ten columns is set: 1 and not 0, or 1 and not -1."""
    number = columns.astype(np.float32)
    is_set = number == 1
    if not ((is_set.sum(axis=1) == 1).all() and np.isin(number[~is_set], (0, -1)).all()):
        raise BadInput(CANNOT_USE, where, "labels in ten columns, of which not exactly one is 1 everywhere")
    return is_set.argmax(axis=1)


def _from_words(words: Shaped[np.ndarray, " n"], *, where: object) -> Shaped[np.ndarray, " n"]:
    """Read "7", "seven" or "digit_7"."""
    found = np.zeros(len(words), np.int64)
    for i, word in enumerate(_texts(words)):
        digit = digit_of(word) if len(word) <= LONGEST_WORD else None
        if digit is None:
            raise BadInput("cannot use labels", where, f'label "{word[:LONGEST_WORD]}" at index {i:,}; expected 0 to 9')
        found[i] = digit
    return found


def _texts(words: Shaped[np.ndarray, " n"]) -> Iterator[str]:
    for word in words.tolist():
        text = word.decode("utf-8", "replace") if isinstance(word, bytes) else word
        yield text.strip().removesuffix(".0")
