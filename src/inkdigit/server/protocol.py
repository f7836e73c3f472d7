"""HTTP/1.1 on one connection: what only the one who reads the socket can bound.

In: bytes of a client. Out: uvicorn's own handling, within limits that it lacks: the time and size of headers, the
length of a URL, the number of connections; a body whose request was refused is read on for a moment, so that the
client sees the answer instead of a reset; and work whose client has gone away is cancelled. What is no HTTP gets a
problem like any other, and the connection ends.

`httptools` is chosen for speed: it parses a request in a tenth of the time of `h11`.
"""

import asyncio
import random
from collections.abc import Callable
from functools import lru_cache
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from inkdigit.server.bodies import LOST
from inkdigit.server.contract import BEHIND
from inkdigit.server.headers import NO_STORE, SECURITY, lines
from inkdigit.server.problems import Problem
from inkdigit.server.service import Service
from inkdigit.server.watch import CONNECTION, request_id
from inkdigit.server.workers import overloaded

Headers = tuple[tuple[bytes, bytes], ...]

WORK = b"/v1/"
CONSTANT = lines((*SECURITY, NO_STORE)) + b"\r\n"

OVERLOADED = overloaded()

HELD = "~"
"""Holds the place of a request id in an answer that is kept: no id has it, and nothing else in an answer."""

MOST_DROPPED = 32 << 20
"""Bytes of a refused body that are read and thrown away."""


class Protocol(HttpToolsProtocol):
    """One connection; `protocol_for` makes the class for a service."""

    service: ClassVar[Service]

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.task: asyncio.Task[Any] | None = None  # of the request that is being answered; `Watch` sets it
        self._limits = self.service.settings.limits
        self._in_head = True
        self._head_size = 0  # bytes that came before the headers were complete
        self._header_size = 0  # of the headers that were complete
        self._dropped = 0
        self._ending = False  # answered; nothing more is answered on this connection
        self._refusal: Problem | None = None
        self._clock: asyncio.TimerHandle | None = None
        self._then: Callable[[], None] | None = None  # what is done when it is `_due`
        self._due = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin; one connection too many is told so and closed."""
        super().connection_made(transport)
        if len(self.connections) > self._limits.connections:
            self._answer(Problem("overloaded", "too many connections", close=True))
            return
        self._set_clock(self._limits.header_time, self._head_is_late)

    def connection_lost(self, exc: Exception | None) -> None:
        """End; nobody waits for the answer any more."""
        super().connection_lost(exc)
        self._stop_clock()
        if self._clock is not None:
            self._clock.cancel()
        if self.task is not None:
            self.task.cancel(LOST)

    def data_received(self, data: bytes) -> None:
        """Parse what came, and count it while the headers are not complete."""
        if self._in_head:
            self._head_size += len(data)
        super().data_received(data)
        if self._in_head and self._head_size > self._limits.url + self._limits.headers and not self._closing():
            self.send_400_response("")

    def on_message_begin(self) -> None:
        """The first byte of a request."""
        super().on_message_begin()
        self.scope[CONNECTION] = self  # type: ignore[literal-required]
        self._header_size = self._dropped = 0
        self._set_clock(self._limits.header_time, self._head_is_late)

    def on_url(self, url: bytes) -> None:
        """A piece of the URL."""
        super().on_url(url)
        if len(self.url) > self._limits.url:
            self._refuse(Problem("url-too-long", f"the limit is {self._limits.url:,} bytes", close=True))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header, complete."""
        super().on_header(name, value)
        self._header_size += len(name) + len(value) + 4
        if self._header_size > self._limits.headers or len(self.headers) > self._limits.header_count:
            self._refuse(self._headers_too_large())

    def on_headers_complete(self) -> None:
        """The request can be answered, or its body awaited."""
        self._in_head = False
        self._stop_clock()
        if self.url.startswith(WORK):
            if self.service.workers.full and self._may_be_sent_away():
                self._send_away()
                return
            self.service.workers.expect(self.loop)
        super().on_headers_complete()
        self.cycle.transport = _Lingering(self)  # type: ignore[assignment]

    def on_body(self, body: bytes) -> None:
        """A piece of a body; thrown away where the answer was given."""
        if self.cycle.response_complete:
            self._dropped += len(body)
            if self._dropped > MOST_DROPPED:
                self.transport.close()
        else:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The last byte of a request."""
        self._in_head, self._head_size = True, 0
        self._stop_clock()
        super().on_message_complete()
        self.cycle.more_body = False
        if self._ending:
            self.transport.close()
        elif isinstance(self.cycle, _SentAway):
            self._set_clock(self._limits.keep_alive, self.transport.close)

    def on_response_complete(self) -> None:
        """Answered; the rest of the body may still come for a moment."""
        self.task = None
        if self._ending:
            return
        super().on_response_complete()
        if self.cycle.response_complete and self.cycle.more_body and not self.transport.is_closing():
            self._set_clock(self._limits.linger, self.transport.close)

    def close_gently(self) -> None:
        """Close once the rest of the body was read: a socket that is closed before sends a reset, not the answer."""
        if self.cycle.response_complete and self.cycle.more_body and not self.transport.is_closing():
            self._ending = True
            self.transport.write_eof()
            self.flow.resume_reading()
            self._set_clock(self._limits.linger, self.transport.close)
        else:
            self.transport.close()

    def send_400_response(self, msg: str) -> None:
        """Answer what is no request; `msg` is uvicorn's, a problem says it better."""
        problem = self._refusal
        if problem is None and self._in_head and self._head_size > self._limits.url + self._limits.headers:
            problem = self._headers_too_large()
        self._answer(problem or Problem("bad-request", "this is not valid HTTP/1.1", close=True))

    def _may_be_sent_away(self) -> bool:
        """Whether this request would be refused for want of a worker, and no answer is due before its own."""
        free = self.cycle is None or self.cycle.response_complete
        return free and self.parser.get_method() == b"POST"

    def _send_away(self) -> None:
        """Refuse before anything is made for the request: what a refusal costs is what overload takes from the rest.

        Through the layers it costs a quarter of what reading a digit does, and half of the service would be refusing;
        here 22 microseconds, most of them the system's.
        """
        request = request_id(self.headers)
        self.transport.write(_sent_away(tuple(self.server_state.default_headers), request))
        self._note(OVERLOADED, request, route=self.url.partition(b"?")[0].decode("latin-1"))
        self.service.workers.rest(self.loop)
        self.cycle = _SentAway()  # type: ignore[assignment]
        self._ending = not self.parser.should_keep_alive()
        self._set_clock(self._limits.linger, self.transport.close)

    def _refuse(self, problem: Problem) -> None:
        """Within a callback of the parser: stop it; it then calls `send_400_response`."""
        self._refusal = problem
        raise problem

    def _headers_too_large(self) -> Problem:
        limits = self._limits
        why = f"the limit is {limits.headers:,} bytes in {limits.header_count} headers"
        return Problem("headers-too-large", why, close=True)

    def _head_is_late(self) -> None:
        if self._head_size and not self._closing():
            self._answer(Problem("body-timeout", f"no whole headers after {self._limits.header_time:g} s", close=True))
        else:
            self.transport.close()

    def _answer(self, problem: Problem) -> None:
        """Send a problem without a request, and close; behind an answer that is being made nothing is sent."""
        busy = self.cycle is not None and not self.cycle.response_complete
        if busy and not self.cycle.more_body:
            self.cycle.keep_alive = False
            self.flow.pause_reading()
            return
        if not (busy and self.cycle.response_started):
            self._write(problem)
        self.transport.close()

    def _write(self, problem: Problem) -> None:
        """Send a problem past the layers, and note it."""
        request = request_id(self.headers or [])
        self.transport.write(_whole(problem, tuple(self.server_state.default_headers), request))
        self._note(problem, request, route="other")

    def _note(self, problem: Problem, request: str, *, route: str) -> None:
        """A line in the log and a place in the metrics, as `Watch` has for what passes the layers."""
        route, status = route if route in BEHIND else "other", problem.status
        self.service.metrics.finished(route=route, status=status, seconds=0.0, reason=problem.code)
        client = self.client[0] if self.client else ""
        fields = {"request_id": request, "route": route, "status": status, "reason": problem.code, "client": client}
        self.service.log.write("warning", fields)

    def _closing(self) -> bool:
        return self.transport.is_closing()

    def _set_clock(self, seconds: float, then: Callable[[], None]) -> None:
        """Have something done later, instead of what was to be done before.

        What is sent away sets the clock three times. A timer that rings too early is set again then.
        """
        self._due, self._then = self.loop.time() + seconds, then
        if self._clock is not None and self._clock.when() > self._due:
            self._clock.cancel()
            self._clock = None
        if self._clock is None:
            self._clock = self.loop.call_at(self._due, self._ring)

    def _stop_clock(self) -> None:
        self._then = None

    def _ring(self) -> None:
        self._clock = None
        if self._then is None:
            return
        if self.loop.time() < self._due:
            self._clock = self.loop.call_at(self._due, self._ring)
        else:
            self._then()


def _sent_away(default: Headers, request: str) -> bytes:
    """The answer to a request that is sent away: made once a second, as often as Date changes, for each Retry-After."""
    place = HELD * len(request)
    return _kept(default, place, random.getrandbits(2)).replace(place.encode(), request.encode())


@lru_cache(64)
def _kept(default: Headers, request: str, variant: int) -> bytes:
    return _whole(OVERLOADED, default, request)


def _whole(problem: Problem, default: Headers, request: str) -> bytes:
    """A whole answer, past the layers, with all that they would add."""
    body = problem.body(request)
    changing = (*default, *problem.headers(len(body)), (b"x-request-id", request.encode()))
    return b"".join((STATUS_LINE[problem.status], lines(changing), CONSTANT, body))


class _SentAway:
    """What stands for the answer to a request that was sent away."""

    response_complete = response_started = disconnected = keep_alive = more_body = True
    message_event = asyncio.Event()


class _Lingering:
    """The transport that a request is answered on; only its `close` is another."""

    def __init__(self, protocol: Protocol) -> None:
        self.write, self.is_closing = protocol.transport.write, protocol.transport.is_closing
        self.close = protocol.close_gently


def protocol_for(service: Service) -> type[Protocol]:
    """The class whose connections belong to a service."""
    return type("ServiceProtocol", (Protocol,), {"service": service})
