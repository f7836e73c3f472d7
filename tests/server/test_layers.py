"""The layers of the application, one within the other."""

import asyncio
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.types import ASGIApp

from asgi import ask
from inkdigit.data.strokes import strokes
from inkdigit.server.admission import AccessControl, Admission
from inkdigit.server.app import create_app
from inkdigit.server.model import Served
from inkdigit.server.observability import Observability
from inkdigit.server.settings import Limits
from server.conftest import MakeApp

RAW = [("content-type", "application/octet-stream")]


def test_each_layer_stands_where_it_should(app: FastAPI) -> None:
    layers: list[Any] = [one.cls for one in app.user_middleware]
    assert layers == [Observability, AccessControl, Admission]


def test_the_recognizer_is_built_once(served: Served) -> None:
    app = create_app(served)
    assert app.state.service.served.reader is served.reader
    body = strokes(3, seed=1).images.tobytes()
    first = ask(app, "POST", "/v1/classify", RAW, body)
    assert [ask(app, "POST", "/v1/classify", RAW, body).body for _ in range(3)] == [first.body] * 3


def test_any_server_may_run_it(served: Served) -> None:
    """The protocol of start and end, as servers speak it that know nothing of `process`."""
    app: ASGIApp = create_app(served)
    messages, sent = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}], []

    async def receive() -> dict[str, str]:
        return messages.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    async def main() -> None:
        await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)

    asyncio.run(main())
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_who_drains_says_so(make_app: MakeApp) -> None:
    app = make_app()
    app.state.service.draining = True
    for method, path, status in (
        ("POST", "/v1/read", 503),
        ("GET", "/readyz", 503),
        ("GET", "/healthz", 200),
        ("GET", "/metrics", 200),
    ):
        answer = ask(app, method, path)
        assert answer.status == status
        if status == 503:
            assert answer.code == "draining"
            assert 1 <= int(answer["retry-after"]) <= 3


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/v1/model", "/docs", "/openapi.json"])
def test_health_is_never_behind_the_line(make_app: MakeApp, path: str) -> None:
    """With no room in either line, what needs no thread is answered."""
    app = make_app(limits=Limits(waiting=0, waiting_long=0))
    assert ask(app, "POST", "/v1/classify", RAW, bytes(784)).code == "overloaded"
    assert ask(app, "POST", "/v1/read", RAW, bytes(784)).code == "overloaded"
    assert ask(app, "GET", path).status == 200


def test_the_host_is_looked_at_before_the_path(make_app: MakeApp) -> None:
    app = make_app(token=b"a-token-of-some-length")
    evil = [("host", "evil.com")]
    assert {ask(app, "GET", path, evil).code for path in ("/", "/nowhere", "/v1/model", "/healthz")} == {
        "host-not-allowed"
    }
