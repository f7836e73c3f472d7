"""Which way up."""

import numpy as np
import pytest

from inkdigit.page.paper import paper_ink
from inkdigit.page.turn import turn_of
from written import classify, write_page

TURNED = ["3474743", "7343474"]

INK = paper_ink(write_page(TURNED, seed=1).pixels).ink


@pytest.mark.parametrize("turned", [0, 90, 180, 270])
def test_a_turned_page_is_turned_back(turned: int) -> None:
    ink = np.ascontiguousarray(np.rot90(INK, -turned // 90))
    assert turn_of(ink, classify) == (360 - turned) % 360


@pytest.mark.parametrize("text", ["000", "10", "8", "609", "1181"])
def test_a_strip_of_ambiguous_digits_stays_as_it_is(text: str) -> None:
    ink = paper_ink(write_page([text], seed=4, margin=20).pixels).ink
    assert turn_of(ink, classify) == 0


def test_a_blank_page_is_not_turned() -> None:
    assert turn_of(np.zeros((50, 80), np.float32), classify) == 0
