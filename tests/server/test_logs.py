import asyncio
import base64
import io
import json
import logging
from datetime import datetime

from asgi import ask, form
from inkdigit.server.logs import Log, ServerHandler, place_of
from server.conftest import MakeApp


def test_a_line_is_json_with_the_time_in_utc() -> None:
    stream = io.StringIO()
    Log(stream).write("info", {"message": "a\nb\x1b[31m \u2028"})
    [line, rest] = stream.getvalue().split("\n")
    assert not rest
    assert "\x1b" not in line
    record = json.loads(line)
    assert record["message"].startswith("a\nb")
    assert datetime.fromisoformat(record["time"]).utcoffset() is not None


def test_lines_are_gathered_while_the_service_runs() -> None:
    stream = io.StringIO()

    async def main() -> str:
        log = Log(stream)
        log.write("info", {"n": 1})
        log.write("info", {"n": 2})
        before = stream.getvalue()
        await asyncio.sleep(0.3)
        return before

    assert asyncio.run(main()) == ""
    assert stream.getvalue().count("\n") == 2


def test_a_stream_that_has_gone_away_stops_nothing() -> None:
    stream = io.StringIO()
    log = Log(stream)
    stream.close()
    log.write("info", {})


def test_neither_token_nor_picture_nor_name_nor_url_is_written(make_app: MakeApp, png: bytes) -> None:
    stream = io.StringIO()
    log = Log(stream)
    app = make_app(log=log, token=b"secret-token-abcdef")
    for token in ("secret-token-abcdef", "wrong-token-guess"):
        bearer = ("authorization", f"Bearer {token}")
        headers, body = form(("image", "holiday.png", png))
        ask(app, "POST", "/v1/read?single=true&token=secret-token-abcdef", [*headers, bearer], body)
        ask(app, "POST", "/v1/read", [("content-type", "image/png"), bearer], png[:-30])
        ask(app, "GET", "/private/path?q=query", [bearer])
        ask(app, "GET", "/v1/model", [("host", "evil.example"), ("user-agent", "agent\nsmith")])
    log.flush()
    text = stream.getvalue()
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


def test_what_the_server_says_is_a_line_without_the_text_of_the_exception() -> None:
    stream = io.StringIO()
    handler = ServerHandler(Log(stream))
    try:
        raise ValueError("iVBORw0KGgo")
    except ValueError as error:
        handler.emit(
            logging.LogRecord("uvicorn", logging.ERROR, "", 0, "failed\n%s", ("twice",), (type(error), error, None))
        )
        place = place_of(error)
    record = json.loads(stream.getvalue())
    assert (record["level"], record["message"]) == ("error", "failed twice")
    assert record["error"] == place
    assert place.startswith("ValueError test_logs.py:")


def test_a_person_at_a_terminal_sees_only_trouble() -> None:
    stream = io.StringIO()
    log = Log(stream, trouble_only=True)
    for level in ("info", "warning", "error"):
        log.write(level, {"n": 1})
    log.flush()
    assert [json.loads(line)["level"] for line in stream.getvalue().splitlines()] == ["warning", "error"]
