"""The formats of pictures that are read, one entry each; a file is told by its first bytes, never by its name.

In: the first bytes of a file. Out: its format, with what decodes it; or words for a file that is not read. A new format
is a file with its decoder, and an entry in `FORMATS`.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from inkdigit.pictures.heif import begins_avif, begins_heif, decode_heif
from inkdigit.pictures.pdf import count_pdf, decode_pdf
from inkdigit.pictures.picture import Encoded, Picture
from inkdigit.pictures.pillow import count_with_pillow, decode_with_pillow
from inkdigit.pictures.png import decode_png
from inkdigit.pictures.svg import begins_svg, decode_svg

ANY = ord("?")
"""In a signature: whatever byte stands there."""

HEAD = 4096
"""Bytes of a file that tell its format."""


@dataclass(frozen=True)
class Format:
    """A format of pictures.

    Args:
        name: As a user knows it.
        decode: Decodes a file of it; raises BadPicture.
        signatures: How its files begin, "?" for any byte.
        suffixes: How the names of its files end, in lower case.
        media: What its files are called in HTTP.
        isolated: Whether files are decoded in a process of its own: its decoder may crash, hang or fill the memory.
        count: Counts the pages or frames of a file; None where there is one.
        is_document: Whether all its pages are read unless others are asked for; its files are opened where they lie.
        begins: Tells its files where signatures do not.
    """

    name: str
    decode: Callable[[Encoded], Picture]
    signatures: tuple[bytes, ...]
    suffixes: tuple[str, ...]
    media: tuple[str, ...]
    isolated: bool = False
    count: Callable[[Encoded], int] | None = None
    is_document: bool = False
    begins: Callable[[bytes], bool] | None = None


def _pillow(
    name: str,
    *signatures: bytes,
    suffixes: str,
    media: str,
    isolated: bool = False,
    pages: bool = False,
    begins: Callable[[bytes], bool] | None = None,
) -> Format:
    """A format that Pillow decodes."""
    count: Callable[[Encoded], int] | None = (lambda file: count_with_pillow(file, name)) if pages else None
    return Format(
        name,
        lambda file: decode_with_pillow(file, name),
        signatures,
        tuple(suffixes.split()),
        tuple(media.split()),
        isolated=isolated,
        count=count,
        begins=begins,
    )


def _apart(name: str, *signatures: bytes, suffixes: str, media: str = "") -> Format:
    """A format that Pillow decodes, in a process of its own."""
    return _pillow(name, *signatures, suffixes=suffixes, media=media, isolated=True)


PPM = tuple(b"P%d%c" % (kind, space) for kind in range(1, 7) for space in b"\n\r\t ")
TGA = (
    *(b"?\0%c\0\0\0\0\0" % (kind | packed) for kind in (2, 3) for packed in (0, 8)),
    *(b"?\x01%c????%c" % (1 | packed, bits) for packed in (0, 8) for bits in (16, 24, 32)),
)
"""A map of colours or none, and the kind of pixels, plain or packed; there is no more to tell it by."""

FORMATS = (
    Format(
        "PNG", decode_png, (b"\x89PNG\r\n\x1a\n",), (".png", ".apng"), ("image/png", "image/apng"),
        count=lambda file: count_with_pillow(file, "PNG"),
    ),
    _pillow("JPEG", b"\xff\xd8\xff", suffixes=".jpg .jpeg .jpe .jfif .mpo", media="image/jpeg image/jpg"),
    _pillow("WebP", b"RIFF????WEBP", suffixes=".webp", media="image/webp", pages=True),
    _pillow("BMP", b"BM", suffixes=".bmp .dib", media="image/bmp"),
    _pillow("GIF", b"GIF87a", b"GIF89a", suffixes=".gif", media="image/gif", pages=True),
    _pillow(
        "TIFF", b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+", suffixes=".tif .tiff", media="image/tiff", pages=True
    ),
    Format(
        "HEIC", decode_heif, (), (".heic", ".heif", ".hif"), ("image/heic", "image/heif"),
        isolated=True, begins=begins_heif,
    ),
    _pillow(
        "AVIF", suffixes=".avif .avifs", media="image/avif", isolated=True, pages=True, begins=begins_avif
    ),
    _apart(
        "JPEG 2000", b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51", suffixes=".jp2 .j2k .jpf .jpx .j2c .jpc",
        media="image/jp2 image/jpx",
    ),
    Format(
        "PDF", decode_pdf, (b"%PDF-",), (".pdf",), ("application/pdf",),
        isolated=True, count=count_pdf, is_document=True, begins=lambda content: b"%PDF-" in content[:1024],
    ),
    Format("SVG", decode_svg, (), (".svg",), ("image/svg+xml",), isolated=True, begins=begins_svg),
    _apart("PPM", *PPM, suffixes=".ppm .pgm .pbm .pnm", media="image/x-portable-anymap image/x-portable-graymap"),
    _apart("PCX", b"\x0a\x05\x01", b"\x0a\x03\x01", b"\x0a\x02\x01", suffixes=".pcx", media="image/x-pcx"),
    _apart("ICO", b"\0\0\x01\0", suffixes=".ico", media="image/x-icon image/vnd.microsoft.icon"),
    _apart("PSD", b"8BPS", suffixes=".psd", media="image/vnd.adobe.photoshop"),
    _apart("SGI", b"\x01\xda", suffixes=".sgi .rgb .rgba .bw", media="image/sgi"),
    _apart("QOI", b"qoif", suffixes=".qoi", media="image/qoi"),
    _apart("TGA", *TGA, suffixes=".tga .icb .vda .vst", media="image/x-tga image/x-targa"),  # last: the weakest sign
)  # fmt: skip
SIGNATURES = {signature: form for form in FORMATS for signature in form.signatures}
SUFFIXES = {suffix: form for form in FORMATS for suffix in form.suffixes}
DECLARED = {media: form for form in FORMATS for media in form.media}
"""The format that a file is said to have over HTTP."""

BY_NAME = {form.name: form for form in FORMATS}
NAMES = list(BY_NAME)
ACCEPTED = "PNG, JPEG, WebP, BMP, GIF, TIFF, HEIC, PDF or another kind of picture"
"""What people have, for messages; all of them are too many."""

STRANGERS = {
    b"%!PS": "PostScript",
    b"\xc5\xd0\xd3\xc6": "PostScript",
    b"\xff\x0a": "a JPEG XL picture",
    b"\0\0\0\x0cJXL ": "a JPEG XL picture",
    b"gimp xcf": "a GIMP file",
    b"AT&TFORM": "a DjVu document",
    b"FUJIFILMCCD-RAW": "a raw photograph",
    b"<?xml": "XML",
    b"<": "a web page or XML",
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "gzip data",
    b"\xd7\xcd\xc6\x9a": "a Windows metafile",
    b"SIMPLE  =": "a FITS file",
    b"\x7fELF": "a program",
    b"\x93NUMPY": "a NumPy array",
    b"\x00\x00\x08": "IDX data",
}
"""The beginnings of what people take for a picture, the longer before the shorter."""

UNREAD = frozenset(
    re.split(
        " ",
        ".jxl .jxr .eps .ps .ai .wmf .emf .xcf .djvu .djv .svgz .cr2 .cr3 .nef .arw .dng .raf .orf .rw2 .exr .hdr "
        ".fits .fit .icns .cur .dds .xbm .xpm .ras .pict .pct .fpx",
    )
)
"""How the names of pictures end that are not read: in a folder they are no bystanders, but failures."""


def format_of(content: bytes) -> Format | None:
    """The format of a picture; None for anything else.

    >>> form = format_of(b"GIF89a...")
    >>> form.name if form else None
    'GIF'
    """
    return next((form for form in FORMATS if _is(form, content)), None)


def _is(form: Format, content: bytes) -> bool:
    if any(len(content) >= len(signature) and _fits(content, signature) for signature in form.signatures):
        return True
    return form.begins is not None and form.begins(content)


def is_isolated(content: bytes) -> bool:
    """Whether a picture is decoded in the process for what may take seconds."""
    form = format_of(content)
    return form is not None and form.isolated


def begins_a_picture(content: bytes) -> bool:
    """Whether these few bytes are the beginning of a signature and no more.

    >>> begins_a_picture(bytes([0x89]) + b"PN"), begins_a_picture(b"PNG")
    (True, False)
    """
    return any(
        len(content) < len(signature) and _fits(content, signature)
        for signature in SIGNATURES
        if set(signature[: len(content)]) != {ANY}
    )


def _fits(content: bytes, signature: bytes) -> bool:
    """Whether they are the same as far as both go."""
    return all(expected in {ANY, found} for found, expected in zip(content, signature, strict=False))


def stranger(content: bytes) -> str:
    """What a file is that is not read, in words a user knows.

    >>> stranger(b"%!PS-Adobe")
    'PostScript'
    """
    start = content[:64].lstrip().lower()
    for signature, name in STRANGERS.items():
        if content.startswith(signature) or start.startswith(signature.lower()):
            return name
    return "no picture that is known"
