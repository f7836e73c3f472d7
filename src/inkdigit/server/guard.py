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

from inkdigit.server.headers import every
from inkdigit.server.problems import Problem
from inkdigit.server.settings import Settings

SAME_SITE = {b"same-origin", b"none"}
"""Of Sec-Fetch-Site: the page of the service itself, or an address that someone typed."""

HARMLESS = {"GET", "HEAD", "OPTIONS"}
SCHEMES = ("http://", "https://")
"""A proxy before the service may speak TLS."""

Headers = list[tuple[bytes, bytes]]


class Guard:
    """Decides by the headers of a request.

    Args:
        settings: The names of the service, and its token.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._known = lru_cache(256)(self._is_known)

    def check(self, method: str, headers: Headers, *, needs_token: bool) -> None:
        """Let a request pass.

        Args:
            method: In upper case.
            headers: With names in lower case.
            needs_token: Whether what it asks for is behind the token, where there is one.

        Raises:
            Problem: "host-not-allowed", "origin-not-allowed" or "token-required".
        """
        hosts = every(headers, b"host")
        if len(hosts) != 1 or not self._known(hosts[0]):
            raise Problem("host-not-allowed", "the service is not known by the name in Host")
        if method not in HARMLESS:
            self._check_origin(headers, hosts[0])
        if needs_token and self._settings.token is not None:
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
        why = "a page of another origin may not ask for this"
        if not set(every(headers, b"sec-fetch-site")) <= SAME_SITE:
            raise Problem("origin-not-allowed", why)
        own = host.decode("latin-1").lower()
        if any(
            origin.decode("latin-1").lower() not in {s + own for s in SCHEMES} for origin in every(headers, b"origin")
        ):
            raise Problem("origin-not-allowed", why)

    def _check_token(self, headers: Headers, token: bytes) -> None:
        values = every(headers, b"authorization")
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
