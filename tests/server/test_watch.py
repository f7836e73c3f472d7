import asyncio
import io
import json
from typing import Any

import pytest

from asgi import ask, scope_of
from inkdigit.server.bodies import LOST
from inkdigit.server.logs import Log
from inkdigit.server.metrics import Metrics
from inkdigit.server.problems import Problem
from inkdigit.server.watch import Watch


def watching(app: Any) -> tuple[Watch, Metrics, io.StringIO]:
    metrics, stream = Metrics(), io.StringIO()
    return Watch(app, metrics=metrics, log=Log(stream)), metrics, stream


def raising(error: BaseException, *, after_start: bool = False) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if after_start:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    return app


def line(watch: Watch, stream: io.StringIO) -> Any:
    watch._log.flush()
    [text] = stream.getvalue().splitlines()
    return json.loads(text)


def test_a_problem_is_answered_counted_and_logged() -> None:
    watch, metrics, stream = watching(raising(Problem("truncated", "ends early", pointer="/a")))
    got = ask(watch, "POST", "/x", [("x-request-id", "mine")])
    assert (got.status, got.code, got.json["pointer"], got.json["request_id"]) == (422, "truncated", "/a", "mine")
    assert metrics.requests == {("other", 422): 1}
    assert metrics.rejected == {"truncated": 1}
    assert metrics.in_flight == 0
    logged = line(watch, stream)
    assert logged.keys() == {
        "time",
        "level",
        "request_id",
        "method",
        "route",
        "status",
        "ms",
        "bytes",
        "client",
        "reason",
    }
    assert (logged["level"], logged["reason"], logged["request_id"]) == ("warning", "truncated", "mine")


def test_what_nobody_foresaw_is_named_in_the_log_alone() -> None:
    watch, _, stream = watching(raising(ValueError("the picture was: iVBORw0KGgo")))
    got = ask(watch, "GET", "/x")
    assert (got.status, got.code) == (500, "internal")
    assert b"ValueError" not in got.body
    logged = line(watch, stream)
    assert logged["error"].startswith("ValueError ")
    assert "iVBORw" not in stream.getvalue()
    assert logged["level"] == "error"


def test_an_answer_that_has_begun_is_left_as_it_is() -> None:
    watch, metrics, _ = watching(raising(ValueError(), after_start=True))
    assert ask(watch, "GET", "/x").body == b""
    assert metrics.requests == {("other", 200): 1}


def test_a_client_that_has_gone_is_noted_as_499() -> None:
    watch, metrics, _ = watching(raising(asyncio.CancelledError(LOST)))
    with pytest.raises(ValueError, match="unpack"):
        ask(watch, "GET", "/x")  # nothing was sent
    assert metrics.requests == {("other", 499): 1}


def test_who_waits_when_the_time_to_drain_is_over_is_told() -> None:
    watch, _, _ = watching(raising(asyncio.CancelledError()))
    assert ask(watch, "GET", "/x").code == "draining"


@pytest.mark.parametrize("given", ["", "a b", "a\nb", "x" * 65, "ä", "<script>"])
def test_a_request_id_that_could_do_harm_is_replaced(given: str) -> None:
    watch, _, _ = watching(raising(Problem("not-found", "")))
    assert len(ask(watch, "GET", "/x", [("x-request-id", given)])["x-request-id"]) == 16


def test_what_is_no_http_passes() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    watch, metrics, _ = watching(app)

    async def nothing(*_: Any) -> Any:
        return {}

    asyncio.run(watch({"type": "lifespan"}, nothing, nothing))
    assert seen == ["lifespan"]
    assert not metrics.requests


def test_the_connection_is_told_who_answers() -> None:
    class Connection:
        task: Any = None

    connection = Connection()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert connection.task is asyncio.current_task()
        raise Problem("not-found", "")

    watch, _, _ = watching(app)

    async def send(message: Any) -> None:
        pass

    scope = {**scope_of("GET", "/x", []), "inkdigit.connection": connection}
    asyncio.run(watch(scope, send, send))  # type: ignore[arg-type]
    assert connection.task is not None
