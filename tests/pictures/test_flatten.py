import numpy as np
import pytest
from PIL import Image, ImageDraw

from inkdigit.pictures.flatten import BAND, flatten, reduced
from inkdigit.shapes import UInt8


def strokes(ink: str, *, paper: str | None = None, side: int = 200) -> Image.Image:
    """A seven of that colour on nothing, or on a sheet that does not reach the edges."""
    picture = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(picture)
    if paper:
        draw.rectangle((10, 10, side - 11, side - 11), fill=paper)
    draw.line([(60, 50), (140, 50), (90, 160)], fill=ink, width=8)
    return picture


def grey(pixels: UInt8[np.ndarray, "..."]) -> np.ndarray:
    return pixels if pixels.ndim == 2 else pixels.mean(axis=2)


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [("white", 0), ("#dddddd", 0), ("yellow", 0), ("black", 255), ("#0000cc", 255), ("#666666", 255)],
)
def test_the_ground_is_one_on_which_the_ink_is_seen(mode: str, ink: str, ground: int) -> None:
    levels = grey(flatten(strokes(ink).convert(mode), where=""))
    assert levels[0, 0] == ground
    assert abs(float(levels[50, 100]) - ground) > 90


@pytest.mark.parametrize("ink", ["black", "#0000cc"])
def test_a_sheet_with_ink_on_it_is_on_white(ink: str) -> None:
    assert grey(flatten(strokes(ink, paper="white"), where=""))[0, 0] == 255


def test_a_plain_sheet_without_its_corners_is_on_white() -> None:
    assert (flatten(strokes("white", paper="white"), where="") == 255).all()


def test_white_ink_in_a_palette() -> None:
    picture = Image.new("P", (50, 50), 0)
    picture.putpalette([0, 0, 0, 255, 255, 255])
    picture.paste(1, (20, 10, 24, 40))
    picture.info["transparency"] = 0
    levels = grey(flatten(picture, where=""))
    assert levels[0, 0] == 0
    assert levels[20, 21] == 255


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "CMYK", "I;16"])
@pytest.mark.parametrize("factor", [2, 3])
def test_a_reduced_picture_is_the_means_of_squares(mode: str, factor: int) -> None:
    height, width = 2 * BAND * factor + 5, 7 * factor + 1
    levels = np.random.default_rng(0).integers(0, 256, (height, width)).astype(np.uint8)
    if mode == "I;16":
        picture = Image.fromarray(levels.astype(np.uint16) * 257)
    else:
        picture = Image.fromarray(levels).convert("RGB" if mode in {"RGBA", "CMYK", "P"} else "L").convert(mode)
    whole = flatten(picture, where="")
    small = flatten(picture, where="", factor=factor)
    assert small.shape[:2] == (-(-height // factor), -(-width // factor))
    inner = whole[: height // factor * factor, : width // factor * factor].astype(float)
    means = inner.reshape(height // factor, factor, width // factor, factor, *whole.shape[2:]).mean(axis=(1, 3))
    assert np.abs(small[: height // factor, : width // factor] - means).max() <= 1
    assert np.array_equal(reduced(whole, factor), small)
