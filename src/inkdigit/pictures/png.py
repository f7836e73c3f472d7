"""The chunks of a PNG file, checked before anything of them is decoded.

In: the bytes of a PNG file. Out: the same picture without the chunks that say nothing about its pixels
(texts, colour profiles, the later frames of an animation), its size, and whether it was animated; or an
error. Decodes no pixels itself.

Pillow alone fails six tests of `test_decode.py`: it ignores a wrong checksum in the pixels and a missing end, unpacks
ten thousand texts, and refuses a picture for a damaged profile, gamma or size. Here a file is whole or refused, and
what is no part of the picture is never looked at.

Source: PNG specification, third edition, sections 5 and 11.
"""

import struct
import zlib
from dataclasses import dataclass, replace

from inkdigit.errors import BadPicture
from inkdigit.pictures.picture import Encoded, Picture, check_size
from inkdigit.pictures.pillow import FIRST_FRAME, decode_with_pillow

SIGNATURE = 8
FRAME = 12  # bytes of a chunk beside its content: length, type, CRC-32
NEEDED = {b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"eXIf"}
MOST_CHUNKS = 50_000
"""20 MB in pieces of 8 KB, the usual size, are 2,500."""


@dataclass(frozen=True)
class Png:
    """A PNG file of which only what makes up the picture is left."""

    content: bytes
    width: int
    height: int
    animated: bool


def decode_png(file: Encoded) -> Picture:
    """Decode a PNG file that is whole to its last byte; of an animation the frame that is asked for, or the first.

    Raises:
        BadPicture: It ends early, is damaged, or its size is out of bounds.
    """
    if file.page not in {None, 1}:
        return decode_with_pillow(file, "PNG")
    png = checked(file.data, where=file.where)
    check_size(png.width, png.height, where=file.where, limits=file.limits)
    picture = decode_with_pillow(replace(file, content=png.content), "PNG")
    return replace(picture, note=FIRST_FRAME) if png.animated and file.page is None else picture


def checked(content: bytes, *, where: object) -> Png:
    """Check every chunk up to the end of the picture, and drop those that are not needed to show it.

    Args:
        content: A file that begins with the PNG signature; what stands behind its end is ignored.
        where: What an error calls the file.

    Raises:
        BadPicture: It ends early, a checksum is wrong, or the header is missing or there twice.
    """
    keep = [(0, SIGNATURE)]
    animated, at = False, SIGNATURE
    for _ in range(MOST_CHUNKS):
        kind, end = _chunk(content, at, where)
        if (kind == b"IHDR") != (at == SIGNATURE):
            raise BadPicture("unreadable-image", where, "the PNG header is not once and first")
        if kind in NEEDED:
            keep.append((at, end))
        animated |= kind == b"acTL"
        at = end
        if kind == b"IEND":
            width, height = struct.unpack_from(">II", content, SIGNATURE + 8)
            return Png(_joined(content, keep, at), width, height, animated)
    raise BadPicture("unreadable-image", where, f"more than {MOST_CHUNKS:,} PNG chunks")


def _chunk(content: bytes, at: int, where: object) -> tuple[bytes, int]:
    """The type of the chunk at `at`, and where the next one begins."""
    if at + FRAME > len(content):
        raise BadPicture("truncated", where, f"ends early (after {len(content):,} bytes)")
    (length,) = struct.unpack_from(">I", content, at)
    kind, end = content[at + 4 : at + 8], at + FRAME + length
    if end > len(content):
        raise BadPicture("truncated", where, f"ends early (got {len(content):,} of at least {end:,} bytes)")
    if zlib.crc32(memoryview(content)[at + 4 : end - 4]) != int.from_bytes(content[end - 4 : end], "big"):
        raise BadPicture("unreadable-image", where, f"damaged (wrong checksum at byte {at:,})")
    if kind == b"IHDR" and length != 13:
        raise BadPicture("unreadable-image", where, f"damaged (a PNG header of {length:,} bytes, not 13)")
    return kind, end


def _joined(content: bytes, keep: list[tuple[int, int]], end: int) -> bytes:
    """The kept pieces in turn; the very content where they are all of it."""
    if sum(stop - start for start, stop in keep) == len(content) == end:
        return content
    return b"".join(content[start:stop] for start, stop in keep)
