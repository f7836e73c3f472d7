"""Characters side by side."""

from dataclasses import replace

import numpy as np

from inkdigit.writing.digits import DigitSource
from inkdigit.writing.hand import Hand
from inkdigit.writing.pen import Glyph
from inkdigit.writing.placing import WIDEST_SPACE, side_by_side, thousands
from inkdigit.writing.strings import write


def test_numbers_stand_apart_and_digits_do_not(source: DigitSource) -> None:
    random = np.random.default_rng(0)
    for _ in range(40):
        hand = replace(Hand.random(random), nib=0.0, joins=0.0)
        written = write("31 64", hand, source, random, height=40)
        boxes = written.boxes
        assert boxes[2][2] >= 0.5 * 40
        for one, two in ((boxes[0], boxes[1]), (boxes[3], boxes[4])):
            assert two[0] - one[0] - one[2] <= WIDEST_SPACE * 40 + 2


def test_a_line_stays_near_its_height(hand: Hand) -> None:
    bar = Glyph(np.ones((40, 10), np.float32))
    placed = side_by_side("1" * 60, [bar] * 60, replace(hand, drift=0.1), np.random.default_rng(0), 40)
    assert max(abs(one.bottom) for one in placed) < 40


def test_a_glyph_moves_under_the_slope_of_another(hand: Hand) -> None:
    slope = Glyph(np.fliplr(np.eye(40, dtype=np.float32)))
    close, apart = (
        side_by_side("11", [slope] * 2, replace(hand, kerning=kerning), np.random.default_rng(0), 40)[1].x
        for kerning in (1.0, 0.0)
    )
    assert close < apart - 15


def test_room_is_left_before_each_three_digits_from_the_right() -> None:
    assert thousands("1250000") == {1, 4}
    assert thousands("43824") == {2}
    assert thousands("7 1984?-12.5000") == {3, 12}
    assert thousands("123") == set()
