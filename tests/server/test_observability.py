import asyncio
import logging
from typing import Any

import pytest

from asgi import ask, scope_of
from inkdigit.server.logs import LOG
from inkdigit.server.metrics import Metrics
from inkdigit.server.observability import CONNECTION, LOST, POLICY, Observability
from inkdigit.server.problems import Problem


class Observed:
    """An application that raises something, and what is counted and logged of it."""

    def __init__(self, app: Any, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.INFO, LOG.name)
        self.metrics = Metrics({"model": "mlp"})
        self.app = Observability(app, metrics=self.metrics, routes=frozenset({"/known"}))
        self.caplog = caplog

    @property
    def fields(self) -> Any:
        [record] = self.caplog.records
        return record.fields  # type: ignore[attr-defined]

    def counted(self, name: str, **labels: str) -> float | None:
        return self.metrics._own.get_sample_value(name, labels)


def raising(error: BaseException, *, after_start: bool = False) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if after_start:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        raise error

    return app


def test_a_problem_is_answered_counted_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    observed = Observed(raising(Problem("truncated", "ends early", pointer="/a")), caplog)
    got = ask(observed.app, "POST", "/known", [("x-request-id", "mine")])
    assert (got.status, got.code, got.json["pointer"], got.json["request_id"]) == (422, "truncated", "/a", "mine")
    assert observed.counted("inkdigit_requests_total", route="/known", status="422") == 1
    assert observed.counted("inkdigit_rejected_total", reason="truncated") == 1
    assert observed.counted("inkdigit_in_flight") == 0
    assert observed.fields.keys() == {"request_id", "method", "route", "status", "ms", "bytes", "client", "reason"}
    assert (observed.fields["reason"], observed.fields["request_id"]) == ("truncated", "mine")
    assert caplog.records[0].levelname == "WARNING"


def test_what_nobody_foresaw_is_named_in_the_log_alone(caplog: pytest.LogCaptureFixture) -> None:
    observed = Observed(raising(ValueError("the picture was: iVBORw0KGgo")), caplog)
    got = ask(observed.app, "GET", "/x")
    assert (got.status, got.code) == (500, "internal")
    assert b"ValueError" not in got.body
    assert observed.fields["error"].startswith("ValueError ")
    assert "iVBORw" not in str(observed.fields)
    assert caplog.records[0].levelname == "ERROR"


def test_an_answer_that_has_begun_is_left_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    observed = Observed(raising(ValueError(), after_start=True), caplog)
    assert ask(observed.app, "GET", "/x").body == b""
    assert observed.counted("inkdigit_requests_total", route="page", status="200") == 1


def test_a_client_that_has_gone_is_noted_as_499(caplog: pytest.LogCaptureFixture) -> None:
    observed = Observed(raising(asyncio.CancelledError(LOST)), caplog)
    with pytest.raises(ValueError, match="unpack"):
        ask(observed.app, "GET", "/x")  # nothing was sent
    assert observed.counted("inkdigit_requests_total", route="other", status="499") == 1


def test_who_waits_when_the_time_to_drain_is_over_is_told(caplog: pytest.LogCaptureFixture) -> None:
    assert ask(Observed(raising(asyncio.CancelledError()), caplog).app, "GET", "/x").code == "draining"


@pytest.mark.parametrize("given", ["", "a b", "a\nb", "x" * 65, "ä", "<script>"])
def test_a_request_id_that_could_do_harm_is_replaced(caplog: pytest.LogCaptureFixture, given: str) -> None:
    app = Observed(raising(Problem("not-found", "")), caplog).app
    assert len(ask(app, "GET", "/x", [("x-request-id", given)])["x-request-id"]) == 16


def test_what_is_no_http_passes(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    async def nothing(*_: Any) -> Any:
        return {}

    asyncio.run(Observed(app, caplog).app({"type": "lifespan"}, nothing, nothing))
    assert seen == ["lifespan"]
    assert not caplog.records


def test_the_connection_is_told_who_answers(caplog: pytest.LogCaptureFixture) -> None:
    class Connection:
        task: Any = None

    connection = Connection()

    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert connection.task is asyncio.current_task()
        raise Problem("not-found", "")

    async def send(message: Any) -> None:
        pass

    scope = {**scope_of("GET", "/x", []), CONNECTION: connection}
    asyncio.run(Observed(app, caplog).app(scope, send, send))  # type: ignore[arg-type]
    assert connection.task is not None


def test_the_policy_allows_the_page_and_nothing_from_elsewhere() -> None:
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == rules["object-src"] == rules["frame-ancestors"] == rules["base-uri"] == "'none'"
    for kind in ("style", "connect", "font", "manifest", "worker"):
        assert rules[f"{kind}-src"] == "'self'"
    # The page's own matrix product is WebAssembly, which may be compiled; text may not be run.
    assert rules["script-src"] == "'self' 'wasm-unsafe-eval'"
    assert POLICY.count("unsafe") == 1
    assert "http" not in POLICY
