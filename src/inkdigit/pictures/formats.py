"""The formats of pictures that are read, one entry each; a file is told by its first bytes, never by its name.

In: the first bytes of a file. Out: its format, with what decodes it; or words for a file that is not read. A new format
is a file with its decoder, and an entry in `FORMATS`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from inkdigit.pictures.picture import Picture
from inkdigit.pictures.pillow import decode_with_pillow
from inkdigit.pictures.png import decode_png

ANY = ord("?")
"""In a signature: whatever byte stands there."""


@dataclass(frozen=True)
class Format:
    """A format of pictures.

    Args:
        name: As a user knows it.
        decode: Decodes a file of it; takes its bytes and the name that an error calls it, raises BadPicture.
        signatures: How its files begin, "?" for any byte.
        suffixes: How the names of its files end, in lower case.
        media: What its files are called in HTTP.
    """

    name: str
    decode: Callable[[bytes, object], Picture]
    signatures: tuple[bytes, ...]
    suffixes: tuple[str, ...]
    media: tuple[str, ...]


def _pillow(name: str, *signatures: bytes, suffixes: str, media: str) -> Format:
    """A format that Pillow decodes."""

    def decode(content: bytes, where: object) -> Picture:
        return decode_with_pillow(content, name, where=where)

    return Format(name, decode, signatures, tuple(suffixes.split()), tuple(media.split()))


FORMATS = (
    Format("PNG", decode_png, (b"\x89PNG\r\n\x1a\n",), (".png",), ("image/png", "image/apng")),
    _pillow("JPEG", b"\xff\xd8\xff", suffixes=".jpg .jpeg .jpe .jfif", media="image/jpeg image/jpg"),
    _pillow("WebP", b"RIFF????WEBP", suffixes=".webp", media="image/webp"),
    _pillow("BMP", b"BM", suffixes=".bmp .dib", media="image/bmp"),
    _pillow("GIF", b"GIF87a", b"GIF89a", suffixes=".gif", media="image/gif"),
    _pillow("TIFF", b"II*\x00", b"MM\x00*", suffixes=".tif .tiff", media="image/tiff"),
)
SIGNATURES = {signature: form for form in FORMATS for signature in form.signatures}
SUFFIXES = {suffix for form in FORMATS for suffix in form.suffixes}
DECLARED = {media: form for form in FORMATS for media in form.media}
"""The format that a file is said to have over HTTP."""

NAMES = [form.name for form in FORMATS]
ACCEPTED = f"{', '.join(NAMES[:-1])} or {NAMES[-1]}"

STRANGERS = {
    b"%PDF": "a PDF",
    b"%!PS": "PostScript",
    b"\xc5\xd0\xd3\xc6": "PostScript",
    b"<svg": "an SVG drawing",
    b"<?xml": "XML or an SVG drawing",
    b"<": "a web page or XML",
    b"8BPS": "a Photoshop file",
    b"PK\x03\x04": "a zip archive",
    b"\x1f\x8b": "gzip data",
    b"\x00\x00\x01\x00": "an icon",
    b"\xd7\xcd\xc6\x9a": "a Windows metafile",
    b"SIMPLE  =": "a FITS file",
    b"\x7fELF": "a program",
    b"\x93NUMPY": "a NumPy array",
    b"\x00\x00\x08": "IDX data",
}
"""The beginnings of what people take for a picture, the longer before the shorter."""

PHONES = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis")


def format_of(content: bytes) -> Format | None:
    """The format of a picture; None for anything else.

    >>> form = format_of(b"GIF89a...")
    >>> form.name if form else None
    'GIF'
    """
    found = (
        form for signature, form in SIGNATURES.items() if len(content) >= len(signature) and _fits(content, signature)
    )
    return next(found, None)


def begins_a_picture(content: bytes) -> bool:
    """Whether these few bytes are the beginning of a signature and no more.

    >>> begins_a_picture(bytes([0x89]) + b"PN"), begins_a_picture(b"PNG")
    (True, False)
    """
    return any(len(content) < len(signature) and _fits(content, signature) for signature in SIGNATURES)


def _fits(content: bytes, signature: bytes) -> bool:
    """Whether they are the same as far as both go."""
    return all(expected in {ANY, found} for found, expected in zip(content, signature, strict=False))


def stranger(content: bytes) -> str:
    """What a file is that is not read, in words a user knows.

    >>> stranger(b"%PDF-1.7")
    'a PDF'
    """
    if content[4:8] == b"ftyp" and content[8:12] in PHONES:
        return "a HEIC or AVIF photograph"
    start = content[:64].lstrip().lower()
    for signature, name in STRANGERS.items():
        if content.startswith(signature) or start.startswith(signature.lower()):
            return name
    return "no picture that is known"
