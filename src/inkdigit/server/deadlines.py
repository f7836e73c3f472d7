"""HTTP/1.1 on one connection: the few limits that only the one who reads the socket can keep.

In: bytes of a client. Out: uvicorn's own handling, within limits that it lacks: the time and size of headers, the
length of a URL, the number of connections. What is no HTTP gets a problem like any other, and work whose client has
gone away is cancelled. The only class of uvicorn that is extended; `pyproject.toml` bounds uvicorn above for it.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from inkdigit.server.observability import CONNECTION, LOST, Exchange, completed, request_id
from inkdigit.server.problems import Problem

MARGIN = 5.0
"""Seconds beyond the time for a body: `Admission` answers first; what was refused before is read and thrown away."""


class DeadlineProtocol(HttpToolsProtocol):
    """One connection to the service of the application."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._service = self.config.loaded_app.state.service
        self._limits = self._service.settings.limits
        self.task: asyncio.Task[Any] | None = None  # of the request that is being answered; `Observability` sets it
        self._phase, self._message = "head", 0  # what is being received: "head", "body" or "whole", of which message
        self._head = 0  # bytes that came while the headers were not whole
        self._refusal = Problem("bad-request", "this is not valid HTTP/1.1", close=True)
        self._clock: asyncio.TimerHandle | None = None
        self._clock_of = (-1, "")  # the message and the phase that it was set for

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; one connection too many is told so and closed."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refuse(Problem("overloaded", "too many connections", close=True))
        self._set_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; nobody waits for the answer any more."""
        super().connection_lost(exc)
        self._phase = "whole"
        self._set_clock()
        if self.task is not None:
            self.task.cancel(LOST)

    def data_received(self, data: bytes) -> None:
        """Parse what came, within the size that a head and the time that its phase has."""
        if self._phase == "head":
            self._head += len(data)
        super().data_received(data)
        if self._phase == "head" and (excess := self._excess(self._head)):
            self._refuse(excess)
        self._set_clock()

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self.scope[CONNECTION] = self  # type: ignore[literal-required]
        self._phase, self._message, self._head = "head", self._message + 1, 0

    def on_headers_complete(self) -> None:
        """The request can be answered, or its body awaited; uvicorn answers with `send_400_response` what is raised."""
        if excess := self._excess(sum(len(name) + len(value) + 4 for name, value in self.headers)):
            self._refusal = excess
            raise excess
        self._phase = "body"
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The last byte of a request."""
        self._phase = "whole"
        super().on_message_complete()

    def shutdown(self) -> None:
        """The service stops: what comes on this connection now is refused."""
        self._service.draining = True
        super().shutdown()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request; `msg` is uvicorn's, a problem says it better."""
        self._refuse(self._refusal)

    def _refuse(self, problem: Problem) -> None:
        """Send a problem past the application, and close; an answer that is being made comes first, and last."""
        cycle = self.cycle
        if cycle is not None and not cycle.response_complete and (cycle.response_started or not cycle.more_body):
            cycle.keep_alive = False
            self.flow.pause_reading()
        elif not self.transport.is_closing():
            exchange = Exchange(request_id(self.headers or []), self.client[0] if self.client else "")
            exchange.status, exchange.reason = problem.status, problem.code
            response = problem.response(exchange.request_id)
            headers = completed([*self.server_state.default_headers, *response.raw_headers], exchange.request_id)
            lines = (name + b": " + value + b"\r\n" for name, value in headers)
            self.transport.write(b"".join((STATUS_LINE[problem.status], *lines, b"\r\n", bytes(response.body))))
            self.transport.close()
            exchange.note(self._service.metrics)

    def _excess(self, size: int) -> Problem | None:
        """What is too large of the head, whose headers have so many bytes."""
        if len(self.url) > self._limits.url:
            return Problem("url-too-long", f"the limit is {self._limits.url:,} bytes", close=True)
        if size > self._limits.headers or len(self.headers) > self._limits.header_count:
            why = f"the limit is {self._limits.headers:,} bytes in {self._limits.header_count} headers"
            return Problem("headers-too-large", why, close=True)
        return None

    def _set_clock(self) -> None:
        """Time each phase from its beginning; most requests come in one piece and never set it."""
        if self._clock_of == (self._message, self._phase):
            return
        self._clock_of = (self._message, self._phase)
        if self._clock is not None:
            self._clock.cancel()
        seconds = {"head": self._limits.header_time, "body": self._limits.body_time + MARGIN}.get(self._phase)
        self._clock = None if seconds is None else self.loop.call_later(seconds, self._is_late)

    def _is_late(self) -> None:
        if self._phase == "head" and self._message:
            why = f"no whole headers after {self._limits.header_time:g} s"
            self._refuse(Problem("body-timeout", why, close=True))
        else:
            self.transport.close()
