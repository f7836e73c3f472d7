"""The service against its own OpenAPI document, with requests that Schemathesis makes of it."""

import os
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import negative_data_rejection, positive_data_acceptance

from asgi import ask
from inkdigit.server.app import create_app, guarded, paths_of
from inkdigit.server.model import Served
from inkdigit.server.settings import Settings
from server.conftest import UNHURRIED, MakeApp

# Schemathesis shuffles with `random` inside its own strategies.
pytestmark = pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")

EXAMPLES = int(os.environ.get("INKDIGIT_EXAMPLES", "25"))


@pytest.fixture(scope="module")
def api(served: Served) -> Any:
    app = create_app(served, settings=Settings(limits=UNHURRIED))
    return schemathesis.openapi.from_asgi("/openapi.json", app, headers={"Host": "localhost"})


POSITIVE, NEGATIVE = GenerationMode.POSITIVE, GenerationMode.NEGATIVE
CASES = [
    *(("POST", path, mode) for path in ("/v1/read", "/v1/classify") for mode in (POSITIVE, NEGATIVE)),
    # These take nothing that could be wrong.
    *(("GET", path, POSITIVE) for path in ("/v1/model", "/healthz", "/readyz", "/metrics")),
]


@pytest.mark.parametrize(("method", "path", "mode"), CASES)
def test_answers_are_those_of_the_document(api: Any, method: str, path: str, mode: GenerationMode) -> None:
    """Bytes that fit "a string, binary" are seldom a picture, so refusing them is right; and several files that are
    none have an answer, with an error for each. Every other check holds.
    """

    excluded = [positive_data_acceptance, *([negative_data_rejection] if path == "/v1/read" else [])]
    # Of 28 x 28 numbers an example takes half a second to make.
    examples = EXAMPLES if path != "/v1/classify" else max(1, EXAMPLES // 4)

    @settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(case=api[path][method].as_strategy(generation_mode=mode))
    def conforms(case: Any) -> None:
        case.call_and_validate(headers={"Host": "localhost"}, excluded_checks=excluded)

    conforms()


def test_every_route_says_what_it_answers_and_how_it_is_called(app: FastAPI) -> None:
    document = ask(app, "GET", "/openapi.json").json
    assert set(document["paths"]) == {"/v1/read", "/v1/classify", "/v1/model", "/healthz", "/readyz", "/metrics"}
    for item in document["paths"].values():
        for operation in item.values():
            assert set(operation["responses"]) == {"200", "4XX", "5XX"}
            for status in ("4XX", "5XX"):
                assert set(operation["responses"][status]["content"]) == {"application/problem+json"}
            assert operation["description"]


def test_the_token_is_in_the_document_where_there_is_one(app: FastAPI, make_app: MakeApp) -> None:
    document = ask(make_app(token=b"a-token-of-some-length"), "GET", "/openapi.json").json
    for path, item in document["paths"].items():
        for operation in item.values():
            assert ("security" in operation) == (path in paths_of(guarded.routes))
    assert "securitySchemes" not in ask(app, "GET", "/openapi.json").json["components"]
