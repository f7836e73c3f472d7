"""The service in a process of its own, and clients that speak to its socket byte by byte."""

import contextlib
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

SHORT = """
from inkdigit.server.settings import Limits
# The same limits, only sooner: a test cannot wait for thirty seconds. A thread alone may be late, on a busy machine.
usual = Limits.__init__
Limits.__init__ = lambda self, **given: usual(self, **dict(patience=60) | given | dict({limits}))
from inkdigit.cli.main import main
main(["serve", "--model", "mlp", *{arguments!r}])
"""


@dataclass
class Running:
    """A service that runs: its process, its port, and where its log goes."""

    process: "subprocess.Popen[bytes]"
    port: int
    log_file: Path

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8")

    @property
    def resident(self) -> float:
        """Megabytes of memory."""
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / 1e6

    @property
    def descriptors(self) -> int:
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def connect(self, *, timeout: float = 20) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), timeout=timeout)

    def ask(self, content: bytes) -> bytes:
        """Send bytes as they are, and all that comes back until the other side closes."""
        with self.connect() as client:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                client.sendall(content)
            return everything(client)

    def get(self, path: str = "/healthz") -> bytes:
        return self.ask(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())


def everything(client: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := client.recv(1 << 16):
            received += piece
    return received


def one_answer(client: socket.socket) -> bytes:
    """One answer with its body, of a connection that stays open."""
    received = b""
    while b"\r\n\r\n" not in received:
        piece = client.recv(1 << 16)
        if not piece:
            return received
        received += piece
    head, _, body = received.partition(b"\r\n\r\n")
    length = int(re.search(rb"(?i)content-length: (\d+)", head).group(1))  # type: ignore[union-attr]
    while len(body) < length:
        body += client.recv(1 << 16)
    return head + b"\r\n\r\n" + body


def status_of(answer: bytes) -> int:
    """Of the first answer in these bytes; 0 where there is none."""
    return int(answer[9:12]) if answer.startswith(b"HTTP/1.1 ") else 0


def post(path: str, body: bytes, kind: str, *more: str) -> bytes:
    lines = [f"POST {path} HTTP/1.1", "Host: localhost", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *more]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def wait_until(true: Callable[[], bool]) -> None:
    """A minute is generous: it is for a machine that does much else."""
    for _ in range(600):
        if true():
            return
        time.sleep(0.1)
    raise AssertionError("not within a minute")


@contextlib.contextmanager
def running(folder: Path, *arguments: str, limits: str = "", env: dict[str, str] | None = None) -> Iterator[Running]:
    """A service on a free port, with limits as they would be written in `Limits(...)`; ended as a user would."""
    log_file = folder / f"log-{os.urandom(4).hex()}"
    words = [sys.executable, "-c", SHORT.format(limits=limits, arguments=["--port", "0", *arguments])]
    with log_file.open("wb") as log:
        started = subprocess.Popen(words, stderr=log, env={**os.environ, **(env or {})})
    try:
        port = 0
        while not port:
            assert started.poll() is None, log_file.read_text()
            said = re.search(r" at http://[^ ]*:(\d+) ", log_file.read_text())
            port = int(said.group(1)) if said else 0
        yield Running(started, port, log_file)
    finally:
        started.terminate()
        started.wait(20)
