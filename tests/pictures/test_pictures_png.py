"""The walk over a PNG's chunks; pictures that break its rules are in test_decode.py."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, PngImagePlugin

from inkdigit.errors import BadPicture
from inkdigit.pictures.png import checked


def encoded(width: int, height: int, **options: Any) -> bytes:
    levels = np.random.default_rng(0).integers(0, 255, (height, width)).astype(np.uint8)
    data = io.BytesIO()
    Image.fromarray(levels).save(data, "PNG", **options)
    return data.getvalue()


@given(width=st.integers(1, 40), height=st.integers(1, 40))
def test_a_plain_file_is_left_as_it_is(width: int, height: int) -> None:
    content = encoded(width, height)
    whole = checked(content, where="")
    assert (whole.width, whole.height, whole.animated) == (width, height, False)
    assert whole.content is content


def test_what_says_nothing_of_the_pixels_is_dropped() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Title", "a" * 1000, zip=True)
    content = encoded(20, 28, pnginfo=texts, dpi=(300, 300), icc_profile=b"profile")
    whole = checked(content, where="")
    assert {b"zTXt", b"iCCP", b"pHYs"} <= {content[i : i + 4] for i in range(len(content))}
    assert whole.content == encoded(20, 28)


def test_transparency_and_orientation_stay() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(20, 28, transparency=3, exif=exif)
    assert checked(content, where="").content is content


def test_a_chunk_that_says_it_is_longer_than_the_file() -> None:
    header = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    body = b"IHDR" + header
    start = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))
    with pytest.raises(BadPicture, match=r"ends early \(got 45 of at least 4,294,967,340 bytes\)"):
        checked(start + b"\xff\xff\xff\xffIDAT...!", where="")
