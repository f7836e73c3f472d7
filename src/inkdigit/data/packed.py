"""Files that were packed as they are: gzip, xz, bzip2.

In: the bytes of a file. Out: what they unpack to, never more than a bound; a file that is not packed as it is. Does not
know what is in it.
"""

import bz2
import lzma
import zlib

from inkdigit.data.labelled import LARGEST_FILE
from inkdigit.errors import BadInput

ENDINGS = (".gz", ".xz", ".bz2")
STARTS = (b"\x1f\x8b", b"\xfd7zXZ\x00", b"BZh")

MOST_MEMORY = 256 << 20
"""Bytes that unpacking xz may need for itself."""


def unpacked(data: bytes, *, where: object, what: str, limit: int = LARGEST_FILE) -> bytes:
    """Unpack a file, if its first bytes say that it is packed.

    Raises:
        BadInput: It is damaged, or holds more than `limit` bytes.
    """
    try:
        if data.startswith(STARTS[0]):
            found = _gzip(data, limit)
        elif data.startswith(STARTS[1]):
            found = _whole(lzma.LZMADecompressor(memlimit=MOST_MEMORY), data, limit)
        elif data.startswith(STARTS[2]):
            found = _whole(bz2.BZ2Decompressor(), data, limit)
        else:
            return data
    except (zlib.error, lzma.LZMAError, OSError, EOFError, ValueError) as error:
        raise BadInput(what, where, f"is damaged ({str(error).split(': ')[-1].lower()})") from error
    if len(found) > limit:
        raise BadInput(what, where, f"unpacks to more than {limit:,} bytes")
    return found


def without_packing(name: str) -> str:
    """A file's name without the ending of its packing.

    >>> without_packing("train.csv.gz"), without_packing("a.csv")
    ('train.csv', 'a.csv')
    """
    return next((name[: -len(ending)] for ending in ENDINGS if name.lower().endswith(ending)), name)


def _gzip(data: bytes, limit: int) -> bytes:
    """Unpack every member of a gzip file; one that ends early is damaged."""
    found, rest = b"", data
    while rest and len(found) <= limit:
        member = zlib.decompressobj(31)
        found += member.decompress(rest, limit + 1 - len(found))
        if not member.eof and len(found) <= limit:
            raise EOFError("it ends early")
        rest = member.unused_data.lstrip(b"\0")
    return found


def _whole(unpacker: lzma.LZMADecompressor | bz2.BZ2Decompressor, data: bytes, limit: int) -> bytes:
    """Unpack an xz or bzip2 file; one that ends early is damaged."""
    found = unpacker.decompress(data, limit + 1)
    if not unpacker.eof and len(found) <= limit:
        raise EOFError("it ends early")
    return found
