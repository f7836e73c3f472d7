"""Kernels in half precision: which arrays a file may keep so, and what of them comes back.

In: float32 arrays. Out: float16 ones of half the bytes, or a refusal. Knows no file format; how a file says that it
keeps them so, `graph` knows.

float16 is IEEE 754's binary16: 11 bits of precision, so a number comes back within 1/2,048 of itself, or, below
6.1e-5, within 3e-8.

Only the file is smaller: ONNX Runtime computes the Cast behind each kernel once, when it loads the file, and what runs
is the float32 network. Measured on 784-2500-2000-1500-1000-500-10, 11,972,510 weights, ONNX Runtime 1.31, one thread:
23,963,140 bytes instead of 47,892,634; as long for a frame, alone or of 64, and no longer to load. The process has
193 MB at most while it loads instead of 197, and then 193 instead of 173, of which `malloc_trim` would return 55.
"""

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.formats.chain import Chain

WHAT = "cannot store in half precision"

LARGEST = 65_504.0
"""The largest number that float16 has."""

# What a kernel of 3x3x1x32 would save, 576 bytes, is little more than the node that unpacks it.
SMALLEST = 1_000
"""Numbers in a kernel that is worth it."""


def is_worth_it(array: np.ndarray) -> bool:
    """Whether an array is stored in half precision: a kernel of some size, no bias and nothing that normalises."""
    return array.dtype == np.float32 and array.ndim >= 2 and array.size >= SMALLEST


def to_half(array: np.ndarray, *, name: str) -> np.ndarray:
    """Round each number to the nearest that float16 has.

    Args:
        array: float32, any shape, finite.
        name: For messages.

    Returns:
        float16, the same shape.

    Raises:
        BadInput: A number is larger than float16 has.

    >>> to_half(np.array([[0.1, -2.0]], np.float32), name="hidden/kernel").astype(np.float32).tolist()
    [[0.0999755859375, -2.0]]
    """
    largest = float(np.abs(array).max(initial=0))
    if largest > LARGEST:
        why = f"holds {largest:,.6g}; the largest number of float16 is {LARGEST:,.0f}"
        raise BadInput(WHAT, name, why, hint="export without --quantize float16")
    return array.astype(np.float16)


def is_half_already(chain: Chain) -> bool:
    """Whether nothing of a network is lost in half precision: it was rounded before, or has no kernel of any size.

    Raises:
        BadInput: As `to_half`.
    """
    return all(
        np.array_equal(to_half(array, name=f"{layer.name}/{name}").astype(np.float32), array)
        for layer in chain.layers
        for name, array in layer.weights.items()
        if is_worth_it(array)
    )
