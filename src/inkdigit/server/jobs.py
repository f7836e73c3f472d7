"""What the threads do: some requests of one kind in, an answer for each out.

In: a reader, and the pictures or the ink of some requests. Out: for each request the model that is its answer, or the
`Problem` that it is. Knows nothing of connections.

One picture has the record that `inkdigit read --json` prints for it, and is a problem where it cannot be read. Of
several each has its own, in order, under `results`; one that cannot be read has an error there.
"""

import itertools
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice

import numpy as np

from inkdigit.errors import BadInput
from inkdigit.pictures.decode import Picture, decode
from inkdigit.pictures.formats import format_of
from inkdigit.present.records import DECIMALS, record
from inkdigit.reader import Reader
from inkdigit.server import schemas
from inkdigit.server.frames import SIDE, RawRequest, taken
from inkdigit.server.problems import Problem, of_bad_input
from inkdigit.server.settings import Limits
from inkdigit.server.uploads import UNNAMED, Upload
from inkdigit.types import Ink, Page, Predictions, Reading

SMALL = 1 << 18
"""Values of a picture that is read together with others: 512x512 grey; of hundreds the pixels need 100 MB at most."""

DECLARED = {"image/png": "PNG", "image/apng": "PNG", "image/jpeg": "JPEG", "image/jpg": "JPEG", "image/gif": "GIF",
            "image/webp": "WEBP", "image/bmp": "BMP", "image/tiff": "TIFF"}  # fmt: skip

NOTHING = np.zeros((0, SIDE, SIDE), np.float32)

One = schemas.Page | schemas.Reading
Answer = One | schemas.Results
ReadUploads = Callable[[list[Upload]], list[One | Problem]]


def pages(reader: Reader, requests: Sequence[list[Upload]], *, limits: Limits) -> list[Answer | Exception]:
    """Read every number of every picture of some requests.

    Args:
        reader: Reads them.
        requests: Each with one picture or more.
        limits: Of these `picture` and `work`.
    """
    return _answers(requests, lambda uploads: _one_by_one(uploads, limits, reader.read))


def singles(reader: Reader, requests: Sequence[list[Upload]], *, limits: Limits) -> list[Answer | Exception]:
    """Read the one digit of every picture of some requests, small pictures together; arguments as for `pages`."""
    return _answers(requests, lambda uploads: _together(uploads, limits, reader))


def classify(reader: Reader, requests: Sequence[RawRequest], *, limits: Limits) -> list[schemas.Readings | Exception]:
    """Recognise the digits of some requests at once.

    Args:
        reader: Recognises them.
        requests: Each with one digit or more.
        limits: Of these `frames`.
    """
    inks = [_ink(request, limits) for request in requests]
    good = [ink for ink in inks if not isinstance(ink, Problem)]
    predictions = reader.recognizer.classify(np.concatenate(good or [NOTHING]))
    ends = itertools.accumulate(0 if isinstance(ink, Problem) else len(ink) for ink in inks)
    return [
        ink if isinstance(ink, Problem) else readings(predictions[end - len(ink) : end])
        for ink, end in zip(inks, ends, strict=True)
    ]


def readings(predictions: Predictions) -> schemas.Readings:
    """What `reading_record` says of each digit, for a whole batch at once.

    >>> one = np.ones(1, np.float32)
    >>> readings(Predictions(np.uint8([7]), one, one < 0, np.eye(10, dtype=np.float32)[7:8])).results[0].digit
    7
    """
    rows = zip(
        predictions.digit.tolist(),
        predictions.confidence.astype(float).round(DECIMALS).tolist(),
        predictions.unsure.tolist(),
        predictions.probabilities.astype(float).round(DECIMALS).tolist(),
        strict=True,
    )
    # Not validated: of ten thousand digits that would take 20 ms, and the numbers come from our own network.
    return schemas.Readings.model_construct(
        results=[
            schemas.Reading.model_construct(
                file=f"images#{i}", digit=digit, confidence=confidence, unsure=unsure, probabilities=each, note=None
            )
            for i, (digit, confidence, unsure, each) in enumerate(rows)
        ]
    )


def _ink(request: RawRequest, limits: Limits) -> Ink | Problem:
    try:
        return taken(request, most=limits.frames)
    except Problem as problem:
        return problem


def _answers(requests: Sequence[list[Upload]], read: ReadUploads) -> list[Answer | Exception]:
    """Read the pictures of all requests as one list, and deal out what was read."""
    records = iter(read([one for uploads in requests for one in uploads]))
    return [_answer(uploads, list(islice(records, len(uploads)))) for uploads in requests]


def _answer(uploads: list[Upload], records: list[One | Problem]) -> Answer | Exception:
    """One picture's record or problem; of several a list, in which a picture that cannot be read has an error."""
    if len(records) == 1:
        return records[0]
    late = [record for record in records if isinstance(record, Problem) and record.code == "deadline"]
    if late:
        return late[0]
    return schemas.Results(
        results=[
            schemas.Failure(file=upload.name, error=schemas.Fault(code=record.code, message=record.detail))
            if isinstance(record, Problem)
            else record
            for upload, record in zip(uploads, records, strict=True)
        ]
    )


def _one_by_one(uploads: list[Upload], limits: Limits, read: Callable[[Picture], Page]) -> list[One | Problem]:
    end = time.monotonic() + limits.work
    done: list[One | Problem] = []
    for upload in uploads:
        if time.monotonic() > end:
            done.append(Problem("deadline", f"not done after {limits.work:g} s; send less at once"))
            continue
        picture = _decoded(upload, limits)
        done.append(picture if isinstance(picture, Problem) else _record(upload, read(picture)))
    return done


def _together(uploads: list[Upload], limits: Limits, reader: Reader) -> list[One | Problem]:
    """Decode pictures and read the small ones at once; a large one is read before the next is decoded, for memory."""
    done: dict[int, One | Problem] = {}
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


def _record(upload: Upload, read: Page | Reading) -> One:
    model = schemas.Page if isinstance(read, Page) else schemas.Reading
    return model.model_validate(record(upload.name, _noted(read, upload)))


def _noted(read: Page | Reading, upload: Upload) -> Page | Reading:
    """Say where a picture is of another format than it was said to be; the content decides."""
    declared, is_a = DECLARED.get(upload.declared), format_of(upload.content)
    if declared in {None, is_a}:
        return read
    remark = f"{is_a}, though sent as {upload.declared}"
    return replace(read, note=f"{read.note}; {remark}" if read.note else remark)
