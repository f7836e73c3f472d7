"""The body of `classify` -> ink.

In: JSON `{"images": [...]}` of n x 28 x 28 numbers from 0 to 1, or n x 784 bytes, 0 paper to 255 ink. Out: ink
(n, 28, 28), or a `Problem` that says where the first fault is. Knows nothing of networks.
"""

import json
from collections.abc import Sequence
from typing import Any, NoReturn

import numpy as np
from pydantic_core import from_json

from inkdigit.server.problems import Problem
from inkdigit.types import Ink

SIDE, PIXELS = 28, 784
JSON, RAW = "application/json", "application/octet-stream"


def taken(content_type: str, body: bytes, *, most: int) -> Ink:
    """Ink from a body of either kind.

    Args:
        content_type: The header.
        body: All of it.
        most: So many images at most.

    Raises:
        Problem: "unsupported-media-type", or as `from_bytes` and `from_text`.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == RAW:
        return from_bytes(body, most=most)
    if kind == JSON:
        return from_text(body, most=most)
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
    images = _images(body)
    _check_count(len(images), most)
    # NumPy takes true for 1.
    ink = None if b"true" in body or b"false" in body else _array(images)
    if ink is None or ink.shape[1:] != (SIDE, SIDE) or not (ink.min() >= 0 and ink.max() <= 1):
        _point_out(images)
    return ink.astype(np.float32)


def _images(body: bytes) -> list[Any]:
    """The list under the one key. A good body has one string, its key: two quotation marks and no key twice."""
    if body.count(b'"') > 2:
        _point_out_key(body)
    try:
        document = from_json(body, allow_inf_nan=False)
    except (ValueError, RecursionError):
        raise _malformed(body) from None
    if not isinstance(document, dict) or document.keys() != {"images"}:
        raise Problem("wrong-shape", 'expected an object with the one key "images"', pointer="")
    images = document["images"]
    if not isinstance(images, list) or not images:
        raise Problem("wrong-shape", "expected a list of at least one image", pointer="/images")
    return images


def _array(images: list[Any]) -> Any:
    """The numbers as one array; None where they are no numbers or make no array."""
    try:
        array = np.array(images)
    except (ValueError, OverflowError):  # lists of different lengths, an integer of 400 digits
        return None
    numbers = array.dtype.kind in "if" and array.ndim == 3
    return array if numbers else None


def _point_out(images: list[Any]) -> NoReturn:
    """Find what is wrong, which only a refused body is searched for."""
    for i, image in enumerate(images):
        _check_list(image, f"/images/{i}", "rows")
        for y, row in enumerate(image):
            _check_list(row, f"/images/{i}/{y}", "numbers")
            for x, value in enumerate(row):
                if type(value) not in {int, float} or not 0 <= value <= 1:
                    shown = "null" if value is None else json.dumps(value)[:20] if _plain(value) else "a list"
                    raise Problem("wrong-value", f"expected a number from 0 to 1, got {shown}",
                                  pointer=f"/images/{i}/{y}/{x}")  # fmt: skip
    raise Problem("wrong-value", "expected numbers from 0 to 1", pointer="/images")


def _check_list(value: Any, pointer: str, of: str) -> None:
    if not isinstance(value, list) or len(value) != SIDE:
        got = f"a list of {len(value)}" if isinstance(value, list) else "something else"
        raise Problem("wrong-shape", f"expected a list of {SIDE} {of}, got {got}", pointer=pointer)


def _plain(value: object) -> bool:
    return isinstance(value, str | float | bool) or (isinstance(value, int) and abs(value) < 10**18)


def _point_out_key(body: bytes) -> None:
    """Refuse a key that is given twice; what else a body with more strings has is found later."""

    def without_twins(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in pairs}) < len(pairs):
            raise Problem("malformed-json", "a key is given twice")
        return dict(pairs)

    try:
        json.loads(body, object_pairs_hook=without_twins)
    except (ValueError, RecursionError):
        raise _malformed(body) from None


def _malformed(body: bytes) -> Problem:
    if body.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")) or b"\x00" in body[:4]:
        return Problem("malformed-json", "expected UTF-8 without a byte order mark")
    return Problem("malformed-json", "not JSON as RFC 8259 has it: a syntax error, NaN, or nested too deep")


def _check_brackets(body: bytes, most: int) -> None:
    """Refuse what could not be right before it is parsed: 8 MiB of empty lists would take 180 MB."""
    if body.count(b"{") > 1:
        raise Problem("wrong-shape", 'expected one object, with the key "images"', pointer="")
    if body.count(b"[") > 1 + most * (1 + SIDE):
        raise Problem("too-many-digits", f"more lists than {most:,} images have; that many are the limit")


def _check_count(count: int, most: int) -> None:
    if count > most:
        raise Problem("too-many-digits", f"{count:,} in one request; the limit is {most:,}")
