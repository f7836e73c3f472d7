"""The service as its users have it: a process and a port."""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from asgi import form
from inkdigit.errors import Busy, UsageError
from inkdigit.server import process
from inkdigit.server.logs import Log
from inkdigit.server.model import Served
from inkdigit.server.protocol import Protocol
from inkdigit.server.service import make_service
from inkdigit.server.settings import Settings
from raw_http import Running, everything, one_answer, post, running, status_of

RAW = "application/octet-stream"


def test_a_port_that_is_taken_is_said_so() -> None:
    with process.bind("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(Busy, match="in use"):
            process.bind("127.0.0.1", port)


@pytest.mark.parametrize(
    ("host", "port"), [("no.such.host.invalid", 0), ("", -1), ("127.0.0.1", 65_536), ("8.8.8.8", 0), ("x" * 300, 0)]
)
def test_an_address_that_is_none_is_wrong_usage(host: str, port: int) -> None:
    with pytest.raises(UsageError, match="cannot listen"):
        process.bind(host, port)


def test_loopback_is_known_from_the_rest() -> None:
    for host, loopback in (("127.0.0.1", True), ("localhost", True), ("0.0.0.0", False)):
        with process.bind(host, 0) as listener:
            assert process.is_loopback(listener) == loopback
            assert process.address_of(listener).endswith(f":{listener.getsockname()[1]}")
    if socket.has_ipv6:
        try:
            with process.bind("::1", 0) as listener:
                assert process.is_loopback(listener)
                assert process.address_of(listener).startswith("http://[::1]:")
        except UsageError:
            pass  # this machine has no IPv6


def test_uvicorn_is_set_up_as_documented(served: Served) -> None:
    config = process.config_of(make_service(served, settings=Settings(), log=Log()))
    assert issubclass(config.http_protocol_class if config.loaded else config.http, Protocol)  # type: ignore[arg-type]
    assert (config.server_header, config.date_header, config.proxy_headers, config.access_log) == (
        False,
        True,
        False,
        False,
    )
    assert (config.timeout_graceful_shutdown, config.timeout_keep_alive, config.ws, config.workers) == (
        10,
        5,
        "none",
        1,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_drains_and_ends_well(tmp_path: Path, png: bytes, number: signal.Signals) -> None:
    """Everything that was accepted is answered: requests in work, in the line, and bodies that are still coming."""
    request = post("/v1/read?single=true", png, "image/png", "Connection: close")
    with running(tmp_path) as service:
        slow = [service.connect() for _ in range(10)]
        for client in slow:
            client.sendall(request[:-20])
        assert status_of(service.get("/readyz")) == 200
        with ThreadPoolExecutor(20) as pool:
            quick = [pool.submit(service.ask, request) for _ in range(20)]
            service.process.send_signal(number)
            answers = [one.result() for one in quick]
            time.sleep(0.3)
            for client in slow:
                client.sendall(request[-20:])
            answers += [everything(client) for client in slow]
        for client in slow:
            client.close()
        assert service.process.wait(15) == 0
        # A client that came after the signal is told so, or finds nobody; whoever was accepted has an answer.
        assert {status_of(answer) for answer in answers[20:]} == {200}
        assert {status_of(answer) for answer in answers[:20]} <= {200, 503, 0}
        assert service.log.rstrip().endswith("inkdigit: stopped")
        assert "Traceback" not in service.log


def test_while_it_drains_it_is_not_ready_and_takes_no_work(tmp_path: Path) -> None:
    with running(tmp_path) as service, service.connect() as open_one, service.connect() as client:
        open_one.sendall(post("/v1/classify", bytes(784), RAW)[:-1])
        time.sleep(0.2)
        service.process.terminate()
        first = b""
        with contextlib.suppress(ConnectionError):  # it was idle, and may be closed by now
            client.sendall(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            first = one_answer(client)
        assert status_of(first) in {0, 503}
        open_one.sendall(b"\0")
        assert status_of(one_answer(open_one)) == 200
        assert service.process.wait(15) == 0


def test_a_client_that_stays_does_not_keep_it(tmp_path: Path) -> None:
    with running(tmp_path, limits="drain=1") as service, service.connect() as client:
        client.sendall(post("/v1/classify", bytes(784), RAW)[:-1])
        time.sleep(0.2)
        service.process.terminate()
        assert service.process.wait(10) == 0
        assert status_of(everything(client)) in {0, 503}


def test_reading_needs_neither_keras_nor_jax_nor_onnx(tmp_path: Path) -> None:
    code = """
import sys, asyncio
sys.path[:0] = [{tests!r}]
from inkdigit.server.app import create_app
from asgi import ask
app = create_app("mlp")
assert ask(app, "POST", "/v1/classify", [("content-type", "application/octet-stream")], bytes(784)).status == 200
assert ask(app, "GET", "/").status in (200, 404)
print(*sys.modules)
"""
    words = [sys.executable, "-c", code.format(tests=str(Path(__file__).parent.parent))]
    loaded = set(subprocess.run(words, capture_output=True, text=True, check=True).stdout.split())
    assert not loaded & {
        "keras",
        "jax",
        "onnx",
        "matplotlib",
        "requests",
        "sklearn",
        "jaxtyping",
        "torch",
        "tensorflow",
    }


def test_it_is_ready_soon(tmp_path: Path) -> None:
    """Half a second on a quiet machine (benchmarks/serving.py); the bound only notices a change of kind."""
    began = time.monotonic()
    with running(tmp_path) as service:
        assert status_of(service.get("/readyz")) == 200
        assert time.monotonic() - began < 15


def test_many_good_and_bad_uploads_need_no_more_memory(tmp_path: Path, png: bytes) -> None:
    sent = [
        post("/v1/read?single=true", png, "image/png"), post("/v1/read", png[:-30], "image/png"),
        post("/v1/classify", bytes(784), RAW), post("/v1/classify", b'{"images": [NaN]}', "application/json"),
        post("/v1/read?single=true", as_form(png)[1], as_form(png)[0]),
        post("/v1/read", b"\r\n" * 400, as_form(png)[0]),
    ]  # fmt: skip

    def send(service_port: int, count: int) -> set[int]:
        with socket.create_connection(("127.0.0.1", service_port)) as client:
            statuses = set()
            for i in range(count):
                client.sendall(sent[i % len(sent)])
                statuses.add(status_of(one_answer(client)))
            return statuses

    with running(tmp_path) as service:
        assert send(service.port, 300) == {200, 400, 422}
        memory, descriptors = service.resident, settled(service)
        send(service.port, 2_000)
        assert service.resident - memory < 8
        assert settled(service) <= descriptors


def settled(service: Running) -> int:
    """Open descriptors once the service has noticed that the client is gone: it may be a moment late."""
    counts = []
    for _ in range(10):
        counts.append(service.descriptors)
        time.sleep(0.1)
    return min(counts)


def as_form(png: bytes) -> tuple[str, bytes]:
    headers, body = form(("image", "a.png", png))
    return headers[0][1], body


def test_overload_is_answered_with_503_and_nothing_else(tmp_path: Path, png: bytes) -> None:
    """Sixty-four clients at once at a line of four; then all is well again."""
    request = post("/v1/read?single=true", png, "image/png")
    statuses: list[int] = []
    refused: list[bytes] = []
    lock = threading.Lock()

    def client(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            for _ in range(10):
                connection.sendall(request)
                answer = one_answer(connection)
                with lock:
                    statuses.append(status_of(answer))
                    if status_of(answer) == 503:
                        refused.append(answer)

    with running(tmp_path, limits="working=1, waiting=4") as service:
        with ThreadPoolExecutor(64) as pool:
            list(pool.map(client, [service.port] * 64))
        assert set(statuses) == {200, 503}
        assert len(statuses) == 640
        for answer in refused:
            head, _, body = answer.partition(b"\r\n\r\n")
            assert b"retry-after: " in head
            assert b"content-security-policy: " in head
            assert json.loads(body)["type"] == "/problems/overloaded"
        assert status_of(service.ask(post("/v1/classify", bytes(784), RAW, "Connection: close"))) == 200
        assert b'reason="overloaded"} ' in service.get("/metrics")
        time.sleep(0.5)  # the log is written ten times a second
        assert service.log.count('"reason":"overloaded"') == len(refused)
