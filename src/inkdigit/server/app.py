"""The application: the layers of the service, put together.

In: a model and settings. Out: a FastAPI application, for any server; `process` runs it with the limits that only a
server can keep. From the outside in: `Observability` (ids, headers, log, metrics, faults), `AccessControl` (who),
`Admission` (how much), the routes, and for every other path the files of the page.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware

from inkdigit.server.access import AccessControl
from inkdigit.server.admission import Admission
from inkdigit.server.model import Served, open_model
from inkdigit.server.observability import Observability
from inkdigit.server.problems import MEDIA_TYPE, translate
from inkdigit.server.routes import guarded, public
from inkdigit.server.service import Service
from inkdigit.server.settings import Settings
from inkdigit.version import __version__

ABOUT = "Reads handwritten digits: one digit, a page of numbers, or digits that are framed already."
DOCUMENT = "/openapi.json"


def create_app(model: Served | str | Path | None = None, *, settings: Settings | None = None) -> FastAPI:
    """Make the application; the model is opened here, once.

    Args:
        model: As for `inkdigit.load`, or one that is open.
        settings: Names, token and limits; by default loopback names alone, without a token.

    Returns:
        The application; its `state.service` is the service.

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
    app.router.default = service.pages
    describe = app.openapi
    app.openapi = lambda: with_problems(describe())  # type: ignore[method-assign]
    return app


def paths_of(routes: list[Any]) -> frozenset[str]:
    """The paths of some routes."""
    return frozenset(route.path for route in routes if isinstance(route, APIRoute))


def with_problems(document: dict[str, Any]) -> dict[str, Any]:
    """FastAPI's document, in which every refusal is problem+json; FastAPI knows one media type for a route."""
    for item in document["paths"].values():
        for operation in item.values():
            for status, response in operation["responses"].items():
                if status[0] in "45" and (problem := response["content"].pop("application/json", None)):
                    response["content"][MEDIA_TYPE] = problem
    return document


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    app.state.service.close()
