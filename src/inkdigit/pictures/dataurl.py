"""A `data:` address -> the bytes in it, as pages of the web and programs hand pictures about.

In: `data:image/png;base64,...` (RFC 2397). Out: the bytes, whatever they are.
"""

import base64
from urllib.parse import unquote_to_bytes

from inkdigit.errors import BadPicture

STARTS = b"data:"


def undo_data_url(content: bytes, *, where: object) -> bytes:
    """The bytes of a `data:` address; other bytes as they are.

    >>> undo_data_url(b"data:image/png;base64,iVBO", where="-")
    b'\\x89PN'

    Raises:
        BadPicture: It is a `data:` address whose content is damaged.
    """
    if content[:5].lower() != STARTS:
        return content
    head, comma, text = content.partition(b",")
    if not comma:
        raise BadPicture("unreadable-image", where, "is a data: address without a comma")
    if not head.strip().lower().endswith(b";base64"):
        return unquote_to_bytes(text.strip())
    try:
        return base64.b64decode(b"".join(unquote_to_bytes(text).split()), validate=True)
    except ValueError as error:
        raise BadPicture("unreadable-image", where, "is a data: address whose base64 is damaged") from error
