import asyncio

from asgi import ask
from inkdigit.data.strokes import strokes
from inkdigit.server.app import create_app, methods_of
from inkdigit.server.door import Door
from inkdigit.server.model import Served
from inkdigit.server.watch import Watch


def test_the_watch_is_outermost_then_comes_the_door(app: Watch) -> None:
    assert isinstance(app, Watch)
    assert isinstance(app._app, Door)


def test_the_recogniser_is_built_once(served: Served) -> None:
    app = create_app(served)
    assert app._app._service.served.reader is served.reader  # type: ignore[attr-defined]
    body = strokes(3, seed=1).images.tobytes()
    kind = [("content-type", "application/octet-stream")]
    first = ask(app, "POST", "/v1/classify", kind, body)
    assert [ask(app, "POST", "/v1/classify", kind, body).body for _ in range(3)] == [first.body] * 3


def test_any_server_may_run_it(app: Watch) -> None:
    """The protocol of start and end, as servers speak it that know nothing of `process`."""
    messages, sent = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}], []

    async def receive() -> dict[str, str]:
        return messages.pop(0)

    async def send(message: dict[str, str]) -> None:
        sent.append(message["type"])

    asyncio.run(app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send))  # type: ignore[arg-type]
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_paths_have_their_methods() -> None:
    methods = methods_of()
    assert methods["/v1/read"] == {"POST"}
    assert methods["/readyz"] == {"GET"}
