import base64
import sys
from pathlib import Path

import pytest
from PIL import Image

from inkdigit.errors import BadPicture
from inkdigit.pictures.decode import decode
from inkdigit.pictures.formats import format_of
from inkdigit.pictures.picture import Encoded
from inkdigit.pictures.svg import LARGEST, SMALLEST, decode_svg
from pictures.samples import SVG, encoded, is_block

NAMESPACE = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
WHITE = '<rect width="100%" height="100%" fill="white"/>'


def drawing(inside: str, *, size: str = 'width="100" height="50"', before: str = "") -> bytes:
    return f"{before}<svg {NAMESPACE} {size}>{inside}</svg>".encode()


@pytest.mark.parametrize(
    ("size", "width", "height"),
    [
        ('width="100" height="50"', 100, 50),
        ('width="100px" height="50px"', 100, 50),
        ('width="1in" height="2.54cm"', 96, 96),
        ('width="210mm" height="297mm"', 794, 1123),
        ('viewBox="0 0 300 150"', 300, 150),
        ('viewBox="0,0,300,150" width="100%" height="100%"', 300, 150),
        ('viewBox="0 0 300 150" width="600"', 600, 300),
        ('viewBox="0 0 300 150" height="300"', 600, 300),
        ('width="9000" height="4500"', 9000, 4500),
        ("", 100, 100),
    ],
)
def test_boxes_are_in_the_units_of_the_drawing(size: str, width: int, height: int) -> None:
    from inkdigit.pictures.picture import LARGE

    picture = decode(drawing(WHITE, size=size), where="", limits=LARGE)
    assert SMALLEST * 0.9 <= max(picture.pixels.shape[:2]) <= LARGEST
    assert [round(side * picture.scale) for side in picture.pixels.shape[:2]] == [height, width]
    assert (picture.pixels == 255).all()


@pytest.mark.parametrize(("ink", "ground"), [("white", 0), ("black", 255)])
def test_ink_on_nothing_is_seen(ink: str, ground: int) -> None:
    pixels = decode(drawing(f'<path d="M20 5 L20 45" stroke="{ink}" stroke-width="4"/>'), where="").pixels
    assert pixels[5, 5].tolist() == [ground] * 3
    assert pixels[250, 200].tolist() == [255 - ground] * 3


@pytest.mark.parametrize("reference", ["{path}", "file://{path}", "a.png", "http://127.0.0.1:1/a.png", " {path}"])
@pytest.mark.parametrize("name", ["href", "xlink:href"])
def test_nothing_outside_the_drawing_is_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, reference: str, name: str
) -> None:
    Image.new("RGB", (50, 50), "black").save(tmp_path / "a.png")
    monkeypatch.chdir(tmp_path)
    there = reference.format(path=tmp_path / "a.png")
    content = drawing(f'{WHITE}<image {name}="{there}" width="50" height="50"/>')
    assert (decode(content, where="").pixels == 255).all()


def test_a_picture_inside_the_drawing_is_shown() -> None:
    inner = base64.b64encode(encoded(Image.new("RGB", (50, 50), "black"), "PNG")).decode()
    pixels = decode(drawing(f'{WHITE}<image href="data:image/png;base64,{inner}" width="50" height="50"/>'), where="")
    assert (pixels.pixels[100:400, 100:400] == 0).all()


def test_an_entity_that_names_a_file_is_none(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("M0 0 H100 V50 H0 Z")
    before = f'<!DOCTYPE svg [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]>'
    content = drawing(f'{WHITE}<path d="M0 0 H9 V9 Z"/>&x;', before=before)
    with pytest.raises(BadPicture, match="damaged"):
        decode(content, where="a.svg")


def test_entities_that_multiply_are_refused() -> None:
    entities = "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 12))
    before = f'<!DOCTYPE svg [<!ENTITY a0 "aaaaaaaaaa">{entities}]>'
    with pytest.raises(BadPicture):
        decode(drawing("<desc>&a11;</desc>", before=before), where="a.svg")


@pytest.mark.parametrize(
    ("start", "is_svg"),
    [
        (SVG, True),
        (b"\xef\xbb\xbf<svg>", True),
        (b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">\n<svg\n', True),
        (b'<!DOCTYPE svg [<!ENTITY n "x">]><svg:svg xmlns:svg="...">', True),
        (b"<!-- one --><!-- two -->\n<svg/>", True),
        (b"<!DOCTYPE html><html><svg>", False),
        (b"<?xml version='1.0'?><note/>", False),
        (b"svg", False),
    ],
)
def test_drawings_are_told_from_other_texts(start: bytes, is_svg: bool) -> None:
    form = format_of(start)
    assert (form is not None and form.name == "SVG") == is_svg


@pytest.mark.parametrize("inside", ["<rect", "</g>", "&nothing;"])
def test_damaged_drawings(inside: str) -> None:
    with pytest.raises(BadPicture, match="damaged"):
        decode(drawing(inside), where="a.svg")


@pytest.mark.parametrize("size", ['width="0" height="0"', 'viewBox="0 0 0 0"', 'width="99999999" height="9"'])
def test_sizes_that_are_none(size: str) -> None:
    with pytest.raises(BadPicture):
        decode(drawing("", size=size), where="a.svg")


def test_a_block_is_a_block() -> None:
    assert is_block(decode(SVG, where="").pixels)


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "resvg_py", None)
    with pytest.raises(BadPicture, match="needs resvg-py, which is not installed; run pip install resvg-py"):
        decode_svg(Encoded(SVG, "a.svg"))
