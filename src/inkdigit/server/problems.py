"""What a client is told when it is refused: problem+json, RFC 9457.

In: a code and a detail. Out: a status, headers and the bytes of the answer. A permanent fault of the input is
4xx, never 5xx, since clients repeat those. Never holds what a library said.
"""

import json
import random
from typing import NamedTuple

from inkdigit.errors import BadInput, BadPicture, printable

MEDIA_TYPE = b"application/problem+json"
LONGEST_DETAIL = 300  # characters


class Kind(NamedTuple):
    """The HTTP status of a kind of problem, and its title."""

    status: int
    title: str


KINDS: dict[str, Kind] = {
    "bad-request": Kind(400, "Not a valid HTTP request"),
    "malformed-json": Kind(400, "Not valid JSON"),
    "malformed-multipart": Kind(400, "Not a valid multipart body"),
    "token-required": Kind(401, "Token missing or wrong"),
    "host-not-allowed": Kind(403, "Host not allowed"),
    "origin-not-allowed": Kind(403, "Origin not allowed"),
    "not-found": Kind(404, "Nothing at this path"),
    "no-page": Kind(404, "The page is not part of this installation"),
    "method-not-allowed": Kind(405, "Method not allowed"),
    "body-timeout": Kind(408, "Request not received in time"),
    "body-too-large": Kind(413, "Body too large"),
    "too-large": Kind(413, "Picture file too large"),
    "too-many-pixels": Kind(413, "Picture has too many pixels"),
    "too-many-pictures": Kind(413, "Too many pictures"),
    "too-many-digits": Kind(413, "Too many digits"),
    "url-too-long": Kind(414, "URL too long"),
    "unsupported-media-type": Kind(415, "Content type not accepted"),
    "unsupported-encoding": Kind(415, "Content encoding not accepted"),
    "unsupported-format": Kind(415, "Picture format not accepted"),
    "bad-parameter": Kind(422, "Parameter has no meaning"),
    "empty-file": Kind(422, "Picture file is empty"),
    "no-picture": Kind(422, "No picture in the request"),
    "too-small": Kind(422, "Picture too small"),
    "truncated": Kind(422, "Picture file ends early"),
    "unreadable-image": Kind(422, "Picture file is damaged"),
    "wrong-shape": Kind(422, "Digits of the wrong shape"),
    "wrong-value": Kind(422, "Value out of range"),
    "headers-too-large": Kind(431, "Headers too large"),
    "internal": Kind(500, "Internal error"),
    "overloaded": Kind(503, "Too busy"),
    "draining": Kind(503, "Stopping"),
    "deadline": Kind(504, "Took too long"),
}


class Problem(Exception):
    """A refusal on its way to the client.

    Args:
        code: One of `KINDS`.
        detail: What is wrong with this request, with numbers, in one line.
        pointer: Where in a JSON body, as RFC 6901 writes it: "/images/0/3".
        headers: More headers of the answer.
        close: Whether the connection cannot be used again.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        pointer: str | None = None,
        headers: tuple[tuple[bytes, bytes], ...] = (),
        close: bool = False,
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.pointer, self.close = code, detail, pointer, close
        self._headers = headers

    @property
    def status(self) -> int:
        """The HTTP status."""
        return KINDS[self.code].status

    def body(self, request_id: str) -> bytes:
        """The JSON of RFC 9457 with the id of the request."""
        record = {
            "type": f"/problems/{self.code}",
            "title": KINDS[self.code].title,
            "status": self.status,
            "detail": printable(self.detail, limit=LONGEST_DETAIL),
            "request_id": request_id,
        }
        return json.dumps(record if self.pointer is None else {**record, "pointer": self.pointer}).encode()

    def headers(self, length: int) -> list[tuple[bytes, bytes]]:
        """The headers that belong to the answer with a body of so many bytes."""
        headers = [(b"content-type", MEDIA_TYPE), (b"content-length", b"%d" % length), *self._headers]
        if self.status == 401:
            headers.append((b"www-authenticate", b"Bearer"))
        if self.status == 503:
            headers.append((b"retry-after", b"%d" % random.randint(1, 3)))  # so that not all come back at once
        if self.close:
            headers.append((b"connection", b"close"))
        return headers


def of_bad_input(error: BadInput) -> Problem:
    """The problem that a picture which cannot be read is; its name is the client's own and left out."""
    code = error.code if isinstance(error, BadPicture) and error.code in KINDS else "unreadable-image"
    return Problem(code, error.why)


def internal() -> Problem:
    """The problem of our own making: the log has more, under the same id."""
    return Problem("internal", "this is a fault of the service; its log has more under this request_id")
