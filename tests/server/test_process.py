"""The service as its users have it: a process and a port."""

import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from fastapi import FastAPI

from asgi import form
from inkdigit.server import process
from inkdigit.server.deadlines import DeadlineProtocol
from inkdigit.server.settings import Settings
from raw_http import Running, everything, one_answer, post, running, status_of, wait_until

RAW = "application/octet-stream"


def test_uvicorn_is_set_up_as_documented(app: FastAPI) -> None:
    config = process.config_of(app, Settings())
    assert config.http is DeadlineProtocol
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


def listens(service: Running) -> bool:
    with contextlib.suppress(OSError), service.connect():
        return True
    return False


def test_while_it_drains_it_is_not_ready_and_takes_no_work(tmp_path: Path) -> None:
    with running(tmp_path) as service, service.connect() as open_one, service.connect() as client:
        open_one.sendall(post("/v1/classify", bytes(784), RAW)[:-1])
        assert status_of(service.get("/readyz")) == 200
        service.process.terminate()
        wait_until(lambda: not listens(service))
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


@pytest.mark.long
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
    # Lines are written ten times a second, so the log is whole once the service has ended.
    assert service.log.count('"reason":"overloaded"') == len(refused)


# Several processes ----------------------------------------------------------------------------------------------


def children_of(pid: int) -> set[int]:
    """The processes that serve: those of a process that run Python with a task of multiprocessing."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            if parent == pid and b"spawn_main" in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
    return found


def answering(service: Running) -> bool:
    with contextlib.suppress(OSError):
        return status_of(service.ask(post("/v1/classify", bytes(784), RAW, "Connection: close"))) == 200
    return False


def count_of(service: Running, line: str) -> float:
    found = re.search(rf"^{re.escape(line)} (\S+)$", service.get("/metrics").decode(), re.MULTILINE)
    return float(found[1]) if found else 0.0


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="looks for the processes in /proc")
def test_several_processes_share_a_port_their_counts_and_one_another_s_fate(tmp_path: Path, png: bytes) -> None:
    counted = 'inkdigit_requests_total{route="/v1/classify",status="200"}'
    with running(tmp_path, "--workers", "2") as service:
        before = children_of(service.process.pid)
        assert len(before) == 2
        for _ in range(20):
            assert answering(service)
        assert count_of(service, counted) == 20
        os.kill(min(before), signal.SIGKILL)
        wait_until(lambda: len(children_of(service.process.pid) - before) == 1)
        wait_until(lambda: len(children_of(service.process.pid)) == 2 and answering(service))
        assert count_of(service, counted) >= 21
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(60) == 0
        wait_until(lambda: not children_of(service.process.pid))
        assert service.log.count("inkdigit: reading with mlp at ") == 1
        assert service.log.rstrip().endswith("inkdigit: stopped")
        assert "Traceback" not in service.log


def test_several_processes_answer_what_they_accepted(tmp_path: Path) -> None:
    request = post("/v1/classify", bytes(784), RAW, "Connection: close")
    with running(tmp_path, "--workers", "2") as service:
        clients = [service.connect() for _ in range(8)]
        for client in clients:
            client.sendall(request[:-20])
        assert status_of(service.get("/readyz")) == 200
        service.process.send_signal(signal.SIGINT)
        time.sleep(0.3)
        for client in clients:
            client.sendall(request[-20:])
        assert {status_of(everything(client)) for client in clients} == {200}
        for client in clients:
            client.close()
        assert service.process.wait(60) == 0
