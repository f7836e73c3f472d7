"""Every kind of picture that comes through the door: rows I01 to I25 of the list of bad inputs.

The files are made here. Rows that are no matter of decoding stand elsewhere: see the table in docs/reading.md.
"""

import io
import struct
import subprocess
import sys
import threading
import tracemalloc
import warnings
import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from inkdigit.errors import BadPicture
from inkdigit.pictures import decode as decoding
from inkdigit.pictures.decode import decode
from inkdigit.pictures.picture import LARGE, MODEST, Picture, check_size
from inkdigit.pictures.pillow import FIRST_FRAME, FIRST_PAGE

FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF")


def seven(width: int = 20, height: int = 28) -> Image.Image:
    """A dark seven on light grey paper; neither symmetric nor square."""
    levels = np.full((height, width), 230, np.uint8)
    levels[4:8, 3:17] = 20
    levels[8:24, 12:16] = 60
    return Image.fromarray(levels)


def encoded(picture: Image.Image, form: str = "PNG", **options: Any) -> bytes:
    data = io.BytesIO()
    picture.save(data, form, **options)
    return data.getvalue()


def read(content: bytes) -> Picture:
    return decode(content, where="a.png")


def code_of(content: bytes) -> str:
    """The kind of error that reading ends with."""
    with pytest.raises(BadPicture) as caught:
        read(content)
    assert str(caught.value).startswith("cannot read picture: a.png: ")
    return caught.value.code


def chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_of(width: int, height: int, *chunks: bytes, depth: int = 8) -> bytes:
    """A PNG with any size in its header, and any chunks behind it."""
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + b"".join(chunks) + chunk(b"IEND", b"")


def grey(pixels: np.ndarray) -> np.ndarray:
    return pixels if pixels.ndim == 2 else pixels.mean(axis=2)


# -- whole pictures


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_gives_its_pixels(form: str) -> None:
    options = {"lossless": True} if form == "WEBP" else {"quality": 95} if form == "JPEG" else {}
    picture = read(encoded(seven(), form, **options))
    expected = np.asarray(seven()).astype(float)
    assert picture.note is None
    assert picture.pixels.dtype == np.uint8
    assert np.abs(grey(picture.pixels) - expected).max() <= (40 if form == "JPEG" else 1)  # JPEG rings at edges


def test_grey_stays_grey_and_colour_stays_colour() -> None:
    assert read(encoded(seven())).pixels.shape == (28, 20)
    red = Image.new("RGB", (20, 28), (250, 10, 20))
    assert read(encoded(red)).pixels[5, 5].tolist() == [250, 10, 20]


@pytest.mark.parametrize("depth", [1, 2, 4, 8, 16])
def test_every_depth_of_grey(depth: int) -> None:
    """I10, I11: the levels of each depth spread over 0 to 255; made by hand, Pillow writes few of them."""
    most = 2**depth - 1
    levels = [0, most // 3, most - most // 3, most] * 4
    bits = "".join(f"{level:0{depth}b}" for level in levels)
    row = b"\0" + int(bits, 2).to_bytes(len(bits) // 8, "big")
    picture = read(png_of(16, 9, chunk(b"IDAT", zlib.compress(row * 9)), depth=depth))
    expected = [level * 255 / most for level in levels]
    assert np.abs(picture.pixels - np.array(expected)).max() < 1


def test_sixteen_bits_in_a_tiff() -> None:
    levels = np.asarray(seven()).astype(np.uint16) * 257
    assert np.array_equal(read(encoded(Image.fromarray(levels), "TIFF")).pixels, np.asarray(seven()))


@pytest.mark.parametrize("mode", ["I", "F"])
def test_thirty_two_bits_are_refused(mode: str) -> None:
    assert code_of(encoded(seven().convert(mode), "TIFF")) == "unsupported-format"


@pytest.mark.parametrize("form", ["PNG", "GIF", "BMP", "TIFF"])
def test_a_palette_is_its_colours(form: str) -> None:
    """I11."""
    twin = read(encoded(seven().convert("RGB")))
    picture = read(encoded(seven().convert("RGB").quantize(8), form))
    assert np.array_equal(picture.pixels, twin.pixels)


def test_a_palette_with_transparency_is_on_white() -> None:
    """I11."""
    picture = seven().convert("RGB").quantize(8)
    paper = picture.getpixel((0, 0))
    pixels = read(encoded(picture, transparency=paper)).pixels
    assert (pixels[0, 0] == 255).all()
    assert (pixels[5, 5] == 20).all()


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("form", ["PNG", "WEBP", "TIFF"])
def test_ink_in_alpha_alone_is_on_white(mode: str, form: str) -> None:
    """I12: black everywhere, and the seven only in the alpha channel."""
    black = Image.new("L", (20, 28), 0).convert(mode)
    black.putalpha(ImageOps.invert(seven()))
    pixels = read(encoded(black, form, **({"lossless": True} if form == "WEBP" else {}))).pixels
    assert np.abs(grey(pixels) - np.asarray(seven())).max() <= 1
    assert pixels.ndim == (2 if mode == "LA" and form != "WEBP" else 3)


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_what_is_wholly_transparent_is_white(mode: str) -> None:
    """I12."""
    clear = seven().convert(mode)
    clear.putalpha(0)
    assert (read(encoded(clear)).pixels == 255).all()


def test_cmyk_is_not_inverted() -> None:
    """I13: Pillow writes CMYK as Adobe does, inverted."""
    data = encoded(seven().convert("RGB").convert("CMYK"), "JPEG", quality=95)
    assert b"Adobe" in data
    assert np.abs(grey(read(data).pixels) - np.asarray(seven()).astype(float)).max() < 50


def test_ycck_is_not_inverted() -> None:
    """I13: the planes of a white and of a black pixel in YCCK, as Adobe has them; marked so by transform 2."""
    white, black = (255, 127, 127, 0), (255, 127, 127, 255)  # Pillow writes 255 less each: Y 0, Cb Cr 128, K 255 or 0
    picture = Image.new("CMYK", (32, 16), white)
    picture.paste(black, (16, 0, 32, 16))
    data = encoded(picture, "JPEG", quality=95)
    flag = data.index(b"Adobe") + 11
    pixels = read(data[:flag] + b"\x02" + data[flag + 1 :]).pixels
    assert pixels[:, :16].min() > 245
    assert pixels[:, 16:].max() < 10


def test_a_progressive_jpeg_is_the_same_picture() -> None:
    """I13."""
    plain, progressive = (encoded(seven(), "JPEG", quality=90, progressive=which) for which in (False, True))
    assert np.array_equal(read(plain).pixels, read(progressive).pixels)


def test_a_jpeg_of_twelve_bits_is_refused() -> None:
    """I13."""
    data = encoded(seven(), "JPEG")
    start = data.index(b"\xff\xc0")
    assert code_of(data[: start + 4] + b"\x0c" + data[start + 5 :]) == "unreadable-image"


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_every_orientation_is_turned_upright(form: str, orientation: int) -> None:
    """I15: the oracle is Pillow's own turning."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(seven().convert("RGB"), form, exif=exif, **({"lossless": True} if form == "WEBP" else {}))
    with Image.open(io.BytesIO(data)) as picture:
        expected = np.asarray(ImageOps.exif_transpose(picture))
    pixels = read(data).pixels
    assert np.array_equal(pixels, expected)
    assert pixels.flags.c_contiguous


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_of_an_animation_the_first_frame(form: str) -> None:
    """I14."""
    first, other = seven().convert("RGB"), Image.new("RGB", (20, 28), "red")
    options = {"lossless": True} if form == "WEBP" else {}
    data = encoded(first, form, save_all=True, append_images=[other] * 20, duration=50, **options)
    picture = read(data)
    assert picture.note == FIRST_FRAME
    assert np.array_equal(grey(picture.pixels), np.asarray(seven()))


def test_of_a_tiff_the_first_page() -> None:
    picture = read(encoded(seven(), "TIFF", save_all=True, append_images=[Image.new("L", (9, 9))]))
    assert picture.note == FIRST_PAGE
    assert np.array_equal(picture.pixels, np.asarray(seven()))


def test_a_second_frame_that_is_huge_or_damaged_is_not_looked_at() -> None:
    """I14."""
    data = encoded(seven(), "GIF")
    huge = b"\x2c" + struct.pack("<HHHHB", 0, 0, 65535, 65535, 0) + b"\x02\x01\x44\x00"
    picture = read(data[:-1] + huge + b";")
    assert np.array_equal(grey(picture.pixels), np.asarray(seven()))


# -- what is refused


def test_an_empty_file() -> None:
    """I01."""
    assert code_of(b"") == "empty-file"


def test_a_png_cut_at_every_byte() -> None:
    """I02."""
    data = encoded(seven())
    assert {code_of(data[:end]) for end in range(1, len(data))} == {"truncated"}


@pytest.mark.parametrize("form", ["JPEG", "WEBP", "BMP", "GIF", "TIFF"])
@pytest.mark.parametrize("progressive", [False, True])
def test_a_file_cut_anywhere_is_refused_or_whole(form: str, progressive: bool) -> None:
    """I03: never half a picture. Behind the last pixel some formats have bytes that nothing depends on."""
    if progressive and form != "JPEG":
        return
    data = encoded(seven(40, 56), form, **({"progressive": progressive} if form == "JPEG" else {}))
    whole = read(data).pixels
    codes = []
    for end in range(1, len(data), 1 if len(data) < 500 else 16):
        try:
            assert np.array_equal(read(data[:end]).pixels, whole)
        except BadPicture as error:
            codes.append(error.code)
    assert len(codes) > 10
    assert set(codes) <= {"truncated", "unreadable-image"}


def test_a_png_with_a_wrong_checksum_anywhere() -> None:
    """I04: any bit that differs is noticed."""
    data = bytearray(encoded(seven()))
    for at in range(8, len(data)):
        data[at] ^= 0x10
        assert code_of(bytes(data)) in {"unreadable-image", "truncated"}
        data[at] ^= 0x10


@pytest.mark.parametrize(
    "content",
    [
        png_of(20, 28, chunk(b"IHDR", bytes(13)), chunk(b"IDAT", zlib.compress(bytes(21 * 28)))),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", zlib.compress(bytes(21 * 28))) + chunk(b"IEND", b""),
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", bytes(12)) + chunk(b"IEND", b""),
        png_of(20, 28, depth=3),
        png_of(20, 28),
        png_of(20, 28, chunk(b"IDAT", b"no deflate")),
        png_of(20, 28, *[chunk(b"teXt", b"")] * 50_001),
    ],
    ids=["two headers", "no header", "short header", "depth 3", "no pixels", "no deflate", "many chunks"],
)
def test_a_png_that_breaks_the_rules(content: bytes) -> None:
    """I04."""
    assert code_of(content) in {"unreadable-image", "truncated"}


def test_a_png_without_its_end() -> None:
    """I04."""
    assert code_of(png_of(20, 28, chunk(b"IDAT", zlib.compress(bytes(21 * 28))))[:-12]) == "truncated"


@pytest.mark.parametrize(
    ("width", "height"), [(50_000, 50_000), (13_000, 13_000), (16_000_000, 1), (1, 16_000_000), (8193, 8), (4097, 4096)]
)
def test_too_many_pixels_are_refused_by_the_header(width: int, height: int) -> None:
    """I05, I06, I07: whatever the pixels are, they are not unpacked."""
    data = png_of(width, height, chunk(b"IDAT", zlib.compress(bytes(1 << 22))))
    tracemalloc.start()
    assert code_of(data) == "too-many-pixels"
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


def test_too_many_pixels_in_the_other_formats() -> None:
    """I06: and Pillow's own warning of them is never seen."""
    gif = b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b"\x2c" + struct.pack("<HHHHB", 0, 0, 9, 9, 0)
    assert code_of(gif + b"\x02\x01\x44\x00;") == "too-many-pixels"
    bmp = bytearray(encoded(seven(), "BMP"))
    bmp[18:26] = struct.pack("<II", 10_000, 10_000)
    assert code_of(bytes(bmp)) == "too-many-pixels"
    jpeg = bytearray(encoded(seven(), "JPEG"))
    at = jpeg.index(b"\xff\xc0") + 5
    jpeg[at : at + 4] = struct.pack(">HH", 13_000, 13_000)
    assert code_of(bytes(jpeg)) == "too-many-pixels"
    webp = bytearray(encoded(seven().convert("RGBA"), "WEBP", lossless=True, exif=b"Exif\0\0"))
    webp[24:30] = (16_383).to_bytes(3, "little") * 2
    assert code_of(bytes(webp)) in {"too-many-pixels", "unreadable-image"}


def test_the_limits_themselves_pass() -> None:
    for width, height in [(4096, 4096), (8192, 2048), (8, 1), (3, 8)]:
        check_size(width, height, where="a.png", limits=MODEST)
    for width, height in [(16_384, 16_384), (65_535, 4000)]:
        check_size(width, height, where="a.png", limits=LARGE)
        with pytest.raises(BadPicture, match="pixels; "):
            check_size(width, height, where="a.png", limits=MODEST)


def test_ten_thousand_texts_do_not_hold_it_up() -> None:
    """I08: 10,000 packed texts of 1 MB each are not unpacked; the picture is read."""
    text = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(1 << 20)))
    data = png_of(20, 28, *[text] * 10_000, chunk(b"IDAT", _white(20, 28)))
    tracemalloc.start()
    assert (read(data).pixels == 255).all()
    assert tracemalloc.get_traced_memory()[1] < len(data)
    tracemalloc.stop()


def _white(width: int, height: int) -> bytes:
    return zlib.compress((b"\0" + b"\xff" * width) * height)


@pytest.mark.parametrize("kind", [b"iCCP", b"eXIf", b"iTXt", b"pHYs", b"gAMA"])
def test_damaged_remarks_are_ignored(kind: bytes) -> None:
    """I09."""
    for rubbish in (b"", b"x", b"a\0\0" + zlib.compress(bytes(1 << 20)), b"MM\0*\0\0\0\x08\xff\xff", b"\xff" * 99):
        picture = read(png_of(20, 28, chunk(kind, rubbish), chunk(b"IDAT", _white(20, 28))))
        assert (picture.pixels == 255).all()


def test_damaged_exif_in_a_jpeg_is_ignored() -> None:
    """I09."""
    for rubbish in (b"Exif\0\0", b"Exif\0\0MM\0*\0\0\0\x08\xff\xff", b"Exif\0\0" + b"\xff" * 500):
        assert read(encoded(seven(), "JPEG", exif=rubbish)).pixels.shape == (28, 20)


def test_no_pixels() -> None:
    """I16."""
    for width, height in [(0, 20), (20, 0)]:
        assert code_of(png_of(width, height, chunk(b"IDAT", zlib.compress(b"")))) == "unreadable-image"


@pytest.mark.parametrize("side", [1, 2, 3, 7])
def test_too_small(side: int) -> None:
    """I17: the rule is of the longer side: a tight crop of a 1 is narrow."""
    assert code_of(encoded(seven().resize((side, side)))) == "too-small"
    assert read(encoded(seven().resize((side, 8)))).pixels.shape == (8, side)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "PostScript"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b"\xff\x0a\xfa\x1f", "a JPEG XL picture"),
        (b"AT&TFORM\0\0", "a DjVu document"),
        (b"PK\x03\x04....", "a zip archive"),
        (b"\x7fELF\x02", "a program"),
        (b"SIMPLE  =                    T", "a FITS file"),
        (b"\xd7\xcd\xc6\x9a\0\0", "a Windows metafile"),
        (b"file,digit\n", "no picture that is known"),
    ],
)
def test_other_files_are_named(content: bytes, word: str) -> None:
    """I18, I19: content decides; nothing but the formats that are read comes near a decoder."""
    assert code_of(content) == "unsupported-format"
    with pytest.raises(BadPicture, match=f"is {word}.*, not PNG, JPEG, .* HEIC, PDF or another kind of picture"):
        read(content)


def test_no_decoder_that_starts_programs_is_ever_loaded() -> None:
    """I18."""
    code = (
        "import sys; from inkdigit.pictures.decode import decode\n"
        "for content in (b'%!PS-Adobe-3.0 EPSF', b'\\x89PNG\\r\\n\\x1a\\n', b'BM', b'GIF89a'):\n"
        "    try: decode(content, where='x')\n"
        "    except ValueError: pass\n"
        "    except Exception as error: assert type(error).__name__ == 'BadPicture'\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"PIL.EpsImagePlugin", "PIL.PdfImagePlugin", "PIL.WmfImagePlugin"} & set(done.stdout.split())


@pytest.mark.parametrize("form", FORMATS)
def test_bytes_behind_the_end_are_ignored(form: str) -> None:
    """I24, I25: a PNG with a zip behind it is that PNG."""
    data = encoded(seven(), form)
    for more in (b"PK\x03\x04" + bytes(100), b"<html>" * 9, bytes(1_000_000)):
        assert np.array_equal(read(data + more).pixels, read(data).pixels)


def test_a_file_that_is_too_large_is_refused_before_it_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """I23."""
    data = encoded(seven())
    limits = replace(MODEST, bytes=len(data))
    assert decode(data, where="a.png", limits=limits).note is None
    monkeypatch.setattr(decoding, "format_of", None)
    with pytest.raises(BadPicture, match="the limit is"):
        decode(data + b"\0", where="a.png", limits=limits)


# -- anything at all


@settings(max_examples=300)
@given(data=st.data())
def test_a_mutated_file_is_read_or_refused(data: st.DataObject) -> None:
    """Any bytes give a picture within the limits or a `BadPicture`, and never a warning."""
    form = data.draw(st.sampled_from(FORMATS))
    content = bytearray(SAMPLES[form])
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        pixels = read(bytes(content[: data.draw(st.integers(0, len(content)))] or content)).pixels
    except BadPicture:
        return
    check_size(pixels.shape[1], pixels.shape[0], where="")
    assert pixels.dtype == np.uint8


SAMPLES = {form: encoded(seven(), form) for form in FORMATS}


SIGNATURES = [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"II*\0", b"GIF89a", b"RIFF\0\0\0\0WEBP"]


@settings(max_examples=200)
@given(content=st.binary(max_size=200), start=st.sampled_from(SIGNATURES))
def test_random_bytes_are_refused(content: bytes, start: bytes) -> None:
    with pytest.raises(BadPicture):
        read(start + content)


def test_threads_leave_the_warnings_as_they_were() -> None:
    """Pillow's warnings are dropped while a picture is decoded, and only then, in any number of threads."""
    before = list(warnings.filters)
    data = encoded(seven(), "JPEG", exif=b"Exif\0\0MM\0*\0\0\0\x08\xff\xff")
    threads = [threading.Thread(target=lambda: [read(data) for _ in range(30)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before


# -- large pictures are decoded at a part of their size


def large(width: int, height: int) -> Image.Image:
    """A seven of that size, its pen a seventh of the width."""
    return seven().resize((width, height), Image.Resampling.NEAREST)


@pytest.mark.parametrize(
    ("form", "size", "scale"),
    [
        ("JPEG", (4000, 5600), 2),
        ("JPEG", (4001, 5601), 2),
        ("JPEG", (7000, 9800), 4),
        ("PNG", (4001, 5601), 2),
        ("TIFF", (7000, 9800), 3),
        ("BMP", (4000, 5600), 2),
        ("JPEG", (20_000, 140), 2),
    ],
)
def test_a_large_picture_is_the_same_and_smaller(form: str, size: tuple[int, int], scale: int) -> None:
    picture = decode(encoded(large(*size), form), where="", limits=LARGE)
    expected = tuple(-(-side // scale) for side in reversed(size))
    assert (picture.scale, picture.pixels.shape) == (scale, expected)
    small = np.asarray(Image.fromarray(picture.pixels).resize((20, 28), Image.Resampling.BOX)).astype(int)
    assert np.abs(small - np.asarray(seven())).mean() < 3
    with pytest.raises(BadPicture, match="pixels; "):
        decode(encoded(large(*size), form), where="", limits=replace(MODEST, bytes=LARGE.bytes))


def test_a_large_picture_is_turned_upright_too() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    content = encoded(large(5600, 4000), "JPEG", exif=exif)
    assert decode(content, where="", limits=LARGE).pixels.shape == (2800, 2000)


def progressive_of(width: int, height: int) -> bytes:
    """A progressive JPEG in colour with any size in its header."""
    content = bytearray(encoded(seven().convert("RGB"), "JPEG", progressive=True))
    at = content.index(b"\xff\xc2") + 5
    content[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (progressive_of(13_000, 12_000), "pixels need"),
        (b"GIF89a" + struct.pack("<HH", 60_000, 4_000) + encoded(seven(), "GIF")[10:], "pixels need"),
        (png_of(12_000, 8_000, chunk(b"IDAT", b""), depth=16), None),
    ],
)
def test_what_would_need_too_much_memory_is_refused_before_it_is_decoded(content: bytes, why: str | None) -> None:
    tracemalloc.start()
    with pytest.raises(BadPicture, match=why):
        decode(content, where="", limits=LARGE)
    assert tracemalloc.get_traced_memory()[1] < 300_000_000
    tracemalloc.stop()
