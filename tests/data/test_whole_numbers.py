"""The fast way to read a table gives what the slow one gives, or nothing."""

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.data import whole_numbers as module
from inkdigit.data.whole_numbers import whole_numbers

TABLES = st.integers(1, 6).flatmap(
    lambda n: st.lists(st.lists(st.integers(0, 255), min_size=n, max_size=n), min_size=1)
)


@given(TABLES, st.sampled_from([",", ";", "\t"]), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_whole_numbers(table: list[list[int]], delimiter: str, newline: str, ends: bool) -> None:
    text = newline.join(delimiter.join(map(str, row)) for row in table) + newline * ends
    found = whole_numbers(text.encode(), delimiter)
    assert found is not None
    assert found.tolist() == table


def test_piece_by_piece(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PIECE", 50)
    table = np.random.default_rng(0).integers(0, 256, (97, 13))
    found = whole_numbers("\n".join(",".join(map(str, row)) for row in table.tolist()).encode(), ",")
    assert np.array_equal(found if found is not None else [], table)


@given(st.text('0123456789,.-\n\r "x;', max_size=40))
def test_any_text_gives_what_numpy_reads_or_nothing(text: str) -> None:
    found = whole_numbers(text.encode(), ",")
    if found is not None:
        assert np.array_equal(found, np.loadtxt(io.StringIO(text.strip("\n")), delimiter=",", ndmin=2))


@pytest.mark.parametrize(
    "text", ["", "\n", "1,2\n3", "1,,2", "1,2,", "1, 2", "1000,2", "256", "1;2", "-1,2", "1,2\n\n3,4"]
)
def test_nothing_else(text: str) -> None:
    assert whole_numbers(text.encode(), ",") is None
