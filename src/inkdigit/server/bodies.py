"""The body of a request -> the pictures or the ink in it.

In: for `read` a picture, a form with pictures, or JSON with one in base64; for `classify` JSON or bytes. Out: each
picture, undecoded, with the name and the type that it was said to have; or ink (n, 28, 28); or a `Problem`.

A form is taken apart on the event loop: 8 MiB of whatever is worst for python-multipart take it 20 ms. A file of more
than 1 MiB in a form waits in the folder for temporary files, without a name there.
"""

import base64
from typing import Any, NamedTuple

import numpy as np
from fastapi import Request
from pydantic import ValidationError
from pydantic_core import from_json
from python_multipart.exceptions import FormParserError
from starlette.datastructures import UploadFile

from inkdigit.errors import printable
from inkdigit.pictures.formats import DECLARED
from inkdigit.server.problems import Problem, malformed_json, of_validation, overloaded
from inkdigit.server.schemas import EncodedPicture, Frames
from inkdigit.server.settings import Limits
from inkdigit.types import Ink

SIDE, PIXELS = 28, 784
JSON, RAW = "application/json", "application/octet-stream"
FIELDS = ("image", "file")
UNNAMED = "picture"  # a name is a label and nothing else


class Upload(NamedTuple):
    """A picture as it was sent: a label, the type it was said to have, and its bytes."""

    name: str
    declared: str
    content: bytes


class RawRequest(NamedTuple):
    """A request as far as its content is concerned: the media type, in lower case, and the body."""

    media_type: str
    body: bytes


async def uploads_of(request: Request) -> list[Upload]:
    """The pictures of a request, as a FastAPI dependency; whatever is wrong with them as a request is a `Problem`."""
    kind = media_type_of(request)
    if kind == "multipart/form-data":
        return await _from_form(request, request.app.state.service.settings.limits)
    if kind == JSON:
        return [upload_from_text(await request.body())]
    if kind.startswith("image/") or kind in DECLARED or kind == RAW:
        return [Upload(UNNAMED, kind, await request.body())]
    got = f", not {printable(kind, limit=60)}" if kind else ""
    raise Problem("unsupported-media-type", f"expected image/..., multipart/form-data or {JSON}{got}")


def media_type_of(request: Request) -> str:
    """The Content-Type of a request, without its parameters, in lower case; "" where there is none, or several."""
    values = request.headers.getlist("content-type")
    return _plain(values[0]) if len(values) == 1 else ""


def upload_from_text(body: bytes) -> Upload:
    """The picture in JSON; raises "malformed-json", "wrong-shape" or "malformed-base64"."""
    try:
        given = EncodedPicture.model_validate_json(body).image
    except ValidationError as error:
        raise of_validation(error) from None
    if body.count(b'"') > 4:
        raise Problem("malformed-json", "a key is given twice")
    head, _, text = given.partition(",") if given.startswith("data:") else (";base64", "", given)
    try:
        content = base64.b64decode(text, validate=True)
    except ValueError:
        head = ""
    if not head.endswith(";base64"):
        why = "expected RFC 4648, section 4, with padding and without line breaks, or data:image/...;base64, before it"
        raise Problem("malformed-base64", why, pointer="/image")
    return Upload(UNNAMED, _plain(head.removeprefix("data:")), content)


def ink_of(request: RawRequest, *, most: int) -> Ink | Problem:
    """Ink of at most so many images; or why there is none."""
    try:
        if request.media_type == RAW:
            return ink_from_bytes(request.body, most=most)
        if request.media_type == JSON:
            return ink_from_text(request.body, most=most)
        return Problem("unsupported-media-type", f"expected {JSON} or {RAW}")
    except Problem as problem:
        return problem


def ink_from_bytes(body: bytes, *, most: int) -> Ink:
    """Ink from n x 784 bytes, 0 paper to 255 ink; raises "wrong-shape" or "too-many-digits"."""
    if not body or len(body) % PIXELS:
        raise Problem("wrong-shape", f"{len(body):,} bytes are no multiple of {PIXELS}, one per pixel of 28x28")
    _check_count(len(body) // PIXELS, most)
    return np.frombuffer(body, np.uint8).reshape(-1, SIDE, SIDE).astype(np.float32) / np.float32(255)


def ink_from_text(body: bytes, *, most: int) -> Ink:
    """Ink from `{"images": [...]}`, of n x 28 x 28 or n x 784 numbers from 0 to 1, or from 0 to 255 if any is above 1.

    Raises "malformed-json", "wrong-shape", "wrong-value" or "too-many-digits", with a pointer to the first fault.
    """
    # Before it is parsed: 8 MiB of empty lists would take 180 MB. A good body has one object, and 29 lists an image.
    _check_count((body.count(b"[") - 1 + body.count(b"{") - 1) // (1 + SIDE), most)
    try:
        document = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise malformed_json() from None
    images = _array(document, body)
    if images is None:  # whatever NumPy did not like at once: the model has the last word, and says what is wrong
        try:
            images = np.array(Frames.model_validate(document).images, np.float32)
        except ValidationError as error:
            raise of_validation(error) from None
    if body.count(b'"') > 2:  # a good body has one text, its key
        raise Problem("malformed-json", "a key is given twice")
    _check_count(len(images), most)
    ink: Ink = images.reshape(-1, SIDE, SIDE).astype(np.float32)
    return ink / np.float32(255) if ink.max() > 1 else ink


async def _from_form(request: Request, limits: Limits) -> list[Upload]:
    # python-multipart lets pass that the last boundary is missing, and the last file with it.
    if not (await request.body()).rstrip(b"\r\n").endswith(b"--"):
        raise Problem("malformed-multipart", "ends early: the last boundary is missing")
    try:
        async with request.form(max_files=limits.parts, max_fields=limits.parts) as form:
            files = [one for name, one in form.multi_items() if name in FIELDS and isinstance(one, UploadFile)]
            if not files:
                raise Problem("no-picture", f'the form has no file in a field "{FIELDS[0]}" or "{FIELDS[1]}"')
            if len(files) > limits.pictures:
                raise Problem("too-many-pictures", f"{len(files)} in one request; the limit is {limits.pictures}")
            return [
                Upload(printable(one.filename or UNNAMED, limit=255), _plain(one.content_type), await one.read())
                for one in files
            ]
    except FormParserError as error:  # Starlette 1.6 lets it through, 1.10 does not
        raise Problem("malformed-multipart", str(error)) from error
    except OSError:  # no room for a temporary file
        raise overloaded() from None


def _plain(content_type: str | None) -> str:
    return (content_type or "").partition(";")[0].strip().lower()


def _array(document: Any, body: bytes) -> Any:
    """The numbers of a good document as one array; None where there may be something wrong with them.

    In a third of the time that the model needs, and without a float for each number: 8 MiB of zeros would take 300 MB.
    """
    try:
        array = np.array(document["images"])
    except (TypeError, KeyError, ValueError, OverflowError):  # no object; lists of different lengths; 400 digits
        return None
    is_ink = array.dtype.kind in "if" and array.size and array.shape[1:] in {(SIDE, SIDE), (PIXELS,)}
    in_range = is_ink and array.min() >= 0 and array.max() <= 255
    # NumPy takes true for 1.
    return array if in_range and len(document) == 1 and b"true" not in body and b"false" not in body else None


def _check_count(count: int, most: int) -> None:
    if count > most:
        raise Problem("too-many-digits", f"{count:,} in one request; the limit is {most:,}")
