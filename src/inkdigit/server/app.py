"""The application: the routes, and the layers of the service around them.

In: a model and settings. Out: a FastAPI application, for any server; `process` runs it with the limits that only a
server can keep. From the outside in: `Observability` (ids, headers, log, metrics, faults), `AccessControl` (who),
`Admission` (how much), the routes, and for every other path the files of the page. The model is fixed when the service
starts: no route loads, names or removes one.
"""

import dataclasses
from importlib.resources import files
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
from inkdigit.server.access import AccessControl
from inkdigit.server.admission import Admission
from inkdigit.server.bodies import FIELDS, JSON, RAW, RawRequest, Upload, media_type_of, uploads_of
from inkdigit.server.model import Served, open_model
from inkdigit.server.observability import Observability
from inkdigit.server.pages import Pages, type_of
from inkdigit.server.problems import MEDIA_TYPE, STATUS, Problem, translate
from inkdigit.server.service import Service
from inkdigit.server.settings import Settings
from inkdigit.version import __version__

ABOUT = "Reads handwritten digits: one digit, a page of numbers, or digits that are framed already."
DOCUMENT = "/openapi.json"
PAGES = files("inkdigit.server") / "pages"

REFUSED: dict[int | str, dict[str, Any]] = {
    "4XX": {"model": schemas.Problem, "description": "What is wrong with the request."},
    "5XX": {"model": schemas.Problem, "description": "What is wrong with the service; 503 has `Retry-After`."},
}
guarded = APIRouter(responses=REFUSED)
"""What needs the token, where there is one."""

public = APIRouter(responses=REFUSED)

BYTES = {"schema": {"type": "string", "format": "binary"}}
FILES = {"type": "array", "minItems": 1, "items": BYTES["schema"]}
FORM = {"schema": {"type": "object", "properties": dict.fromkeys(FIELDS, FILES), "minProperties": 1}}


async def service_of(request: Request) -> Service:
    """The service that the application was made for; not `def`, for which FastAPI would ask a thread."""
    service: Service = request.app.state.service
    return service


def _extra(*curl: str, **bodies: Any) -> dict[str, Any]:
    """What FastAPI cannot know: how a route is called with curl, and which types of bodies it takes."""
    body = {"requestBody": {"required": True, "content": bodies["bodies"]}} if bodies else {}
    return {"x-curl": list(curl), **body}


Running = Annotated[Service, Depends(service_of)]


@guarded.post(
    "/v1/read",
    response_model=schemas.Page | schemas.Reading | schemas.Results,
    openapi_extra=_extra(
        "curl -F image=@page.jpg {base}/v1/read",
        "curl -H 'Content-Type: image/png' --data-binary @digit.png '{base}/v1/read?single=true'",
        bodies={"multipart/form-data": FORM, "image/*": BYTES, RAW: BYTES,
                JSON: {"schema": schemas.EncodedPicture.model_json_schema()}},
    ),
)  # fmt: skip
async def read(
    service: Running,
    uploads: Annotated[list[Upload], Depends(uploads_of)],
    single: Annotated[bool, Query(description="Whether each picture holds one digit.")] = False,
) -> Response:
    """Read every number of a picture (PNG, JPEG, WebP, BMP, GIF, TIFF), or with `single=true` its one digit.

    One picture has its record as the answer; of several in a form each has one under `results`, and one that cannot
    be read has an `error` there.
    """
    return Response(await service.read(uploads, single=single), media_type=JSON)


@guarded.post(
    "/v1/classify",
    response_model=schemas.Readings,
    openapi_extra=_extra(
        "curl -H 'Content-Type: application/octet-stream' --data-binary @ink.bin {base}/v1/classify",
        "curl -H 'Content-Type: application/json' --data @digits.json {base}/v1/classify",
        bodies={JSON: {"schema": schemas.Frames.model_json_schema()}, RAW: BYTES},
    ),
)
async def classify(service: Running, request: Request) -> Response:
    """Recognise digits that are framed as MNIST's are: 28x28, the ink's centre of mass in the middle.

    JSON, of 28 rows of 28 numbers or 784 numbers for each, 0 paper to 1 or 255 ink; or n x 784 bytes, row by row, 0
    paper to 255 ink.
    """
    body = RawRequest(media_type_of(request), await request.body())
    return Response(await service.classify(body), media_type=JSON)


@guarded.get("/v1/model", openapi_extra=_extra("curl {base}/v1/model"))
async def model(service: Running) -> schemas.Model:
    """Say what the model is: its card, and the digest of its file."""
    served = service.served
    card = dataclasses.asdict(served.model.card)
    return schemas.Model(name=served.name, sha256=served.model.sha256, version=__version__, card=card)


@guarded.get("/metrics", response_class=Response, openapi_extra=_extra("curl {base}/metrics"))
async def metrics(service: Running) -> Response:
    """Give counts and durations by route, for Prometheus."""
    return Response(service.metrics.text(), headers={"content-type": CONTENT_TYPE_LATEST})


@public.get("/healthz", openapi_extra=_extra("curl {base}/healthz"))
async def healthz() -> schemas.Status:
    """Answer; that is all."""
    return schemas.Status(status="ok")


@public.get("/readyz", openapi_extra=_extra("curl {base}/readyz"))
async def readyz(service: Running) -> schemas.Status:
    """Say whether requests are taken: the model is loaded and tested, and the service is not told to stop."""
    if service.draining:
        raise Problem("draining", "the service stops")
    return schemas.Status(status="ready")


@public.get("/docs", include_in_schema=False)
@public.get("/docs.css", include_in_schema=False)
@public.get("/docs.js", include_in_schema=False)
async def documentation(request: Request) -> Response:
    """Show the document for people: a page whose own script draws it from /openapi.json, and nothing from elsewhere."""
    name = request.url.path[1:] if "." in request.url.path else "docs.html"
    return Response((PAGES / name).read_bytes(), headers={"content-type": type_of(name)})


@public.get("/problems/{code}", include_in_schema=False)
async def problem(code: str) -> Response:
    """Lead to what a problem means."""
    if code not in STATUS:
        raise Problem("not-found", "see /docs for what there is")
    return RedirectResponse(f"/docs#{code}", 308)


def create_app(model: Served | str | Path | None = None, *, settings: Settings | None = None) -> FastAPI:
    """Make the application; the model is opened here, once.

    Args:
        model: As for `inkdigit.load`, or one that is open.
        settings: Names, token and limits; by default loopback names alone, without a token.

    Raises:
        UsageError: There is no model of that name.
        BadInput: The model cannot be used.
    """
    settings = settings or Settings()
    served = model if isinstance(model, Served) else open_model(model)
    service = Service(served, settings)
    behind_token, open_to_all = paths_of(guarded.routes), paths_of(public.routes) | {DOCUMENT}
    app = FastAPI(
        title="inkdigit", version=__version__, description=ABOUT, openapi_url=DOCUMENT, docs_url=None, redoc_url=None,
        redirect_slashes=False,
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
    describe = app.openapi
    app.openapi = lambda: with_problems(describe())  # type: ignore[method-assign]
    return app


def paths_of(routes: list[Any]) -> frozenset[str]:
    """The paths of some routes."""
    return frozenset(route.path for route in routes if isinstance(route, APIRoute))


def with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI's document, in which every refusal is problem+json; FastAPI knows one media type for a route."""
    document["x-problems"] = STATUS
    for item in document["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                if status[0] in "45" and (problem := response["content"].pop("application/json", None)):
                    response["content"][MEDIA_TYPE] = problem
    return document
