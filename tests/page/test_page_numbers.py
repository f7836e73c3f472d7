"""What stands in a box becomes numbers: parted at gaps and marks, doubted where any of it is in doubt."""

from dataclasses import replace

import numpy as np

from inkdigit.architectures import ALPHABET, BLANK
from inkdigit.page.boxes import RotatedBox
from inkdigit.page.decode import Decoded, log_probabilities
from inkdigit.page.looks import ReadNumber, Seen
from inkdigit.page.numbers import numbers_of
from inkdigit.page.thresholds import Thresholds
from inkdigit.types import Number

TABLE = Thresholds(number=0.6, character=0.5, marked=0.5, detected=0.9)
SHAPE = (100, 400)


def read(text: str, *, probability: float = 0.99, weak: str = "") -> ReadNumber:
    """A text whose characters stand evenly in a strip, each a bar of ink; those of `weak` are hardly probable."""
    strip = np.zeros((40, 40 * len(text)), np.float32)
    characters = []
    for i, one in enumerate(text):
        strip[8:32, 40 * i + 12 : 40 * i + 28] = one not in " "
        characters.append(Decoded(one, 10 * i + 4, 10 * i + 5, 0.3 if one in weak else 0.99))
    box = RotatedBox(200.0, 50.0, 2.0 * strip.shape[1], 80.0, 0.0)
    logits = np.full((10 * max(len(text), 1), BLANK + 1), -20.0)
    logits[:, BLANK] = 0
    for character in characters:
        logits[character.first, [ALPHABET.index(character.text), BLANK]] = 0, -20
    log_p = log_probabilities(logits.T.astype(np.float32), 1.0)
    return ReadNumber(Seen(box, strip, log_p, tuple(characters)), probability)


def numbers(text: str, *, probability: float = 0.99, weak: str = "") -> list[Number]:
    return numbers_of(read(text, probability=probability, weak=weak), 0.95, TABLE, shape=SHAPE)


def test_gaps_and_marks_part() -> None:
    assert [one.text for one in numbers("12 -3")] == ["12", "-3"]
    assert [one.text for one in numbers("7?5")] == ["7", "5"]
    assert numbers("?") == numbers("-.") == numbers("") == []


def test_a_neighbour_at_the_edge_is_none_of_it() -> None:
    # The strip shows 40 pixels of height: 6 at each end are the surroundings, and the first character stands at 20.
    [number] = numbers("12")
    seen = read("1 23").seen
    moved = [Decoded("1", 0, 1, 0.99), *seen.characters[1:]]
    found = numbers_of(ReadNumber(replace(seen, characters=tuple(moved)), 0.9), 0.95, TABLE, shape=SHAPE)
    assert number.text == "12"
    assert [one.text for one in found] == ["23"]


def test_any_doubt_makes_a_number_doubtful() -> None:
    assert not numbers("12")[0].unsure
    assert numbers("12", probability=0.4)[0].unsure
    # Of several in a strip each is as sure as its own part of it is.
    assert [one.unsure for one in numbers("12 34", probability=0.1)] == [False, False]
    [weak] = numbers("12", weak="2")
    assert weak.unsure
    assert [one.unsure for one in weak.characters] == [False, True]
    assert numbers("12?")[0].unsure  # beside another mark it is worth half


def test_characters_lie_where_their_ink_is() -> None:
    [number] = numbers("123")
    lefts = [one.box[0] for one in number.characters]
    # Twice as large in the picture as in the strip, which begins at 200 - 120.
    assert lefts == [80 + 2 * (12 + 40 * i) for i in range(3)]
    assert {one.box[2] for one in number.characters} == {32}
    assert number.box[0] == lefts[0]
    assert number.box[1] == 26
