"""The application: the routes, and the layers of the service around them.

In: a model and settings. Out: a FastAPI application, for any server; `process` runs it with the limits that only a
server can keep. From the outside in: `Observability`, `AccessControl`, `Admission`, the routes, and for other paths the
files of the page. The model is fixed when the service starts: no route loads, names or removes one.
"""

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from prometheus_client import CONTENT_TYPE_LATEST
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from inkdigit.server import schemas
from inkdigit.server.admission import AccessControl, Admission
from inkdigit.server.bodies import FIELDS, JSON, RAW, RawRequest, Upload, media_type_of, uploads_of
from inkdigit.server.logs import LOG
from inkdigit.server.model import Served, open_model
from inkdigit.server.observability import Observability
from inkdigit.server.pages import DOCS, Pages
from inkdigit.server.problems import MEDIA_TYPE, STATUS, Problem, translate
from inkdigit.server.service import Service
from inkdigit.server.settings import Settings
from inkdigit.version import __version__

ABOUT = "Reads handwritten digits: one digit, a page of numbers, or digits that are framed already."
DOCUMENT = "/openapi.json"

PROBLEM = {MEDIA_TYPE: {"schema": schemas.Problem.model_json_schema()}}
REFUSED: dict[int | str, dict[str, Any]] = {
    "4XX": {"content": PROBLEM, "description": "What is wrong with the request."},
    "5XX": {"content": PROBLEM, "description": "What is wrong with the service; 503 has `Retry-After`."},
}
guarded = APIRouter(responses=REFUSED)
"""What needs the token, where there is one."""

public = APIRouter(responses=REFUSED)

BYTES = {"type": "string", "format": "binary"}
PICTURES = dict.fromkeys(("image/*", "application/pdf", RAW), BYTES)
FILES = {"type": "array", "minItems": 1, "items": BYTES}
FORM = {"type": "object", "properties": dict.fromkeys(FIELDS, FILES), "minProperties": 1}


def _takes(bodies: dict[str, Any]) -> dict[str, Any]:
    """What FastAPI cannot know of a route that takes bodies of several types."""
    schema = {kind: one if isinstance(one, dict) else one.model_json_schema() for kind, one in bodies.items()}
    return {"requestBody": {"required": True, "content": {kind: {"schema": one} for kind, one in schema.items()}}}


async def service_of(request: Request) -> Service:
    """The service that the application was made for; not `def`, for which FastAPI would ask a thread."""
    service: Service = request.app.state.service
    return service


Running = Annotated[Service, Depends(service_of)]


@guarded.post(
    "/v1/read",
    response_model=schemas.Page | schemas.Reading | schemas.Results,
    openapi_extra=_takes({"multipart/form-data": FORM, **PICTURES, JSON: schemas.EncodedPicture}),
)
async def read(
    service: Running,
    uploads: Annotated[list[Upload], Depends(uploads_of)],
    single: Annotated[bool, Query(description="Whether each picture holds one digit.")] = False,
) -> Response:
    """Read every number of a picture, or with `single=true` its one digit; of several pages the first.

    One picture has its record as the answer; of several in a form each has one under `results`, and one that cannot
    be read has an `error` there.

    `curl -F image=@page.jpg http://127.0.0.1:8000/v1/read`

    `curl -H "Content-Type: image/png" --data-binary @digit.png "http://127.0.0.1:8000/v1/read?single=true"`
    """
    return Response(await service.read(uploads, single=single), media_type=JSON)


@guarded.post("/v1/classify", response_model=schemas.Results, openapi_extra=_takes({JSON: schemas.Frames, RAW: BYTES}))
async def classify(service: Running, request: Request) -> Response:
    """Recognise digits that are framed as MNIST's are: 28x28, the ink's centre of mass in the middle.

    JSON, of 28 rows of 28 numbers or 784 numbers for each, 0 paper to 1 or 255 ink; or n x 784 bytes, row by row, 0
    paper to 255 ink.

    `curl -H "Content-Type: application/json" --data @digits.json http://127.0.0.1:8000/v1/classify`
    """
    body = RawRequest(media_type_of(request), await request.body())
    return Response(await service.classify(body), media_type=JSON)


@guarded.get("/v1/model")
async def model(service: Running) -> schemas.Model:
    """Say what the model is: its card, and the digest of its file."""
    served = service.served
    card = dataclasses.asdict(served.model.card)
    return schemas.Model(name=served.name, sha256=served.model.sha256, version=__version__, card=card)


@guarded.get("/metrics", response_class=Response)
async def metrics(service: Running) -> Response:
    """Give counts and durations by route, for Prometheus."""
    return Response(service.metrics.text(), headers={"content-type": CONTENT_TYPE_LATEST})


@public.get("/healthz")
async def healthz() -> dict[str, str]:
    """Answer; that is all."""
    return {"status": "ok"}


@public.get("/readyz")
async def readyz(service: Running) -> dict[str, str]:
    """Say whether requests are taken: the model is loaded and tested, and the service is not told to stop."""
    if service.draining:
        raise Problem("draining", "the service stops")
    return {"status": "ready"}


@public.get("/problems/{code}", include_in_schema=False)
async def problem(code: str) -> Response:
    """Lead to what a problem means."""
    if code not in STATUS:
        raise Problem("not-found", "see /docs for what there is")
    return RedirectResponse(f"/docs#{code}", 308)


def create_app(model: Served | str | Path | None = None, *, settings: Settings | None = None) -> FastAPI:
    """Make the application with a model, which is opened here, once.

    Args:
        model: As for `inkdigit.load`, with the same errors; or one that is open.
        settings: Names, token and limits; by default loopback names alone, without a token.
    """
    settings = settings or Settings()
    served = model if isinstance(model, Served) else open_model(model)
    service = Service(served, settings)
    behind_token, open_to_all = paths_of(guarded.routes), paths_of(public.routes) | {DOCUMENT, *DOCS}
    app = FastAPI(
        title="inkdigit", version=__version__, description=ABOUT, openapi_url=DOCUMENT, docs_url=None, redoc_url=None,
        redirect_slashes=False, lifespan=_lifespan,
        exception_handlers={HTTPException: translate, RequestValidationError: translate},
        middleware=[
            Middleware(Observability, metrics=service.metrics, routes=behind_token | open_to_all),
            Middleware(AccessControl, settings=settings, guarded=behind_token),
            Middleware(Admission, service=service),
        ],
    )  # fmt: skip
    app.state.service = service
    # The check itself is `AccessControl`'s; this is for the document.
    bearer = [Depends(HTTPBearer(auto_error=False, scheme_name="token"))] if settings.token else []
    app.include_router(guarded, dependencies=bearer)
    app.include_router(public)
    app.router.default = Pages(served)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    for handler in LOG.handlers:
        handler.flush()


def paths_of(routes: list[Any]) -> frozenset[str]:
    """The paths of some routes."""
    return frozenset(route.path for route in routes if isinstance(route, APIRoute))
