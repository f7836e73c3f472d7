"""Who may speak to the service: the checks of Host, Origin and token.

In: the headers of a request. Out: nothing, or a `Problem`. Knows nothing of what is asked for.

Any web page can make a browser send a form to 127.0.0.1, without a question to the service first, and a name that
its owner points at 127.0.0.1 lets it read the answer. So a request must call the service by a name that is its own
(CVE-2024-28224 is one of many that did not ask), and what changes or costs something must not come from a page of
another origin (OWASP ASVS 5.0, 3.5.1 to 3.5.3).
"""

import hmac
from functools import lru_cache
from ipaddress import ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from inkdigit.server.problems import Problem
from inkdigit.server.settings import Settings

SAME_SITE = {b"same-origin", b"none"}
"""Of Sec-Fetch-Site: the page of the service itself, or an address that someone typed."""

HARMLESS = {"GET", "HEAD", "OPTIONS"}
SCHEMES = ("http://", "https://")
"""A proxy before the service may speak TLS."""

Headers = list[tuple[bytes, bytes]]


class AccessControl:
    """A layer that lets through who may pass.

    Args:
        app: The layers within.
        settings: The names of the service, and its token.
        guarded: The paths behind the token, where there is one.
    """

    def __init__(self, app: ASGIApp, *, settings: Settings, guarded: frozenset[str]) -> None:
        self._app, self._settings, self._guarded = app, settings, guarded
        self._known = lru_cache(256)(self._is_known)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check a request, and have it answered."""
        if scope["type"] == "http":
            self.check(scope["method"], scope["path"], scope["headers"])
        await self._app(scope, receive, send)

    def check(self, method: str, path: str, headers: Headers) -> None:
        """Let a request pass.

        Raises:
            Problem: "host-not-allowed", "origin-not-allowed" or "token-required".
        """
        hosts = _every(headers, b"host")
        if len(hosts) != 1 or not self._known(hosts[0]):
            raise Problem("host-not-allowed", "the service is not known by the name in Host")
        if method not in HARMLESS:
            self._check_origin(headers, hosts[0])
        if self._settings.token is not None and path in self._guarded:
            self._check_token(headers, self._settings.token)

    def _is_known(self, host: bytes) -> bool:
        name = name_of(host.decode("latin-1"))
        if name is None:
            return False
        if name == "localhost" or name in self._settings.names:
            return True
        try:
            address = ip_address(name)
        except ValueError:
            return False
        # The trick with names needs a name; beyond loopback an address is what the user typed.
        return address.is_loopback or self._settings.beyond_loopback

    def _check_origin(self, headers: Headers, host: bytes) -> None:
        own = {(scheme + host.decode("latin-1")).lower() for scheme in SCHEMES}
        origins = {origin.decode("latin-1").lower() for origin in _every(headers, b"origin")}
        if not set(_every(headers, b"sec-fetch-site")) <= SAME_SITE or not origins <= own:
            raise Problem("origin-not-allowed", "a page of another origin may not ask for this")

    def _check_token(self, headers: Headers, token: bytes) -> None:
        values = _every(headers, b"authorization")
        scheme, _, given = values[0].partition(b" ") if len(values) == 1 else (b"", b"", b"")
        # On bytes: for text that is not ASCII, compare_digest raises.
        if not hmac.compare_digest(given.strip(), token) or scheme.lower() != b"bearer":
            raise Problem("token-required", 'send "Authorization: Bearer TOKEN"')


def name_of(host: str) -> str | None:
    """The name in a Host header, without its port, in lower case; None where it is no such header.

    >>> name_of("LOCALHOST.:8000"), name_of("[::1]:8000"), name_of("localhost@evil")
    ('localhost', '::1', None)
    """
    host = host.strip().lower()
    if host.startswith("["):
        name, bracket, port = host[1:].partition("]")
        good = bool(bracket) and ":" in name and (not port or port.startswith(":"))
        port = port[1:]
    else:
        name, _, port = host.partition(":")
        good = all(c.isalnum() or c in "-._" for c in name)
        name = name.removesuffix(".")
    return name if good and name and (not port or (port.isascii() and port.isdigit())) else None


def _every(headers: Headers, name: bytes) -> list[bytes]:
    """The values of all headers of that name; ASGI has the names in lower case."""
    return [value for key, value in headers if key == name]
