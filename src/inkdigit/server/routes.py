"""The routes of the API: FastAPI validates, serialises and describes; the service does the work.

In: requests that were let in. Out: answers. The model is fixed when the service starts: no route loads, names or
removes one.
"""

import dataclasses
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import RedirectResponse
from prometheus_client import CONTENT_TYPE_LATEST

from inkdigit.server import docs, schemas
from inkdigit.server.frames import JSON, RAW, RawRequest
from inkdigit.server.problems import TYPES, Problem
from inkdigit.server.service import Service
from inkdigit.server.uploads import FIELDS, Upload, media_type_of, uploads_of
from inkdigit.version import __version__

REFUSED: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": schemas.Problem, "description": "What is wrong with the request."},
    "5XX": {"model": schemas.Problem, "description": "What is wrong with the service; 503 has `Retry-After`."},
}

guarded = APIRouter(responses=REFUSED)
"""What needs the token, where there is one."""

public = APIRouter(responses=REFUSED)

BYTES = {"schema": {"type": "string", "format": "binary"}}
FILES = {"type": "array", "minItems": 1, "items": {"type": "string", "format": "binary"}}
FORM = {"schema": {"type": "object", "properties": dict.fromkeys(FIELDS, FILES),
                   "anyOf": [{"required": [field]} for field in FIELDS]}}  # fmt: skip


def _body(content: dict[str, Any], *curl: str) -> dict[str, Any]:
    """What FastAPI cannot know of a route that takes bodies of several types."""
    return {"requestBody": {"required": True, "content": content}, "x-curl": list(curl)}


def service_of(request: Request) -> Service:
    """The service that the application was made for."""
    service: Service = request.app.state.service
    return service


Running = Annotated[Service, Depends(service_of)]


@guarded.post(
    "/v1/read",
    openapi_extra=_body(
        {"multipart/form-data": FORM, "image/*": BYTES, RAW: BYTES,
         JSON: {"schema": schemas.EncodedPicture.model_json_schema()}},
        "curl -F image=@page.jpg {base}/v1/read",
        "curl -H 'Content-Type: image/png' --data-binary @digit.png '{base}/v1/read?single=true'",
    ),
)  # fmt: skip
async def read(
    service: Running,
    uploads: Annotated[list[Upload], Depends(uploads_of)],
    single: Annotated[bool, Query(description="Whether each picture holds one digit.")] = False,
) -> schemas.Page | schemas.Reading | schemas.Results:
    """Read every number of a picture (PNG, JPEG, WebP, BMP, GIF, TIFF), or its one digit.

    One picture has its record as the answer; of several in a form each has one under `results`, and one that cannot
    be read has an `error` there.
    """
    return await service.read(uploads, single=single)


@guarded.post(
    "/v1/classify",
    openapi_extra=_body(
        {JSON: {"schema": schemas.Frames.model_json_schema()},
         RAW: {"schema": {"type": "string", "format": "binary", "minLength": 784}}},
        "curl -H 'Content-Type: application/octet-stream' --data-binary @ink.bin {base}/v1/classify",
        "curl -H 'Content-Type: application/json' --data @digits.json {base}/v1/classify",
    ),
)  # fmt: skip
async def classify(service: Running, request: Request) -> schemas.Readings:
    """Recognise digits that are framed as MNIST's are: 28x28, the ink's centre of mass in the middle.

    JSON, of 28 rows of 28 numbers or 784 numbers for each, 0 paper to 1 or 255 ink; or n x 784 bytes, row by row, 0
    paper to 255 ink.
    """
    return await service.classify(RawRequest(media_type_of(request), await request.body()))


@guarded.get("/v1/model", openapi_extra={"x-curl": ["curl {base}/v1/model"]})
async def model(service: Running) -> schemas.Model:
    """Say what the model is: its card, and the digest of its file."""
    file = service.served.file
    card = dataclasses.asdict(file.card)
    return schemas.Model(name=service.served.name, sha256=file.sha256, version=__version__, card=card)


@guarded.get("/metrics", response_class=Response, openapi_extra={"x-curl": ["curl {base}/metrics"]})
def metrics(service: Running) -> Response:
    """Give counts and durations by route, for Prometheus."""
    return Response(service.metrics.text(), headers={"content-type": CONTENT_TYPE_LATEST})


@public.get("/healthz", openapi_extra={"x-curl": ["curl {base}/healthz"]})
async def healthz() -> schemas.Status:
    """Answer; that is all."""
    return schemas.Status(status="ok")


@public.get("/readyz", openapi_extra={"x-curl": ["curl {base}/readyz"]})
async def readyz(service: Running) -> schemas.Status:
    """Say whether requests are taken: the model is loaded and tested, and the service is not told to stop."""
    if service.draining:
        raise Problem("draining", "the service stops")
    return schemas.Status(status="ready")


@public.get("/docs", include_in_schema=False)
async def documentation(request: Request) -> Response:
    """Show the document for people: made here, without a script."""
    base = f"http://{request.headers.get('host', '')}"
    return Response(docs.page(request.app.openapi(), base=base), media_type="text/html")


@public.get("/docs.css", include_in_schema=False)
def style() -> Response:
    """Give its style."""
    return Response(docs.file("docs.css"), media_type="text/css")


@public.get("/problems/{code}", include_in_schema=False)
async def problem(code: str) -> Response:
    """Lead to what a problem means."""
    if code not in TYPES:
        raise Problem("not-found", "see /docs for what there is")
    return RedirectResponse(f"/docs#{code}", 308)
