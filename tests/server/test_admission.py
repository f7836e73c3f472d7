import asyncio
from typing import Any

import pytest
from starlette.types import Receive, Scope, Send

from asgi import scope_of
from inkdigit.server.admission import Admission
from inkdigit.server.model import Served
from inkdigit.server.observability import KEY, Exchange
from inkdigit.server.problems import Problem
from inkdigit.server.service import Service
from inkdigit.server.settings import Limits, Settings

LIMITS = Limits(body=10, held=15)


class Bodies:
    """A service that takes the whole body of a request and holds it until it is told to let go."""

    def __init__(self, served: Served, limits: Limits = LIMITS) -> None:
        self.service = Service(served, Settings(limits=limits))
        self.admission = Admission(self.app, service=self.service)
        self.go = asyncio.Event()
        self.go.set()
        self.body = b""

    async def app(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = b""
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ConnectionError
            body += message["body"]
            if not message["more_body"]:
                break
        self.body = body
        await self.go.wait()

    async def take(self, *pieces: bytes, headers: Any = (), method: str = "POST", gone: bool = False) -> Exchange:
        messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
        messages.append(
            {"type": "http.disconnect"} if gone else {"type": "http.request", "body": b"", "more_body": False}
        )

        async def receive() -> Any:
            return messages.pop(0)

        exchange = Exchange("id", "")
        scope = {**scope_of(method, "/v1/read", headers), KEY: exchange}
        await self.admission(scope, receive, receive)  # type: ignore[arg-type]
        return exchange

    @property
    def held(self) -> int:
        return self.admission._held


@pytest.fixture
def bodies(served: Served) -> Bodies:
    return Bodies(served)


def code(bodies: Bodies, *pieces: bytes, **options: Any) -> str:
    with pytest.raises(Problem) as caught:
        asyncio.run(bodies.take(*pieces, **options))
    assert bodies.held == 0
    return caught.value.code


def test_the_pieces_make_the_body(bodies: Bodies) -> None:
    assert asyncio.run(bodies.take(b"12345", b"", b"67890")).bytes == 10
    assert bodies.body == b"1234567890"
    assert bodies.held == 0


def test_what_arrives_is_counted_not_what_was_announced(bodies: Bodies) -> None:
    assert code(bodies, b"12345", b"678901") == "body-too-large"
    assert code(bodies, b"12345678901", headers=[("content-length", "3")]) == "body-too-large"
    assert code(bodies, b"1", headers=[("content-length", "11")]) == "body-too-large"
    assert code(bodies, b"1", headers=[("content-length", "9" * 5000)]) == "body-too-large"


def test_all_bodies_together_are_bounded(bodies: Bodies) -> None:
    async def main() -> None:
        bodies.go.clear()
        first = asyncio.create_task(bodies.take(b"1234567890"))
        await asyncio.sleep(0)
        assert bodies.held == 10
        with pytest.raises(Problem, match="overloaded"):
            await bodies.take(b"123456")
        assert bodies.held == 10
        bodies.go.set()
        await first
        await bodies.take(b"123456")

    asyncio.run(main())
    assert bodies.held == 0


def test_a_client_that_leaves_gives_back_what_it_held(bodies: Bodies) -> None:
    with pytest.raises(ConnectionError):
        asyncio.run(bodies.take(b"1", gone=True))
    assert bodies.held == 0


@pytest.mark.parametrize("encoding", ["gzip", "br", "zstd", "identity, gzip", "deflate"])
def test_nothing_is_unpacked(bodies: Bodies, encoding: str) -> None:
    assert code(bodies, b"1", headers=[("content-encoding", encoding)]) == "unsupported-encoding"


def test_who_drains_takes_no_work(bodies: Bodies) -> None:
    bodies.service.draining = True
    assert code(bodies, b"1") == "draining"


def test_a_full_line_refuses_before_the_body_is_read(served: Served) -> None:
    full = Bodies(served, Limits(waiting=0))
    assert code(full, b"1") == "overloaded"
    assert full.body == b""
    asyncio.run(full.take(method="GET"))  # what needs no thread is taken all the same
