import io
import sys

import numpy as np
import pillow_heif
import pytest
from PIL import Image

from inkdigit.errors import BadPicture
from inkdigit.pictures.decode import decode
from inkdigit.pictures.formats import format_of
from inkdigit.pictures.heif import decode_heif
from inkdigit.pictures.picture import LARGE, Encoded
from pictures.samples import block, encoded, is_block


def test_a_photograph_that_was_held_upright_is_upright() -> None:
    """The file says how it is held, in EXIF or in its own way."""
    exif = Image.Exif()
    exif[0x0112] = 6
    data = io.BytesIO()
    heif = pillow_heif.from_pillow(block().rotate(90, expand=True))
    heif.info["exif"] = exif.tobytes()
    heif.save(data, quality=90)
    assert is_block(decode(data.getvalue(), where="").pixels)


@pytest.mark.long
def test_a_large_one_is_reduced() -> None:
    content = encoded(block((5600, 4200), (1750, 700, 2916, 3500)), "HEIF")
    picture = decode_heif(Encoded(content, "", limits=LARGE))
    assert (picture.pixels.shape, picture.scale) == ((2100, 2800, 3), 2)
    assert is_block(picture.pixels)


def test_transparency() -> None:
    picture = Image.new("RGBA", (64, 64), (255, 255, 255, 0))
    picture.paste((255, 255, 255, 255), (24, 8, 32, 56))
    levels = decode(encoded(picture, "HEIF"), where="").pixels.mean(axis=2)
    assert levels[4, 4] < 20
    assert levels[30, 28] > 235


@pytest.mark.parametrize(
    ("brands", "name"),
    [
        (b"heic\0\0\0\0mif1heic", "HEIC"),
        (b"mif1\0\0\0\0mif1heic", "HEIC"),
        (b"msf1\0\0\0\0msf1hevc", "HEIC"),
        (b"avif\0\0\0\0avifmif1", "AVIF"),
        (b"mif1\0\0\0\0mif1avif", "AVIF"),
        (b"isom\0\0\0\0isommp42", None),
    ],
)
def test_the_family_is_told_apart(brands: bytes, name: str | None) -> None:
    form = format_of(b"\0\0\0\x18ftyp" + brands)
    assert (form.name if form else None) == name


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(BadPicture, match="needs pi-heif, which is not installed; run pip install pi-heif") as caught:
        decode_heif(Encoded(encoded(block(), "HEIF"), "a.heic"))
    assert caught.value.code == "missing-package"


def test_pixels_are_those_of_the_picture() -> None:
    pixels = decode(encoded(block(), "HEIF"), where="").pixels.astype(int)
    assert np.abs(pixels - np.asarray(block()).astype(int)).mean() < 4
