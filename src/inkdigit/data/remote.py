"""What is known of a file before it is fetched, and whether a file on the disk is that one.

In: a path and what it should be. Out: its bytes, verified. Knows no network: loading data that is
there already imports none of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from inkdigit.errors import BadInput
from inkdigit.files import read_regular, sha256

LARGEST = 1 << 26
"""Bytes of a file on the disk that is read at all, to say what is wrong with it."""

OnProgress = Callable[[int], None]
"""Called with the number of bytes that came; a negative number takes back those of a failed try."""

OnNote = Callable[[str], None]
"""Called with a line a person should see."""


@dataclass(frozen=True)
class Remote:
    """A file as every mirror must have it: its name, its size in bytes, its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Patience:
    """When to give up on a mirror.

    Args:
        connect: Seconds to open a connection. All mirrors are tried at once, so that a machine
            without network knows it within this time, however many there are.
        read: Seconds without a byte.
        total: Seconds for one file.
        redirects: Hops from one address to another.
    """

    connect: float = 9.0
    read: float = 30.0
    total: float = 300.0
    redirects: int = 5


def read_verified(path: Path, remote: Remote) -> bytes:
    """Read a file that must be `remote`.

    Raises:
        BadInput: It cannot be read or is another file; names both digests.
    """
    data = read_regular(path, limit=LARGEST)
    found = sha256(data)
    if found != remote.sha256:
        why = f"not the original file (sha256 {found[:8]}…, expected {remote.sha256[:8]}…)"
        raise BadInput("cannot use", path, why, hint='delete it and run "inkdigit data fetch"')
    return data


def is_right(path: Path, remote: Remote) -> bool:
    """Whether `path` is a file with the SHA-256 of `remote`."""
    try:
        read_verified(path, remote)
    except BadInput:
        return False
    return True
