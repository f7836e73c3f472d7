"""Files whose SHA-256 is known, brought into a folder once, whatever else is going on.

In: what the files must be, a folder and mirrors. Out: the right files in the folder, or an error and nothing
half-made. Does not know what is in the files. Loading what is there already imports nothing of the network.

Nothing of an answer is trusted: it is read as it comes (no decoding, no redirects), up to the expected size and one
byte more, and compared with the known SHA-256.

Requests alone, not pooch: pooch cannot end a body that never ends, counts only whole pieces of it, waits for a full one
where a mirror drips, and writes files that only their owner may read; what it would take off is four lines.
"""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from inkdigit.errors import BadInput, Busy, NetworkError
from inkdigit.files import cannot_write, make_folder, only_user_of, read_regular, sha256, write_whole

LARGEST_CHECKED = 1 << 26
"""Bytes of a file on the disk that is read at all, to say what is wrong with it."""

OnProgress = Callable[[int], None]
"""Called with the number of bytes that came; a negative number takes back those of a failed try."""

OnNote = Callable[[str], None]
"""Called with a line a person should see."""


@dataclass(frozen=True)
class Remote:
    """A file as every mirror must have it: its name, its size in bytes, its SHA-256 in hex."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Patience:
    """When to give up.

    Args:
        answer: Seconds until a mirror must have answered, shared by all of them: so soon a machine without network
            knows it.
        read: Seconds without a byte.
        total: Seconds for one file.
    """

    answer: float = 9.0
    read: float = 30.0
    total: float = 300.0


class MirrorFailed(Exception):
    """What one mirror did wrong; `hopeless` if asking it for the next file would only cost time."""

    def __init__(self, reason: str, *, hopeless: bool = False) -> None:
        super().__init__(reason)
        self.hopeless = hopeless


def read_verified(path: Path, remote: Remote) -> bytes:
    """Read a file that must be `remote`.

    Raises:
        BadInput: It cannot be read or is another file; names both digests.
    """
    data = read_regular(path, limit=LARGEST_CHECKED)
    found = sha256(data)
    if found != remote.sha256:
        why = f"not the original file (sha256 {found[:8]}…, expected {remote.sha256[:8]}…)"
        raise BadInput("cannot use", path, why, hint='delete it and run "inkdigit data fetch"')
    return data


def is_right(path: Path, remote: Remote) -> bool:
    """Whether `path` is a file with the SHA-256 of `remote`."""
    try:
        read_verified(path, remote)
    except BadInput:
        return False
    return True


def fetch_all(
    remotes: tuple[Remote, ...],
    folder: Path,
    *,
    mirrors: tuple[str, ...],
    patience: Patience,
    on_progress: OnProgress,
    on_note: OnNote,
    what: str,
    hint: str,
) -> None:
    """Make `folder` hold the right `remotes`; those that are right already are not asked for again.

    One process at a time downloads into a folder; others wait and then find the files there. A
    wrong file of that name is kept as `NAME.bad`. Without anything to do nothing is written.

    Args:
        remotes: The files.
        folder: Made if it is missing.
        mirrors: Addresses of folders that hold the files, ending in "/", the preferred one first. Redirects are
            not followed: who answers is who was asked.
        patience: When to give up on a mirror.
        on_progress: Told the bytes as they come, in a thread of its own.
        on_note: Told what failed or was put aside.
        what: What could not be done when all mirrors fail.
        hint: What to do then.

    Raises:
        NetworkError: No mirror gave one of the files; names each and why.
        CannotWrite: The folder or a file in it cannot be written.
    """
    if all(is_right(folder / remote.name, remote) for remote in remotes):
        return
    make_folder(folder)
    with _turn_in(folder, on_note):
        missing = [remote for remote in remotes if not is_right(folder / remote.name, remote)]
        _tidy(folder, missing, on_note)
        hopeful = Mirrors(mirrors, patience, on_progress, on_note)
        for remote in missing:
            try:
                data = hopeful.get(remote)
            except MirrorFailed as failure:
                raise NetworkError(what, "", str(failure), hint=hint) from failure
            write_whole(folder / remote.name, data)


class Mirrors:
    """The mirrors that still give hope; those that were too slow or cannot be reached are not asked again."""

    def __init__(self, mirrors: tuple[str, ...], patience: Patience, on_progress: OnProgress, on_note: OnNote) -> None:
        self.hopeful, self.patience = list(mirrors), patience
        self.until_answer = patience.answer / max(len(mirrors), 1)
        self.on_progress, self.on_note = on_progress, on_note
        self.reasons: dict[str, str] = {}

    def get(self, remote: Remote) -> bytes:
        """Return the bytes of `remote` from the first mirror that gives the right ones.

        Raises:
            MirrorFailed: No mirror did; names each and why.
        """
        unsaid = ""
        for mirror in list(self.hopeful):
            host = urlsplit(mirror).netloc
            if unsaid:
                self.on_note(f"{unsaid}; trying {host}")
            try:
                return self._try(mirror, remote)
            except MirrorFailed as failure:
                self.reasons[host], unsaid = str(failure), f"{host}: {failure}"
                if failure.hopeless:
                    self.hopeful.remove(mirror)
        hosts = {why: ", ".join(h for h, w in self.reasons.items() if w == why) for why in self.reasons.values()}
        raise MirrorFailed("; ".join(f"{names}: {why}" for why, names in hosts.items()))

    def _try(self, mirror: str, remote: Remote) -> bytes:
        """Fetch in a thread that can be left behind: a name server may hang for long, with no timeout to set."""
        transfer = _Transfer(mirror + remote.name, remote.size, self.patience, self.on_progress)
        threading.Thread(target=transfer.run, daemon=True).start()
        try:
            if not transfer.answered.wait(self.until_answer):
                raise MirrorFailed(f"no answer in {self.until_answer:g} s", hopeless=True)
            received = transfer.done.result()
            _check(received, remote)
        except BaseException:
            transfer.give_up()
            raise
        return received


class _Transfer:
    """One file of one mirror on its way; `answered` when there is something to say, `done` at the end."""

    def __init__(self, url: str, size: int, patience: Patience, on_progress: OnProgress) -> None:
        self.url, self.size, self.patience, self.on_progress = url, size, patience, on_progress
        self.answered, self.given_up = threading.Event(), threading.Event()
        self.done: Future[bytes] = Future()
        self.told = 0

    def run(self) -> None:
        """Fetch; an error is one of the mirror, or one that `on_progress` raised."""
        try:
            self.done.set_result(self._received())
        except BaseException as error:
            self.done.set_exception(_understood(error, self.patience))
        finally:
            self.answered.set()

    def give_up(self) -> None:
        """End it at its next piece, and take back what was told of it."""
        self.given_up.set()
        if self.told:
            self.on_progress(-self.told)

    def _received(self) -> bytes:
        """At most one byte more than there should be."""
        import requests  # 0.1 s

        received = bytearray()
        with requests.get(
            self.url,
            stream=True,
            allow_redirects=False,
            headers={"Accept-Encoding": "identity"},
            timeout=self.patience.read,
        ) as response:
            self.answered.set()
            if response.status_code != requests.codes.ok:
                raise MirrorFailed(f"answered {response.status_code} {response.reason}".rstrip())
            started = time.monotonic()
            # read1 returns what is there: a mirror that drips byte by byte cannot hide from the clock.
            while piece := response.raw.read1(self.size + 1 - len(received), decode_content=False):
                if self.given_up.is_set():
                    break
                received += piece
                self.told += len(piece)
                self.on_progress(len(piece))
                if time.monotonic() - started > self.patience.total:
                    raise MirrorFailed(f"not done after {self.patience.total:g} s", hopeless=True)
        return bytes(received)


def _check(received: bytes, remote: Remote) -> None:
    """Refuse anything but the expected bytes, and say what came instead."""
    if received[:64].lstrip()[:1] == b"<":
        raise MirrorFailed("sent a web page, not data (a sign-in page of the network?)")
    if len(received) > remote.size:
        raise MirrorFailed(f"sent more than the expected {remote.size:,} bytes")
    if len(received) < remote.size:
        raise MirrorFailed(f"ended early ({len(received):,} of {remote.size:,} bytes)")
    found = sha256(received)
    if found != remote.sha256:
        raise MirrorFailed(f"sent other data (sha256 {found[:8]}…, expected {remote.sha256[:8]}…)")


def _understood(error: BaseException, patience: Patience) -> BaseException:
    """What the network libraries report in layers, in plain words; what is no fault of the mirror stays as it is."""
    from requests import exceptions as network
    from urllib3 import exceptions as body

    reasons: tuple[tuple[tuple[type[Exception], ...], str, bool], ...] = (
        ((network.SSLError,), "its TLS certificate is not accepted", True),
        ((network.ProxyError,), "the proxy refused", True),
        ((ValueError,), "no usable address", True),
        ((network.Timeout, body.TimeoutError), f"sent nothing for {patience.read:g} s", True),
        ((body.ProtocolError,), "ended early", False),
    )
    for kinds, reason, hopeless in reasons:
        if isinstance(error, kinds):
            return MirrorFailed(reason, hopeless=hopeless)
    if isinstance(error, network.RequestException | body.HTTPError | OSError):
        return MirrorFailed(_said_by_the_system(error), hopeless=True)
    return error


def _said_by_the_system(error: BaseException) -> str:
    """The reason at the bottom of an error that others wrapped."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, socket.gaierror):
            return "no such host"
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror.lower()
        cause = cause.__cause__ or cause.__context__
    return "the connection broke"


@contextlib.contextmanager
def _turn_in(folder: Path, on_note: OnNote) -> Iterator[None]:
    """Wait until no other process downloads into `folder`."""
    with contextlib.ExitStack() as turn:
        try:
            turn.enter_context(only_user_of(folder))
        except Busy:
            on_note(f"another process is downloading into {folder}; waiting for it")
            turn.enter_context(only_user_of(folder, wait=True))
        yield


def _tidy(folder: Path, missing: list[Remote], on_note: OnNote) -> None:
    """Remove what a killed process left, and put wrong files aside."""
    try:
        for remote in missing:
            for stale in folder.glob(f".{remote.name}.*.part"):
                stale.unlink(missing_ok=True)
            wrong = folder / remote.name
            if wrong.exists():
                aside = wrong.with_name(f"{wrong.name}.bad")
                wrong.replace(aside)
                on_note(f"{wrong} is not the original file; kept as {aside.name}, fetching it again")
    except OSError as error:
        raise cannot_write(folder, error) from error
