"""Cut a validation part from the end of a training part.

In: digits. Out: two sets of digits that share no image. The test part never comes here: it is
opened by the evaluation alone.
"""

from inkdigit.errors import UsageError
from inkdigit.types import Digits


def hold_out(digits: Digits, n: int) -> tuple[Digits, Digits]:
    """Cut off the last `n` images for validation; both parts are views, nothing is copied.

    Args:
        digits: The training part.
        n: Images to hold out, 1 to one less than there are.

    Returns:
        What is left to train on, and the part called "validation", each with its own digest.

    Raises:
        UsageError: `n` is out of range.
    """
    if not 0 < n < len(digits):
        why = f"asked for {n:,} of {len(digits):,} images"
        raise UsageError("cannot hold out images", digits.name, why, hint=f"choose 1 to {len(digits) - 1:,}")
    cut = len(digits) - n
    return digits.take(slice(cut)), digits.take(slice(cut, None), part="validation")
