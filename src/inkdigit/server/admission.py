"""Whether a request is let in: who may ask, and how much.

In: a request. Out: the layers within, which receive no more than the limits allow; or a `Problem`, before anything was
spent on the request. Any web page can make a browser send a form to 127.0.0.1, and a name that its owner points there
lets it read the answer. So a request must call the service by a name that is its own (CVE-2024-28224), and what changes
or costs something must not come from a page of another origin (OWASP ASVS 5.0, 3.5.1 to 3.5.3).
"""

import hmac
import re
from functools import lru_cache
from ipaddress import ip_address

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from inkdigit.server.observability import KEY
from inkdigit.server.problems import Problem, overloaded
from inkdigit.server.service import Service
from inkdigit.server.settings import Settings

HARMLESS = {"GET", "HEAD", "OPTIONS"}
HOST = re.compile(r"(?:\[(?P<address>[0-9a-f:.%]*:[0-9a-f:.%]*)\]|(?P<name>[\w.-]+))(?::\d*)?", re.ASCII)

SAME_SITE = {"same-origin", "none"}
"""Of Sec-Fetch-Site: the page of the service itself, or an address that someone typed."""


class AccessControl:
    """A layer that lets through who may pass; the `guarded` paths are behind the token, where there is one."""

    def __init__(self, app: ASGIApp, *, settings: Settings, guarded: frozenset[str]) -> None:
        self._app, self._settings, self._guarded = app, settings, guarded
        self._is_known = lru_cache(256)(self._knows)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, and have it answered."""
        if scope["type"] == "http":
            self.check(scope["method"], scope["path"], Headers(scope=scope))
        await self._app(scope, receive, send)

    def check(self, method: str, path: str, headers: Headers) -> None:
        """Let a request pass, or raise "host-not-allowed", "origin-not-allowed" or "token-required"."""
        hosts = headers.getlist("host")
        if len(hosts) != 1 or not self._is_known(hosts[0]):
            raise Problem("host-not-allowed", "the service is not known by the name in Host")
        if method not in HARMLESS:
            own = {f"{scheme}://{hosts[0].lower()}" for scheme in ("http", "https")}  # a proxy may speak TLS
            origins = {origin.lower() for origin in headers.getlist("origin")}
            if not origins <= own or not SAME_SITE.issuperset(headers.getlist("sec-fetch-site")):
                raise Problem("origin-not-allowed", "a page of another origin may not ask for this")
        if self._settings.token is not None and path in self._guarded:
            values = headers.getlist("authorization")
            scheme, _, given = values[0].partition(" ") if len(values) == 1 else ("", "", "")
            # On bytes: for text that is not ASCII, compare_digest raises.
            good = hmac.compare_digest(given.strip().encode("latin-1"), self._settings.token)
            if not good or scheme.lower() != "bearer":
                raise Problem("token-required", 'send "Authorization: Bearer TOKEN"')

    def _knows(self, host: str) -> bool:
        name = name_of(host)
        if name is None or name == "localhost" or name in self._settings.names:
            return name is not None
        try:
            # The trick with names needs a name; beyond loopback an address is what the user typed.
            return ip_address(name).is_loopback or self._settings.beyond_loopback
        except ValueError:
            return False


class Admission:
    """A layer that takes in what the service can do, and of a body no more than its limit.

    What arrives is counted, whatever Content-Length says; one that says too much is refused before "100 Continue".
    """

    def __init__(self, app: ASGIApp, *, service: Service) -> None:
        self._app, self._service, self._held = app, service, 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a request in, and have it answered; one without a body always."""
        if scope["type"] != "http" or scope["method"] in HARMLESS:
            await self._app(scope, receive, send)
            return
        self._check(scope["path"], Headers(scope=scope))
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

    def _check(self, path: str, headers: Headers) -> None:
        if self._service.draining:
            raise Problem("draining", "the service stops", close=True)
        if path.startswith("/v1/") and self._service.moments.full:
            raise overloaded()
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


def name_of(host: str) -> str | None:
    """The name in a Host header, without its port, in lower case; None where it is no such header.

    >>> name_of("LOCALHOST.:8000"), name_of("[::1]:8000"), name_of("localhost@evil")
    ('localhost', '::1', None)
    """
    match = HOST.fullmatch(host.strip().lower())
    return (match["address"] or match["name"].removesuffix(".")) if match else None
