"""One picture of any kind in memory or in a file: the same pixels whatever it is."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inkdigit.errors import BadPicture
from inkdigit.pictures import given as pictures
from inkdigit.pictures.given import first_bytes, to_picture
from inkdigit.pictures.picture import Picture

LEVELS = np.random.default_rng(0).integers(0, 255, (28, 20)).astype(np.uint8)


def png(levels: np.ndarray = LEVELS) -> bytes:
    data = io.BytesIO()
    Image.fromarray(levels).save(data, "PNG")
    return data.getvalue()


@pytest.mark.parametrize(
    "given",
    [
        png(),
        bytearray(png()),
        LEVELS,
        LEVELS[:, :, None],
        LEVELS.astype(np.uint16) * 257,
        LEVELS / 255,
        (LEVELS / 255).astype(np.float32),
        np.asfortranarray(LEVELS),
        np.repeat(LEVELS[:, :, None], 2, axis=1)[:, ::2],
        Image.fromarray(LEVELS),
        Picture(LEVELS),
        lambda: Picture(LEVELS),
        "data:image/png;base64," + base64.b64encode(png()).decode(),
    ],
    ids=lambda given: type(given).__name__,
)
def test_the_same_picture_in_many_forms(given: pictures.Given) -> None:
    assert np.array_equal(to_picture(given).pixels, LEVELS)


def test_paths(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(png())
    assert np.array_equal(to_picture(path).pixels, LEVELS)
    assert np.array_equal(to_picture(str(path)).pixels, LEVELS)


def test_colours_and_alpha() -> None:
    colour = np.random.default_rng(1).integers(0, 255, (9, 8, 3)).astype(np.uint8)
    assert np.array_equal(to_picture(colour).pixels, colour)
    alpha = np.dstack([colour, np.zeros((9, 8), np.uint8)])
    assert (to_picture(alpha).pixels == 255).all()
    assert (to_picture(np.ones((9, 9), np.bool_)).pixels == 255).all()


def test_an_image_that_was_opened_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    data = io.BytesIO()
    Image.fromarray(LEVELS).save(data, "PNG", exif=exif)
    with Image.open(data) as picture:
        assert np.array_equal(to_picture(picture).pixels, np.rot90(LEVELS, -1))


@pytest.mark.parametrize(
    ("given", "match"),
    [
        (np.zeros(9), r"has shape \(9,\)"),
        (np.zeros((9, 9, 2), np.uint8), r"has shape \(9, 9, 2\)"),
        (np.zeros((9, 9), np.int64), "has type int64"),
        (np.full((9, 9), 1.5), "has values from 1.5 to 1.5"),
        (np.full((9, 9), np.nan), "has values from nan to nan"),
        (np.zeros((3, 3), np.uint8), "3x3 pixels; the longer side must be at least 8"),
        (np.zeros((0, 9), np.uint8), "9x0 pixels"),
        (Image.new("L", (70_000, 8)), "70,000x8 pixels"),
        (Image.new("F", (9, 9)), "has 32 bits"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_is_no_picture_in_memory(given: pictures.Given, match: str) -> None:
    with pytest.raises(BadPicture, match=match):
        to_picture(given)


def test_a_large_array_is_reduced_and_says_so() -> None:
    large = np.zeros((4000, 5000), np.uint8)
    large[:, 2500:] = 200
    picture = to_picture(large)
    assert (picture.pixels.shape, picture.scale) == ((2000, 2500), 2)
    assert (picture.pixels[:, :1250] == 0).all()
    assert (picture.pixels[:, 1250:] == 200).all()
    image = to_picture(Image.fromarray(large))
    assert np.array_equal(image.pixels, picture.pixels)
    assert image.scale == 2


def test_a_page_of_a_file(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((20, 20), level, np.uint8)) for level in (10, 200)]
    frames[0].save(tmp_path / "x.tif", save_all=True, append_images=frames[1:])
    assert to_picture(tmp_path / "x.tif").pixels[0, 0] == 10
    assert to_picture(f"{tmp_path}/x.tif#2").pixels[0, 0] == 200
    with pytest.raises(BadPicture, match="has no page 3"):
        to_picture(f"{tmp_path}/x.tif#3")
    (tmp_path / "x.tif#2").write_bytes(png())
    assert np.array_equal(to_picture(f"{tmp_path}/x.tif#2").pixels, LEVELS)


def test_the_first_bytes_of_what_is_no_file_are_none(tmp_path: Path) -> None:
    assert first_bytes(tmp_path) == first_bytes(tmp_path / "missing") == first_bytes("a\0b") == b""
