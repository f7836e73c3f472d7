"""What a running service consists of: the model, opened once, and everything that requests share.

In: a served model and settings. Out: a `Service`, handed to every layer. Small requests for digits are done together
with others that wait; a page, or much at once, is work enough by itself and has threads of its own.
"""

from collections.abc import Callable, Sequence
from functools import partial

from inkdigit.server import jobs, schemas
from inkdigit.server.batching import Batcher, BatchJob
from inkdigit.server.frames import RawRequest
from inkdigit.server.metrics import Metrics
from inkdigit.server.model import Served
from inkdigit.server.pages import Pages
from inkdigit.server.settings import Settings
from inkdigit.server.uploads import Upload
from inkdigit.version import __version__

TOGETHER = 32
"""Requests at once: with 8 a digit takes 0.36 ms, with 16 0.31. More than those wait only where there is too much
to do: with 32 instead of 16 a core at twice what it bears answers some per cent more."""

SMALL = 1 << 16
"""Bytes of a request that is done together with others."""


class Service:
    """One service; `draining` is set when it is told to stop.

    Args:
        served: The model, which has passed its self-test.
        settings: What was asked for.
    """

    def __init__(self, served: Served, settings: Settings) -> None:
        self.served, self.settings = served, settings
        limits, reader = settings.limits, served.reader
        info = {"model": served.name, "sha256": served.file.sha256, "version": __version__}
        self.metrics = Metrics(info, shared=settings.shared_metrics)
        self.moments = Batcher(limits, waiting=limits.waiting, metrics=self.metrics)
        self.long = Batcher(limits, waiting=limits.waiting_long, metrics=self.metrics)
        self.pages = Pages(served)
        self.draining = False
        self._page: BatchJob[list[Upload], jobs.Answer] = BatchJob(partial(jobs.pages, reader, limits=limits))
        singles: Callable[[Sequence[list[Upload]]], list[jobs.Answer | Exception]]
        singles, digits = partial(jobs.singles, reader, limits=limits), partial(jobs.classify, reader, limits=limits)
        self._single, self._singles = BatchJob(singles), BatchJob(singles, TOGETHER)
        self._digit, self._digits = BatchJob(digits), BatchJob(digits, TOGETHER)

    async def read(self, uploads: list[Upload], *, single: bool) -> jobs.Answer:
        """Read the pictures of a request.

        Raises:
            Problem: As `Batcher.do`, or why the one picture cannot be read.
        """
        if not single:
            return await self.long.do(uploads, self._page)
        if sum(len(upload.content) for upload in uploads) > SMALL:
            return await self.long.do(uploads, self._single)
        return await self.moments.do(uploads, self._singles)

    async def classify(self, request: RawRequest) -> schemas.Readings:
        """Recognise the digits of a request.

        Raises:
            Problem: As `Batcher.do` and `frames.taken`.
        """
        if len(request.body) > SMALL:
            return await self.long.do(request, self._digit)
        return await self.moments.do(request, self._digits)

    def close(self) -> None:
        """Let the threads end."""
        self.moments.close()
        self.long.close()
