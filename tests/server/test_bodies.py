import asyncio
from typing import Any

import pytest

from inkdigit.server.bodies import Bodies
from inkdigit.server.limits import Limits
from inkdigit.server.problems import Problem

LIMITS = Limits(body=10, held=15, body_time=0.05)


def receiving(*pieces: bytes, then: str = "") -> Any:
    messages = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    if not then:
        messages[-1]["more_body"] = False

    async def receive() -> Any:
        if messages:
            return messages.pop(0)
        if then == "waits":
            await asyncio.sleep(5)
        return {"type": "http.disconnect"}

    return receive


async def received(bodies: Bodies, *pieces: bytes, then: str = "", headers: Any = ()) -> bytes:
    async with bodies.received(list(headers), receiving(*pieces, then=then)) as body:
        return body


def code(bodies: Bodies, *pieces: bytes, **options: Any) -> str:
    with pytest.raises(Problem) as caught:
        asyncio.run(received(bodies, *pieces, **options))
    assert bodies.held == 0
    return caught.value.code


def test_the_pieces_make_the_body() -> None:
    assert asyncio.run(received(Bodies(LIMITS), b"12345", b"", b"67890")) == b"1234567890"


def test_what_arrives_is_counted_not_what_was_announced() -> None:
    assert code(Bodies(LIMITS), b"12345", b"678901") == "body-too-large"
    assert code(Bodies(LIMITS), b"12345678901", headers=[(b"content-length", b"3")]) == "body-too-large"
    assert code(Bodies(LIMITS), b"1", headers=[(b"content-length", b"11")]) == "body-too-large"


def test_all_bodies_together_are_bounded() -> None:
    bodies = Bodies(LIMITS)

    async def main() -> None:
        async with bodies.received([], receiving(b"1234567890")):
            assert bodies.held == 10
            await received(bodies, b"12345")
            with pytest.raises(Problem, match="overloaded"):
                await received(bodies, b"123456")
            assert bodies.held == 10

    asyncio.run(main())
    assert bodies.held == 0


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    assert code(Bodies(LIMITS), b"1", then="waits") == "body-timeout"


def test_a_client_that_leaves_ends_the_request() -> None:
    bodies = Bodies(LIMITS)
    with pytest.raises(asyncio.CancelledError):
        asyncio.run(received(bodies, b"1", then="leaves"))
    assert bodies.held == 0


@pytest.mark.parametrize("encoding", [b"gzip", b"br", b"zstd", b"identity, gzip", b"deflate"])
def test_nothing_is_unpacked(encoding: bytes) -> None:
    assert code(Bodies(LIMITS), b"1", headers=[(b"content-encoding", encoding)]) == "unsupported-encoding"
