from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkdigit.pictures.formats import (
    DECLARED,
    FORMATS,
    NAMES,
    SIGNATURES,
    SUFFIXES,
    begins_a_picture,
    format_of,
    stranger,
)


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_is_its_format_and_its_beginnings_are_beginnings(signature: bytes) -> None:
    assert format_of(signature + b"...") is SIGNATURES[signature]
    for end in range(1, len(signature)):
        assert begins_a_picture(signature[:end]) or signature[:end] == b"?"  # any byte is no beginning
        assert format_of(signature[:end]) is None or signature.startswith((b"BM", b"%PDF"))
    assert format_of(signature[:1] + b"!" + signature[2:]) is None or signature.startswith(b"%PDF")


def test_other_riff_files_are_no_pictures() -> None:
    assert format_of(b"RIFF\x24\x08\x00\x00WAVEfmt ") is None
    assert not begins_a_picture(b"RIFF\x24\x08\x00\x00WAVE")


@given(content=st.binary(max_size=100))
def test_anything_has_a_name(content: bytes) -> None:
    assert stranger(content)
    assert format_of(content) in {None, *FORMATS}


def test_the_help_and_the_page_about_reading_name_them_all() -> None:
    """Words alone: the help of `read` must not wait for Pillow."""
    root = Path(__file__).parents[2]
    for told in ("src/inkdigit/cli/read.py", "docs/reading.md"):
        assert ", ".join(NAMES) in (root / told).read_text("utf-8")


def test_no_two_formats_share_a_name_or_a_beginning() -> None:
    assert len({form.name for form in FORMATS}) == len(FORMATS)
    assert len(SIGNATURES) == sum(len(form.signatures) for form in FORMATS)
    assert len(SUFFIXES) == sum(len(form.suffixes) for form in FORMATS)
    assert len(DECLARED) == sum(len(form.media) for form in FORMATS)
    assert all(suffix.startswith(".") and suffix == suffix.lower() for suffix in SUFFIXES)
