"""The parts of a multipart/form-data body that is whole in memory.

In: the Content-Type and the body. Out: the parts, each with its name, the file's name, its own type and its
bytes. Reads no file and writes none. Source: RFC 7578, and RFC 2046, section 5.1.1.

A body of 8 MiB is cut with `bytes.split`, so what it is made of, CRLFs for instance, costs nothing more.
"""

import re
from typing import NamedTuple, NoReturn

from inkdigit.server.problems import Problem

LONGEST_BOUNDARY = 70  # RFC 2046
MOST_HEADERS, LONGEST_HEADERS = 8, 4096  # of a part: number, and bytes of all
PARAMETER = re.compile(r';[ \t]*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)[ \t]*=[ \t]*(?:"((?:[^"\\]|\\.)*)"|([^;"\s]+))[ \t]*')
BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")


class Part(NamedTuple):
    """One field of a form; `file` and `media_type` are None where the client did not say them."""

    name: str
    file: str | None
    media_type: str | None
    content: bytes


def media_type(value: str) -> tuple[str, dict[str, str]]:
    """Split a header such as Content-Type in its value and its parameters, both in lower case but for their values.

    >>> media_type('Form-Data; name="a\\\\"b"; filename=x.png')
    ('form-data', {'name': 'a"b', 'filename': 'x.png'})
    """
    head, semicolon, rest = value.partition(";")
    parameters: dict[str, str] = {}
    at, rest = 0, semicolon + rest
    while at < len(rest):
        match = PARAMETER.match(rest, at)
        if not match:
            break
        name, quoted, plain = match.groups()
        # Browsers write " as %22; a backslash escapes only itself and ", since paths of Windows have them bare.
        text = plain if quoted is None else re.sub(r'\\(["\\])', r"\1", quoted)
        parameters.setdefault(name.lower(), text)
        at = match.end()
    return head.strip().lower(), parameters


def parts(content_type: str, body: bytes, *, most: int) -> list[Part]:
    """Take a form apart.

    Args:
        content_type: The header with its boundary.
        body: All of it.
        most: So many parts at most.

    Raises:
        Problem: "malformed-multipart".
    """
    delimiter = b"\r\n--" + _boundary(content_type)
    pieces = (b"\r\n" + body).split(delimiter, most + 2)
    if len(pieces) < 2:
        _refuse("the boundary of Content-Type is not in the body")
    found: list[Part] = []
    for piece in pieces[1:]:
        if piece.startswith(b"--"):
            return found
        if len(found) == most:
            _refuse(f"more than {most} parts")
        found.append(_part(piece))
    raise _malformed("ends early: the last boundary is missing")


def _boundary(content_type: str) -> bytes:
    boundary = media_type(content_type)[1].get("boundary", "")
    if not BOUNDARY.fullmatch(boundary):
        _refuse(f"Content-Type needs a boundary of 1 to {LONGEST_BOUNDARY} characters")
    return boundary.encode()


def _part(piece: bytes) -> Part:
    """A part, from behind its boundary to before the next."""
    padding, _, rest = piece.partition(b"\r\n")
    if padding.strip(b" \t"):
        _refuse("something stands behind a boundary")
    end = rest.find(b"\r\n\r\n", 0, LONGEST_HEADERS)
    if end < 0:
        _refuse(f"a part without headers, or with more than {LONGEST_HEADERS:,} bytes of them")
    headers = _headers(rest[:end])
    kind, parameters = media_type(headers.get("content-disposition", ""))
    if kind != "form-data" or "name" not in parameters:
        _refuse('a part without "Content-Disposition: form-data; name=..."')
    return Part(parameters["name"], parameters.get("filename"), headers.get("content-type"), rest[end + 4 :])


def _headers(block: bytes) -> dict[str, str]:
    lines = block.decode("utf-8", "replace").split("\r\n")
    if len(lines) > MOST_HEADERS:
        _refuse(f"a part with more than {MOST_HEADERS} headers")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or name.lower() in headers:
            _refuse("a part whose headers are not Name: value, each once")
        headers[name.lower()] = value.strip()
    return headers


def _refuse(why: str) -> NoReturn:
    raise _malformed(why)


def _malformed(why: str) -> Problem:
    return Problem("malformed-multipart", why)
