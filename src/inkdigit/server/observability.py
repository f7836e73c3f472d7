"""The outermost layer: what every request gets, whatever becomes of it.

In: any ASGI request. Out: the answer of the layers within, or the problem that they raised; with a request id, the
security headers, a line in the log and a place in the metrics. What nobody foresaw is a 500 that says nothing.
"""

import asyncio
import logging
import random
import re
import time
from dataclasses import dataclass

from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkdigit.server.logs import LOG, place_of
from inkdigit.server.metrics import Metrics
from inkdigit.server.problems import Problem

# The page's own product of matrices is WebAssembly; it is compiled from the page's script, never from elsewhere.
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; worker-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'"
)
SECURITY: tuple[tuple[bytes, bytes], ...] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)
"""On every answer, errors too (OWASP ASVS 5.0, 3.4.3 to 3.4.8). No HSTS: what stands before the service decides."""

KEY, CONNECTION = "inkdigit", "inkdigit.connection"
"""Where the scope has the exchange; and the connection, if it is one of `deadlines`, which is told the task."""

LOST, CLIENT_GONE = "connection lost", 499
"""The word with which that task is cancelled when the client goes away, and its status in the log; nginx has it so."""

GOOD_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")


@dataclass
class Exchange:
    """One request and what became of it, as the log has it."""

    request_id: str
    client: str
    method: str = ""
    route: str = "other"  # one of a fixed set
    status: int = 0  # of the answer, 0 before it begins
    bytes: int = 0  # of the body
    ms: float = 0.0  # from the headers to the answer
    reason: str | None = None  # the code of the problem, if it is one
    error: str | None = None  # of a fault of ours, its name and place

    def note(self, metrics: Metrics) -> None:
        """Count a request that is over, and write its line."""
        metrics.finished(route=self.route, status=self.status, seconds=self.ms / 1000, reason=self.reason)
        level = logging.INFO if self.status < 400 else logging.ERROR if self.status == 500 else logging.WARNING
        if LOG.isEnabledFor(level):
            fields = {name: said for name, said in vars(self).items() if said is not None}
            LOG.log(level, "request", extra={"fields": fields})


class Observability:
    """A layer around all others; `routes` are the paths that have names of their own in log and metrics."""

    def __init__(self, app: ASGIApp, *, metrics: Metrics, routes: frozenset[str]) -> None:
        self._app, self._metrics, self._routes = app, metrics, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.perf_counter()
        exchange = Exchange(request_id(scope["headers"]), (scope.get("client") or ("",))[0], scope["method"])

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                exchange.status = message["status"]
                message["headers"] = completed(message["headers"], exchange.request_id)
            await send(message)

        if (connection := scope.get(CONNECTION)) is not None:
            connection.task = asyncio.current_task()
        # HEAD is GET without the body, which the server leaves out. A copy: the server looks into its own scope.
        within = {**scope, KEY: exchange, "method": "GET" if scope["method"] == "HEAD" else scope["method"]}
        self._metrics.in_flight.inc()
        try:
            await self._app(within, receive, answer)
        except (Exception, asyncio.CancelledError) as error:  # nobody beyond this layer waits for a cancellation
            refusal = refusal_of(error, exchange)
            if refusal is not None and not exchange.status:  # an answer that has begun stays as it is
                await refusal.response(exchange.request_id)(within, receive, answer)
        finally:
            self._metrics.in_flight.dec()
            path, exchange.status = scope["path"], exchange.status or CLIENT_GONE
            exchange.route = path if path in self._routes else "page" if exchange.status < 400 else "other"
            exchange.ms = round(1000 * (time.perf_counter() - began), 2)
            exchange.note(self._metrics)


def refusal_of(error: BaseException, exchange: Exchange) -> Problem | None:
    """What a client is told whose request ended in an exception; None where it has gone. Its exchange knows too."""
    if isinstance(error, ClientDisconnect) or (isinstance(error, asyncio.CancelledError) and error.args == (LOST,)):
        return None
    if isinstance(error, asyncio.CancelledError):  # the time to drain is over
        error = Problem("draining", "the service stops", close=True)
    if not isinstance(error, Problem):
        exchange.error = place_of(error)
        error = Problem("internal", "this is a fault of the service; its log has more under this request_id")
    exchange.reason = error.code
    return error


def completed(headers: list[tuple[bytes, bytes]], request: str) -> list[tuple[bytes, bytes]]:
    """The headers of an answer with those that stand on every one; what does not say otherwise is not to be kept."""
    cached = any(name == b"cache-control" for name, _ in headers)
    rest = () if cached else ((b"cache-control", b"no-store"),)
    return [*headers, *SECURITY, (b"x-request-id", request.encode()), *rest]


def request_id(headers: list[tuple[bytes, bytes]]) -> str:
    """The client's X-Request-ID where it is harmless, else a new one of 16 hex digits; it is no secret."""
    for name, value in headers:
        if name == b"x-request-id" and GOOD_ID.fullmatch(value):
            return value.decode()
    return f"{random.getrandbits(64):016x}"
