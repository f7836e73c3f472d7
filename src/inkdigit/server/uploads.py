"""The bodies of `read` -> the JSON of its answers.

In: of each request the Content-Type and the body: a picture, or a form whose fields `image` hold pictures. Out: for
each its JSON, or the `Problem` that it is. Runs in a thread; knows nothing of connections.

One picture has the record that `inkdigit read --json` prints for it, and is a problem where it cannot be read. Of
several each has its own, in order, under `results`; one that cannot be read has an error there.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import NamedTuple

from inkdigit.errors import BadInput, printable
from inkdigit.pictures.decode import decode
from inkdigit.pictures.formats import DECLARED, format_of
from inkdigit.pictures.picture import Picture
from inkdigit.present.records import Record, failure_record, record
from inkdigit.reader import Reader
from inkdigit.server.answers import encoded
from inkdigit.server.limits import Limits
from inkdigit.server.multipart import media_type, parts
from inkdigit.server.problems import Problem, of_bad_input
from inkdigit.types import Page, Reading

FIELD = "image"
UNNAMED = "picture"
LONGEST_NAME = 255  # characters; a name is a label and nothing else
SMALL = 1 << 18
"""Values of a picture that is read together with others: 512x512 grey; of hundreds the pixels need 100 MB at most."""


class Upload(NamedTuple):
    """A picture as it was sent: a label, the type it was said to have, and its bytes."""

    name: str
    declared: str
    content: bytes


ReadUploads = Callable[[list[Upload]], list[Record | Problem]]


class Sent(NamedTuple):
    """A request as far as reading is concerned: its Content-Type and its body."""

    content_type: str
    body: bytes


def pages(reader: Reader, requests: Sequence[Sent], *, limits: Limits) -> list[bytes | Exception]:
    """Read every number of every picture of some requests.

    Args:
        reader: Reads them.
        requests: Each with one picture or more.
        limits: Of these `picture`, `pictures`, `parts` and `work`.

    Returns:
        For each request its JSON, or the `Problem` that it is.
    """
    return _answers(requests, limits, lambda uploads: _one_by_one(uploads, limits, reader.read))


def singles(reader: Reader, requests: Sequence[Sent], *, limits: Limits) -> list[bytes | Exception]:
    """Read the one digit of every picture of some requests, small pictures together.

    Args:
        reader: Reads them.
        requests: Each with one picture or more.
        limits: As for `pages`.

    Returns:
        For each request its JSON, or the `Problem` that it is.
    """
    return _answers(requests, limits, lambda uploads: _together(uploads, limits, reader))


def _answers(requests: Sequence[Sent], limits: Limits, read: ReadUploads) -> list[bytes | Exception]:
    taken = [_taken(sent, limits) for sent in requests]
    records = iter(read([one for uploads in taken if isinstance(uploads, list) for one in uploads]))
    return [
        _answer(uploads, list(islice(records, len(uploads)))) if isinstance(uploads, list) else uploads
        for uploads in taken
    ]


def _answer(uploads: list[Upload], records: list[Record | Problem]) -> bytes | Exception:
    """One picture's record or problem; of several a list, in which a picture that cannot be read has an error."""
    if len(records) == 1:
        return records[0] if isinstance(records[0], Problem) else encoded(records[0])
    late = [record for record in records if isinstance(record, Problem) and record.code == "deadline"]
    if late:
        return late[0]
    return encoded({
        "results": [
            failure_record(upload.name, code=record.code, message=record.detail)
            if isinstance(record, Problem)
            else record
            for upload, record in zip(uploads, records, strict=True)
        ]
    })  # fmt: skip


def _one_by_one(uploads: list[Upload], limits: Limits, read: Callable[[Picture], Page]) -> list[Record | Problem]:
    end = time.monotonic() + limits.work
    done: list[Record | Problem] = []
    for upload in uploads:
        if time.monotonic() > end:
            done.append(Problem("deadline", f"not done after {limits.work:g} s; send less at once"))
            continue
        picture = _decoded(upload, limits)
        done.append(picture if isinstance(picture, Problem) else _record(upload, read(picture)))
    return done


def _together(uploads: list[Upload], limits: Limits, reader: Reader) -> list[Record | Problem]:
    """Decode pictures and read the small ones at once; a large one is read before the next is decoded, for memory."""
    done: dict[int, Record | Problem] = {}
    small: dict[int, Picture] = {}
    for i, upload in enumerate(uploads):
        picture = _decoded(upload, limits)
        if isinstance(picture, Problem):
            done[i] = picture
        elif picture.pixels.size > SMALL:
            done[i] = _record(upload, reader.read_single(picture))
        else:
            small[i] = picture
    for i, reading in zip(small, reader.readings(list(small.values())), strict=True):
        done[i] = _record(uploads[i], reading)
    return [done[i] for i in range(len(uploads))]


def _decoded(upload: Upload, limits: Limits) -> Picture | Problem:
    if len(upload.content) > limits.picture:
        return Problem("too-large", f"{len(upload.content):,} bytes; the limit is {limits.picture:,}")
    try:
        return decode(upload.content, where=UNNAMED)
    except BadInput as error:
        return of_bad_input(error)


def _taken(sent: Sent, limits: Limits) -> list[Upload] | Problem:
    try:
        return _uploads(sent.content_type, sent.body, limits)
    except Problem as problem:
        return problem


def _uploads(content_type: str, body: bytes, limits: Limits) -> list[Upload]:
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith("image/") or kind == "application/octet-stream":
        return [Upload(UNNAMED, kind, body)]
    if kind != "multipart/form-data":
        got = f", not {printable(kind, limit=60)}" if kind else ""
        why = f'expected image/..., or multipart/form-data with the field "{FIELD}"{got}'
        raise Problem("unsupported-media-type", why)
    fields = [part for part in parts(content_type, body, most=limits.parts) if part.name == FIELD]
    if not fields:
        raise Problem("no-picture", f'the form has no field "{FIELD}"')
    if len(fields) > limits.pictures:
        raise Problem("too-many-pictures", f"{len(fields)} in one request; the limit is {limits.pictures}")
    return [
        Upload(_label(part.file), media_type(part.media_type or "")[0], part.content) for part in fields
    ]  # fmt: skip


def _label(name: str | None) -> str:
    return printable(name or UNNAMED, limit=LONGEST_NAME)


def _record(upload: Upload, read: Page | Reading) -> Record:
    return record(upload.name, _noted(read, upload))


def _noted(read: Page | Reading, upload: Upload) -> Page | Reading:
    """Say where a picture is of another format than it was said to be; the content decides."""
    declared, is_a = DECLARED.get(upload.declared), format_of(upload.content)
    if declared in {None, is_a} or is_a is None:
        return read
    remark = f"{is_a.name}, though sent as {upload.declared}"
    return replace(read, note=f"{read.note}; {remark}" if read.note else remark)
