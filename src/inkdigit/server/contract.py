"""What OpenAPI says of each route beyond its answers: bodies, problems, and how it is called with curl.

In: nothing. Out: the arguments of FastAPI's route decorators, and the finished document.
"""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from inkdigit.server import schemas
from inkdigit.server.problems import KINDS
from inkdigit.version import __version__

TITLE = "inkdigit"
ABOUT = "Reads handwritten digits: one digit, a page of numbers, or digits that are framed already."

Document = dict[str, Any]

PROBLEM = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
PICTURE = {"schema": {"type": "string", "format": "binary"}}
FORM = {
    "schema": {
        "type": "object",
        "required": ["image"],
        "properties": {
            "image": {
                "description": "One picture, or up to 32 in fields of the same name.",
                "type": "array",
                "minItems": 1,
                "items": {"type": "string", "format": "binary"},
            }
        },
    }
}

ANYWHERE = (403, 414, 431, 500)
BEHIND_THE_TOKEN = (401, *ANYWHERE)
WITH_BODY = (400, 408, 413, 415, 422, 503, 504, *BEHIND_THE_TOKEN)


def _answers(model: Any, about: str, problems: tuple[int, ...]) -> dict[int | str, dict[str, Any]]:
    refused: dict[int | str, dict[str, Any]] = {
        status: {"description": _titles(status), "content": PROBLEM, **_headers(status)} for status in sorted(problems)
    }
    return {200: {"description": about, "model": model}, **refused}


def _titles(status: int) -> str:
    return "; ".join(f"`{code}`" for code, kind in KINDS.items() if kind.status == status)


def _headers(status: int) -> dict[str, Any]:
    if status == 503:
        about = "Seconds after which to try again."
        return {"headers": {"Retry-After": {"description": about, "schema": {"type": "integer", "minimum": 1}}}}
    return {}


def _body(content: dict[str, Any], *curl: str) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": content}, "x-curl": list(curl)}


READ: dict[str, Any] = {
    "summary": "Read a picture",
    "responses": _answers(schemas.Page | schemas.Reading | schemas.Pages, "What was read.", WITH_BODY),
    "openapi_extra": _body(
        {"multipart/form-data": FORM, "image/*": PICTURE, "application/octet-stream": PICTURE},
        "curl -F image=@page.jpg {base}/v1/read",
        "curl -H 'Content-Type: image/png' --data-binary @digit.png '{base}/v1/read?single=true'",
    ),
}
CLASSIFY: dict[str, Any] = {
    "summary": "Recognise framed digits",
    "responses": _answers(schemas.Readings, "The digit of each image.", WITH_BODY),
    "openapi_extra": _body(
        {
            "application/json": {"schema": {"$ref": "#/components/schemas/Frames"}},
            "application/octet-stream": {"schema": {"type": "string", "format": "binary", "minLength": 784}},
        },
        "curl -H 'Content-Type: application/octet-stream' --data-binary @ink.bin {base}/v1/classify",
        "curl -H 'Content-Type: application/json' --data @digits.json {base}/v1/classify",
    ),
}
MODEL: dict[str, Any] = {
    "summary": "The model that answers",
    "responses": _answers(schemas.Model, "Its card.", BEHIND_THE_TOKEN),
    "openapi_extra": {"x-curl": ["curl {base}/v1/model"]},
}
HEALTH: dict[str, Any] = {
    "summary": "Whether the process is alive",
    "responses": _answers(schemas.Status, "It is.", ANYWHERE),
    "openapi_extra": {"x-curl": ["curl {base}/healthz"]},
}
READY: dict[str, Any] = {
    "summary": "Whether it takes requests",
    "responses": _answers(schemas.Status, "The model is loaded and has passed its self-test.", (503, *ANYWHERE)),
    "openapi_extra": {"x-curl": ["curl {base}/readyz"]},
}
METRICS: dict[str, Any] = {
    "summary": "What is counted, for Prometheus",
    "responses": {
        **_answers(None, "Text.", BEHIND_THE_TOKEN),
        200: {"description": "Exposition format 0.0.4.", "content": {"text/plain": {"schema": {"type": "string"}}}},
    },
    "openapi_extra": {"x-curl": ["curl {base}/metrics"]},
}


def document(app: FastAPI, *, with_token: bool) -> Document:
    """The OpenAPI document of an application."""
    made = get_openapi(title=TITLE, version=__version__, description=ABOUT, routes=app.routes)
    known = made.setdefault("components", {}).setdefault("schemas", {})
    for model in (schemas.Problem, schemas.Frames):
        known[model.__name__] = model.model_json_schema(ref_template="#/components/schemas/{model}")
    for unused in ("HTTPValidationError", "ValidationError"):
        known.pop(unused, None)
    if with_token:
        made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
        for path, operations in made["paths"].items():
            if path in BEHIND:
                for operation in operations.values():
                    operation["security"] = [{"token": []}]
    return made


BEHIND = frozenset({"/v1/read", "/v1/classify", "/v1/model", "/metrics"})
"""The routes that need the token where there is one."""
