"""HTTP/1.1 on one connection: the few limits that only the one who reads the socket can keep.

In: bytes of a client. Out: uvicorn's own handling, within limits that it lacks: the time and size of headers, the
length of a URL, the time of a body, the number of connections. What is no HTTP gets a problem like any other, and work
whose client has gone away is cancelled. No other class of uvicorn is extended; `pyproject.toml` bounds it above.
"""

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from inkdigit.server.observability import CONNECTION, LOST, Exchange, completed, request_id
from inkdigit.server.problems import Problem


class DeadlineProtocol(HttpToolsProtocol):
    """One connection to the service of the application."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._service = self.config.loaded_app.state.service
        self._limits = self._service.settings.limits
        self.task: asyncio.Task[Any] | None = None  # of the request that is being answered; `Observability` sets it
        self._head = 0  # bytes that came since a request began whose headers are not whole
        self._refusal = Problem("bad-request", "this is not valid HTTP/1.1", close=True)
        self._clock: asyncio.TimerHandle | None = None
        self._timed: tuple[Any, str] = (None, "")  # the request and the phase that it was set for

    @property
    def _phase(self) -> str:
        """What is received of the latest request: its head, its body, or nothing any more."""
        if self.cycle is None or self.cycle.scope is not self.scope:
            return "head"
        return "body" if self.cycle.more_body else "rest"

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; one connection too many is told so and closed."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._refuse(Problem("overloaded", "too many connections", close=True))
        self._set_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """End; nobody waits for the answer any more."""
        super().connection_lost(exc)
        if self._clock is not None:
            self._clock.cancel()
        if self.task is not None:
            self.task.cancel(LOST)

    def data_received(self, data: bytes) -> None:
        """Parse what came, within the size that a head and the time that its phase has."""
        self._head = self._head + len(data) if self._phase == "head" else 0
        super().data_received(data)
        if self._phase == "head" and (excess := self._excess(self._head)):
            self._refuse(excess)
        self._set_clock()

    def on_headers_complete(self) -> None:
        """The request can be answered, or its body awaited; what is raised here ends in `send_400_response`."""
        if excess := self._excess(sum(len(name) + len(value) + 4 for name, value in self.headers)):
            self._refusal = excess
            raise excess
        self.scope[CONNECTION] = self  # type: ignore[literal-required]
        super().on_headers_complete()

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
        scope, phase = self._timed
        if (scope is self.scope and phase == self._phase) or self.transport.is_closing():
            return
        self._timed = (self.scope, self._phase)
        if self._clock is not None:
            self._clock.cancel()
        seconds = {"head": self._limits.header_time, "body": self._limits.body_time}.get(self._phase)
        self._clock = None if seconds is None else self.loop.call_later(seconds, self._is_late, seconds)

    def _is_late(self, seconds: float) -> None:
        answered = self._phase == "body" and self.cycle.response_complete  # its rest was read and thrown away
        if self.scope is None or answered:
            self.transport.close()
        else:
            self._refuse(Problem("body-timeout", f"the {self._phase} was not whole after {seconds:g} s", close=True))
