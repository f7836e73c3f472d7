"""The body of a request, received whole, within its limits.

In: the ASGI scope and `receive`. Out: the bytes, or a `Problem`. What is counted is what arrives, whatever
Content-Length says; a length that says too much is refused before anything is read, and before "100 Continue".
Nothing is written to a disk: a body is at most 8 MiB, and all of them together at most 64.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from typing import Any

from inkdigit.server.headers import every, first
from inkdigit.server.limits import Limits
from inkdigit.server.problems import Problem
from inkdigit.server.workers import overloaded

Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


LOST = "connection lost"
"""The word with which work is cancelled whose client went away before the answer."""


class Bodies:
    """All bodies that a service holds at a time.

    Args:
        limits: Of these `body`, `held` and `body_time`.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.held = 0

    @asynccontextmanager
    async def received(self, headers: list[tuple[bytes, bytes]], receive: Receive) -> AsyncIterator[bytes]:
        """Receive a body and hold it while the block runs.

        Raises:
            Problem: "unsupported-encoding", "body-too-large", "body-timeout", or "overloaded" where too much is held.
            CancelledError: The client went away.
        """
        self._check(headers)
        body = bytearray()
        try:
            try:
                async with asyncio.timeout(self._limits.body_time):
                    await self._collect(receive, body)
            except TimeoutError:
                why = f"the body was not whole after {self._limits.body_time:g} s"
                raise Problem("body-timeout", why, close=True) from None
            yield bytes(body)
        finally:
            self.held -= len(body)

    def _check(self, headers: list[tuple[bytes, bytes]]) -> None:
        encodings = every(headers, b"content-encoding")
        if any(encoding.strip().lower() not in {b"", b"identity"} for encoding in encodings):
            raise Problem("unsupported-encoding", "a body is taken as it is; send it without Content-Encoding")
        length = first(headers, b"content-length")
        if length is not None and length.isdigit() and int(length[:20]) > self._limits.body:
            raise self._too_large()

    async def _collect(self, receive: Receive, body: bytearray) -> None:
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise asyncio.CancelledError(LOST)
            part = message.get("body", b"")
            if part:
                if len(body) + len(part) > self._limits.body:
                    raise self._too_large()
                if self.held + len(part) > self._limits.held:
                    raise overloaded()
                self.held += len(part)
                body += part
            if not message.get("more_body"):
                return

    def _too_large(self) -> Problem:
        return Problem("body-too-large", f"the limit is {self._limits.body:,} bytes in all")
