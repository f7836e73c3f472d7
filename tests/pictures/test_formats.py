import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.pictures.formats import SIGNATURES, begins_a_picture, format_of, stranger


@pytest.mark.parametrize("signature", [*SIGNATURES, b"RIFF\x00\x00\x00\x00WEBP"])
def test_a_signature_is_its_format_and_its_beginnings_are_beginnings(signature: bytes) -> None:
    assert format_of(signature + b"...") is not None
    for end in range(1, len(signature)):
        assert begins_a_picture(signature[:end])
        assert format_of(signature[:end]) is None or signature.startswith(b"BM")
    assert not begins_a_picture(signature[:1] + b"?" + signature[2:])


def test_other_riff_files_are_no_pictures() -> None:
    assert format_of(b"RIFF\x24\x08\x00\x00WAVEfmt ") is None
    assert not begins_a_picture(b"RIFF\x24\x08\x00\x00WAVE")


@given(content=st.binary(max_size=100))
def test_anything_has_a_name(content: bytes) -> None:
    assert stranger(content)
    assert format_of(content) in {None, "PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"}
