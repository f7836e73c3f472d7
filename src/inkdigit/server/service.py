"""What a running service does: requests in, the JSON of their answers out; and all that they share.

In: a model that is open, and settings. Out: a `Service`, handed to every layer. Small requests for digits are done
together with others that wait; a page, or much at once, is work enough by itself and has threads of its own.
"""

import itertools
import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from pydantic_core import to_json

from inkdigit.errors import BadPicture
from inkdigit.pictures.decode import decode
from inkdigit.pictures.formats import DECLARED, format_of, is_isolated
from inkdigit.pictures.picture import Picture
from inkdigit.present.records import Record, failure_record, reading_records, record
from inkdigit.server.batching import Batcher, BatchJob
from inkdigit.server.bodies import SIDE, UNNAMED, RawRequest, Upload, ink_of
from inkdigit.server.metrics import Metrics
from inkdigit.server.model import Served
from inkdigit.server.problems import STATUS, Problem
from inkdigit.server.settings import Settings
from inkdigit.types import Page, Reading
from inkdigit.version import __version__

TOGETHER = 32
"""Requests at once: one digit takes 0.65 ms, of 8 each 0.36, of 16 each 0.31 (cnn, one core). More wait only under too
much load: with 32 instead of 16 a core at twice what it bears answers some per cent more."""

SMALL = 1 << 16  # bytes of a request that is done together with others
SMALL_PICTURE = 1 << 18
"""Values of a picture that is read together with others: 512x512 grey; of hundreds the pixels need 100 MB at most."""


class Service:
    """One service; `draining` is set when it is told to stop."""

    def __init__(self, served: Served, settings: Settings) -> None:
        self.served, self.settings, self.draining = served, settings, False
        info = {"model": served.name, "sha256": served.model.sha256, "version": __version__}
        self.metrics = Metrics(info, shared=settings.shared_metrics)
        self.moments = Batcher(settings.limits, length=settings.limits.waiting, metrics=self.metrics)
        self.long = Batcher(settings.limits, length=settings.limits.waiting_long, metrics=self.metrics)
        self._page = BatchJob(self.pages)
        self._single, self._singles = BatchJob(self.singles), BatchJob(self.singles, TOGETHER)
        self._digit, self._digits = BatchJob(self.digits), BatchJob(self.digits, TOGETHER)

    async def read(self, uploads: list[Upload], *, single: bool) -> bytes:
        """Read the pictures of a request; raises a `Problem` as `Batcher.do`."""
        contents = [upload.content for upload in uploads]
        if single and sum(map(len, contents)) <= SMALL and not any(map(is_isolated, contents)):
            return await self.moments.do(uploads, self._singles)
        return await self.long.do(uploads, self._single if single else self._page)

    async def classify(self, request: RawRequest) -> bytes:
        """Recognise the digits of a request; raises a `Problem` as `Batcher.do`."""
        if len(request.body) <= SMALL:
            return await self.moments.do(request, self._digits)
        return await self.long.do(request, self._digit)

    def pages(self, requests: Sequence[list[Upload]]) -> list[bytes | Exception]:
        """In a thread: read every number of every picture of some requests; raises "deadline"."""
        end = time.monotonic() + self.settings.limits.work
        return [_encoded(uploads, [self._page_of(one, end) for one in uploads]) for uploads in requests]

    def singles(self, requests: Sequence[list[Upload]]) -> list[bytes | Exception]:
        """In a thread: read the one digit of every picture of some requests, small pictures together."""
        answers = iter(self._together([upload for uploads in requests for upload in uploads]))
        return [_encoded(uploads, list(itertools.islice(answers, len(uploads)))) for uploads in requests]

    def digits(self, requests: Sequence[RawRequest]) -> list[bytes | Exception]:
        """In a thread: recognise the framed digits of some requests at once."""
        inks = [ink_of(request, most=self.settings.limits.frames) for request in requests]
        good = [ink for ink in inks if not isinstance(ink, Problem)]
        all_ink = np.concatenate([np.zeros((0, SIDE, SIDE), np.float32), *good])
        predictions = self.served.reader.recognizer.classify(all_ink)
        ends = itertools.accumulate(0 if isinstance(ink, Problem) else len(ink) for ink in inks)
        return [
            ink
            if isinstance(ink, Problem)
            else to_json({"results": reading_records(predictions[end - len(ink) : end], name="images")})
            for ink, end in zip(inks, ends, strict=True)
        ]

    def _page_of(self, upload: Upload, end: float) -> Record | Problem:
        if time.monotonic() > end:
            raise Problem("deadline", f"not done after {self.settings.limits.work:g} s; send less at once")
        picture = self._decoded(upload)
        return picture if isinstance(picture, Problem) else _record(upload, self.served.reader.read(picture))

    def _together(self, uploads: list[Upload]) -> list[Record | Problem]:
        """Decode pictures and read the small ones at once; a large one is read before the next is decoded."""
        reader, done, small = self.served.reader, dict[int, Record | Problem](), dict[int, Picture]()
        for i, upload in enumerate(uploads):
            picture = self._decoded(upload)
            if isinstance(picture, Problem):
                done[i] = picture
            elif picture.pixels.size > SMALL_PICTURE:
                done[i] = _record(upload, reader.read_single(picture))
            else:
                small[i] = picture
        for i, reading in zip(small, reader.readings(list(small.values())), strict=True):
            done[i] = _record(uploads[i], reading)
        return [done[i] for i in range(len(uploads))]

    def _decoded(self, upload: Upload) -> Picture | Problem:
        if len(upload.content) > (limit := self.settings.limits.picture):
            return Problem("too-large", f"{len(upload.content):,} bytes; the limit is {limit:,}")
        try:
            return decode(upload.content, where=UNNAMED)
        except BadPicture as error:  # without its name, which is the client's own
            return Problem(error.code if error.code in STATUS else "unreadable-image", error.why)


def _record(upload: Upload, read: Page | Reading) -> Record:
    """What was read, with a remark where the picture is of another format than it was said to be."""
    declared, is_a = DECLARED.get(upload.declared), format_of(upload.content)
    if is_a is not None and declared not in {None, is_a}:
        remark = f"{is_a.name}, though sent as {upload.declared}"
        read = replace(read, note=f"{read.note}; {remark}" if read.note else remark)
    return record(upload.name, read)


def _encoded(uploads: list[Upload], answers: list[Record | Problem]) -> bytes | Exception:
    """One picture's answer or problem; of several a list, in which a picture that cannot be read has an error."""
    if len(answers) == 1:
        return answers[0] if isinstance(answers[0], Problem) else to_json(answers[0])
    results = [
        failure_record(upload.name, code=answer.code, message=answer.detail) if isinstance(answer, Problem) else answer
        for upload, answer in zip(uploads, answers, strict=True)
    ]
    return to_json({"results": results})
