"""What a file is, told by its first bytes, never by its name.

In: the first bytes of a file. Out: the name of a format that is read, or words for one that is not.
"""

SIGNATURES = {
    b"\x89PNG\r\n\x1a\n": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF87a": "GIF",
    b"GIF89a": "GIF",
    b"BM": "BMP",
    b"II*\x00": "TIFF",
    b"MM\x00*": "TIFF",
}
WEBP = (b"RIFF", b"WEBP")  # bytes 0 to 4 and 8 to 12; between them stands the length

ACCEPTED = ("PNG", "JPEG", "WebP", "BMP", "GIF", "TIFF")

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


def format_of(content: bytes) -> str | None:
    """The format of a picture, one of "PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"; None for anything else.

    >>> format_of(b"GIF89a...")
    'GIF'
    """
    for signature, name in SIGNATURES.items():
        if content.startswith(signature):
            return name
    return "WEBP" if (content[:4], content[8:12]) == WEBP else None


def begins_a_picture(content: bytes) -> bool:
    """Whether these few bytes are the beginning of a signature and no more.

    >>> begins_a_picture(bytes([0x89]) + b"PN"), begins_a_picture(b"PNG")
    (True, False)
    """
    if len(content) < 12 and content[:4] == WEBP[0][: len(content)]:
        return WEBP[1].startswith(content[8:])
    return any(signature.startswith(content) for signature in SIGNATURES)


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
