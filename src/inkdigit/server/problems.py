"""What a client is told when it is refused: problem+json, RFC 9457.

In: a code and a detail. Out: the response. A permanent fault of the input is 4xx: clients repeat what is 5xx.
"""

import random

from fastapi import Request, Response
from pydantic import ValidationError
from pydantic_core import to_json
from starlette.exceptions import HTTPException

from inkdigit.errors import printable

MEDIA_TYPE = "application/problem+json"
LONGEST_DETAIL = 300  # characters
OF_VALUES = {"greater_than_equal", "less_than_equal", "finite_number", "float_type"}
"""What Pydantic calls a wrong value; its other errors are about the shape."""

STATUS = {
    code: status
    for status, codes in {
        400: "bad-request malformed-json malformed-base64 malformed-multipart",
        401: "token-required",
        403: "host-not-allowed origin-not-allowed",
        404: "not-found no-page",
        405: "method-not-allowed",
        408: "body-timeout",
        413: "body-too-large too-large too-many-pixels too-many-pictures too-many-digits",
        414: "url-too-long",
        415: "unsupported-media-type unsupported-encoding unsupported-format",
        422: "bad-parameter empty-file no-picture too-small truncated unreadable-image wrong-shape wrong-value",
        431: "headers-too-large",
        500: "internal",
        503: "overloaded draining",
        504: "deadline",
    }.items()
    for code in codes.split()
}
"""The HTTP status of each type of problem."""


class Problem(Exception):
    """A refusal on its way to the client; `Observability`, the outermost layer, answers it.

    `detail` says in one line what is wrong with this request, with numbers; `pointer` where in a JSON body, as RFC
    6901 writes it; `allow` which methods there are instead; `close` that the connection cannot be used again.
    """

    def __init__(
        self, code: str, detail: str, *, pointer: str | None = None, allow: str | None = None, close: bool = False
    ) -> None:
        super().__init__(f"{code}: {detail}")
        self.code, self.detail, self.pointer, self.allow, self.close = code, detail, pointer, allow, close
        self.status = STATUS[code]

    def response(self, request_id: str) -> Response:
        """The answer with the JSON of RFC 9457 and the id of the request."""
        record = {
            "type": f"/problems/{self.code}",
            "title": self.code.replace("-", " ").capitalize(),
            "status": self.status,
            "detail": printable(self.detail, limit=LONGEST_DETAIL),
            "request_id": request_id,
        }
        if self.pointer is not None:
            record["pointer"] = self.pointer
        headers = {
            "allow": self.allow,
            "connection": "close" if self.close else None,
            "retry-after": str(random.randint(1, 3)) if self.status == 503 else None,  # not all come back at once
            "www-authenticate": "Bearer" if self.status == 401 else None,
        }
        given = {name: value for name, value in headers.items() if value is not None}
        return Response(to_json(record), self.status, given, media_type=MEDIA_TYPE)


def overloaded() -> Problem:
    """There is more to do than can be done."""
    return Problem("overloaded", "too many requests at once; try again in a moment")


def of_validation(error: ValidationError) -> Problem:
    """The problem that JSON of another shape is, with a pointer to its place.

    Of two shapes that are allowed, Pydantic tells what each of them misses: that is meant which got furthest, and a
    number out of range or a list of the wrong length rather than no list at all.
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
    return Problem(
        "malformed-json", "not JSON as RFC 8259 has it: syntax, NaN, no UTF-8, a byte order mark, or too deep"
    )


async def translate(request: Request, error: Exception) -> Response:
    """Raise what FastAPI and Starlette refuse as the problem that it is."""
    if isinstance(error, HTTPException) and error.status_code == 405:
        # FastAPI's routes do not know HEAD, which `Observability` makes a GET of.
        allow = (error.headers or {}).get("Allow", "").replace("GET", "GET, HEAD")
        raise Problem("method-not-allowed", f"expected {allow}", allow=allow) from error
    if isinstance(error, HTTPException):  # of a form; there is no other
        raise Problem("malformed-multipart", error.detail) from error
    raise Problem("bad-parameter", "single must be true or false") from error
