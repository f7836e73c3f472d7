"""The routes of the API: take the body, have a worker do the rest, send its bytes.

In: requests that passed the door. Out: answers. The model is fixed when the service starts: no route loads, names
or removes one.
"""

import dataclasses
from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from inkdigit.server import answers, contract, frames, handbook, pages
from inkdigit.server.headers import every, first
from inkdigit.server.metrics import MEDIA_TYPE as METRICS_TYPE
from inkdigit.server.problems import Problem
from inkdigit.server.service import Service
from inkdigit.server.uploads import Sent
from inkdigit.server.watch import KEY
from inkdigit.server.workers import Kind
from inkdigit.version import __version__

router = APIRouter()


@router.post("/v1/read", **contract.READ)
async def read(
    request: Request, single: Annotated[bool, Query(description="Whether each picture holds one digit.")] = False
) -> Response:
    """Read every number of a picture (PNG, JPEG, WebP, BMP, GIF, TIFF), or its one digit.

    One picture has its record as the answer; of several fields `image` each has one under `results`, and one that
    cannot be read has an `error` there.
    """
    return await answered(request, lambda service, sent: service.tasks.reading(sent, single=single))


@router.post("/v1/classify", **contract.CLASSIFY)
async def classify(request: Request) -> Response:
    """Recognise digits that are framed as MNIST's are: 28x28, the ink's centre of mass in the middle.

    JSON, or n x 784 bytes, row by row, 0 paper to 255 ink.
    """
    return await answered(request, lambda service, sent: service.tasks.classifying(sent))


@router.get("/v1/model", **contract.MODEL)
async def model(request: Request) -> Response:
    """Say what the model is: its card, and the digest of its file."""
    served = service_of(request).served
    card = dataclasses.asdict(served.file.card)
    record = {"name": served.name, "sha256": served.file.sha256, "version": __version__, "card": card}
    return Response(answers.encoded(record), media_type=frames.JSON)


@router.get("/healthz", **contract.HEALTH)
async def healthz() -> Response:
    """Answer; that is all."""
    return Response(b'{"status":"ok"}', media_type=frames.JSON)


@router.get("/readyz", **contract.READY)
async def readyz(request: Request) -> Response:
    """Say whether requests are taken: the model is loaded and tested, and the service is not told to stop."""
    if service_of(request).draining:
        raise Problem("draining", "the service stops")
    return Response(b'{"status":"ready"}', media_type=frames.JSON)


@router.get("/metrics", **contract.METRICS)
async def metrics(request: Request) -> Response:
    """Give counts and durations by route."""
    service = service_of(request)
    gauges = {
        "inkdigit_in_flight": ("Requests that have no answer yet.", service.metrics.in_flight),
        "inkdigit_working": (
            "Requests with a worker, or waiting for one.",
            service.workers.in_work + service.long.in_work,
        ),
        "inkdigit_queue_depth": ("Requests that wait for a worker.", service.workers.waiting + service.long.waiting),
        "inkdigit_held_bytes": ("Bodies in memory.", service.bodies.held),
    }
    info = {"model": service.served.name, "sha256": service.served.file.sha256, "version": __version__}
    return Response(service.metrics.text(gauges=gauges, info=info), media_type=METRICS_TYPE)


@router.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> Response:
    """Give the OpenAPI document."""
    return Response(answers.encoded(request.app.openapi()), media_type=frames.JSON)


@router.get("/docs", include_in_schema=False)
async def docs(request: Request) -> Response:
    """Show the same for people: made here, without a script."""
    base = f"http://{(first(request.scope['headers'], b'host') or b'').decode('latin-1')}"
    return Response(handbook.page(request.app.openapi(), base=base), media_type="text/html")


@router.get("/docs.css", include_in_schema=False)
async def docs_style() -> Response:
    """Give its style."""
    return Response(pages.style().content, media_type="text/css")


async def answered(request: Request, kind: Callable[[Service, Sent], Kind[Sent, bytes]]) -> Response:
    """Receive the body and have a worker do the rest."""
    service, headers = service_of(request), request.scope["headers"]
    async with service.bodies.received(headers, request.receive) as body:
        request.scope[KEY].received = len(body)
        sent = Sent(content_type(headers), body)
        task = kind(service, sent)
        workers = service.workers if task.most > 1 else service.long
        return Response(await workers.do(sent, task), media_type=frames.JSON)


def service_of(request: Request) -> Service:
    """The service that the application was made for."""
    service: Service = request.app.state.service
    return service


def content_type(headers: list[tuple[bytes, bytes]]) -> str:
    """The one Content-Type of a request.

    Raises:
        Problem: It has several.
    """
    values = every(headers, b"content-type")
    if len(values) > 1:
        raise Problem("unsupported-media-type", "Content-Type is given twice")
    return values[0].decode("latin-1") if values else ""
