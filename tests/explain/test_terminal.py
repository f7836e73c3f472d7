"""Lines for a terminal: their width, their signs, and that colours change nothing else."""

from dataclasses import replace

import pytest

from inkdigit.explain import Explanation, explain
from inkdigit.explain.terminal import lines
from inkdigit.types import Digits
from linear import CARD, Linear, picture_of_bar, upper_weights


@pytest.fixture
def seen(made_digits: Digits) -> Explanation:
    found = explain(picture_of_bar(), Linear(upper_weights(), offset=-1.0), training=made_digits)
    assert found is not None
    return found


@pytest.mark.parametrize("coloured", [True, False])
@pytest.mark.parametrize("width", [29, 40, 60, 80, 200])
def test_nothing_is_wider_than_the_terminal(seen: Explanation, coloured: bool, width: int) -> None:
    assert max(line.cell_len for line in lines(seen, coloured=coloured, width=width)) <= width


def test_at_80_columns_frame_map_and_bars_stand_side_by_side(seen: Explanation) -> None:
    first = lines(seen, coloured=False)[0].plain
    assert first.split("  ") == [part for part in first.split("  ") if part.strip() or not part]
    for title in ("what the network saw", "the ink that decided", "how likely each is"):
        assert title in first


def test_plain_signs_are_ascii_and_show_both_sides(seen: Explanation) -> None:
    text = "\n".join(line.plain for line in lines(seen, coloured=False))
    assert text.isascii()
    assert text.index("+++") < text.index("---")  # for it at the top, against it at the bottom
    assert "#" * 5 in text
    assert "nearest training digits" in text


def test_the_columns_hold_the_picture(seen: Explanation) -> None:
    rows = [line.plain[:28] for line in lines(seen, coloured=False)[1:15]]
    assert [row.count("@") > 0 for row in rows] == [False] * 2 + [True] * 10 + [False] * 2


def test_no_digit_has_a_bar_where_the_model_knows_of_it(seen: Explanation) -> None:
    assert any("no digit" in line.plain for line in lines(seen, coloured=False))
    ten = explain(picture_of_bar(), Linear(upper_weights(), card=replace(CARD, classes="0123456789")))
    assert ten is not None
    assert not any("no digit" in line.plain for line in lines(ten, coloured=False))


def test_half_blocks_have_two_colours_each(seen: Explanation) -> None:
    row = lines(seen, coloured=True)[8]
    assert row.plain[:28] == "▀" * 28
    styles = [str(span.style) for span in row.spans]
    assert "rgb(255,255,255) on rgb(255,255,255)" in styles
    assert any("rgb(26,34,56)" in style for style in styles)
