"""The proxy of `deploy/`, before a service, with shorter times."""

import contextlib
import json
import re
import select
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from raw_http import Running, everything, one_answer, post, running, status_of, wait_until

CONFIGURATION = Path(__file__).parent.parent.parent / "deploy" / "nginx.conf"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/bin")
RAW = "application/octet-stream"

pytestmark = pytest.mark.skipif(NGINX is None, reason="nginx is not installed")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextlib.contextmanager
def proxy(folder: Path, service: Running, *, patience: str = "1s") -> Iterator[Running]:
    """nginx with the shipped configuration, but for its ports and how long it waits for a client."""
    port, text = free_port(), CONFIGURATION.read_text(encoding="utf-8")
    changes = {"listen 8080": f"listen 127.0.0.1:{port}", "127.0.0.1:8000": f"127.0.0.1:{service.port}",
               "client_header_timeout 10s": f"client_header_timeout {patience}",
               "client_body_timeout 10s": f"client_body_timeout {patience}"}  # fmt: skip
    for old, new in changes.items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    (folder / "nginx.conf").write_text(text, encoding="utf-8")
    log_file = folder / "nginx.log"
    with log_file.open("wb") as log:
        started = subprocess.Popen(
            [str(NGINX), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"], stderr=log
        )
    before = Running(started, port, log_file)
    try:
        for _ in range(300):
            assert started.poll() is None, before.log
            with contextlib.suppress(OSError), before.connect():
                break
            time.sleep(0.1)
        yield before
    finally:
        started.terminate()
        started.wait(60)


@contextlib.contextmanager
def connections(to: Running, count: int) -> Iterator[list[socket.socket]]:
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(to.connect(timeout=60)) for _ in range(count)]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("service"), "--allow-host", "reader.example") as one:
        yield one


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory, service: Running) -> Iterator[Running]:
    with proxy(tmp_path_factory.mktemp("proxy"), service) as one:
        yield one


def heard_of(service: Running) -> float:
    """How many requests the service has answered, but for those that ask just that."""
    counts = re.findall(
        r'^inkdigit_requests_total\{route="(?!/metrics).*\} (\S+)$', service.get("/metrics").decode(), re.M
    )
    return sum(map(float, counts))


def code(answer: bytes) -> str:
    head, _, body = answer.rpartition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    problem = json.loads(body)
    assert problem["request_id"].encode() in head
    assert problem["status"] == status_of(answer)
    return str(problem["type"]).removeprefix("/problems/")


def test_what_the_service_answers_passes_as_it_is(before: Running, service: Running, png: bytes) -> None:
    good = post("/v1/read?single=true", png, "image/png", "Connection: close").replace(b"localhost", b"reader.example")
    answer = before.ask(good)
    assert status_of(answer) == 200
    assert b"content-security-policy" in answer
    assert answer.lower().count(b"x-request-id: ") == 1
    [request_id] = re.findall(rb"x-request-id: (\w+)", answer.lower())
    wait_until(lambda: request_id.decode() in service.log)
    assert code(before.ask(good.replace(b"reader.example", b"evil.example"))) == "host-not-allowed"
    assert code(before.ask(post("/v1/classify", b"1", RAW, "Connection: close"))) == "wrong-shape"


def test_what_is_too_large_does_not_reach_the_service(before: Running, service: Running) -> None:
    before_it = heard_of(service)
    with before.connect() as client:
        client.sendall(f"POST /v1/read HTTP/1.1\r\nHost: localhost\r\nContent-Length: {9 << 20}\r\n\r\n".encode())
        with contextlib.suppress(OSError):
            client.sendall(bytes(9 << 20))
        assert code(everything(client)) == "body-too-large"
    long = b"b" * 20_000
    assert code(before.ask(b"GET / HTTP/1.1\r\nHost: localhost\r\nA: " + long + b"\r\n\r\n")) == "headers-too-large"
    assert code(before.ask(b"GET /" + long + b" HTTP/1.1\r\nHost: localhost\r\n\r\n")) == "url-too-long"
    assert code(before.ask(b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")) == "bad-request"
    assert heard_of(service) == before_it


def test_slow_clients_do_not_reach_the_service(before: Running, service: Running) -> None:
    """Some begin a request and some a body, and stop; meanwhile others are answered."""
    before_it = heard_of(service)
    with connections(before, 20) as slow:
        for i, client in enumerate(slow):
            client.sendall(post("/v1/classify", bytes(784), RAW)[: 20 if i % 2 else -1])
        assert status_of(before.ask(post("/v1/classify", bytes(784), RAW, "Connection: close"))) == 200
        for client in slow:
            assert status_of(everything(client)) in {0, 408}
    assert heard_of(service) == before_it + 1


def test_one_address_has_so_many_connections(tmp_path: Path, service: Running) -> None:
    """Of 40, each with a body that does not come, 32 are waited for, and 8 refused, whichever came last."""
    with proxy(tmp_path, service, patience="600s") as before, connections(before, 40) as many:
        for client in many:
            client.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\n\r\n")
        refused = list[str]()
        while len(refused) < 8:
            answered, _, _ = select.select(many, [], [], 60)
            assert answered
            refused += [code(one_answer(client)) for client in answered]
            many = [client for client in many if client not in answered]
        assert set(refused) == {"too-many-requests"}
        assert (len(refused), select.select(many, [], [], 0)[0]) == (8, [])


def test_a_service_that_is_gone_is_a_problem_that_passes(tmp_path: Path) -> None:
    with running(tmp_path) as service, proxy(tmp_path, service) as before:
        service.process.terminate()
        service.process.wait(60)
        answer = before.ask(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert code(answer) == "overloaded"
        assert b"Retry-After" in answer
