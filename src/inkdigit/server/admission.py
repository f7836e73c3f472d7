"""Whether a request is taken in, and its body within its limits.

In: a request that may pass. Out: the layers within, which receive no more than the limits allow; or a `Problem`,
before anything was spent on the request: that the service stops, that the line is full, that the body is too large,
encoded or slow. What is counted is what arrives, whatever Content-Length says; a length that says too much is refused
before anything is read, and before "100 Continue".
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkdigit.server.access import HARMLESS
from inkdigit.server.observability import KEY
from inkdigit.server.problems import Problem, overloaded
from inkdigit.server.service import Service
from inkdigit.server.settings import Limits


class Admission:
    """A layer that takes requests in.

    Args:
        app: The layers within.
        service: Whose requests they are.
    """

    def __init__(self, app: ASGIApp, *, service: Service) -> None:
        self._app, self._service = app, service
        self._held = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request in, and have it answered; one without a body always."""
        if scope["type"] != "http" or scope["method"] in HARMLESS:
            await self._app(scope, receive, send)
            return
        if self._service.draining:
            raise Problem("draining", "the service stops", close=True)
        if scope["path"].startswith("/v1/") and self._service.moments.full:
            raise overloaded()
        limits = self._service.settings.limits
        _check(scope["headers"], limits)
        deadline = asyncio.get_running_loop().time() + limits.body_time
        size, whole = 0, False

        async def bounded() -> Message:
            nonlocal size, whole
            message = await (receive() if whole else _in_time(receive, deadline, limits))
            arrived = len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if size + arrived > limits.body:
                raise _too_large(limits)
            if self._held + arrived > limits.held:
                raise overloaded()
            size += arrived
            self._hold(arrived)
            scope[KEY].bytes = size
            return message

        try:
            await self._app(scope, bounded, send)
        finally:
            self._hold(-size)

    def _hold(self, size: int) -> None:
        self._held += size
        self._service.metrics.held.inc(size)


def _check(headers: list[tuple[bytes, bytes]], limits: Limits) -> None:
    for name, value in headers:
        if name == b"content-encoding" and value.strip().lower() not in {b"", b"identity"}:
            raise Problem("unsupported-encoding", "a body is taken as it is; send it without Content-Encoding")
        if name == b"content-length" and value.isdigit() and int(value[:20]) > limits.body:
            raise _too_large(limits)


def _too_large(limits: Limits) -> Problem:
    return Problem("body-too-large", f"the limit is {limits.body:,} bytes in all")


async def _in_time(receive: Receive, deadline: float, limits: Limits) -> Message:
    try:
        async with asyncio.timeout_at(deadline):
            return await receive()
    except TimeoutError:
        why = f"the body was not whole after {limits.body_time:g} s"
        raise Problem("body-timeout", why, close=True) from None
