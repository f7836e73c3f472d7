"""A request to `read` -> the pictures in it.

In: a picture as the body, a form whose fields `image` or `file` hold pictures, or JSON with one in base64. Out: each
with the name and the type that it was said to have, undecoded; or a `Problem`. Knows nothing of pictures.

A form is taken apart on the event loop, while it arrives: 8 MiB of whatever is worst for python-multipart take it
20 ms. A file of more than 1 MiB in a form waits in the folder for temporary files, without a name there.
"""

import base64
from typing import NamedTuple

from fastapi import Request
from pydantic import ValidationError
from starlette.datastructures import UploadFile

from inkdigit.errors import printable
from inkdigit.server.problems import Problem, of_validation, overloaded
from inkdigit.server.schemas import EncodedPicture
from inkdigit.server.settings import Limits

FIELDS = ("image", "file")
UNNAMED = "picture"
LONGEST_NAME = 255  # characters; a name is a label and nothing else


class Upload(NamedTuple):
    """A picture as it was sent: a label, the type it was said to have, and its bytes."""

    name: str
    declared: str
    content: bytes


async def uploads_of(request: Request) -> list[Upload]:
    """The pictures of a request, as a FastAPI dependency.

    Raises:
        Problem: "unsupported-media-type", "malformed-multipart", "malformed-json", "malformed-base64", "no-picture",
            "too-many-pictures".
    """
    kind = media_type_of(request)
    if kind == "multipart/form-data":
        return await _from_form(request, request.app.state.service.settings.limits)
    if kind == "application/json":
        return [from_text(await request.body())]
    if kind.startswith("image/") or kind == "application/octet-stream":
        return [Upload(UNNAMED, kind, await request.body())]
    got = f", not {printable(kind, limit=60)}" if kind else ""
    raise Problem("unsupported-media-type", f"expected image/..., multipart/form-data or application/json{got}")


def media_type_of(request: Request) -> str:
    """The one Content-Type of a request, without its parameters, in lower case; "" where it has none.

    Raises:
        Problem: It has several.
    """
    values = request.headers.getlist("content-type")
    if len(values) > 1:
        raise Problem("unsupported-media-type", "Content-Type is given twice")
    return _plain(values[0]) if values else ""


def from_text(body: bytes) -> Upload:
    """The picture in JSON.

    Raises:
        Problem: "malformed-json", "wrong-shape", or "malformed-base64": characters of another alphabet, line breaks,
            or no padding.
    """
    try:
        given = EncodedPicture.model_validate_json(body).image
    except ValidationError as error:
        raise of_validation(error) from None
    if body.count(b'"') > 4:
        raise Problem("malformed-json", "a key is given twice")
    head, _, text = given.partition(",") if given.startswith("data:") else ("", "", given)
    if head and not head.endswith(";base64"):
        raise Problem("malformed-base64", "expected data:image/...;base64, before the picture", pointer="/image")
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        why = "expected the alphabet of RFC 4648, section 4, with padding and without line breaks"
        raise Problem("malformed-base64", why, pointer="/image") from None
    return Upload(UNNAMED, _plain(head.removeprefix("data:")), content)


async def _from_form(request: Request, limits: Limits) -> list[Upload]:
    try:
        async with request.form(max_files=limits.parts, max_fields=limits.parts) as form:
            files = [file for name, file in form.multi_items() if name in FIELDS and not isinstance(file, str)]
            if not files:
                raise Problem("no-picture", f'the form has no file in a field "{FIELDS[0]}" or "{FIELDS[1]}"')
            if len(files) > limits.pictures:
                raise Problem("too-many-pictures", f"{len(files)} in one request; the limit is {limits.pictures}")
            return [await _from_file(file) for file in files]
    except OSError:  # no room for a temporary file
        raise overloaded() from None


async def _from_file(file: UploadFile) -> Upload:
    name = printable(file.filename or UNNAMED, limit=LONGEST_NAME)
    return Upload(name, _plain(file.content_type or ""), await file.read())


def _plain(content_type: str) -> str:
    return content_type.partition(";")[0].strip().lower()
