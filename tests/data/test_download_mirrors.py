"""Mirrors that misbehave, each a real HTTP server on this machine.

Rows D01 to D04, D08 (how soon it is known) and D10 of the list of bad inputs are tests. Not tested:
the public mirrors themselves, for tests need no network.
"""

import contextlib
import errno
import hashlib
import http.server
import os
import shlex
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from inkdigit.data.download import MirrorFailed, Mirrors, Patience, Remote

Handler = http.server.BaseHTTPRequestHandler
Answer = Callable[[Handler, bytes], None]
QUICK = Patience(answer=4, read=0.3, total=0.6)

CONTENT = {"one.gz": bytes(range(256)) * 20, "two.gz": b"two" * 1000, "three.gz": b"3" * 40, "four.gz": b"last"}
REMOTES = [Remote(name, len(data), hashlib.sha256(data).hexdigest()) for name, data in CONTENT.items()]


class Mirror:
    """An HTTP server; `answers` says how it answers for a file, the right way where it says nothing."""

    def __init__(self, answers: dict[str, Answer] | None = None, *, always: Answer | None = None) -> None:
        self.asked: list[str] = []
        mirror = self

        class Handling(Handler):
            def do_GET(self) -> None:  # noqa: N802
                name = self.path.rsplit("/", 1)[-1]
                mirror.asked.append(self.path)
                answer = always or (answers or {}).get(name, right)
                with contextlib.suppress(OSError):
                    answer(self, CONTENT[name])

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handling)
        self.server.daemon_threads = True
        self.host = f"127.0.0.1:{self.server.server_port}"
        self.url = f"http://{self.host}/files/"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()


def right(handler: Handler, data: bytes) -> None:
    send(handler, data)


def send(handler: Handler, data: bytes, *, declared: int | None = None, **headers: str) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(data) if declared is None else declared))
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(data)


def status(code: int) -> Answer:
    return lambda handler, data: handler.send_error(code)


def redirect(target: str) -> Answer:
    def answer(handler: Handler, data: bytes) -> None:
        handler.send_response(302)
        handler.send_header("Location", target)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def web_page(handler: Handler, data: bytes) -> None:
    send(handler, b"<html>Please sign in to the network</html>", Content_Type="application/gzip")


def cut(handler: Handler, data: bytes) -> None:
    send(handler, data[:-20])


def broken_off(handler: Handler, data: bytes) -> None:
    send(handler, data[:-20], declared=len(data))


def flipped(handler: Handler, data: bytes) -> None:
    send(handler, data[:-9] + bytes([data[-9] ^ 1]) + data[-8:])


def other_file(handler: Handler, data: bytes) -> None:
    send(handler, CONTENT["four.gz"])


def silent(handler: Handler, data: bytes) -> None:
    time.sleep(1)


def dripping(handler: Handler, data: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    for byte in data:
        handler.wfile.write(bytes([byte]))
        time.sleep(0.05)


def endless(handler: Handler, data: bytes) -> None:
    handler.send_response(200)
    handler.end_headers()
    while True:
        handler.wfile.write(bytes(1 << 16))


@pytest.fixture
def serve() -> Iterator[Callable[..., Mirror]]:
    running: list[Mirror] = []

    def start(*args: dict[str, Answer], always: Answer | None = None) -> Mirror:
        running.append(Mirror(*args, always=always))
        return running[-1]

    yield start
    for mirror in running:
        mirror.server.shutdown()
        mirror.server.server_close()


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def fetch(
    *mirrors: Mirror | str,
    notes: list[str] | None = None,
    progress: list[int] | None = None,
    patience: Patience = QUICK,
) -> dict[str, bytes]:
    """All four files from the mirrors."""
    addresses = tuple(mirror if isinstance(mirror, str) else mirror.url for mirror in mirrors)
    on_note, on_progress = ([] if notes is None else notes).append, ([] if progress is None else progress).append
    sources = Mirrors(addresses, patience, on_progress, on_note)
    return {remote.name: sources.get(remote) for remote in REMOTES}


def test_a_good_mirror(serve: Callable[..., Mirror]) -> None:
    mirror, progress = serve(), list[int]()
    assert fetch(mirror, progress=progress) == CONTENT
    assert mirror.asked == [f"/files/{name}" for name in CONTENT]
    assert sum(progress) == sum(map(len, CONTENT.values()))


@pytest.mark.parametrize("code", [403, 404, 500, 429])
def test_d01_a_mirror_that_refuses(serve: Callable[..., Mirror], code: int) -> None:
    notes: list[str] = []
    bad, good = serve(always=status(code)), serve()
    assert fetch(bad, good, notes=notes) == CONTENT
    assert notes[0].startswith(f"{bad.host}: answered {code} ")
    assert notes[0].endswith(f"trying {good.host}")
    assert len(notes) == 4


def test_d01_nobody_listens(serve: Callable[..., Mirror]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{free.getsockname()[1]}/files/"
        notes: list[str] = []
        assert fetch(closed, serve(), notes=notes) == CONTENT
    assert len(notes) == 1  # not asked again for the other three files
    assert "connection refused" in notes[0]


def test_d01_no_such_host(serve: Callable[..., Mirror], monkeypatch: pytest.MonkeyPatch) -> None:
    look_up = socket.getaddrinfo

    def failing(host: str, *args: object, **options: object) -> object:
        if host == "nowhere.invalid":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *args, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", failing)
    notes: list[str] = []
    assert fetch("https://nowhere.invalid/files/", serve(), notes=notes) == CONTENT
    assert notes[0].startswith("nowhere.invalid: no such host")


@pytest.mark.parametrize(("answer", "reason"), [(silent, "sent nothing for 0.3 s"), (dripping, "not done after 0.6 s")])
def test_d02_a_mirror_that_takes_for_ever(serve: Callable[..., Mirror], answer: Answer, reason: str) -> None:
    notes: list[str] = []
    bad = serve(always=answer)
    assert fetch(bad, serve(), notes=notes) == CONTENT
    assert reason in notes[0]
    assert len(bad.asked) == 1  # given up for the other files


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (web_page, "sent a web page, not data"),
        (cut, "ended early"),
        (broken_off, "ended early"),
        (flipped, "sent other data (sha256 "),
        (other_file, "ended early"),
    ],
)
def test_d03_wrong_bytes(serve: Callable[..., Mirror], answer: Answer, reason: str) -> None:
    notes: list[str] = []
    progress: list[int] = []
    bad = serve({"one.gz": answer})
    assert fetch(bad, serve(), notes=notes, progress=progress) == CONTENT
    assert reason in notes[0]
    assert len(bad.asked) == 4  # asked again for the next file
    assert sum(progress) == sum(map(len, CONTENT.values()))


@pytest.mark.parametrize("target", ["/files/one.gz", "http://127.0.0.1:1/", "file:///etc/passwd", "//[broken"])
def test_d04_no_redirect_is_followed(serve: Callable[..., Mirror], target: str) -> None:
    notes: list[str] = []
    elsewhere = serve(always=redirect(target))
    assert fetch(elsewhere, serve(), notes=notes) == CONTENT
    assert notes[0].startswith(f"{elsewhere.host}: ")
    assert len(elsewhere.asked) <= len(CONTENT)


def test_d04_endless_body(serve: Callable[..., Mirror]) -> None:
    progress: list[int] = []
    with pytest.raises(MirrorFailed, match=f"sent more than the expected {REMOTES[0].size:,} bytes"):
        fetch(serve(always=endless), progress=progress)
    assert max(progress) <= REMOTES[0].size + 1


def test_d04_nothing_is_decoded_on_the_way(serve: Callable[..., Mirror]) -> None:
    asked_for: list[str | None] = []

    def labelled_as_gzip(handler: Handler, data: bytes) -> None:
        asked_for.append(handler.headers["Accept-Encoding"])
        send(handler, data, Content_Encoding="gzip")

    assert fetch(serve(always=labelled_as_gzip)) == CONTENT
    assert set(asked_for) == {"identity"}


def test_d08_without_network_it_is_known_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server or a router that swallows everything: the mirrors share the time until they must have answered."""
    assert Patience().answer < 10
    released = threading.Event()

    def swallowed(*args: object, **options: object) -> None:
        released.wait(60)
        raise OSError(errno.ENETUNREACH, "Network is unreachable")

    monkeypatch.setattr(socket, "getaddrinfo", swallowed)
    dead = [f"https://{name}.invalid/" for name in "abcde"]
    with pytest.raises(MirrorFailed, match=r"a.invalid, b.invalid, .*e.invalid: no answer in 0.1 s$"):
        fetch(*dead, patience=Patience(answer=0.5))
    released.set()


def test_d10_the_proxy_is_used(serve: Callable[..., Mirror], monkeypatch: pytest.MonkeyPatch) -> None:
    proxy = serve()
    monkeypatch.setenv("http_proxy", f"http://{proxy.host}")
    assert fetch("http://mirror.invalid/files/") == CONTENT
    assert proxy.asked[0] == "http://mirror.invalid/files/one.gz"


def test_d10_a_proxy_that_is_no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy:notaport")
    with pytest.raises(MirrorFailed, match="no usable address"):
        fetch("http://mirror.invalid/files/")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes a certificate with openssl")
def test_d10_self_signed_certificate_is_refused(serve: Callable[..., Mirror], tmp_path: Path) -> None:
    make = f"openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=127.0.0.1 \
             -keyout {tmp_path / 'key'} -out {tmp_path / 'cert'}"
    subprocess.run(shlex.split(make), check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    mirror = serve()
    mirror.server.socket = context.wrap_socket(mirror.server.socket, server_side=True)
    with pytest.raises(MirrorFailed, match="its TLS certificate is not accepted"):
        fetch(f"https://{mirror.host}/files/")
    assert not mirror.asked
