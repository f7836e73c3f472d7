"""What arrives on the socket, byte for byte."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inkdigit.server.observability import SECURITY
from raw_http import Running, everything, one_answer, post, running, status_of

RAW = "application/octet-stream"
GET = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
CLASSIFY = "POST /v1/classify HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/octet-stream\r\n"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """One service for all of these, with limits of a second instead of many."""
    quick = "header_time=1, body_time=2, keep_alive=1"
    with running(tmp_path_factory.mktemp("protocol"), limits=quick) as one:
        yield one
        assert one.process.poll() is None, "it lived through all of them"
        assert "Traceback" not in one.log


def problem(answer: bytes) -> str:
    """The code of the last problem in these bytes; it has every header that it should."""
    head, _, body = answer.rpartition(b"\r\n\r\n")
    assert b"application/problem+json" in head
    for name, value in SECURITY:
        assert name + b": " + value in head
    assert b"x-request-id: " in head
    return str(json.loads(body)["type"]).removeprefix("/problems/")


@pytest.mark.parametrize(
    "request_",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100),  # TLS
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"garbage\r\n\r\n",
        b"FOO / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"get / HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: localhost\r\nA\0B: c\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        CLASSIFY.encode() + b"Content-Length: -1\r\n\r\n",
        CLASSIFY.encode() + b"Content-Length: +5\r\n\r\n12345",
        CLASSIFY.encode() + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\n123456",
        CLASSIFY.encode() + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        CLASSIFY.encode() + b"Transfer-Encoding: chunked\r\n\r\nxyz\r\n\r\n",
    ],
    ids=lambda content: content[:12].decode("latin-1") + str(len(content)),
)
def test_what_is_no_http_is_refused_and_closed(service: Running, request_: bytes) -> None:
    answer = service.ask(request_)
    assert status_of(answer) == 400
    assert problem(answer) == "bad-request"


def test_what_stands_behind_a_body_is_no_part_of_it(service: Running) -> None:
    """A Content-Length that says too little: the rest is another request, and no good one."""
    answer = service.ask(CLASSIFY.encode() + b"Content-Length: 784\r\n\r\n" + bytes(790))
    assert status_of(answer) == 200
    assert answer.count(b"HTTP/1.1 ") <= 2


@pytest.mark.parametrize(("size", "status"), [(7_000, 404), (8_193, 414), (1 << 16, 414), (1 << 20, 414)])
def test_a_url_has_a_length(service: Running, size: int, status: int) -> None:
    answer = service.ask(b"GET /" + b"a" * size + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert status_of(answer) == status


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (b"".join(b"A%d: b\r\n" % i for i in range(90)), 200),
        (b"".join(b"A%d: b\r\n" % i for i in range(101)), 431),
        (b"".join(b"A%d: b\r\n" % i for i in range(10_000)), 431),
        (b"A: " + b"b" * 15_000 + b"\r\n", 200),
        (b"A: " + b"b" * 17_000 + b"\r\n", 431),
        (b"A: " + b"b" * (1 << 20) + b"\r\n", 431),
    ],
)
def test_headers_have_a_size_and_a_number(service: Running, headers: bytes, status: int) -> None:
    answer = service.ask(GET + headers + b"Connection: close\r\n\r\n")
    assert status_of(answer) == status
    assert status == 200 or problem(answer) == "headers-too-large"


def test_a_header_without_an_end_is_not_kept(service: Running) -> None:
    before = service.resident
    with service.connect() as client:
        client.sendall(GET + b"A: ")
        try:
            for _ in range(1_000):
                client.sendall(b"b" * 10_000)
        except OSError:
            pass
        assert status_of(everything(client)) in {431, 0}
    assert service.resident - before < 4


def test_slow_headers_end_in_time(service: Running) -> None:
    with service.connect() as silent, service.connect() as slow:
        slow.sendall(b"GET /")
        time.sleep(0.5)
        slow.sendall(b"h")
        assert problem(everything(slow)) == "body-timeout"
        assert everything(silent) == b""


def test_a_slow_body_ends_in_time(service: Running) -> None:
    with service.connect() as client:
        client.sendall(CLASSIFY.encode() + b"Content-Length: 784\r\n\r\n1")
        assert problem(everything(client)) == "body-timeout"


def test_slow_clients_do_not_hinder_the_others(service: Running) -> None:
    slow = [service.connect() for _ in range(200)]
    for client in slow:
        client.sendall(b"POST /v1/read HTTP/1.1\r\n")
    answer = service.ask(post("/v1/classify", bytes(784), RAW, "Connection: close"))
    assert status_of(answer) == 200
    for client in slow:
        client.close()


def test_an_idle_connection_ends(service: Running) -> None:
    with service.connect() as client:
        client.sendall(GET + b"\r\n")
        assert status_of(one_answer(client)) == 200
        assert client.recv(1) == b""


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(service: Running) -> None:
    with service.connect() as client:
        client.sendall(CLASSIFY.encode() + b"Content-Length: 8388609\r\nExpect: 100-continue\r\n\r\n")
        answer = one_answer(client)
    assert status_of(answer) == 413
    assert problem(answer) == "body-too-large"


def test_a_client_that_asks_first_is_told_to_go_on(service: Running) -> None:
    with service.connect() as client:
        client.sendall(CLASSIFY.encode() + b"Content-Length: 784\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(bytes(784))
        assert status_of(one_answer(client)) == 200


def test_a_client_that_sends_it_all_the_same_sees_the_answer(service: Running) -> None:
    """12 MB at once, and only then a look at the answer: no reset."""
    with service.connect() as client:
        client.sendall(f"{CLASSIFY}Content-Length: 12000000\r\n\r\n".encode())
        client.sendall(bytes(12_000_000))
        assert status_of(one_answer(client)) == 413


def test_a_gigabyte_in_chunks_is_refused_and_thrown_away(service: Running) -> None:
    before, most = service.resident, 0.0
    with service.connect() as client:
        client.sendall(CLASSIFY.encode() + b"Transfer-Encoding: chunked\r\n\r\n")
        chunk = b"100000\r\n" + bytes(1 << 20) + b"\r\n"
        try:
            for _ in range(1 << 10):
                client.sendall(chunk)
                most = max(most, service.resident)
        except OSError:
            pass
        assert status_of(one_answer(client)) in {413, 0}
    assert most - before < 30  # the body of 8 MiB, its copies, what the socket holds
    assert status_of(service.get()) == 200


def test_a_million_chunks_of_a_byte_need_no_memory(service: Running) -> None:
    request = CLASSIFY.encode() + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    service.ask(request + b"1\r\nx\r\n" * 784 + b"0\r\n\r\n")
    before = service.resident
    answer = service.ask(request + b"1\r\nx\r\n" * 200_000 + b"0\r\n\r\n")
    assert status_of(answer) == 422
    assert service.resident - before < 8


def test_chunks_make_a_body(service: Running) -> None:
    chunks = b"".join(b"1c\r\n" + bytes(28) + b"\r\n" for _ in range(28)) + b"0\r\n\r\n"
    request = CLASSIFY.encode() + b"Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    assert status_of(service.ask(request + chunks)) == 200


def test_requests_in_a_row_are_answered_in_their_order(service: Running) -> None:
    many = b"".join(post("/v1/classify", bytes(784 * n), RAW) for n in (1, 2, 3))
    answers = service.ask(many + GET + b"Connection: close\r\n\r\n")
    assert [answers.count(b'"images#%d"' % i) for i in range(3)] == [3, 2, 1]
    assert answers.rstrip().endswith(b'{"status":"ok"}')


def test_a_connection_is_good_again_after_a_refusal(service: Running) -> None:
    with service.connect() as client:
        for body, status in ((b"1", 422), (bytes(784), 200), (b"", 422), (bytes(784), 200)):
            client.sendall(post("/v1/classify", body, RAW))
            assert status_of(one_answer(client)) == status


def test_a_good_request_is_answered_before_bad_bytes_end_the_connection(service: Running) -> None:
    answer = service.ask(post("/v1/classify", bytes(784), RAW) + b"\x00\x01garbage\r\n\r\n")
    assert status_of(answer) == 200


def test_http_1_0_is_answered_and_closed(service: Running) -> None:
    assert status_of(service.ask(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")) == 200


def test_a_websocket_is_not_spoken(service: Running) -> None:
    upgrade = (
        b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: eA==\r\n\r\n"
    )
    with service.connect() as client:
        client.sendall(GET + upgrade)
        assert status_of(one_answer(client)) in {200, 400}


@pytest.mark.parametrize(
    "target", ["/../etc/passwd", "/%2e%2e%2fetc/passwd", "/%00", "//etc/passwd", "/\\etc", "/%c0%ae/", "*"]
)
def test_no_path_leads_to_a_file(service: Running, target: str) -> None:
    answer = service.ask(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert status_of(answer) in {400, 404}
    assert b"root:" not in answer


def test_an_absolute_url_is_a_path(service: Running) -> None:
    answer = service.ask(b"GET http://evil.com/healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert status_of(answer) == 200


@pytest.mark.parametrize("ranges", ["bytes=0-1", "bytes=" + ",".join(f"{i}-{i}" for i in range(1_000))])
def test_ranges_are_ignored(service: Running, ranges: str) -> None:
    answer = service.ask(GET.replace(b"/healthz", b"/docs") + f"Range: {ranges}\r\nConnection: close\r\n\r\n".encode())
    assert status_of(answer) == 200


def test_clients_that_leave_are_no_fault_of_the_service(service: Running) -> None:
    for cut in (10, 100, 300, 900):
        with service.connect() as client:
            client.sendall(post("/v1/classify", bytes(784), RAW)[:cut])
    for _ in range(20):
        with service.connect() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # a reset
            client.sendall(post("/v1/classify", bytes(784 * 500), RAW))
    time.sleep(0.5)
    assert '"level":"error"' not in service.log
    assert b"inkdigit_working 0.0\n" in service.get("/metrics")


def test_the_request_id_is_taken_only_if_it_is_harmless(service: Running) -> None:
    for given, taken in (
        (b"abc-1.2_3", True),
        (b"x" * 64, True),
        (b"x" * 65, False),
        (b"a b", False),
        (b"\xc3\xa4", False),
    ):
        answer = service.ask(GET + b"X-Request-ID: " + given + b"\r\nConnection: close\r\n\r\n")
        assert (b"x-request-id: " + given + b"\r\n" in answer) == taken


def test_too_many_connections_are_told_so(tmp_path: Path) -> None:
    with running(tmp_path, limits="connections=5") as few:
        clients = [few.connect() for _ in range(5)]
        time.sleep(0.2)
        with few.connect() as one_more:
            answer = everything(one_more)
        assert status_of(answer) == 503
        assert b"retry-after" in answer
        for client in clients:
            client.close()
        time.sleep(0.2)
        assert status_of(few.get()) == 200


def test_who_is_sent_away_has_its_own_id_and_every_header(tmp_path: Path) -> None:
    with running(tmp_path, limits="waiting=0") as busy, busy.connect() as client:
        for given in ("a", "x" * 16, "0" * 64, "a"):
            request = post("/v1/classify", bytes(784), RAW).replace(
                b"\r\n", f"\r\nX-Request-ID: {given}\r\n".encode(), 1
            )
            client.sendall(request)
            answer = one_answer(client)
            head, _, body = answer.partition(b"\r\n\r\n")
            assert status_of(answer) == 503
            assert problem(answer) == "overloaded"
            assert f"x-request-id: {given}\r\n".encode() in head + b"\r\n"
            assert json.loads(body)["request_id"] == given
            assert b"content-length: %d" % len(body) in head
            assert any(b"retry-after: %d" % seconds in head for seconds in (1, 2, 3))


def test_a_connection_that_was_refused_ends_when_it_stays_silent(tmp_path: Path) -> None:
    with running(tmp_path, limits="waiting=0, header_time=8, keep_alive=1") as busy, busy.connect() as client:
        for _ in range(3):
            client.sendall(post("/v1/classify", bytes(784), RAW))
            assert status_of(one_answer(client)) == 503
        assert everything(client) == b""


def test_what_is_left_of_a_refused_body_is_not_read_for_ever(service: Running) -> None:
    """Its client sees the answer, and the connection ends once the time for a body is over."""
    with service.connect() as client:
        client.sendall(CLASSIFY.encode() + b"Content-Encoding: gzip\r\nContent-Length: 5000000\r\n\r\n")
        assert status_of(one_answer(client)) == 415
        try:
            for _ in range(600):
                client.sendall(b"1")
                time.sleep(0.1)
        except OSError:
            return
        raise AssertionError("it was read for a minute")
