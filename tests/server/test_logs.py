import base64
import io
import json
import logging
import sys
from collections.abc import Iterator
from datetime import datetime

import pytest

from asgi import ask, form
from inkdigit.server import logs
from server.conftest import MakeApp


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """Leave the loggers as they were: they belong to the whole process."""
    loggers = [logging.getLogger(name) for name in ("inkdigit.server", "uvicorn")]
    before = [(one.handlers, one.propagate, one.level) for one in loggers]
    yield
    logging.raiseExceptions = True
    for one, (handlers, propagate, level) in zip(loggers, before, strict=True):
        one.handlers, one.propagate = handlers, propagate
        one.setLevel(level)


class Terminal(io.StringIO):
    """What looks like a terminal."""

    def isatty(self) -> bool:
        return True


def written(stream: io.StringIO) -> str:
    for name in ("inkdigit.server", "uvicorn"):
        for handler in logging.getLogger(name).handlers:
            handler.flush()
    return stream.getvalue()


def say(level: int, message: str = "", **fields: object) -> None:
    logs.LOG.log(level, message, extra={"fields": fields})


def test_a_line_is_json_with_the_time_in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.to_stderr()
    say(logging.INFO, message="", text="a\nb\x1b[31m \u2028")
    [line, rest] = written(stream).split("\n")
    assert not rest
    assert "\x1b" not in line
    record = json.loads(line)
    assert record["text"].startswith("a\nb")
    assert datetime.fromisoformat(record["time"]).utcoffset() is not None


@pytest.mark.parametrize("stream", [io.StringIO(), None])
def test_a_stream_that_has_gone_away_stops_nothing(stream: io.StringIO | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream)
    logs.to_stderr()
    if stream:
        stream.close()
    say(logging.INFO, n=1)
    for handler in logs.LOG.handlers:
        handler.flush()


def test_neither_token_nor_picture_nor_name_nor_url_is_written(
    make_app: MakeApp, png: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.to_stderr()
    app = make_app(token=b"secret-token-abcdef")
    for token in ("secret-token-abcdef", "wrong-token-guess"):
        bearer = ("authorization", f"Bearer {token}")
        headers, body = form(("image", "holiday.png", png))
        ask(app, "POST", "/v1/read?single=true&token=secret-token-abcdef", [*headers, bearer], body)
        ask(app, "POST", "/v1/read", [("content-type", "image/png"), bearer], png[:-30])
        ask(app, "GET", "/private/path?q=query", [bearer])
        ask(app, "GET", "/v1/model", [("host", "evil.example"), ("user-agent", "agent\nsmith")])
    text = written(stream)
    lines = [json.loads(line) for line in text.splitlines()]
    assert len(lines) == 8
    for secret in (
        "secret-token",
        "wrong-token",
        "holiday",
        "private",
        "query",
        "evil",
        "smith",
        base64.b64encode(png)[:24].decode(),
    ):
        assert secret not in text
    assert {line["route"] for line in lines} == {"/v1/read", "/v1/model", "other"}


def test_what_the_server_says_is_a_line_without_the_text_of_the_exception(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.to_stderr()
    try:
        raise ValueError("iVBORw0KGgo")
    except ValueError as error:
        logging.getLogger("uvicorn.error").exception("failed\n%s", "twice")
        place = logs.place_of(error)
    record = json.loads(written(stream))
    assert (record["level"], record["message"]) == ("error", "failed twice")
    assert record["error"] == place
    assert place.startswith("ValueError test_logs.py:")


def test_a_person_at_a_terminal_sees_only_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    logs.to_stderr()
    for level in (logging.INFO, logging.WARNING, logging.ERROR):
        say(level, n=1)
    assert [json.loads(line)["level"] for line in written(stream).splitlines()] == ["warning", "error"]
