"""Looks at a number: what is sure is looked at once, and what is read otherwise at another size is in doubt."""

import numpy as np
import pytest

from inkdigit.architectures import ALPHABET, BLANK, STEP
from inkdigit.page.boxes import RotatedBox
from inkdigit.page.decode import characters_of, log_probabilities
from inkdigit.page.looks import Seen, best_of, read_boxes
from inkdigit.page.strips import LOOKS
from inkdigit.page.thresholds import Thresholds
from inkdigit.shapes import Float32

BOX = RotatedBox(100.0, 50.0, 60.0, 30.0, 0.0)
TABLE = Thresholds(again=0.9, temperature=1.0)


def saying(digit: str, probability: float, width: int) -> Float32[np.ndarray, "classes 1 places"]:
    """Logits of one digit with a probability, in the middle of a strip."""
    logits = np.full((BLANK + 1, 1, width // STEP), -20, np.float32)
    logits[BLANK] = 0
    middle = width // STEP // 2
    logits[:, 0, middle] = -20
    logits[ALPHABET.index(digit), 0, middle] = np.log(probability)
    logits[ALPHABET.index("8"), 0, middle] = np.log(1 - probability)
    return logits


class Scripted:
    """A line recognizer that says something else at each call."""

    def __init__(self, *answers: tuple[str, float]) -> None:
        self.answers = list(answers)
        self.widths: list[int] = []

    def __call__(self, pictures: Float32[np.ndarray, "n 1 40 width"]) -> Float32[np.ndarray, "n classes 1 places"]:
        self.widths.append(pictures.shape[3])
        return np.stack([saying(*self.answers[len(self.widths) - 1], pictures.shape[3]) for _ in pictures])


def test_what_is_sure_is_looked_at_once() -> None:
    read = Scripted(("7", 0.99))
    [number] = read_boxes(np.full((100, 200), 200, np.uint8), [BOX], read, TABLE)
    assert (number.seen.text, len(read.widths)) == ("7", 1)
    assert number.probability == pytest.approx(0.99, abs=1e-3)


def test_what_is_in_doubt_is_looked_at_at_other_sizes() -> None:
    read = Scripted(("7", 0.6), ("7", 0.9), ("1", 0.9))
    [number] = read_boxes(np.full((100, 200), 200, np.uint8), [BOX], read, TABLE)
    assert len(read.widths) == len(LOOKS)
    assert len(set(read.widths)) == len(LOOKS)
    assert number.seen.text == "7"
    # 0.6, 0.9 and nothing at all.
    assert number.probability == pytest.approx(0.5, abs=0.01)


def test_the_look_that_saw_it_best_tells_where_it_stands() -> None:
    def seen(digit: str, probability: float) -> Seen:
        log_p = log_probabilities(saying(digit, probability, 80)[:, 0], 1.0)
        return Seen(BOX, np.zeros((40, 80), np.float32), log_p, tuple(characters_of(log_p)))

    first, best, other = seen("7", 0.7), seen("7", 0.95), seen("1", 0.8)
    assert best_of([first, best, other]).seen is best
    assert best_of([other, other, first]).seen is other


def test_nothing_to_look_at() -> None:
    assert read_boxes(np.zeros((9, 9), np.uint8), [], Scripted(), TABLE) == []
