import json
import re
from itertools import permutations
from typing import Any

import numpy as np
import pytest
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from asgi import Answer, Headers, ask, form
from inkdigit.data.strokes import strokes
from inkdigit.present.records import page_record, reading_record
from inkdigit.server import schemas
from inkdigit.server.app import DOCUMENT, guarded, paths_of, public
from inkdigit.server.model import Served
from inkdigit.server.observability import SECURITY
from inkdigit.server.pages import DOCS
from inkdigit.server.problems import STATUS
from inkdigit.server.settings import Limits
from server.conftest import MakeApp, as_png

PNG: Headers = [("content-type", "image/png")]
RAW: Headers = [("content-type", "application/octet-stream")]
JSON: Headers = [("content-type", "application/json")]

PATHS = {
    "/v1/read",
    "/v1/classify",
    "/v1/model",
    "/healthz",
    "/readyz",
    "/metrics",
    "/openapi.json",
    "/docs",
    "/docs.css",
    "/docs.js",
}


def test_there_are_these_routes_and_none_that_opens_a_model() -> None:
    routes = paths_of(guarded.routes) | paths_of(public.routes) | {DOCUMENT, *DOCS}
    assert routes == PATHS | {"/problems/{code}"}


def test_a_digit_as_raw_body_or_form_has_the_answer_of_the_reader(app: FastAPI, served: Served, png: bytes) -> None:
    expected = reading_record("picture", served.reader.read_single(png))
    assert ask(app, "POST", "/v1/read?single=true", PNG, png).json == expected
    assert ask(app, "POST", "/v1/read?single=true", RAW, png).json == expected
    named = ask(app, "POST", "/v1/read?single=true", *form(("image", "a.png", png)))
    assert named.json == {**expected, "file": "a.png"}


def test_a_page_has_the_answer_of_the_reader(app: FastAPI, served: Served, png: bytes) -> None:
    pixels = np.pad(np.hstack(list(255 - strokes(4, seed=3).images)), 30, constant_values=255)
    page = as_png(pixels)
    answer = ask(app, "POST", "/v1/read", PNG, page)
    assert answer.json == page_record("picture", served.reader.read(page))
    assert len(answer.json["lines"][0]["text"].replace(" ", "")) == 4
    schemas.Page.model_validate(answer.json)


def test_blank_is_an_answer(app: FastAPI) -> None:
    blank = as_png(np.full((28, 28), 128, np.uint8))
    answer = ask(app, "POST", "/v1/read?single=true", PNG, blank)
    assert (answer.status, answer.json["digit"], answer.json["note"]) == (200, None, "blank")
    assert ask(app, "POST", "/v1/read", PNG, blank).json["lines"] == []


def test_classify_has_the_answer_of_the_recogniser_for_bytes_and_for_json(app: FastAPI, served: Served) -> None:
    images = strokes(5, seed=2).images
    expected = served.reader.classify(images)
    answer = ask(app, "POST", "/v1/classify", RAW, images.tobytes())
    found = schemas.Results.model_validate(answer.json).results
    results = [one for one in found if isinstance(one, schemas.Reading)]
    assert [one.digit for one in results] == expected.digit.tolist()
    assert [one.file for one in results] == [f"images#{i}" for i in range(5)]
    assert np.allclose([one.probabilities or () for one in results], expected.probabilities, atol=1e-6)
    text = json.dumps({"images": (images / 255).tolist()}).encode()
    in_json = ask(app, "POST", "/v1/classify", JSON, text)
    assert np.allclose([r["confidence"] for r in in_json.json["results"]], [r.confidence for r in results], atol=1e-5)


def test_the_model_says_what_it_is(app: FastAPI, served: Served) -> None:
    record = schemas.Model.model_validate(ask(app, "GET", "/v1/model").json)
    assert (record.name, record.sha256) == ("mlp", served.model.sha256)
    assert record.card["classes"] == served.model.card.classes


@pytest.mark.parametrize("path", sorted(PATHS - {"/v1/read", "/v1/classify"}))
def test_head_is_get_without_the_body(app: FastAPI, path: str) -> None:
    got, head = ask(app, "GET", path), ask(app, "HEAD", path)
    assert (head.status, head.body) == (200, b"")
    if path != "/metrics":
        assert head["content-length"] == got["content-length"]


@pytest.mark.parametrize(
    ("method", "path"),
    [(m, p) for m in ("GET", "HEAD", "OPTIONS", "TRACE", "PUT", "post") for p in ("/v1/read", "/v1/classify")],
)
def test_another_method_is_told_which(app: FastAPI, method: str, path: str) -> None:
    answer = ask(app, method, path)
    assert (answer.status, answer["allow"]) == (405, "POST")
    assert method == "HEAD" or answer.code == "method-not-allowed"
    assert [name for name, _ in answer.headers if name.startswith("access-control")] == []


def test_the_token_guards_what_it_should(make_app: MakeApp) -> None:
    app = make_app(token=b"a-token-of-some-length")
    for path in PATHS:
        method = "POST" if path in {"/v1/read", "/v1/classify"} else "GET"
        answer = ask(app, method, path)
        assert (answer.status == 401) == (path in paths_of(guarded.routes)), path
        if answer.status == 401:
            assert answer["www-authenticate"] == "Bearer"
    good = [("authorization", "Bearer a-token-of-some-length")]
    assert ask(app, "GET", "/v1/model", good).status == 200
    assert ask(app, "GET", "/v1/model?token=a-token-of-some-length").status == 401


def kinds_of_answers() -> list[tuple[str, str, Headers, bytes, int]]:
    """Requests for every route, well done, ill done, and with a fault of the service."""
    good = {"/v1/read": PNG, "/v1/classify": RAW}
    cases: list[tuple[str, str, Headers, bytes, int]] = []
    for path in sorted(PATHS):
        method = "POST" if path in good else "GET"
        cases.append((method, path, [("host", "evil.com")], b"", 403))
        cases.append(("DELETE", path, [], b"", 405))
        if path not in good:
            cases.append((method, path, [], b"", 200))
    cases += [("POST", "/v1/read", [("content-type", "text/plain")], b"", 415), ("POST", "/v1/read", PNG, b"", 422)]
    cases += [("POST", "/v1/classify", RAW, b"1", 422), ("POST", "/v1/classify", RAW, bytes(784), 200)]
    cases += [("GET", "/nowhere", [], b"", 404), ("GET", "/problems/truncated", [], b"", 308)]
    cases += [("POST", "/v1/classify", [("content-length", str(1 << 40)), *RAW], b"", 413)]
    return cases


def assert_safe(answer: Answer) -> None:
    for name, value in SECURITY:
        assert answer[name.decode()] == value.decode()
    assert answer["cache-control"] in {"no-store", "no-cache"}
    assert not {"server", "x-powered-by"} & {name for name, _ in answer.headers}
    assert len(answer["x-request-id"]) == 16


@pytest.mark.parametrize(("method", "path", "headers", "body", "status"), kinds_of_answers())
def test_every_answer_has_the_security_headers(
    app: FastAPI, method: str, path: str, headers: Headers, body: bytes, status: int
) -> None:
    answer = ask(app, method, path, headers, body)
    assert answer.status == status
    assert_safe(answer)
    if status >= 400:
        schemas.Problem.model_validate(answer.json)
        assert answer.json["request_id"] == answer["x-request-id"]


@pytest.mark.parametrize("path", sorted(paths_of(guarded.routes)))
def test_a_fault_of_the_service_says_nothing_and_is_as_safe(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    class Broken:
        def __getattr__(self, name: str) -> Any:
            raise RuntimeError("secret /etc/passwd")

    app = make_app()
    app.state.service.served = Broken()
    monkeypatch.setattr(app.state.service.metrics, "text", lambda: 1 / 0)
    method = "POST" if path in {"/v1/read", "/v1/classify"} else "GET"
    answer = ask(app, method, path, RAW, as_png(np.full((28, 28), 255, np.uint8)) if path == "/v1/read" else bytes(784))
    assert (answer.status, answer.code) == (500, "internal")
    assert_safe(answer)
    text = answer.body.decode()
    assert not [word for word in ("Traceback", "secret", "passwd", ".py", "RuntimeError") if word in text]


def test_a_fault_in_a_thread_is_a_500_and_the_next_request_is_served(
    make_app: MakeApp, monkeypatch: pytest.MonkeyPatch, png: bytes
) -> None:
    app = make_app()
    with monkeypatch.context() as broken:
        broken.setattr("inkdigit.server.service.record", lambda *_: 1 / 0)
        assert ask(app, "POST", "/v1/read?single=true", PNG, png).code == "internal"
    assert ask(app, "POST", "/v1/read?single=true", PNG, png).status == 200


# What a stranger sends ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([], "unsupported-media-type"),
        ([("content-type", "")], "unsupported-media-type"),
        ([("content-type", "application/x-www-form-urlencoded")], "unsupported-media-type"),
        ([("content-type", "text/plain")], "unsupported-media-type"),
        ([*PNG, *PNG], "unsupported-media-type"),
        ([("content-type", "multipart/form-data")], "malformed-multipart"),
        ([("content-type", "multipart/mixed; boundary=XX")], "unsupported-media-type"),
        ([*PNG, ("content-encoding", "gzip")], "unsupported-encoding"),
        ([*PNG, ("content-encoding", "br")], "unsupported-encoding"),
        ([*PNG, ("content-encoding", "identity")], None),
        ([("content-type", "IMAGE/PNG; q=1")], None),
    ],
)
def test_the_content_type_decides_what_a_body_is(app: FastAPI, png: bytes, headers: Headers, code: str | None) -> None:
    answer = ask(app, "POST", "/v1/read?single=true", headers, png)
    assert (answer.status == 200) if code is None else answer.code == code


@pytest.mark.parametrize("query", ["single=1", "single=yes", "single=TRUE", "single=true&x=1"])
def test_ways_to_say_single(app: FastAPI, png: bytes, query: str) -> None:
    assert "digit" in ask(app, "POST", f"/v1/read?{query}", PNG, png).json


def test_a_parameter_without_meaning_is_refused(app: FastAPI, png: bytes) -> None:
    assert ask(app, "POST", "/v1/read?single=perhaps", PNG, png).code == "bad-parameter"


@pytest.mark.parametrize(
    "path",
    ["/../etc/passwd", "/%2e%2e/", "/\x00", "//", "/\\", "/v1", "/v1/", "/v1/read/", "/V1/READ", "/static/index.html"],
)
def test_no_path_leads_out_of_the_table(app: FastAPI, path: str) -> None:
    assert ask(app, "GET", path).code == "not-found"


def test_more_is_refused_by_its_length_and_by_its_bytes(make_app: MakeApp, png: bytes) -> None:
    app = make_app(limits=Limits(body=2000, picture=1500))
    just = png + bytes(1500 - len(png))
    assert ask(app, "POST", "/v1/read?single=true", PNG, just).status == 200
    assert ask(app, "POST", "/v1/read?single=true", PNG, just + b"1").code == "too-large"
    assert ask(app, "POST", "/v1/read", PNG, [bytes(1000), bytes(1000), b"1"]).code == "body-too-large"
    assert ask(app, "POST", "/v1/read", [*PNG, ("content-length", "2001")], b"").code == "body-too-large"
    assert ask(app, "POST", "/v1/read", [*PNG, ("content-length", "9" * 5000)], b"").code == "body-too-large"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.sampled_from(["/v1/read", "/v1/read?single=true", "/v1/classify"]),
    st.sampled_from([PNG, RAW, JSON, form()[0], [("content-type", "multipart/form-data; boundary=--")]]),
    st.lists(st.binary(max_size=40), max_size=4),
)
def test_no_body_makes_a_fault(app: FastAPI, path: str, headers: Headers, pieces: list[bytes]) -> None:
    answer = ask(app, "POST", path, headers, pieces)
    assert answer.status == 200 or 400 <= answer.status < 500


def test_a_picture_with_any_byte_changed_is_read_or_refused(app: FastAPI, png: bytes) -> None:
    random = np.random.default_rng(0)
    for _ in range(200):
        damaged = bytearray(png)
        damaged[random.integers(len(png))] ^= 1 << random.integers(8)
        assert ask(app, "POST", "/v1/read?single=true", PNG, bytes(damaged)).status in {200, 413, 415, 422}


def test_requests_that_stand_together_have_their_own_answers(app: FastAPI, png: bytes) -> None:
    """Good and bad ones in the same batch, in every order."""
    import asyncio

    from asgi import answer

    sent: list[tuple[str, Headers, bytes]] = [
        ("/v1/read?single=true", PNG, png), ("/v1/read?single=true", PNG, png[:-9]),
        ("/v1/read?single=true", *form(("image", "a", png), ("image", "b", b"no"))),
        ("/v1/read?single=true", *form(("x", "a", png))),
    ]  # fmt: skip
    alone = [ask(app, "POST", *one) for one in sent]

    def essence(one: Answer) -> Any:
        return one.code if one.status != 200 else one.json

    async def together(order: tuple[int, ...]) -> list[Answer]:
        return await asyncio.gather(*(answer(app, "POST", *sent[i]) for i in order))

    for order in permutations(range(4)):
        for i, one in zip(order, asyncio.run(together(order)), strict=True):
            assert essence(one) == essence(alone[i])
    assert [one.status for one in alone] == [200, 422, 200, 422]


def test_the_documentation_asks_for_nothing_from_elsewhere_and_problems_lead_to_it(app: FastAPI) -> None:
    page, script, style = (ask(app, "GET", path) for path in ("/docs", "/docs.js", "/docs.css"))
    assert page["content-type"] == "text/html; charset=utf-8"
    assert script["content-type"] == "text/javascript; charset=utf-8"
    assert style["content-type"] == "text/css; charset=utf-8"
    text = page.body.decode()
    assert "http" not in text.replace("the HTTP API", "")
    assert re.findall(r"<script[^>]*>(.*?)</script>", text) == [""]
    assert "style=" not in text
    assert b"innerHTML" not in script.body
    assert b"url(" not in style.body
    document = ask(app, "GET", "/openapi.json").json
    responses = document["paths"]["/v1/read"]["post"]["responses"]
    for code, status in responses["4XX"]["content"]["application/problem+json"]["schema"]["x-problems"].items():
        assert STATUS[code] == status
        assert ask(app, "GET", f"/problems/{code}")["location"] == f"/docs#{code}"
    assert ask(app, "GET", "/problems/else").code == "not-found"
