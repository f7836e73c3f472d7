"""The sample documents: what is said to stand on them does, in the order in which it is read."""

import numpy as np
import pytest

from inkdigit.architectures import ALPHABET
from inkdigit.errors import UsageError
from inkdigit.writing.examples import NAMES, cover, draw_document


@pytest.mark.parametrize("name", NAMES)
def test_a_document_is_the_same_each_time(name: str) -> None:
    one, again = draw_document(name), draw_document(name)
    assert all(np.array_equal(a, b) for a, b in zip(one.pages, again.pages, strict=True))
    assert len(one.pages) == len(one.lines)
    for page, lines in zip(one.pages, one.lines, strict=True):
        assert page.dtype == np.uint8
        assert page.std() > 5
        assert set("".join(text for line in lines for text in line)) <= set(ALPHABET) - {" ", "?"}


def test_an_unknown_one_is_refused() -> None:
    with pytest.raises(UsageError, match="expected one of labels, table"):
        draw_document("poem")


def test_ink_beyond_the_edge_is_lost() -> None:
    sheet = np.full((10, 10, 3), 200, np.float32)
    cover(sheet, np.ones((4, 4), np.float32), (0, 0, 0), left=-2, top=8)
    assert (sheet[8:, :2] == 0).all()
    assert (sheet == 0).sum() == 3 * 4
