"""What a client is told when it is refused: problem+json, RFC 9457.

In: a code and a detail. Out: the response. A permanent fault of the input is 4xx, never 5xx, since clients repeat
those. Never holds what a library said.
"""

import json
import random
from typing import NamedTuple

from fastapi import Request, Response
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from inkdigit.errors import BadInput, BadPicture, printable

MEDIA_TYPE = "application/problem+json"
LONGEST_DETAIL = 300  # characters
OF_VALUES = {"greater_than_equal", "less_than_equal", "finite_number", "float_type"}
"""What Pydantic calls a wrong value; its other errors are about the shape."""


class ProblemType(NamedTuple):
    """The HTTP status of a type of problem, and its title."""

    status: int
    title: str


TYPES: dict[str, ProblemType] = {
    "bad-request": ProblemType(400, "Not a valid HTTP request"),
    "malformed-json": ProblemType(400, "Not valid JSON"),
    "malformed-base64": ProblemType(400, "Not valid base64"),
    "malformed-multipart": ProblemType(400, "Not a valid multipart body"),
    "token-required": ProblemType(401, "Token missing or wrong"),
    "host-not-allowed": ProblemType(403, "Host not allowed"),
    "origin-not-allowed": ProblemType(403, "Origin not allowed"),
    "not-found": ProblemType(404, "Nothing at this path"),
    "no-page": ProblemType(404, "The page is not part of this installation"),
    "method-not-allowed": ProblemType(405, "Method not allowed"),
    "body-timeout": ProblemType(408, "Request not received in time"),
    "body-too-large": ProblemType(413, "Body too large"),
    "too-large": ProblemType(413, "Picture file too large"),
    "too-many-pixels": ProblemType(413, "Picture has too many pixels"),
    "too-many-pictures": ProblemType(413, "Too many pictures"),
    "too-many-digits": ProblemType(413, "Too many digits"),
    "url-too-long": ProblemType(414, "URL too long"),
    "unsupported-media-type": ProblemType(415, "Content type not accepted"),
    "unsupported-encoding": ProblemType(415, "Content encoding not accepted"),
    "unsupported-format": ProblemType(415, "Picture format not accepted"),
    "bad-parameter": ProblemType(422, "Parameter has no meaning"),
    "empty-file": ProblemType(422, "Picture file is empty"),
    "no-picture": ProblemType(422, "No picture in the request"),
    "too-small": ProblemType(422, "Picture too small"),
    "truncated": ProblemType(422, "Picture file ends early"),
    "unreadable-image": ProblemType(422, "Picture file is damaged"),
    "wrong-shape": ProblemType(422, "JSON of another shape"),
    "wrong-value": ProblemType(422, "Value out of range"),
    "headers-too-large": ProblemType(431, "Headers too large"),
    "internal": ProblemType(500, "Internal error"),
    "overloaded": ProblemType(503, "Too busy"),
    "draining": ProblemType(503, "Stopping"),
    "deadline": ProblemType(504, "Took too long"),
}


class Problem(Exception):
    """A refusal on its way to the client; `Observability`, the outermost layer, answers it.

    Args:
        code: One of `TYPES`.
        detail: What is wrong with this request, with numbers, in one line.
        pointer: Where in a JSON body, as RFC 6901 writes it: "/images/0/3".
        allow: The methods that there are instead.
        close: Whether the connection cannot be used again.
    """

    def __init__(
        self, code: str, detail: str, *, pointer: str | None = None, allow: str | None = None, close: bool = False
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.pointer, self.allow, self.close = code, detail, pointer, allow, close

    @property
    def status(self) -> int:
        """The HTTP status."""
        return TYPES[self.code].status

    def response(self, request_id: str) -> Response:
        """The answer with the JSON of RFC 9457 and the id of the request."""
        record = {
            "type": f"/problems/{self.code}",
            "title": TYPES[self.code].title,
            "status": self.status,
            "detail": printable(self.detail, limit=LONGEST_DETAIL),
            "request_id": request_id,
        }
        headers = {
            "allow": self.allow,
            "connection": "close" if self.close else None,
            "retry-after": str(random.randint(1, 3)) if self.status == 503 else None,  # not all come back at once
            "www-authenticate": "Bearer" if self.status == 401 else None,
        }
        return Response(
            json.dumps(record if self.pointer is None else {**record, "pointer": self.pointer}),
            self.status,
            {name: value for name, value in headers.items() if value is not None},
            media_type=MEDIA_TYPE,
        )


def overloaded() -> Problem:
    """There is more to do than can be done."""
    return Problem("overloaded", "too many requests at once; try again in a moment")


def of_bad_input(error: BadInput) -> Problem:
    """The problem that a picture which cannot be read is; its name is the client's own and left out."""
    code = error.code if isinstance(error, BadPicture) and error.code in TYPES else "unreadable-image"
    return Problem(code, error.why)


def of_validation(error: ValidationError) -> Problem:
    """The problem that JSON of another shape is, with a pointer to its place.

    Where a value may have one of two shapes, Pydantic tells what each of them misses. The one that got furthest is
    meant, and one with a number out of range or a list of the wrong length rather than one with no list at all.
    """
    errors = error.errors(include_url=False, include_context=False, include_input=False)
    places = [tuple(part for part in one["loc"] if isinstance(part, int)) for one in errors]
    best = max(range(len(errors)), key=lambda i: (not errors[i]["type"].endswith("_type"), places[i]))
    kind, field, says = errors[best]["type"], errors[best]["loc"][:1], errors[best]["msg"].lower()
    if kind == "json_invalid":
        return malformed_json()
    pointer = "".join(f"/{part}" for part in (*field, *places[best])) if kind != "extra_forbidden" else ""
    return Problem("wrong-value" if kind in OF_VALUES else "wrong-shape", says, pointer=pointer)


def malformed_json() -> Problem:
    """What no parser of JSON takes."""
    why = "a syntax error, NaN, an encoding other than UTF-8 without a byte order mark, or nested too deep"
    return Problem("malformed-json", f"not JSON as RFC 8259 has it: {why}")


async def translate(request: Request, error: Exception) -> Response:
    """Raise what FastAPI and Starlette refuse as the problem that it is."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        # FastAPI's routes do not know HEAD, which `Observability` makes a GET of.
        allow = (error.headers or {}).get("Allow", "").replace("GET", "GET, HEAD")
        raise Problem("method-not-allowed", f"expected {allow}", allow=allow) from error
    if isinstance(error, HTTPException):  # of a form; there is no other
        raise Problem("malformed-multipart", error.detail) from error
    raise Problem("bad-parameter", "single must be true or false") from error
