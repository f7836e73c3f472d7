import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.errors import BadPicture
from inkdigit.pictures.dataurl import undo_data_url


@given(content=st.binary(max_size=60))
def test_what_was_put_in_comes_out(content: bytes) -> None:
    text = base64.encodebytes(content)  # with line breaks, as some programs write it
    for head in (b"data:image/png;base64,", b"DATA:;base64,", b"data:image/svg+xml;charset=utf-8;base64,"):
        assert undo_data_url(head + text, where="-") == content


def test_percent_signs() -> None:
    assert undo_data_url(b"data:image/svg+xml,%3Csvg/%3E\n", where="-") == b"<svg/>"


def test_other_bytes_stay() -> None:
    assert undo_data_url(b"\x89PNG", where="-") == b"\x89PNG"


@pytest.mark.parametrize("bad", [b"data:image/png;base64", b"data:;base64,a", b"data:;base64,a*bc", b"data:"])
def test_damaged_ones(bad: bytes) -> None:
    with pytest.raises(BadPicture, match="data: address"):
        undo_data_url(bad, where="-")
