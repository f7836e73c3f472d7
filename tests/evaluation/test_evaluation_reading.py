"""What counts as read and as found: whole lines, and pixels of numbers."""

import numpy as np

from inkdigit.architectures import ALPHABET, BLANK, NUMBERS
from inkdigit.evaluation.reading import lines_read_whole, numbers_found


def test_a_line_is_right_or_wrong_as_a_whole() -> None:
    paths = [[1, BLANK, 1, 10], [1, 1, 10, BLANK]]
    logits = 9 * np.eye(BLANK + 1, dtype=np.float32)[paths][:, None]
    labels = np.array([[1, 1, 10], [1, 1, 10]], np.int32)
    assert lines_read_whole(logits, labels, np.array([3, 3], np.int32)) == (1.0, 2.0)
    assert ALPHABET[10] == "."


def test_found_pixels_are_counted_where_the_truth_is_known() -> None:
    target = np.zeros((1, 2, 2, 6), np.float32)
    target[0, :, :, -1] = [[1, 1], [1, 0]]
    target[0, 0, :, NUMBERS] = 1
    logits = np.full((1, 2, 2, 5), -3, np.float32)
    logits[0, 0, 0, NUMBERS] = logits[0, 1, 0, NUMBERS] = logits[0, 1, 1, NUMBERS] = 3
    # One is both, one is missed, one is invented; the last does not count.
    assert numbers_found(logits, target) == (1.0, 3.0)
