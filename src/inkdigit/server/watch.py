"""The outermost layer: what every request gets, whatever becomes of it.

In: any ASGI request. Out: the answer of the layers within, or the problem that they raised; with a request id, the
security headers, a line in the log and a place in the metrics. What nobody foresaw is a 500 that says nothing.
"""

import asyncio
import random
import re
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from inkdigit.server.bodies import LOST, Receive
from inkdigit.server.headers import NO_STORE, SECURITY, first
from inkdigit.server.logs import Log, place_of
from inkdigit.server.metrics import Metrics
from inkdigit.server.problems import Problem, internal

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

KEY = "inkdigit"
"""Where the exchange stands in the scope."""

CONNECTION = "inkdigit.connection"
"""Where the scope has the connection, if it is one of `protocol`; it is told which task answers."""

GOOD_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
CLIENT_GONE = 499
"""The status in log and metrics of a request whose client went away before the answer; nginx has it so."""


@dataclass
class Exchange:
    """One request and what became of it.

    Args:
        request_id: The client's own, if it is harmless, else a new one.
        route: One of a fixed set; "other" for what is not there.
        status: Of the answer; 0 before it begins.
        received: Bytes of the body.
        reason: The code of the problem, if it is one.
        error: Of a fault of ours, its name and place.
    """

    request_id: str
    route: str = "other"
    status: int = 0
    received: int = 0
    reason: str | None = None
    error: str | None = None

    def refused(self, problem: Problem) -> tuple[bytes, list[tuple[bytes, bytes]]]:
        """Note a problem; the body and the headers that tell the client."""
        self.reason = problem.code
        body = problem.body(self.request_id)
        return body, problem.headers(len(body))


class Watch:
    """Wraps an application.

    Args:
        app: The layers within.
        metrics: Told of every request.
        log: Has a line of every request.
    """

    def __init__(self, app: App, *, metrics: Metrics, log: Log) -> None:
        self._app, self._metrics, self._log = app, metrics, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        exchange = Exchange(request_id(scope["headers"]))
        head = scope["method"] == "HEAD"
        # HEAD is GET without the body, also for what knows only GET. A copy: the server looks into its own.
        within = {**scope, KEY: exchange, **({"method": "GET"} if head else {})}
        if (connection := scope.get(CONNECTION)) is not None:
            connection.task = asyncio.current_task()
        self._metrics.in_flight += 1
        try:
            await self._answered(within, receive, _Answer(send, exchange, head=head))
        finally:
            self._metrics.in_flight -= 1
            self._note(scope, exchange, time.perf_counter() - began)

    async def _answered(self, scope: Scope, receive: Receive, answer: "_Answer") -> None:
        exchange = answer.exchange
        try:
            await self._app(scope, receive, answer)
        except Problem as problem:
            await answer.refuse(problem)
        except asyncio.CancelledError as error:
            # The outermost layer: nobody beyond it waits for the cancellation.
            if error.args == (LOST,):
                exchange.status = exchange.status or CLIENT_GONE
            else:  # the time to drain is over
                await answer.refuse(Problem("draining", "the service stops", close=True))
        except Exception as error:
            exchange.error = place_of(error)
            await answer.refuse(internal())

    def _note(self, scope: Scope, exchange: Exchange, seconds: float) -> None:
        status = exchange.status or 500
        self._metrics.finished(route=exchange.route, status=status, seconds=seconds, reason=exchange.reason)
        fields: dict[str, object] = {
            "request_id": exchange.request_id,
            "method": scope["method"],
            "route": exchange.route,
            "status": status,
            "ms": round(1000 * seconds, 2),
            "bytes": exchange.received,
            "client": (scope.get("client") or ("",))[0],
        }
        if exchange.reason:
            fields["reason"] = exchange.reason
        if exchange.error:
            fields["error"] = exchange.error
        self._log.write("info" if status < 400 else "error" if status == 500 else "warning", fields)


class _Answer:
    """`send` for the layers within: adds the headers that stand on everything."""

    def __init__(self, send: Send, exchange: Exchange, *, head: bool) -> None:
        self._send, self.exchange, self._head = send, exchange, head

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.exchange.status = message["status"]
            headers = [*message["headers"], *SECURITY, (b"x-request-id", self.exchange.request_id.encode())]
            if first(headers, b"cache-control") is None:
                headers.append(NO_STORE)
            message = {**message, "headers": headers}
        elif self._head:
            message = {**message, "body": b""}
        await self._send(message)

    async def refuse(self, problem: Problem) -> None:
        """Send a problem, unless an answer has begun, which then stays as it is."""
        body, headers = self.exchange.refused(problem)
        if self.exchange.status:
            return
        await self({"type": "http.response.start", "status": problem.status, "headers": headers})
        await self({"type": "http.response.body", "body": body})


def request_id(headers: list[tuple[bytes, bytes]]) -> str:
    """The client's X-Request-ID where it is harmless, else a new one of 16 hex digits.

    It names a request in the log and is no secret. The system's random bytes would cost a call that lets go of the
    interpreter, and the event loop would wait for the workers to give it back.
    """
    given = first(headers, b"x-request-id")
    return given.decode() if given is not None and GOOD_ID.fullmatch(given) else f"{random.getrandbits(64):016x}"
