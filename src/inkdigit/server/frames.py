"""The body of `classify` -> ink.

In: JSON, `{"images": [...]}` of n x 28 x 28 or n x 784 numbers from 0 to 1 or from 0 to 255; or n x 784 bytes, 0
paper to 255 ink. Out: ink (n, 28, 28), or a `Problem` that says where the first fault is. Knows nothing of networks.
"""

from typing import Any, NamedTuple

import numpy as np
from pydantic import ValidationError
from pydantic_core import from_json

from inkdigit.server.problems import Problem, of_validation
from inkdigit.server.schemas import Frames
from inkdigit.types import Ink

SIDE, PIXELS = 28, 784
JSON, RAW = "application/json", "application/octet-stream"


class RawRequest(NamedTuple):
    """A request as far as its content is concerned: the media type, in lower case, and the body."""

    media_type: str
    body: bytes


def taken(request: RawRequest, *, most: int) -> Ink:
    """Ink from a body of either type.

    Args:
        request: The media type and the body.
        most: So many images at most.

    Raises:
        Problem: "unsupported-media-type", or as `from_bytes` and `from_text`.
    """
    if request.media_type == RAW:
        return from_bytes(request.body, most=most)
    if request.media_type == JSON:
        return from_text(request.body, most=most)
    raise Problem("unsupported-media-type", f"expected {JSON} or {RAW}")


def from_bytes(body: bytes, *, most: int) -> Ink:
    """Ink from raw bytes.

    Raises:
        Problem: "wrong-shape" or "too-many-digits".
    """
    if not body or len(body) % PIXELS:
        raise Problem("wrong-shape", f"{len(body):,} bytes are no multiple of {PIXELS}, one per pixel of 28x28")
    _check_count(len(body) // PIXELS, most)
    return np.frombuffer(body, np.uint8).reshape(-1, SIDE, SIDE).astype(np.float32) / np.float32(255)


def from_text(body: bytes, *, most: int) -> Ink:
    """Ink from JSON.

    Raises:
        Problem: "malformed-json", "wrong-shape", "wrong-value" or "too-many-digits"; with a pointer.
    """
    _check_brackets(body, most)
    try:
        document = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise Problem("malformed-json", "not JSON as RFC 8259 has it: a syntax error, NaN, an encoding other than "
                      "UTF-8 without a byte order mark, or nested too deep") from None  # fmt: skip
    if body.count(b'"') > 2 and isinstance(document, dict) and len(document) == 1:
        raise Problem("malformed-json", "a key is given twice, or a text stands where numbers should")
    _check_images(document, most)
    # NumPy takes true for 1.
    images = None if b"true" in body or b"false" in body else _array(document)
    if images is None:
        try:  # whatever NumPy did not like at once: the model has the last word, and says what is wrong
            images = np.array(Frames.model_validate(document).images, np.float32)
        except ValidationError as error:
            raise of_validation(error) from None
    ink = images.reshape(-1, SIDE, SIDE).astype(np.float32)
    return ink / np.float32(255) if ink.max() > 1 else ink


def _array(document: Any) -> Any:
    """The numbers of a good document as one array, in a third of the time that the model needs, without a float for
    each; None where they may be no numbers, make no array, or are out of range.
    """
    try:
        array = np.array(document["images"])
    except (TypeError, KeyError, ValueError, OverflowError):  # no dict; lists of different lengths; 400 digits
        return None
    good = array.dtype.kind in "if" and array.size and array.shape[1:] in {(SIDE, SIDE), (PIXELS,)}
    return array if good and document.keys() == {"images"} and array.min() >= 0 and array.max() <= 255 else None


def _check_brackets(body: bytes, most: int) -> None:
    """Refuse what could not be right before it is parsed: 8 MiB of empty lists would take 180 MB."""
    if body.count(b"{") > 1:
        raise Problem("wrong-shape", 'expected one object, with the key "images"', pointer="")
    if body.count(b"[") > 1 + most * (1 + SIDE):
        raise Problem("too-many-digits", f"more lists than {most:,} images have; that many are the limit")


def _check_images(document: Any, most: int) -> None:
    images = document.get("images") if isinstance(document, dict) else None
    if isinstance(images, list):
        _check_count(len(images), most)


def _check_count(count: int, most: int) -> None:
    if count > most:
        raise Problem("too-many-digits", f"{count:,} in one request; the limit is {most:,}")
