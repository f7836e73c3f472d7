"""Mirrors of files whose size and SHA-256 are known: the first one that gives the right bytes wins.

In: the addresses of mirrors and what a file must be. Out: its bytes, right to the last bit, or an
error that says what every mirror did wrong. Writes nothing and does not know what is in the files.

Nothing of an answer is trusted: it is read as it comes (no decoding), up to the expected size and
one byte more, and compared with the known SHA-256.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from inkdigit.data.remote import OnNote, OnProgress, Patience, Remote
from inkdigit.files import sha256


class MirrorFailed(Exception):
    """What one mirror did wrong; `hopeless` if asking it for the next file would only cost time."""

    def __init__(self, reason: str, *, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.hopeless = hopeless


class Mirrors:
    """The mirrors that still give hope, over one session; use it in a `with` statement.

    Args:
        mirrors: Addresses of folders that hold the files, ending in "/", the preferred one first.
            From an https mirror nothing is ever taken over plain http.
        patience: When to give up on a mirror.
        on_progress: Told the bytes as they come.
        on_note: Told what a mirror did wrong.
    """

    def __init__(self, mirrors: tuple[str, ...], patience: Patience, on_progress: OnProgress, on_note: OnNote) -> None:
        self.hopeful = {mirror: _knock(mirror, patience.connect) for mirror in mirrors}
        self.deadline = time.monotonic() + patience.connect
        self.patience, self.on_progress, self.on_note = patience, on_progress, on_note
        self.reasons: dict[str, str] = {}
        self.unsaid = ""
        self.session = requests.Session()

    def __enter__(self) -> "Mirrors":
        return self

    def __exit__(self, *_: object) -> None:
        self.session.close()

    def get(self, remote: Remote) -> bytes:
        """Return the bytes of `remote` from the first mirror that gives the right ones.

        Raises:
            MirrorFailed: No mirror did; names each and why.
        """
        for mirror in list(self.hopeful):
            self._say_next(mirror)
            try:
                self._wait_for_door(mirror)
                return self._download(mirror, remote)
            except MirrorFailed as failure:
                host = urlsplit(mirror).netloc
                self.reasons[host] = str(failure)
                self.unsaid = f"{host}: {failure}"
                if failure.hopeless:
                    del self.hopeful[mirror]
        hosts = {
            reason: ", ".join(h for h, r in self.reasons.items() if r == reason) for reason in self.reasons.values()
        }
        raise MirrorFailed("; ".join(f"{host}: {reason}" for reason, host in hosts.items()))

    def _say_next(self, mirror: str) -> None:
        """Tell what the mirror before did wrong; that of the last one is told by the error."""
        if self.unsaid:
            self.on_note(f"{self.unsaid}; trying {urlsplit(mirror).netloc}")
            self.unsaid = ""

    def _wait_for_door(self, mirror: str) -> None:
        try:
            self.hopeful[mirror].result(timeout=max(0.0, self.deadline - time.monotonic()))
        except TimeoutError:
            raise MirrorFailed(f"no connection in {self.patience.connect:g} s", hopeless=True) from None

    def _download(self, mirror: str, remote: Remote) -> bytes:
        received = bytearray()
        try:
            with _answer(self.session, mirror + remote.name, self.patience) as response:
                _receive(response, received, remote.size + 1, self.patience, self.on_progress)
            _check(received, remote)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, MirrorFailed) as error:
            self.on_progress(-len(received))
            raise error if isinstance(error, MirrorFailed) else _failure(error, self.patience) from error
        return bytes(received)


def _knock(mirror: str, seconds: float) -> "Future[None]":
    """Open a connection to the mirror, or to the proxy in front of it, in the background.

    A name server that does not answer holds up the system's look-up for as long as it likes, with
    no timeout to set; hence a thread that can be left behind.
    """
    opened: Future[None] = Future()

    def knock() -> None:
        try:
            socket.create_connection(_door(mirror), timeout=seconds).close()
        except (OSError, ValueError) as error:
            opened.set_exception(MirrorFailed(_door_reason(error, seconds), hopeless=True))
        else:
            opened.set_result(None)

    threading.Thread(target=knock, daemon=True).start()
    return opened


def _door(mirror: str) -> tuple[str, int]:
    """Host and port to connect to: the mirror's, or those of the proxy that the environment names."""
    proxy = requests.utils.select_proxy(mirror, requests.utils.get_environ_proxies(mirror))
    address = urlsplit(proxy if proxy and "://" in proxy else f"http://{proxy}" if proxy else mirror)
    return address.hostname or "", address.port or (443 if address.scheme == "https" else 80)


def _door_reason(error: OSError | ValueError, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"no connection in {seconds:g} s"
    if isinstance(error, socket.gaierror | UnicodeError):
        return "no such host"
    if isinstance(error, OSError):
        return (error.strerror or str(error)).lower()
    return f"no usable address ({error})"


@contextlib.contextmanager
def _answer(session: requests.Session, url: str, patience: Patience) -> Iterator[requests.Response]:
    """Ask for `url`, follow redirects ourselves, and yield the answer before its body is read."""
    secure = url.startswith("https://")
    for _ in range(patience.redirects + 1):
        with session.get(
            url,
            stream=True,
            allow_redirects=False,
            headers={"Accept-Encoding": "identity"},
            timeout=(patience.connect, patience.read),
        ) as response:
            if not response.is_redirect:
                if response.status_code != requests.codes.ok:
                    raise MirrorFailed(f"answered {response.status_code} {response.reason}".rstrip())
                yield response
                return
            url = next_hop(url, response.headers["location"], secure=secure)
    raise MirrorFailed(f"redirected more than {patience.redirects} times")


def next_hop(url: str, location: str, *, secure: bool) -> str:
    """The address a redirect leads to.

    Raises:
        MirrorFailed: It is no address, or leaves https, or http where the mirror itself is http.

    >>> next_hop("https://a.org/b/c", "/d", secure=True)
    'https://a.org/d'
    """
    try:
        target = urljoin(url, location)
        scheme = urlsplit(target).scheme
    except ValueError:
        raise MirrorFailed("redirected to something that is no address") from None
    if scheme not in ({"https"} if secure else {"https", "http"}):
        raise MirrorFailed(f"redirected to {scheme}://, which is not allowed")
    return target


def _receive(
    response: requests.Response, received: bytearray, limit: int, patience: Patience, on_progress: OnProgress
) -> None:
    """Read at most `limit` bytes of the body as they come over the wire."""
    started = time.monotonic()
    while len(received) < limit:
        # read1 returns what is there: a mirror that drips byte by byte cannot hide from the clock.
        piece = response.raw.read1(limit - len(received), decode_content=False)
        if not piece:
            return
        received += piece
        on_progress(len(piece))
        if time.monotonic() - started > patience.total:
            raise MirrorFailed(f"not done after {patience.total:g} s", hopeless=True)


def _check(received: bytearray, remote: Remote) -> None:
    """Refuse anything but the expected bytes, and say what came instead."""
    if received[:64].lstrip()[:1] == b"<":
        raise MirrorFailed("sent a web page, not data (a sign-in page of the network?)")
    if len(received) > remote.size:
        raise MirrorFailed(f"sent more than the expected {remote.size:,} bytes")
    if len(received) < remote.size:
        raise MirrorFailed(f"ended early ({len(received):,} of {remote.size:,} bytes)")
    found = sha256(memoryview(received))
    if found != remote.sha256:
        raise MirrorFailed(f"sent other data (sha256 {found[:8]}…, expected {remote.sha256[:8]}…)")


def _failure(error: Exception, patience: Patience) -> MirrorFailed:
    """Say in plain words what the network library reports in layers."""
    reasons: tuple[tuple[type[Exception] | tuple[type[Exception], ...], str, bool], ...] = (
        (requests.exceptions.SSLError, "its TLS certificate is not accepted", True),
        (requests.exceptions.ProxyError, "the proxy refused", True),
        (requests.exceptions.ConnectTimeout, f"no connection in {patience.connect:g} s", True),
        (
            (requests.exceptions.ReadTimeout, urllib3.exceptions.ReadTimeoutError, TimeoutError),
            f"sent nothing for {patience.read:g} s",
            True,
        ),
        ((urllib3.exceptions.IncompleteRead, urllib3.exceptions.ProtocolError), "ended early", False),
    )
    for kinds, reason, hopeless in reasons:
        if isinstance(error, kinds):
            return MirrorFailed(reason, hopeless=hopeless)
    return MirrorFailed("the connection broke", hopeless=True)
