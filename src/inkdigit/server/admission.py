"""Whether a request is taken in, and how much of its body.

In: a request that may pass. Out: the layers within, which receive no more than the limits allow; or a `Problem`,
before anything was spent on the request. What is counted is what arrives, whatever Content-Length says; a length that
says too much is refused before anything is read, and before "100 Continue".
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkdigit.server.access import HARMLESS
from inkdigit.server.observability import KEY
from inkdigit.server.problems import Problem, overloaded
from inkdigit.server.service import Service


class Admission:
    """A layer that takes in the requests of a service; one without a body always."""

    def __init__(self, app: ASGIApp, *, service: Service) -> None:
        self._app, self._service, self._held = app, service, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request in, and have it answered."""
        if scope["type"] != "http" or scope["method"] in HARMLESS:
            await self._app(scope, receive, send)
            return
        self._check(scope)
        limits, size = self._service.settings.limits, 0

        async def bounded() -> Message:
            nonlocal size
            message = await receive()
            arrived = len(message.get("body", b""))
            if size + arrived > limits.body:
                raise self._too_large()
            if self._held + arrived > limits.held:
                raise overloaded()
            scope[KEY].bytes = size = size + arrived
            self._hold(arrived)
            return message

        try:
            await self._app(scope, bounded, send)
        finally:
            self._hold(-size)

    def _check(self, scope: Scope) -> None:
        if self._service.draining:
            raise Problem("draining", "the service stops", close=True)
        if scope["path"].startswith("/v1/") and self._service.moments.full:
            raise overloaded()
        headers = Headers(scope=scope)
        if headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"}:
            raise Problem("unsupported-encoding", "a body is taken as it is; send it without Content-Encoding")
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length[:20]) > self._service.settings.limits.body:
            raise self._too_large()

    def _hold(self, size: int) -> None:
        self._held += size
        self._service.metrics.held.inc(size)

    def _too_large(self) -> Problem:
        return Problem("body-too-large", f"the limit is {self._service.settings.limits.body:,} bytes in all")
