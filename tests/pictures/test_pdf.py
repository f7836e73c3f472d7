"""Documents are made by Pillow, and by hand where it cannot."""

import sys
from pathlib import Path

import pytest
from PIL import Image

from inkdigit.errors import BadPicture
from inkdigit.pictures.decode import count_pages, decode, decode_file
from inkdigit.pictures.pdf import DPI, LEAST, decode_pdf
from inkdigit.pictures.picture import LARGE, MOST_DECODED, Encoded
from inkdigit.pictures.pillow import FIRST_PAGE
from pictures.samples import block, encoded, is_block

GREY = [40, 120, 200]


def document(*levels: int, size: tuple[int, int] = (200, 100)) -> bytes:
    """A document with a page of each grey level."""
    first, *others = [Image.new("L", size, level) for level in levels]
    return encoded(first, "PDF", save_all=True, append_images=others)


def drawn(width: int, height: int, content: bytes = b"", *, rotate: int = 0) -> bytes:
    """A page of so many points with a drawing."""
    return (
        b"%%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj 2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj "
        b"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d %d]/Rotate %d/Contents 4 0 R>>endobj "
        b"4 0 obj<</Length %d>>stream\n%s\nendstream endobj trailer<</Root 1 0 R>>"
        % (width, height, rotate, len(content), content)
    )


def test_pages_are_counted_and_each_is_itself(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(document(*GREY))
    for content in (document(*GREY), tmp_path / "a.pdf"):
        assert count_pages(Encoded(content, "a.pdf")) == 3
        for number, level in enumerate(GREY, 1):
            picture = decode_file(Encoded(content, "a.pdf", page=number))
            assert abs(float(picture.pixels.mean()) - level) < 3
            assert picture.note is None
        with pytest.raises(BadPicture, match="has 3 pages, and no page 4"):
            decode_file(Encoded(content, "a.pdf", page=4))


def test_of_several_pages_the_first_is_read_with_a_note() -> None:
    assert decode(document(*GREY), where="").note == FIRST_PAGE
    assert decode(document(40), where="").note is None


def test_a_drawing_is_drawn_at_the_resolution_of_a_scan() -> None:
    """A4 in points, a block of ink in its lower left quarter; boxes count at 200 dots per inch."""
    picture = decode(drawn(595, 842, b"0 0 200 300 re f"), where="")
    height, width = picture.pixels.shape
    assert (picture.scale, round(width / 595 * 72), round(height / 842 * 72)) == (1, DPI, DPI)
    assert picture.pixels[height - 50, 50] == 0
    assert picture.pixels[50, 50] == 255


def test_a_turned_page_is_upright() -> None:
    picture = decode(drawn(600, 300, b"0 0 100 100 re f", rotate=90), where="")
    height, width = picture.pixels.shape
    assert height > width
    assert picture.pixels[20, 20] == 0  # the lower left corner is the upper left one then


@pytest.mark.parametrize(("width", "height"), [(50, 20), (14_000, 9_000), (8_000, 10)])
def test_pages_of_any_size(width: int, height: int) -> None:
    pixels = decode_file(Encoded(drawn(width, height), "", limits=LARGE))
    assert max(pixels.pixels.shape) >= LEAST * 0.4
    assert pixels.pixels.size <= MOST_DECODED * 1.01
    assert round(max(pixels.pixels.shape) * pixels.scale) == pytest.approx(max(width, height) / 72 * DPI, rel=1e-3)


def test_colour_stays() -> None:
    assert is_block(decode(encoded(block(), "PDF"), where="").pixels)
    assert decode(drawn(300, 300, b"1 0 0 rg 0 0 300 300 re f"), where="").pixels[9, 9].tolist() == [255, 0, 0]


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj trailer<</Root 1 0 R>>"])
def test_damaged_documents(content: bytes) -> None:
    with pytest.raises(BadPicture):
        decode(content, where="a.pdf")
    with pytest.raises(BadPicture):
        count_pages(Encoded(content, "a.pdf"))


def test_a_document_with_something_before_it() -> None:
    assert decode(b"\n\n" + drawn(300, 300), where="").pixels.shape[0] == 1000


def test_without_the_library_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pypdfium2", None)
    with pytest.raises(BadPicture, match="needs pypdfium2, which is not installed; run pip install pypdfium2"):
        decode_pdf(Encoded(document(40), "a.pdf"))
